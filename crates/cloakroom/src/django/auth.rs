//! Who is signed in: the three keys of `django.contrib.auth` in a session, and the rules around them.
use subtle::ConstantTimeEq;

use crate::django::json::{self, Object};
use crate::django::mac::{Algorithm, SaltedKey, hex, salted_hmac};
use crate::django::signing::Keys;

/// The session's key of the user's primary key, as text.
pub const USER_ID: &str = "_auth_user_id";
/// The session's key of the backend's dotted path.
pub const BACKEND: &str = "_auth_user_backend";
/// The session's key of the hash that ties the session to the user's password.
pub const HASH: &str = "_auth_user_hash";

/// The salt of the session's hash.
pub const HASH_SALT: &str = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash";

/// The salt of handles.
const HANDLE_SALT: &[u8] = b"cloakroom.handle";

/// Returns the hash that Django puts into a session: of what stands in the user's password column.
///
/// When the password changes, the sessions of before no longer match and end.
#[must_use]
pub fn session_hash(secret: &[u8], password: &str) -> String {
    let salt = HASH_SALT.as_bytes();
    hex(&salted_hmac(
        salt,
        password.as_bytes(),
        secret,
        Algorithm::Sha256,
    ))
}

/// Returns the hash under the key that signs, which a login puts into the session.
#[must_use]
pub fn current_hash(keys: &Keys, password: &str) -> String {
    keys.iter()
        .next()
        .map_or_else(String::new, |key| session_hash(key, password))
}

/// Returns the key of the handles by which operators name sessions: Django's own session keys are what visitors hold.
pub(crate) fn handle_key(keys: &Keys) -> HandleKey {
    let secret = keys.iter().next().unwrap_or_default();
    HandleKey(SaltedKey::new(HANDLE_SALT, secret, Algorithm::Sha256))
}

/// Makes handles of session keys.
pub(crate) struct HandleKey(SaltedKey);

impl HandleKey {
    /// Returns the handle of a session.
    pub(crate) fn of(&self, key: &[u8]) -> [u8; 32] {
        let mac = self.0.mac(key);
        mac.try_into().expect("SHA-256 has 32 bytes")
    }
}

/// What a session says of the user who signed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignedIn<'a> {
    /// What stands under [`USER_ID`].
    pub user: Option<&'a str>,
    /// What stands under [`BACKEND`].
    pub backend: Option<&'a str>,
    /// What stands under [`HASH`].
    pub hash: Option<&'a str>,
}

/// What Django's `login` does with the session before it writes the three keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Login {
    /// Somebody else was signed in, or the password has changed: nothing is kept.
    Flush,
    /// Nobody was signed in: the data stays under a new session key.
    CycleKey,
    /// The same user was: data and session key stay.
    Keep,
}

impl Login {
    /// Decides for a user whose [`current_hash`] is `hash`.
    ///
    /// Only what stands in the session counts, so a hash of an old key counts as another password.
    #[must_use]
    pub fn of(session: &SignedIn<'_>, user: &str, hash: &str) -> Self {
        match session.user {
            None => Self::CycleKey,
            Some(known) if known != user => Self::Flush,
            Some(_) if !hash.is_empty() && !equal(session.hash.unwrap_or(""), hash) => Self::Flush,
            Some(_) => Self::Keep,
        }
    }

    /// Does with the session's data what was decided, and writes the three keys.
    ///
    /// The session's new key, where there is one, and the new CSRF secret are the caller's to make.
    pub fn write(self, session: &mut Object<'_>, user: &str, backend: &str, hash: &str) {
        if self == Self::Flush {
            *session = Object::default();
        }
        for (key, value) in [(USER_ID, user), (BACKEND, backend), (HASH, hash)] {
            session.set(key, json::text(value));
        }
    }
}

/// What Django's `get_user` does with a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The user is signed in.
    SignedIn,
    /// The user is signed in by the hash of an old key: the session gets a new key and the new hash.
    Upgrade,
    /// Nobody is, and the session stays as it is.
    Anonymous,
    /// The hash is missing or wrong: nothing of the session is kept.
    Flush,
}

