//! Cookies of Django's `set_signed_cookie`.
use crate::django::signing::{Keys, Signer};
use crate::django::{DjangoError, Moment, Result};

/// How the salt of a signed cookie is made of the cookie's name and the caller's salt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SaltStyle {
    /// Since Django 5.2.15: with the salt's length in front, so that no two pairs look alike.
    #[default]
    Counted,
    /// Before (CVE-2026-6873): name and salt side by side, so that `ab` with `c` is `a` with `bc`. Older
    /// releases read nothing else.
    Legacy,
}

impl SaltStyle {
    fn salt(self, name: &str, salt: &str) -> String {
        match self {
            Self::Counted => {
                let length = salt.chars().count();
                format!("django.http.cookies.v2:{length}:{salt}{name}")
            }
            Self::Legacy => format!("{name}{salt}"),
        }
    }

    fn signer(self, keys: &Keys, name: &str, salt: &str) -> Signer {
        Signer::timestamped(&keys.for_cookies(), &self.salt(name, salt))
    }
}

/// Signs a cookie's value; `keys` are the site's, without a prefix.
#[must_use]
pub fn sign(
    keys: &Keys,
    name: &str,
    salt: &str,
    value: &str,
    now: Moment,
    style: SaltStyle,
) -> String {
    style.signer(keys, name, salt).sign_at(value, now)
}

/// Returns the value of a signed cookie that is at most `max_age` seconds old.
///
/// With [`SaltStyle::Legacy`] it also takes what was signed in the old style, as Django does by default
/// (`SIGNED_COOKIE_LEGACY_SALT_FALLBACK`). What is right but too old is not tried again.
///
/// # Errors
///
/// [`DjangoError::BadSignature`], [`DjangoError::Expired`], and [`DjangoError::Malformed`] when what was
/// signed has no time.
pub fn unsign<'a>(
    keys: &Keys,
    name: &str,
    salt: &str,
    signed: &'a str,
    max_age: Option<f64>,
    now: Moment,
    oldest: SaltStyle,
) -> Result<&'a str> {
    let read = |style: SaltStyle| {
        style
            .signer(keys, name, salt)
            .unsign_at(signed, max_age, now)
    };
    match (read(SaltStyle::Counted), oldest) {
        (Err(DjangoError::BadSignature), SaltStyle::Legacy) => read(SaltStyle::Legacy),
        (read, _) => read,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use SaltStyle::{Counted, Legacy};

    const NOW: Moment = Moment::from_micros(1_767_225_600_000_000);

    fn keys() -> Keys {
        Keys::new("test-secret-key-for-vectors-0123456789abcdef")
    }

    #[test]
    fn signed_cookies_are_djangos() {
        assert_eq!(
            sign(&keys(), "a", "bc", "hello", NOW, Counted),
            "hello:1vb66i:mpMU-YZqjQE23AqqghWTRaCTNobUROIykER2VT2FnwM"
        );
        assert_eq!(
            sign(&keys(), "a", "bc", "hello", NOW, Legacy),
            "hello:1vb66i:pK4rM43uok6c3F5_pB1Cid2B8OuWeJQXMCXTwUV2imI"
        );
    }

    #[test]
    fn only_old_salts_look_alike_and_only_who_asks_takes_them() {
        let read = |name, salt, signed: &str, oldest| {
            unsign(&keys(), name, salt, signed, Some(10.0), NOW, oldest).map(str::to_owned)
        };
        for (style, other) in [
            (Counted, Err(DjangoError::BadSignature)),
            (Legacy, Ok("v".into())),
        ] {
            let signed = sign(&keys(), "a", "bc", "v", NOW, style);
            assert_eq!(read("a", "bc", &signed, Legacy), Ok("v".into()));
            assert_eq!(read("ab", "c", &signed, Legacy), other);
        }
        let legacy = sign(&keys(), "a", "bc", "v", NOW, Legacy);
        assert_eq!(
            read("a", "bc", &legacy, Counted),
            Err(DjangoError::BadSignature)
        );
        let old = sign(&keys(), "a", "bc", "v", NOW.plus_secs(-11.0), Counted);
        assert_eq!(read("a", "bc", &old, Legacy), Err(DjangoError::Expired));
    }
}
