//! Points in time as Python has them: to the microsecond, and as ISO 8601 with or without an offset.
mod calendar;
mod iso;

use std::fmt;

use calendar::{Civil, civil};

use crate::clock::Timestamp;
use crate::django::{DjangoError, Result};

const FORMAT: &str = "date";
const MICROS: i64 = 1_000_000;
const DAY: i64 = 86_400;

/// A point in time, in microseconds since 1970-01-01T00:00:00Z.
///
/// Arithmetic saturates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

impl Moment {
    /// Returns the point so many microseconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Returns the point so many seconds after 1970-01-01T00:00:00Z, as Python rounds them.
    #[must_use]
    pub fn from_secs_f64(seconds: f64) -> Self {
        Self(micros(seconds))
    }

    /// Returns the microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Returns the whole seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(MICROS)
    }

    /// Returns the point so many seconds later, or earlier when they are negative.
    #[must_use]
    pub fn plus_secs(self, seconds: f64) -> Self {
        Self(self.0.saturating_add(micros(seconds)))
    }

    /// Returns the microseconds from `earlier` to this.
    #[must_use]
    pub const fn micros_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Returns the whole seconds from `earlier` to this, rounded down.
    #[must_use]
    pub const fn secs_since(self, earlier: Self) -> i64 {
        self.micros_since(earlier).div_euclid(MICROS)
    }

    /// Returns the last whole second before this, or the epoch when it is before that.
    #[must_use]
    pub fn to_timestamp(self) -> Timestamp {
        Timestamp::from_secs(u64::try_from(self.as_secs()).unwrap_or(0))
    }

    /// Writes the point as an HTTP date, without parts of a second.
    #[must_use]
    pub fn to_http_date(self) -> String {
        let (date, time) = split(self.0);
        let Civil { year, month, day } = civil(date);
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
            [usize::try_from(date.rem_euclid(7)).expect("a week has seven days")];
        let month = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ][usize::try_from(month - 1).expect("a month is above 0")];
        let (hour, minute, second, _) = time;
        format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
    }

    /// Writes date and time with `between` in between, and microseconds only when there are some.
    pub(super) fn write(self, between: char) -> String {
        let (date, (hour, minute, second, micros)) = split(self.0);
        let Civil { year, month, day } = civil(date);
        let mut text =
            format!("{year:04}-{month:02}-{day:02}{between}{hour:02}:{minute:02}:{second:02}");
        if micros > 0 {
            text.push_str(&format!(".{micros:06}"));
        }
        text
    }
}

impl From<Timestamp> for Moment {
    fn from(time: Timestamp) -> Self {
        Self(i64::try_from(time.as_secs()).map_or(i64::MAX, |secs| secs.saturating_mul(MICROS)))
    }
}

/// Rounds as Python's `timedelta(seconds=…)` does: to the nearest, and halves to the even one.
fn micros(seconds: f64) -> i64 {
    let whole = seconds.trunc();
    let part = ((seconds - whole) * 1e6).round_ties_even();
    // Casting saturates, and so does this.
    (whole as i64)
        .saturating_mul(MICROS)
        .saturating_add(part as i64)
}

/// Date and time of day as a Python `datetime` has them: with an offset from UTC, or *naive*.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime {
    /// What a clock on the wall shows, as if it showed UTC.
    wall: Moment,
    /// Seconds that the clock on the wall is ahead of UTC.
    offset: Option<i32>,
}

impl DateTime {
    /// Returns the point in time in UTC.
    #[must_use]
    pub const fn utc(moment: Moment) -> Self {
        Self {
            wall: moment,
            offset: Some(0),
        }
    }

    /// Returns the point in time, or `None` when it is naive and nobody knows which one it is.
    #[must_use]
    pub fn moment(self) -> Option<Moment> {
        self.offset.map(|_| self.assuming_utc())
    }

    /// Returns the point in time; a naive one counts as UTC.
    #[must_use]
    pub fn assuming_utc(self) -> Moment {
        let ahead = i64::from(self.offset.unwrap_or(0)) * MICROS;
        Moment(self.wall.0.saturating_sub(ahead))
    }

