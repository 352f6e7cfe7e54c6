//! Figures about all sessions: how many, of whom, how old, how large.
use std::collections::BTreeMap;

use cloakroom::StoreError;
use cloakroom::clock::Timestamp;
use cloakroom::store::{AnyStore, Listed, Summary};
use serde::Serialize;

use crate::pages::Pages;
use crate::when::When;

const AGES: [(&str, u64); 8] = [
    ("1 min", 60),
    ("10 min", 600),
    ("1 h", 3_600),
    ("6 h", 21_600),
    ("1 d", 86_400),
    ("7 d", 604_800),
    ("30 d", 2_592_000),
    ("90 d", 7_776_000),
];
const SIZES: [(&str, u64); 7] = [
    ("100 B", 100),
    ("300 B", 300),
    ("1 KiB", 1_024),
    ("4 KiB", 4_096),
    ("16 KiB", 16_384),
    ("64 KiB", 65_536),
    ("1 MiB", 1_048_576),
];

/// Figures about a store's sessions.
#[derive(Clone, Debug, Serialize)]
pub struct Stats {
    /// The store's name.
    pub store: &'static str,
    /// Sessions that are live.
    pub live: u64,
    /// Those of them that have a user.
    pub signed_in: u64,
    /// Those that have none.
    pub guests: u64,
    /// Those of them that were used within the last hour.
    pub active: u64,
    /// How many signed-in ones there are on each device; under an empty name where that is not known.
    pub by_device: BTreeMap<String, u64>,
    /// What waits to be cleared.
    pub expired: u64,
    /// The bytes of all names and values; where the store counts by itself, as it keeps them.
    pub bytes: u64,
    /// The bytes of the largest session.
    pub largest: u64,
    /// How many began how long ago.
    pub by_age: Histogram,
    /// How many have how many bytes.
    pub by_size: Histogram,
}

impl Stats {
    /// Counts all sessions: by the store itself where it can do that, else as [`Stats::read`].
    ///
    /// What the store counts has not been read, so that records that do not decode are among them.
    ///
    /// # Errors
    /// As [`Stats::read`].
    pub async fn of(
        store: &AnyStore,
        now: Timestamp,
        tell: impl FnMut(u64),
    ) -> Result<Self, StoreError> {
        match store.summary(now).await? {
            Some(summary) => Ok(Self::counted(store.name(), summary)),
            None => Self::read(store, now, tell).await,
        }
    }

    /// Looks at all sessions, a page at a time; `tell` learns how many it has seen.
    ///
    /// # Errors
    /// When the store can't be asked or can't list sessions.
    pub async fn read(
        store: &AnyStore,
        now: Timestamp,
        mut tell: impl FnMut(u64),
    ) -> Result<Self, StoreError> {
        let mut stats = Self {
            store: store.name(),
            live: 0,
            signed_in: 0,
            guests: 0,
            expired: store.count(now).await?.expired,
            bytes: 0,
            largest: 0,
            active: 0,
            by_device: BTreeMap::new(),
            by_age: Histogram::new(&AGES),
            by_size: Histogram::new(&SIZES),
        };
        let mut pages = Pages::after(store, None, now);
        while let Some(page) = pages.next().await? {
            page.iter().for_each(|listed| stats.add(listed, now));
            tell(stats.live);
        }
        Ok(stats)
    }

    /// Takes what the store counted by itself.
    fn counted(store: &'static str, summary: Summary) -> Self {
        let named = |(device, count): (Option<String>, u64)| (device.unwrap_or_default(), count);
        Self {
            store,
            live: summary.live,
            signed_in: summary.signed_in,
            guests: summary.live - summary.signed_in.min(summary.live),
            active: summary.active,
            by_device: summary.by_device.into_iter().map(named).collect(),
            expired: summary.expired,
            bytes: summary.bytes,
            largest: summary.largest,
            by_age: Histogram::counted(&AGES, &summary.by_age),
            by_size: Histogram::counted(&SIZES, &summary.by_size),
        }
    }

    fn add_user(&mut self, listed: &Listed, now: Timestamp) {
        self.signed_in += 1;
        let noted = listed.particulars.as_ref();
        let is_active = noted.is_some_and(|noted| now.since(noted.seen()).as_secs() < 3_600);
        self.active += u64::from(is_active);
        let device = noted.and_then(|noted| noted.device()).unwrap_or_default();
        *self.by_device.entry(device.to_owned()).or_default() += 1;
    }

    fn add(&mut self, listed: &Listed, now: Timestamp) {
        let bytes = listed.bytes as u64;
        self.live += 1;
        match listed.user {
            Some(_) => self.add_user(listed, now),
            None => self.guests += 1,
        }
        self.bytes += bytes;
        self.largest = self.largest.max(bytes);
        if When(listed.created).is_known() {
            self.by_age.add(now.since(listed.created).as_secs());
        }
        self.by_size.add(bytes);
    }
}

/// How many fall below each of some limits, and not below the one before.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct Histogram {
    /// The parts, from small to large; the last has no limit.
    pub parts: Vec<Part>,
}

/// One part of a [`Histogram`].
#[derive(Clone, Debug, Serialize)]
pub struct Part {
    /// What is counted here is below this: seconds or bytes.
    pub below: Option<u64>,
    /// The same for people.
    #[serde(skip)]
    pub label: String,
    /// How many.
    pub count: u64,
}

impl Histogram {
    fn new(limits: &[(&str, u64)]) -> Self {
        let last = limits.last().map_or("", |(label, _)| label);
        let mut parts: Vec<_> = limits
            .iter()
            .map(|(label, below)| Part {
                below: Some(*below),
                label: format!("below {label}"),
                count: 0,
            })
            .collect();
        parts.push(Part {
            below: None,
            label: format!("{last} and more"),
            count: 0,
        });
        Self { parts }
    }

    fn counted(limits: &[(&str, u64)], counts: &[u64]) -> Self {
        let mut histogram = Self::new(limits);
        for (part, count) in histogram.parts.iter_mut().zip(counts) {
            part.count = *count;
        }
        histogram
    }

    fn add(&mut self, value: u64) {
        let holds = |part: &&mut Part| part.below.is_none_or(|below| value < below);
        if let Some(part) = self.parts.iter_mut().find(holds) {
            part.count += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_are_those_by_which_stores_count() {
        assert_eq!(AGES.map(|(_, limit)| limit), Summary::AGES);
        assert_eq!(SIZES.map(|(_, limit)| limit), Summary::SIZES);
    }

    #[test]
    fn a_value_at_a_limit_falls_into_the_part_above() {
        let mut sizes = Histogram::new(&SIZES);
        for value in [0, 99, 100, 1_048_575, 1_048_576, u64::MAX] {
            sizes.add(value);
        }
        let counts: Vec<_> = sizes.parts.iter().map(|part| part.count).collect();
        assert_eq!(counts, [2, 1, 0, 0, 0, 0, 1, 2]);
    }
}
