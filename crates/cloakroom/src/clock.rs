//! Time as a value: whole seconds since the Unix epoch, and the clock they are read from.
//!
//! The library reads the time in one place, [`Clock::now`], and passes it on as a [`Timestamp`]. Deadlines are whole seconds, and
//! something that ends at a second is over from that second on.
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A point in time, in whole seconds since 1970-01-01T00:00:00Z.
///
/// Arithmetic saturates: adding to the far future stays in the far future.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// Returns the point that lies `seconds` after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds)
    }

    /// Returns the seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0
    }

    /// Returns the point `duration` later; parts of a second are dropped.
    #[must_use]
    pub const fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration.as_secs()))
    }

    /// Returns how long after `earlier` this is, or zero when it is not after it.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_secs(self.0.saturating_sub(earlier.0))
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        Self(
            time.duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_secs()),
        )
    }
}

/// Where the layer reads the time: the system's clock, or in tests one that is turned by hand.
#[derive(Clone, Debug, Default)]
pub struct Clock(Source);

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    System,
    Turned(Arc<AtomicU64>),
}

impl Clock {
    /// Returns the system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// Returns a clock that stands at `start` until it is turned; clones turn together.
    #[must_use]
    pub fn standing_at(start: Timestamp) -> Self {
        Self(Source::Turned(Arc::new(AtomicU64::new(start.0))))
    }

    /// Returns the present second.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => SystemTime::now().into(),
            Source::Turned(seconds) => Timestamp(seconds.load(Ordering::SeqCst)),
        }
    }

    /// Turns the clock forward.
    ///
    /// # Panics
    /// When this is the system's clock, which nobody can turn.
    pub fn turn(&self, by: Duration) {
        match &self.0 {
            Source::System => panic!("the system's clock can't be turned"),
            Source::Turned(seconds) => seconds.fetch_add(by.as_secs(), Ordering::SeqCst),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_far_future_does_not_overflow() {
        let end = Timestamp::from_secs(u64::MAX);
        assert_eq!(end.plus(Duration::from_secs(1)), end);
        assert_eq!(Timestamp::default().since(end), Duration::ZERO);
    }

    #[test]
    fn clones_of_a_turned_clock_turn_together() {
        let clock = Clock::standing_at(Timestamp::from_secs(100));
        clock.clone().turn(Duration::from_secs(5));
        assert_eq!(clock.now(), Timestamp::from_secs(105));
    }
}