impl Verdict {
    /// Decides; `is_known_backend` says whether the site still has the session's backend, and `password`
    /// is the password column of the session's user, if there still is one.
    #[must_use]
    pub fn of(
        session: &SignedIn<'_>,
        is_known_backend: bool,
        password: Option<&str>,
        keys: &Keys,
    ) -> Self {
        let named = session.user.is_some() && session.backend.is_some() && is_known_backend;
        let (true, Some(password)) = (named, password) else {
            return Self::Anonymous;
        };
        let Some(hash) = session.hash.filter(|hash| !hash.is_empty()) else {
            return Self::Flush;
        };
        let made_by = |key: &[u8]| equal(hash, &session_hash(key, password));
        match keys.iter().position(made_by) {
            Some(0) => Self::SignedIn,
            Some(_) => Self::Upgrade,
            None => Self::Flush,
        }
    }
}

fn equal(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWORD: &str =
        "pbkdf2_sha256$1000000$saltsaltsaltsaltsaltsa$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU=";
    const OF_PASSWORD: &str = "2dfde459417ce465c4f1a67e1d04a200132521fb332a99c121041bd36be11a6a";

    fn keys() -> Keys {
        Keys::new("test-secret-key-for-vectors-0123456789abcdef")
    }

    fn session<'a>(user: &'a str, hash: &'a str) -> SignedIn<'a> {
        SignedIn {
            user: Some(user),
            backend: Some("django.contrib.auth.backends.ModelBackend"),
            hash: Some(hash),
        }
    }

    #[test]
    fn the_hash_is_djangos() {
        assert_eq!(current_hash(&keys(), PASSWORD), OF_PASSWORD);
    }

    #[test]
    fn a_login_keeps_the_session_of_the_same_user_only() {
        for (before, expected) in [
            (SignedIn::default(), Login::CycleKey),
            (session("42", OF_PASSWORD), Login::Keep),
            (session("42", "0"), Login::Flush),
            (session("7", OF_PASSWORD), Login::Flush),
        ] {
            assert_eq!(Login::of(&before, "42", OF_PASSWORD), expected);
        }
    }

    #[test]
    fn a_login_writes_its_keys_into_what_it_keeps() {
        for (login, left) in [(Login::CycleKey, "{\"cart\":1,"), (Login::Flush, "{")] {
            let mut session = Object::parse("{\"cart\":1}").unwrap();
            login.write(&mut session, "42", "b", "h");
            let keys = r#""_auth_user_id":"42","_auth_user_backend":"b","_auth_user_hash":"h"}"#;
            assert_eq!(session.to_json(), format!("{left}{keys}"));
        }
    }

    #[test]
    fn a_session_counts_as_long_as_its_hash_is_of_the_password() {
        let rotated = Keys::new("new").fallback("test-secret-key-for-vectors-0123456789abcdef");
        let good = session("42", OF_PASSWORD);
        let no_hash = SignedIn { hash: None, ..good };
        let no_backend = SignedIn {
            backend: None,
            ..good
        };
        for (session, known, password, keys, expected) in [
            (good, true, Some(PASSWORD), keys(), Verdict::SignedIn),
            (good, true, Some(PASSWORD), rotated, Verdict::Upgrade),
            (good, true, Some("changed"), keys(), Verdict::Flush),
            (
                good,
                true,
                Some(PASSWORD),
                Keys::new("other"),
                Verdict::Flush,
            ),
            (no_hash, true, Some(PASSWORD), keys(), Verdict::Flush),
            (no_backend, true, Some(PASSWORD), keys(), Verdict::Anonymous),
            (good, false, Some(PASSWORD), keys(), Verdict::Anonymous),
            (good, true, None, keys(), Verdict::Anonymous),
            (
                SignedIn::default(),
                true,
                Some(PASSWORD),
                keys(),
                Verdict::Anonymous,
            ),
        ] {
            assert_eq!(Verdict::of(&session, known, password, &keys), expected);
        }
    }
}
