//! Session files.
use super::key::is_made_of_letters;
use crate::django::session::Expiry;
use crate::django::{DjangoError, Moment, Result};

/// The permissions of a session's file: its owner's only.
pub const FILE_MODE: u32 = 0o600;

/// Returns the name of a session's file: the cookie's name and the key, nothing between them.
///
/// # Errors
///
/// When the key has a character that Django's keys do not have, which keeps it within the folder.
pub fn file_name(cookie: &str, key: &str) -> Result<String> {
    if is_made_of_letters(key) {
        Ok(format!("{cookie}{key}"))
    } else {
        Err(DjangoError::malformed(
            "session key",
            "it has characters that no file name may have",
        ))
    }
}

/// What Django does with a session file when it loads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFate {
    /// It takes what is in it.
    Kept,
    /// It deletes the file and begins a new session.
    Expired,
}

/// Says what Django does with a file that was written at `modified`.
///
/// A number of seconds that `set_expiry` stored is never compared with the time of the file: above zero
/// the file never expires. That is Django's, and one of the things that Cloakroom's own stores don't do.
///
/// # Errors
///
/// When the session's date has no offset from UTC, as in Django.
pub fn file_fate(
    expiry: Expiry,
    modified: Moment,
    now: Moment,
    cookie_age: f64,
) -> Result<FileFate> {
    let left = match expiry {
        Expiry::Site | Expiry::Browser => modified.plus_secs(cookie_age).secs_since(now) as f64,
        other => other.age(now, cookie_age)?,
    };
    Ok(if left <= 0.0 {
        FileFate::Expired
    } else {
        FileFate::Kept
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_leads_out_of_the_folder() {
        assert_eq!(file_name("sid", "ab12").as_deref(), Ok("sidab12"));
        assert_eq!(file_name("sid", "").as_deref(), Ok("sid"));
        for bad in ["../x", "a/b", "a\\b", "A", "a.b", "é", "a\0"] {
            assert!(file_name("sid", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn files_expire_as_in_django() {
        let now = Moment::from_micros(1_767_225_600_000_000);
        let written = |ago: f64| now.plus_secs(-ago);
        let fate = |expiry, ago| file_fate(expiry, written(ago), now, 100.0).unwrap();
        assert_eq!(fate(Expiry::Site, 99.0), FileFate::Kept);
        assert_eq!(fate(Expiry::Site, 100.0), FileFate::Expired);
        assert_eq!(fate(Expiry::Browser, 100.0), FileFate::Expired);
        assert_eq!(fate(Expiry::Sliding(10.0), 1e6), FileFate::Kept);
        assert_eq!(fate(Expiry::Sliding(-1.0), 0.0), FileFate::Expired);
    }
}
