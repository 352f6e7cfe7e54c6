//! Cookies that a site sets again and again: checked and written once, so that an answer only adds the value.
use std::ops::Deref;
use std::time::Duration;

use crate::cookie::set_cookie::{
    age_of, before_age, behind_age, check_length, check_value, clamped,
};
use crate::cookie::{CookieSpec, SetCookie, Wanted};
use crate::error::Error;
use crate::keys::Letters;

/// A description, and all of its header that does not differ from one answer to the next.
pub(crate) struct Ready {
    spec: CookieSpec,
    wanted: Wanted,
    before_age: String,
    behind_age: String,
    /// What takes the cookie back, and stands in the same place as what gives it.
    gone: SetCookie,
}

impl Ready {
    /// Prepares a cookie.
    ///
    /// # Errors
    /// As [`SetCookie::new`], for whatever value.
    pub(crate) fn new(spec: CookieSpec) -> Result<Self, Error> {
        let gone = SetCookie::delete(&spec)?;
        Ok(Self {
            wanted: Wanted::new(spec.name()),
            before_age: before_age(&spec),
            behind_age: behind_age(&spec),
            gone,
            spec,
        })
    }

    /// Writes the cookie with this value, to outlive the browser for the time given.
    ///
    /// # Errors
    /// As [`SetCookie::new`], for the value.
    pub(crate) fn set(&self, value: &str, age: Option<Duration>) -> Result<SetCookie, Error> {
        check_value(&self.spec, value)?;
        Ok(self.write(value.as_bytes(), age))
    }

    /// Writes the cookie with what was sealed.
    ///
    /// # Errors
    /// As [`SetCookie::new`], when it is too long.
    pub(crate) fn set_sealed(
        &self,
        sealed: Letters<'_>,
        age: Option<Duration>,
    ) -> Result<SetCookie, Error> {
        check_length(&self.spec, sealed.as_bytes().len())?;
        Ok(self.write(sealed.as_bytes(), age))
    }

    fn write(&self, value: &[u8], age: Option<Duration>) -> SetCookie {
        let age = age.map(clamped);
        let age_of = age_of(age);
        let parts = [
            self.spec.name().as_bytes(),
            b"=",
            value,
            self.before_age.as_bytes(),
            age_of.as_bytes(),
            self.behind_age.as_bytes(),
        ];
        self.gone.instead(parts, age)
    }

    /// Returns what finds the cookie among those that come.
    pub(crate) fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// Writes the cookie so that the browser forgets it.
    pub(crate) fn delete(&self) -> SetCookie {
        self.gone.clone()
    }
}

impl Deref for Ready {
    type Target = CookieSpec;

    fn deref(&self) -> &CookieSpec {
        &self.spec
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::cookie::{MAX_BYTES, SameSite};
    use crate::keys::{KeyRing, Purpose};

    #[test]
    fn what_was_prepared_is_written_as_what_was_not() {
        let age = Duration::from_secs(60);
        for spec in [
            CookieSpec::new("n"),
            CookieSpec::new("__Host-n").partitioned(true),
            CookieSpec::new("n")
                .domain("a.example")
                .path("/x")
                .max_age(age),
            CookieSpec::new("n")
                .secure(false)
                .http_only(false)
                .same_site(SameSite::Strict),
        ] {
            let ready = Ready::new(spec.clone()).unwrap();
            let header = |cookie: Result<SetCookie, Error>| cookie.unwrap().into_header();
            for age in [None, Some(Duration::ZERO), Some(age), Some(age * 1_000_000)] {
                let mut aged = spec.clone();
                aged.max_age = age;
                let (one, other) = (ready.set("v", age), SetCookie::new(&aged, "v"));
                let deletes = [&one, &other].map(|cookie| cookie.as_ref().unwrap().deletes());
                assert_eq!(deletes[0], deletes[1], "{spec:?} {age:?}");
                assert_eq!(header(one), header(other), "{spec:?} {age:?}");
            }
            assert_eq!(
                ready.delete().into_header(),
                header(SetCookie::delete(&spec))
            );
            assert!(
                ready
                    .set("v", None)
                    .unwrap()
                    .replaces(&SetCookie::new(&spec, "").unwrap())
            );
        }
    }

    #[test]
    fn what_was_sealed_is_written_as_any_other_value_and_refused_when_it_is_too_long() {
        let (keys, now) = (
            KeyRing::new(KeyRing::generate_secret()).unwrap(),
            Timestamp::default(),
        );
        let ready = Ready::new(CookieSpec::new("n")).unwrap();
        for (length, fits) in [(0, true), (300, true), (3_028, true), (3_029, false)] {
            let content = vec![7; length];
            let set = |letters: Letters<'_>| {
                let (one, other) = (
                    ready.set_sealed(letters, None),
                    ready.set(letters.as_str(), None),
                );
                [one, other].map(|set| set.map(SetCookie::into_header).ok())
            };
            let [one, other] = keys.seal_with(Purpose::Messages, "n", &content, (now, now), set);
            assert_eq!(one, other);
            assert_eq!(one.is_some(), fits, "{length}");
        }
    }

    #[test]
    fn what_no_cookie_can_hold_is_refused_by_the_prepared_one_as_well() {
        assert!(Ready::new(CookieSpec::new("a b")).is_err());
        let ready = Ready::new(CookieSpec::new("n")).unwrap();
        assert!(ready.set(&"v".repeat(MAX_BYTES - 1), None).is_ok());
        for bad in ["a;b", "\n", "é", &"v".repeat(MAX_BYTES)] {
            assert!(ready.set(bad, None).is_err(), "{bad:?}");
        }
    }
}
