//! Points in time as people and programs read them.
use cloakroom::clock::Timestamp;
use serde::ser::{Serialize, SerializeStruct, Serializer};

const DAY: u64 = 86_400;
/// The last second that RFC 3339 can write; what is later is as good as never.
const END: u64 = 253_402_300_799;

/// A point in time; the beginning of 1970 stands for one that nobody noted. As JSON it is `{"at": "2025-11-21T11:24:19Z", "seconds": 1763724259}`, or `null`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct When(pub Timestamp);

impl When {
    /// Returns it as RFC 3339 in UTC, for example `2025-11-21T11:24:19Z`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        let (date, [hour, minute, second]) = self.parts();
        format!("{date}T{hour:02}:{minute:02}:{second:02}Z")
    }

    /// Returns it as a person writes it, for example `2025-11-21 11:24:19 UTC`.
    #[must_use]
    pub fn utc(self) -> String {
        if !self.is_known() {
            return "unknown".into();
        }
        let (date, [hour, minute, second]) = self.parts();
        format!("{date} {hour:02}:{minute:02}:{second:02} UTC")
    }

    /// Returns how far it is from `now`, for example `3 h ago` or `in 13 d`.
    #[must_use]
    pub fn from(self, now: Timestamp) -> String {
        if !self.is_known() {
            return "-".into();
        }
        match (now.since(self.0).as_secs(), self.0.since(now).as_secs()) {
            (0, 0) => "now".into(),
            (past, 0) => format!("{} ago", distance(past)),
            (_, future) => format!("in {}", distance(future)),
        }
    }

    /// Says whether it was noted at all; a Django session does not say when it began.
    #[must_use]
    pub fn is_known(self) -> bool {
        self.0.as_secs() > 0
    }

    fn parts(self) -> (String, [u64; 3]) {
        let seconds = self.0.as_secs().min(END);
        let (year, month, day) = civil(seconds / DAY);
        let within = seconds % DAY;
        let time = [within / 3_600, within / 60 % 60, within % 60];
        (format!("{year:04}-{month:02}-{day:02}"), time)
    }
}

impl Serialize for When {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.is_known() {
            return serializer.serialize_none();
        }
        let mut fields = serializer.serialize_struct("When", 2)?;
        fields.serialize_field("at", &self.rfc3339())?;
        fields.serialize_field("seconds", &self.0.as_secs())?;
        fields.end()
    }
}

/// Returns a length of time in the one unit that tells enough.
fn distance(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        172_800..63_072_000 => format!("{} d", seconds / DAY),
        63_072_000..31_536_000_000 => format!("{} y", seconds / (365 * DAY)),
        _ => "ages".into(),
    }
}

/// Returns the date of a day since 1970-01-01 (Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms", `civil_from_days`): years begin in March, so that the leap day is the last.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march + 2) / 5 + 1;
    let month = if march < 10 { march + 3 } else { march - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> When {
        When(Timestamp::from_secs(seconds))
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_763_724_259, "2025-11-21T11:24:19Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (END, "9999-12-31T23:59:59Z"),
            (u64::MAX, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(at(seconds).rfc3339(), expected);
        }
    }

    #[test]
    fn distances_are_told_in_one_unit() {
        let now = Timestamp::from_secs(1_000_000_000);
        for (seconds, expected) in [
            (1_000_000_000, "now"),
            (999_999_999, "1 s ago"),
            (999_999_000, "16 min ago"),
            (999_989_000, "3 h ago"),
            (1_001_200_000, "in 13 d"),
            (1_100_000_000, "in 3 y"),
            (u64::MAX, "in ages"),
        ] {
            assert_eq!(at(seconds).from(now), expected);
        }
    }
}
