//! Times as the columns of Django's tables have them.
use crate::clock::Timestamp;
use crate::django::{DateTime, Moment, session::row_date};

/// Writes a time as SQLite's column has it; Django compares these texts.
pub(in crate::store) fn written(time: Timestamp) -> String {
    row_date(moment(time), 0)
}

/// Returns a time that any database's column can hold: the year 9999 is the last of Python's.
pub(in crate::store) fn moment(time: Timestamp) -> Moment {
    const LAST: u64 = 253_402_300_799;
    Moment::from(time.min(Timestamp::from_secs(LAST)))
}

/// Reads what SQLite's column has; what is no date counts as long ago.
pub(in crate::store) fn read(text: &str) -> Timestamp {
    let date = DateTime::parse(text).map(DateTime::assuming_utc);
    date.map_or(Timestamp::default(), |moment| whole(moment.as_micros()))
}

/// Returns the first whole second that is not before this, so that a session lives as long as in Django.
pub(in crate::store) fn whole(micros: i64) -> Timestamp {
    let seconds = micros.div_euclid(1_000_000) + i64::from(micros.rem_euclid(1_000_000) > 0);
    Timestamp::from_secs(u64::try_from(seconds).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_as_django_writes_them_and_read_to_the_second_in_which_they_are_over() {
        let time = Timestamp::from_secs(1_768_435_200);
        assert_eq!(written(time), "2026-01-15 00:00:00");
        assert_eq!(read("2026-01-15 00:00:00"), time);
        assert_eq!(read("2026-01-14 23:59:59.000001"), time);
        assert_eq!(read("soon"), Timestamp::default());
        assert_eq!(
            written(Timestamp::from_secs(u64::MAX)),
            "9999-12-31 23:59:59"
        );
    }
}
