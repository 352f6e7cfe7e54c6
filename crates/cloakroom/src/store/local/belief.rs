//! For how long this process may believe its copies: until a moment after the last sign of life of the line was sent.
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// How long what is loaded from a copy may have been out of date, on any node and whatever fails: 800 ms.
///
/// No load that begins later than this after a write was acknowledged returns what stood there before. It is measured by the clock of the
/// process that loads; a machine that was suspended counts from when it goes on.
pub const STALE_AT_MOST: Duration = Duration::from_millis(800);

/// The moment until which copies are believed, and which line they were heard of on.
#[derive(Debug)]
pub(super) struct Belief {
    base: Instant,
    /// In microseconds since the base; zero when nothing is believed.
    until: AtomicU64,
    line: AtomicU64,
}

impl Belief {
    pub(super) fn new() -> Self {
        Self {
            base: Instant::now(),
            until: AtomicU64::new(0),
            line: AtomicU64::new(0),
        }
    }

    /// Says whether copies are believed at this moment.
    pub(super) fn holds(&self, at: Instant) -> bool {
        self.since_base(at) < self.until.load(Ordering::Acquire)
    }

    /// Returns the number of the line. What was loaded while another one was open is worth nothing.
    pub(super) fn line(&self) -> u64 {
        self.line.load(Ordering::Acquire)
    }

    /// Notes that a sign of life came back that was sent at this moment: all that was acknowledged before it was sent has been heard.
    pub(super) fn proved(&self, sent: Instant) {
        let until = self.since_base(sent + STALE_AT_MOST);
        self.until.store(until, Ordering::Release);
    }

    /// Notes that the line is lost.
    pub(super) fn lost(&self) {
        self.until.store(0, Ordering::Release);
        self.line.fetch_add(1, Ordering::AcqRel);
    }

    fn since_base(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.base).as_micros();
        u64::try_from(since).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn belief_lasts_from_when_the_sign_of_life_was_sent_and_not_from_when_it_came_back() {
        let belief = Belief::new();
        let sent = Instant::now() + Duration::from_secs(5);
        assert!(!belief.holds(sent));
        belief.proved(sent);
        let moment = Duration::from_millis(1);
        assert!(belief.holds(sent + STALE_AT_MOST - moment));
        assert!(!belief.holds(sent + STALE_AT_MOST));
        let line = belief.line();
        belief.lost();
        assert!(!belief.holds(sent));
        assert_ne!(belief.line(), line);
    }
}