    /// Reads what Python's `datetime.fromisoformat` reads, except dates by week.
    ///
    /// # Errors
    ///
    /// When the text is none, or the date does not exist.
    pub fn parse(text: &str) -> Result<Self> {
        iso::Reader::new(text)
            .date_time()
            .ok_or(DjangoError::malformed(FORMAT, "it is not ISO 8601"))
    }
}

impl fmt::Display for DateTime {
    /// Writes it as Python's `isoformat()`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.wall.write('T'))?;
        let Some(offset) = self.offset else {
            return Ok(());
        };
        let sign = if offset < 0 { '-' } else { '+' };
        let ahead = offset.unsigned_abs();
        write!(f, "{sign}{:02}:{:02}", ahead / 3600, ahead / 60 % 60)?;
        match ahead % 60 {
            0 => Ok(()),
            second => write!(f, ":{second:02}"),
        }
    }
}

/// Splits microseconds into days and hour, minute, second, microsecond.
fn split(micros: i64) -> (i64, (i64, i64, i64, i64)) {
    let seconds = micros.div_euclid(MICROS);
    let (day, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let time = (second / 3600, second / 60 % 60, second % 60);
    (day, (time.0, time.1, time.2, micros.rem_euclid(MICROS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_python_reads_them_and_written_as_it_writes_them() {
        for (text, seconds, written) in [
            ("2026-01-01T00:00:00+00:00", Some(1_767_225_600.0), None),
            (
                "2026-02-01T12:00:00.000005+02:00",
                Some(1_769_940_000.000_005),
                None,
            ),
            ("2026-02-01T00:00:00", Some(1_769_904_000.0), None),
            ("0001-01-01T00:00:00", Some(-62_135_596_800.0), None),
            ("9999-12-31T23:59:59-23:59", Some(253_402_387_139.0), None),
            (
                "2024-02-29 10:11:12.5Z",
                Some(1_709_201_472.5),
                Some("2024-02-29T10:11:12.500000+00:00"),
            ),
            (
                "20240229x101112,1234567+0130",
                Some(1_709_196_072.123_456),
                Some("2024-02-29T10:11:12.123456+01:30"),
            ),
            (
                "2026-01-01",
                Some(1_767_225_600.0),
                Some("2026-01-01T00:00:00"),
            ),
            (
                "2026-01-01T10",
                Some(1_767_261_600.0),
                Some("2026-01-01T10:00:00"),
            ),
            ("2026-01-01T00:00:00+01:02:03", Some(1_767_221_877.0), None),
            ("2025-02-29", None, None),
            ("2026-13-01", None, None),
            ("2026-01-01T24:00:00", None, None),
            ("2026-01-01T10:00:00 ", None, None),
            ("2026-0101", None, None),
            ("0000-01-01", None, None),
            ("", None, None),
            ("tomorrow", None, None),
        ] {
            let read = DateTime::parse(text).ok();
            let moment = read.map(DateTime::assuming_utc);
            assert_eq!(moment, seconds.map(Moment::from_secs_f64), "{text}");
            let expected = seconds.map(|_| written.unwrap_or(text).to_owned());
            assert_eq!(read.map(|read| read.to_string()), expected);
        }
    }

    #[test]
    fn http_dates_have_their_weekday() {
        for (seconds, text) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (1_767_225_595, "Wed, 31 Dec 2025 23:59:55 GMT"),
            (1_768_435_200, "Thu, 15 Jan 2026 00:00:00 GMT"),
            (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        ] {
            assert_eq!(Moment(seconds * MICROS).to_http_date(), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn every_point_in_time_reads_as_it_was_written(micros in -62_135_596_800_000_000_i64..253_402_300_800_000_000) {
            let moment = DateTime::utc(Moment(micros));
            proptest::prop_assert_eq!(DateTime::parse(&moment.to_string()), Ok(moment));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text: String) {
            let _ = DateTime::parse(&text);
        }
    }
}
