//! Times as the columns of Django's tables have them.
use crate::clock::Timestamp;
use crate::django::{DateTime, Moment, Zone, session::row_date};

/// The year 9999 is the last of Python's.
const LAST: u64 = 253_402_300_799;

/// How the texts of a site's columns are to be read.
#[derive(Clone, Debug)]
pub(in crate::store) struct Dates(pub(super) Zone);

impl Dates {
    /// Writes a time as SQLite's and MySQL's columns have it; Django compares these texts.
    pub(in crate::store) fn written(&self, time: Timestamp) -> String {
        let moment = moment(time);
        let ahead = self.0.ahead(moment);
        let left = moment_of(LAST).secs_since(moment);
        row_date(moment, ahead.min(i32::try_from(left).unwrap_or(i32::MAX)))
    }

    /// Reads what such a column has; what is no date counts as long ago.
    pub(in crate::store) fn read(&self, text: &str) -> Timestamp {
        let date = DateTime::parse(text).map(|date| self.0.moment(date));
        date.map_or(Timestamp::default(), |moment| whole(moment.as_micros()))
    }
}

/// Returns a time that any database's column can hold.
pub(in crate::store) fn moment(time: Timestamp) -> Moment {
    moment_of(time.as_secs().min(LAST))
}

fn moment_of(seconds: u64) -> Moment {
    Moment::from(Timestamp::from_secs(seconds))
}

/// Returns the first whole second that is not before this, so that a session lives as long as in Django.
pub(in crate::store) fn whole(micros: i64) -> Timestamp {
    let seconds = micros.div_euclid(1_000_000) + i64::from(micros.rem_euclid(1_000_000) > 0);
    Timestamp::from_secs(u64::try_from(seconds).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: Timestamp = Timestamp::from_secs(1_768_435_200);

    #[test]
    fn times_are_as_django_writes_them_and_read_to_the_second_in_which_they_are_over() {
        let dates = Dates(Zone::default());
        assert_eq!(dates.written(TIME), "2026-01-15 00:00:00");
        assert_eq!(dates.read("2026-01-15 00:00:00"), TIME);
        assert_eq!(dates.read("2026-01-14 23:59:59.000001"), TIME);
        assert_eq!(dates.read("soon"), Timestamp::default());
    }

    #[test]
    fn a_site_of_local_times_has_them_in_its_columns() {
        for (zone, text) in [
            ("Asia/Kolkata", "2026-01-15 05:30:00"),
            ("America/Chicago", "2026-01-14 18:00:00"),
        ] {
            let dates = Dates(Zone::named(zone).unwrap());
            assert_eq!(dates.written(TIME), text);
            assert_eq!(dates.read(text), TIME);
        }
    }

    #[test]
    fn no_time_is_later_than_pythons_last() {
        for zone in [Zone::default(), Zone::named("Asia/Kolkata").unwrap()] {
            let never = Dates(zone).written(Timestamp::from_secs(u64::MAX));
            assert_eq!(never, "9999-12-31 23:59:59");
        }
    }
}
