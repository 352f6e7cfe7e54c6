//! The clock on a site's wall, for the few places where Django writes local times.
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::django::{DateTime, Moment};

/// How a site writes times: in UTC, or with `USE_TZ = False` as the clock in its `TIME_ZONE` shows them, without
/// saying so.
#[derive(Clone, Debug, Default)]
pub(crate) struct Zone(Option<TimeZone>);

impl Zone {
    /// Finds a zone by its name in the time zone database of this machine.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let zone = TimeZone::get(name).ok()?;
        Some(Self(Some(zone)))
    }

    /// Returns how many seconds what is written is ahead of UTC at this point in time.
    pub(crate) fn ahead(&self, at: Moment) -> i32 {
        match (&self.0, Timestamp::from_microsecond(at.as_micros())) {
            (Some(zone), Ok(at)) => zone.to_offset(at).seconds(),
            // Python's years end where those of the clock do, so nobody can have written it.
            _ => 0,
        }
    }

    /// Returns the point in time that was meant. Of an hour that a clock shows twice it is the first, as in Python.
    pub(crate) fn moment(&self, date: DateTime) -> Moment {
        let shown = date.assuming_utc();
        match &self.0 {
            Some(zone) if date.moment().is_none() => shown_in(zone, shown).unwrap_or(shown),
            _ => shown,
        }
    }

    /// Writes it as Python's `isoformat()`: with its offset, or without where times are local, since Python compares no
    /// time of one kind with one of the other.
    pub(crate) fn written(&self, at: Moment) -> String {
        match &self.0 {
            Some(_) => at.plus_secs(self.ahead(at).into()).write('T'),
            None => DateTime::utc(at).to_string(),
        }
    }
}

fn shown_in(zone: &TimeZone, shown: Moment) -> Option<Moment> {
    let shown = Timestamp::from_microsecond(shown.as_micros()).ok()?;
    let wall = TimeZone::UTC.to_datetime(shown);
    let meant = zone.to_ambiguous_timestamp(wall).compatible().ok()?;
    Some(Moment::from_micros(meant.as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> DateTime {
        DateTime::parse(text).unwrap()
    }

    #[test]
    fn local_times_are_those_on_the_wall_in_winter_and_in_summer_and_in_the_hours_between() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        for (shown, meant, written) in [
            ("2026-01-15T12:00:00", "2026-01-15T11:00:00Z", None),
            ("2026-07-15T12:00:00.5", "2026-07-15T10:00:00.5Z", None),
            // Shown twice: the first.
            ("2026-10-25T02:30:00", "2026-10-25T00:30:00Z", None),
            // Never shown: as if the clock had not been put forward yet.
            (
                "2026-03-29T02:30:00",
                "2026-03-29T01:30:00Z",
                Some("2026-03-29T03:30:00"),
            ),
        ] {
            let moment = zone.moment(parsed(shown));
            assert_eq!(moment, parsed(meant).assuming_utc(), "{shown}");
            let shown = written.map_or(parsed(shown), parsed);
            assert_eq!(parsed(&zone.written(moment)), shown);
        }
        // One that says where it is from is what it says.
        let there = parsed("2026-01-15T12:00:00-05:00");
        assert_eq!(zone.moment(there), there.assuming_utc());
    }

    #[test]
    fn without_a_zone_times_are_in_utc_and_say_so() {
        let (zone, date) = (Zone::default(), parsed("2026-07-15T12:00:00"));
        let moment = zone.moment(date);
        assert_eq!(zone.ahead(moment), 0);
        assert_eq!(zone.written(moment), "2026-07-15T12:00:00+00:00");
    }

    #[test]
    fn a_zone_that_there_is_not_is_none() {
        for name in ["", "Europe/Atlantis", "hunter2"] {
            assert!(Zone::named(name).is_none(), "{name}");
        }
    }
}
