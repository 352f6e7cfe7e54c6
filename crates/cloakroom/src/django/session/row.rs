//! Times in the table `django_session`.
use crate::django::Moment;

/// Writes an expiry date as Django's SQLite backend stores it: in UTC, without a zone, and with
/// microseconds only when there are some.
///
/// Django compares these texts and not the times, so they have to match to the character. With
/// `USE_TZ = False` they are local: `ahead` is how many seconds the site's `TIME_ZONE` is ahead of UTC at
/// that moment, and 0 otherwise.
///
/// ```
/// use cloakroom::django::{Moment, session::row_date};
///
/// let date = Moment::from_secs_f64(1_768_435_200.5);
/// assert_eq!(row_date(date, 0), "2026-01-15 00:00:00.500000");
/// ```
#[must_use]
pub fn row_date(date: Moment, ahead: i32) -> String {
    date.plus_secs(ahead.into()).write(' ')
}

/// Says whether Django still loads a row that ends at this time: it has to be later than now.
#[must_use]
pub fn is_live(expire_date: Moment, now: Moment) -> bool {
    expire_date > now
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_lives_until_the_microsecond_before_its_date() {
        let date = Moment::from_micros(1_767_225_600_000_001);
        assert!(is_live(date, Moment::from_micros(1_767_225_600_000_000)));
        assert!(!is_live(date, date));
    }

    #[test]
    fn local_dates_are_shifted() {
        let date = Moment::from_micros(1_767_225_600_000_000);
        assert_eq!(row_date(date, -5 * 3600), "2025-12-31 19:00:00");
    }
}
