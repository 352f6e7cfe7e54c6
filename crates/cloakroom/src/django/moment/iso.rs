//! ISO 8601 as Python's `fromisoformat` reads it.
use super::calendar::Civil;
use super::{DAY, DateTime, MICROS, Moment};

/// Reads a text from its beginning.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self {
            rest: text.as_bytes(),
        }
    }

    pub(super) fn date_time(mut self) -> Option<DateTime> {
        let year = self.number(4)?;
        let dashes = self.take(b'-');
        let month = self.number(2)?;
        if dashes != self.take(b'-') {
            return None;
        }
        let date = Civil {
            year,
            month,
            day: self.number(2)?,
        }
        .days()?;
        let midnight = date * DAY * MICROS;
        if self.rest.is_empty() {
            return Some(DateTime {
                wall: Moment(midnight),
                offset: None,
            });
        }
        self.separator()?;
        let time = self.time_of_day(24)?;
        let offset = self.offset()?;
        self.rest.is_empty().then_some(DateTime {
            wall: Moment(midnight + time),
            offset,
        })
    }

    /// Hours, and if they are there minutes, seconds and parts of one, in microseconds.
    fn time_of_day(&mut self, hours: i64) -> Option<i64> {
        let hour = self.number(2)?;
        let colons = self.rest.first() == Some(&b':');
        let mut next = |below| {
            let more = if colons {
                self.take(b':')
            } else {
                self.rest.first().is_some_and(u8::is_ascii_digit)
            };
            if !more {
                return Some((0, false));
            }
            let number = self.number(2)?;
            (number < below).then_some((number, true))
        };
        let (minute, has_minute) = next(60)?;
        let (second, has_second) = if has_minute { next(60)? } else { (0, false) };
        let part = if has_second { self.fraction()? } else { 0 };
        (hour < hours).then_some(((hour * 60 + minute) * 60 + second) * MICROS + part)
    }

    /// Microseconds after a point or a comma; further digits are cut off.
    fn fraction(&mut self) -> Option<i64> {
        if !(self.take(b'.') || self.take(b',')) {
            return Some(0);
        }
        let digits = self.rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let (fraction, rest) = self.rest.split_at(digits);
        self.rest = rest;
        let six = fraction.iter().copied().chain(std::iter::repeat(b'0'));
        (digits > 0).then(|| six.take(6).fold(0, |sum, b| sum * 10 + i64::from(b - b'0')))
    }

    fn offset(&mut self) -> Option<Option<i32>> {
        if self.rest.is_empty() {
            return Some(None);
        }
        if self.take(b'Z') {
            return Some(Some(0));
        }
        let negative = self.take(b'-');
        if !negative && !self.take(b'+') {
            return None;
        }
        let ahead = i32::try_from(self.time_of_day(24)? / MICROS).ok()?;
        Some(Some(if negative { -ahead } else { ahead }))
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.rest.first() == Some(&byte);
        self.rest = &self.rest[usize::from(found)..];
        found
    }

    /// Any one character may stand between date and time.
    fn separator(&mut self) -> Option<()> {
        let text = std::str::from_utf8(self.rest).ok()?;
        let char = text.chars().next()?;
        self.rest = &self.rest[char.len_utf8()..];
        Some(())
    }

    fn number(&mut self, digits: usize) -> Option<i64> {
        let (number, rest) = self.rest.split_at_checked(digits)?;
        self.rest = rest;
        let all = number.iter().all(u8::is_ascii_digit);
        all.then(|| {
            number
                .iter()
                .fold(0, |sum, b| sum * 10 + i64::from(b - b'0'))
        })
    }
}
