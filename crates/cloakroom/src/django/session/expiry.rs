//! How long a session lives: what `set_expiry` stored in it, and what follows from that.
use crate::django::json;
use crate::django::{DateTime, DjangoError, Moment, Result, Value};

/// The key under which `set_expiry` stores its value in the session.
pub const EXPIRY_KEY: &str = "_session_expiry";

/// What a session says of its own expiry.
///
/// "Activity" is saving: reading does not make a session live longer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Expiry {
    /// Nothing; the site's `SESSION_COOKIE_AGE` counts from each save.
    #[default]
    Site,
    /// Zero: the cookie goes with the browser, and the server still counts `SESSION_COOKIE_AGE`.
    Browser,
    /// So many seconds from each save; below zero it has ended already.
    Sliding(f64),
    /// At this time, whenever it is saved.
    At(DateTime),
}

impl Expiry {
    /// Reads what stands under [`EXPIRY_KEY`], if something does.
    ///
    /// # Errors
    ///
    /// When it is a text but no date, or neither a number nor a text. Django raises an error then.
    pub fn of(stored: Option<&Value>) -> Result<Self> {
        match stored {
            None | Some(Value::None) => Ok(Self::Site),
            Some(Value::Text(text)) => match text.as_str() {
                Some("") => Ok(Self::Site),
                Some(date) => DateTime::parse(date).map(Self::At),
                None => Err(WRONG),
            },
            Some(Value::Bool(yes)) => Ok(Self::seconds(f64::from(u8::from(*yes)))),
            Some(value) => value.as_number().map(Self::seconds).ok_or(WRONG),
        }
    }

    /// Reads the JSON text of what stands under [`EXPIRY_KEY`], if something does.
    ///
    /// # Errors
    ///
    /// As [`Expiry::of`], and when it is not JSON.
    pub fn of_json(stored: Option<&str>) -> Result<Self> {
        Self::of(stored.map(json::parse).transpose()?.as_ref())
    }

    fn seconds(seconds: f64) -> Self {
        if seconds == 0.0 {
            Self::Browser
        } else {
            Self::Sliding(seconds)
        }
    }

    /// Returns Django's `get_expiry_age`: the seconds from a save to the end, `cookie_age` being the
    /// site's `SESSION_COOKIE_AGE`. Up to a date they are whole, rounded down.
    ///
    /// # Errors
    ///
    /// When the date has no offset from UTC, as in Django.
    pub fn age(self, saved: Moment, cookie_age: f64) -> Result<f64> {
        match self {
            Self::Site | Self::Browser => Ok(cookie_age),
            Self::Sliding(seconds) => Ok(seconds),
            Self::At(date) => {
                let end = date.moment().ok_or(NAIVE)?;
                Ok(end.secs_since(saved) as f64)
            }
        }
    }

    /// Returns Django's `get_expiry_date`.
    #[must_use]
    pub fn date(self, saved: Moment, cookie_age: f64) -> DateTime {
        match self {
            Self::Site | Self::Browser => DateTime::utc(saved.plus_secs(cookie_age)),
            Self::Sliding(seconds) => DateTime::utc(saved.plus_secs(seconds)),
            Self::At(date) => date,
        }
    }

    /// Returns when the session ends; a date without an offset counts as UTC.
    #[must_use]
    pub fn deadline(self, saved: Moment, cookie_age: f64) -> Moment {
        self.date(saved, cookie_age).assuming_utc()
    }

    /// Says whether the cookie goes with the browser; `site` is `SESSION_EXPIRE_AT_BROWSER_CLOSE`.
    #[must_use]
    pub fn ends_with_the_browser(self, site: bool) -> bool {
        match self {
            Self::Site => site,
            other => other == Self::Browser,
        }
    }
}

const WRONG: DjangoError = DjangoError::malformed("session expiry", "it is no number and no date");
const NAIVE: DjangoError = DjangoError::malformed("session expiry", "the date has no offset");

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment::from_micros(1_767_225_600_000_000);
    const AGE: f64 = 1_209_600.0;

    #[test]
    fn every_stored_value_means_what_it_means_to_django() {
        // What is stored; the age; whether the cookie goes with the browser when the site's do and do not.
        for (stored, age, browser) in [
            (None, Some(AGE), [true, false]),
            (Some("null"), Some(AGE), [true, false]),
            (Some("0"), Some(AGE), [true, true]),
            (Some("0.0"), Some(AGE), [true, true]),
            (Some("false"), Some(AGE), [true, true]),
            (Some("300"), Some(300.0), [false, false]),
            (Some("1.5"), Some(1.5), [false, false]),
            (Some("-1"), Some(-1.0), [false, false]),
            (
                Some("\"2026-01-01T01:00:01.9+00:00\""),
                Some(3601.0),
                [false, false],
            ),
            (
                Some("\"2025-12-31T23:59:59.5+00:00\""),
                Some(-1.0),
                [false, false],
            ),
            (Some("\"2026-02-01T00:00:00\""), None, [false, false]),
        ] {
            let expiry = Expiry::of_json(stored).unwrap();
            assert_eq!(expiry.age(NOW, AGE).ok(), age, "{stored:?}");
            let asked = [true, false].map(|site| expiry.ends_with_the_browser(site));
            assert_eq!(asked, browser, "{stored:?}");
        }
        let naive = Expiry::of_json(Some("\"2026-02-01T00:00:00\"")).unwrap();
        assert_eq!(naive.deadline(NOW, AGE).as_secs(), 1_769_904_000);
        for bad in ["\"soon\"", "[]", "{}", "\"\\ud800\""] {
            assert!(Expiry::of_json(Some(bad)).is_err(), "{bad}");
        }
    }
}
