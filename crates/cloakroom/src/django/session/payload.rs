//! Session data as signed text: what stands in a row, a file, or the whole cookie.
use crate::django::json::{self, Object};
use crate::django::signing::{Keys, Signer};
use crate::django::{Moment, Result, Value};

/// The salt of sessions in the database and in files.
pub const SALT: &str = "django.contrib.sessions.SessionStore";
/// The salt of sessions that are whole in their cookie.
pub const COOKIE_SALT: &str = "django.contrib.sessions.backends.signed_cookies";

/// Writes and reads session payloads.
///
/// ```
/// use cloakroom::django::{Moment, json::Object, session::Payloads, signing::Keys};
///
/// let payloads = Payloads::new(&Keys::new("the site's SECRET_KEY"));
/// let mut session = Object::default();
/// session.set("cart", "[1,2]");
/// let text = payloads.encode(&session, Moment::from_secs_f64(1_767_225_600.0));
///
/// let json = payloads.decode(&text)?;
/// assert_eq!(Object::parse(&json)?.get("cart"), Some("[1,2]"));
/// # Ok::<(), cloakroom::django::DjangoError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Payloads {
    signer: Signer,
}

impl Payloads {
    /// Writes and reads payloads of Django's `db`, `cached_db` and `file` sessions.
    #[must_use]
    pub fn new(keys: &Keys) -> Self {
        Self::salted(keys, SALT)
    }

    /// Writes and reads payloads of a session class of the site's own, which has its name in the salt.
    #[must_use]
    pub fn of_class(keys: &Keys, class: &str) -> Self {
        Self::salted(keys, &format!("django.contrib.sessions.{class}"))
    }

    /// Writes and reads the cookies of Django's `signed_cookies` sessions.
    #[must_use]
    pub fn in_cookies(keys: &Keys) -> Self {
        Self::salted(keys, COOKIE_SALT)
    }

    fn salted(keys: &Keys, salt: &str) -> Self {
        Self {
            signer: Signer::timestamped(keys, salt),
        }
    }

    /// Takes payloads that unpack to so many bytes at most.
    #[must_use]
    pub fn unpacking_to(mut self, bytes: usize) -> Self {
        self.signer = self.signer.unpacking_to(bytes);
        self
    }

    /// Writes a session, compressed where that is shorter.
    #[must_use]
    pub fn encode(&self, session: &Object<'_>, now: Moment) -> String {
        self.signer.dumps_json(&session.to_json(), now, true)
    }

    /// Returns the JSON of a session; [`Object::parse`] reads it.
    ///
    /// Django takes a payload that it can't read for an empty session. Here that is an error, so that
    /// nobody writes over what another key may yet open.
    ///
    /// # Errors
    ///
    /// As [`Signer::loads_json`].
    pub fn decode(&self, payload: &str) -> Result<String> {
        self.signer.loads_json(payload, None, Moment::default())
    }

    /// Returns the JSON of a session whose payload is at most `max_age` seconds old.
    ///
    /// Django asks that of cookies, with `SESSION_COOKIE_AGE`, whatever the session says of its expiry.
    ///
    /// # Errors
    ///
    /// As [`Signer::loads_json`].
    pub fn decode_fresh(&self, payload: &str, max_age: f64, now: Moment) -> Result<String> {
        self.signer.loads_json(payload, Some(max_age), now)
    }

    /// Reads all of a payload, even when it holds no object, as Django does.
    ///
    /// # Errors
    ///
    /// As [`Payloads::decode`], and when it is not JSON.
    pub fn read(&self, payload: &str) -> Result<Value> {
        json::parse(&self.decode(payload)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::django::DjangoError;

    const NOW: Moment = Moment::from_micros(1_767_225_600_000_000);

    fn keys() -> Keys {
        Keys::new("test-secret-key-for-vectors-0123456789abcdef")
    }

    #[test]
    fn payloads_are_djangos() {
        let payload = "eyJhIjoxfQ:1vb66i:AOV1Y2Ub2mtyz5OsMI8wc_VyU6Rd8BpadKPFBbL1EAs";
        let payloads = Payloads::new(&keys());
        let session = Object::parse(r#"{"a":1}"#).unwrap();
        assert_eq!(payloads.encode(&session, NOW), payload);
        assert_eq!(payloads.decode(payload).as_deref(), Ok(r#"{"a":1}"#));
        let cookies = Payloads::in_cookies(&keys());
        assert_eq!(cookies.decode(payload), Err(DjangoError::BadSignature));
    }

    #[test]
    fn a_fallback_key_still_opens_what_it_signed() {
        let old = Payloads::new(&Keys::new("old")).encode(&Object::default(), NOW);
        let rotated = Payloads::new(&Keys::new("new").fallback("old"));
        assert_eq!(rotated.decode(&old).as_deref(), Ok("{}"));
        let without = Payloads::new(&Keys::new("new"));
        assert_eq!(without.decode(&old), Err(DjangoError::BadSignature));
    }

    #[test]
    fn a_cookie_of_exactly_the_age_passes() {
        let payloads = Payloads::in_cookies(&keys());
        let cookie = payloads.encode(&Object::default(), NOW);
        let later = |seconds| payloads.decode_fresh(&cookie, 60.0, NOW.plus_secs(seconds));
        assert!(later(60.0).is_ok());
        assert_eq!(later(61.0), Err(DjangoError::Expired));
    }

    #[test]
    fn nothing_that_other_code_put_there_is_lost() {
        let json = r#"{"big":1180591620717411303424,"nan":NaN,"lone":"\ud800","f":1e+16,"\u00e9":{"b":1,"a":2}}"#;
        let payloads = Payloads::new(&keys());
        let payload = payloads.encode(&Object::parse(json).unwrap(), NOW);
        let read = payloads.decode(&payload).unwrap();
        let mut session = Object::parse(&read).unwrap();
        session.set("cart", "[]");
        session.remove("cart");
        assert_eq!(session.to_json(), json);
    }
}
