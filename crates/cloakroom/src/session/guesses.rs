//! Cookies that lead to nothing, counted by the minute.
use std::sync::atomic::{AtomicU64, Ordering};

use crate::clock::Timestamp;

/// Counts what leads to nothing, minute by minute.
#[derive(Default)]
pub(crate) struct Guesses(AtomicU64);

impl Guesses {
    /// Counts one, and returns how many there were in this minute. The upper half of the number is the minute.
    pub(crate) fn one_more(&self, now: Timestamp) -> u32 {
        let minute = now.as_secs() / 60;
        let next = |there: u64| {
            let count = if there >> 32 == minute & 0xffff_ffff {
                there & 0xffff_ffff
            } else {
                0
            };
            Some((minute << 32) | (count + 1).min(0xffff_ffff))
        };
        let before = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        let now = next(before.unwrap_or_default()).unwrap_or_default();
        (now & 0xffff_ffff) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_are_counted_anew_each_minute() {
        let guesses = Guesses::default();
        let rows = [
            (60, 1),
            (61, 2),
            (119, 3),
            (120, 1),
            (u64::MAX, 1),
            (u64::MAX, 2),
        ];
        for (now, expected) in rows {
            assert_eq!(
                guesses.one_more(Timestamp::from_secs(now)),
                expected,
                "{now}"
            );
        }
    }
}
