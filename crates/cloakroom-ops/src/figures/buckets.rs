//! Values sorted into parts, for durations from a tenth of a millisecond to ten seconds.
use std::sync::atomic::{AtomicU64, Ordering};

use metrics::HistogramFn;

/// The upper limits of the parts, in seconds.
pub(super) const LIMITS: [f64; 16] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0,
];
/// So many units are a second in the sum.
const UNITS: f64 = 1e9;

/// How many values lie in each part.
#[derive(Default)]
pub(super) struct Buckets {
    parts: [AtomicU64; LIMITS.len() + 1],
    sum: AtomicU64,
}

impl HistogramFn for Buckets {
    fn record(&self, value: f64) {
        let part = LIMITS.iter().take_while(|limit| value > **limit).count();
        self.parts[part].fetch_add(1, Ordering::Relaxed);
        self.sum
            .fetch_add((value * UNITS) as u64, Ordering::Relaxed);
    }
}

impl Buckets {
    pub(super) fn count(&self) -> u64 {
        self.cumulated().last().map_or(0, |(_, count)| count)
    }

    pub(super) fn sum(&self) -> f64 {
        self.sum.load(Ordering::Relaxed) as f64 / UNITS
    }

    /// Returns for each limit how many values lie at or below it; the last has no limit.
    pub(super) fn cumulated(&self) -> impl Iterator<Item = (f64, u64)> {
        let limits = LIMITS.into_iter().chain([f64::INFINITY]);
        let counts = self.parts.iter().scan(0, |sum, part| {
            *sum += part.load(Ordering::Relaxed);
            Some(*sum)
        });
        limits.zip(counts)
    }

    /// Returns the limit below which this part of all values lies.
    pub(super) fn below(&self, share: f64) -> f64 {
        let wanted = (self.count() as f64 * share).ceil() as u64;
        let mut parts = self.cumulated();
        let found = parts.find(|(_, count)| *count >= wanted.max(1));
        found.map_or(0.0, |(limit, _)| limit)
    }
}
