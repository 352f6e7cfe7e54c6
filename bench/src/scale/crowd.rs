//! Sessions that are made from their numbers, so that none of millions has to be remembered.
use std::time::{Duration, Instant};

use cloakroom::clock::{Clock, Timestamp};
use cloakroom::session::{Body, Record, StoreKey, Stored};
use cloakroom::store::{AnyStore, Created, Saved};
use tokio::task::JoinSet;

use crate::{Result, wire::typical};

/// How many are created at the same time.
const AT_ONCE: u32 = 64;
/// How many questions are timed, of each kind, and how many come before.
const TIMED: u32 = 6_000;
const BEFORE: u32 = 3_000;
/// How many sessions are swept.
const SWEPT: u32 = 10_000;
const BATCH: usize = 1_000;
const DAY: Duration = Duration::from_secs(86_400);

/// All sessions of a store.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Crowd {
    sessions: u32,
}

impl Crowd {
    /// Makes as many more as there are to be.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) async fn grow(&mut self, store: &AnyStore, to: u32) -> Result<()> {
        create(store, self.sessions, to, now(), 14 * DAY).await?;
        self.sessions = to;
        Ok(())
    }

    /// Loads one.
    ///
    /// # Errors
    /// When it is not there.
    pub(super) async fn one(&self, store: &AnyStore) -> Result<()> {
        load(store, &key(self.sessions / 2)).await.map(drop)
    }

    /// Returns the median times of a load and of a save, in microseconds; each is of another session, drawn at random.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) async fn times(&self, store: &AnyStore) -> Result<(f64, f64)> {
        let (mut loads, mut saves) = (Vec::new(), Vec::new());
        for turn in 0..BEFORE + TIMED {
            let key = key(self.drawn(turn));
            let began = Instant::now();
            let (stored, record) = load(store, &key).await?;
            let loaded = began.elapsed();
            let began = Instant::now();
            let saved = store.save(&key, &stored.version, &record).await?;
            let took = began.elapsed();
            if !matches!(saved, Saved::Saved(_)) {
                return Err("a session could not be saved".into());
            }
            if turn >= BEFORE {
                loads.push(loaded);
                saves.push(took);
            }
        }
        Ok((median(loads), median(saves)))
    }

    /// Adds 10,000 that have expired, and returns the seconds in which they are removed.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) async fn sweep(&self, store: &AnyStore) -> Result<f64> {
        let (from, past) = (u32::MAX - SWEPT, Timestamp::from_secs(1_000_000_000));
        if store.name() == "redis" {
            return Ok(0.0);
        }
        create(store, from, u32::MAX, past, DAY).await?;
        let began = Instant::now();
        while store.sweep(now(), BATCH).await?.oldest_left.is_some() {}
        Ok(began.elapsed().as_secs_f64())
    }

    fn drawn(&self, turn: u32) -> u32 {
        let drawn = scattered(u64::from(turn) ^ 0xD1CE) % u64::from(self.sessions);
        u32::try_from(drawn).unwrap_or_default()
    }
}

async fn create(
    store: &AnyStore,
    from: u32,
    to: u32,
    since: Timestamp,
    lifetime: Duration,
) -> Result<()> {
    let mut makers = JoinSet::new();
    for first in 0..AT_ONCE {
        let store = store.clone();
        makers.spawn(async move {
            for number in (from + first..to).step_by(AT_ONCE as usize) {
                let record = typical::record(number, since, since.plus(lifetime));
                match store.create(&key(number), &record).await? {
                    Created::New(_) => {}
                    Created::Taken => return Err("a session was there already".into()),
                }
            }
            Ok::<_, crate::Error>(())
        });
    }
    while let Some(made) = makers.join_next().await {
        made??;
    }
    Ok(())
}

async fn load(store: &AnyStore, key: &StoreKey) -> Result<(Stored, Record)> {
    let stored = store.load(key, now()).await?.ok_or("a session is gone")?;
    match stored.body.clone() {
        Body::Record(record) => Ok((stored, record)),
        Body::Forward(_) => Err("a session was renewed".into()),
    }
}

/// Returns the key of the session with this number.
fn key(number: u32) -> StoreKey {
    let mut bytes = [0; 32];
    for (place, part) in (0_u64..).zip(bytes.chunks_mut(8)) {
        part.copy_from_slice(&scattered(u64::from(number) << 2 | place).to_be_bytes());
    }
    StoreKey::from_bytes(bytes)
}

/// SplitMix64's finish: numbers in a row come out scattered, and no two the same.
fn scattered(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e6
}

fn now() -> Timestamp {
    Clock::system().now()
}
