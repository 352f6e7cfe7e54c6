//! Sweeping: what has expired is removed in the background, a batch at a time.
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::clock::{Clock, Timestamp};
use crate::error::StoreError;
use crate::store::{AnyStore, Swept};

/// How many are removed at once; a store removes fewer when another writer would wait long.
const BATCH: usize = 5_000;
/// The pause between two batches, in which writers of other processes get their turn.
const BREATH: Duration = Duration::from_millis(10);

/// How sweeping is going.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SweepStatus {
    /// When the last round ended; `None` before the first.
    pub last_round: Option<Timestamp>,
    /// How many were removed since the start.
    pub removed: u64,
    /// Up to when all that had expired is removed; `None` before the first round that worked.
    pub swept_until: Option<Timestamp>,
    /// For how long the oldest of what waits has been expired; zero when nothing waits. While the
    /// store fails, it grows.
    pub lag: Duration,
    /// What went wrong in the last round.
    pub last_error: Option<String>,
}

/// A background task that sweeps for as long as this is kept.
pub(crate) struct Sweeper {
    status: Arc<Mutex<SweepStatus>>,
    task: Option<JoinHandle<()>>,
}

impl Sweeper {
    /// A sweeper that never sweeps.
    pub(crate) fn off() -> Self {
        Self {
            status: Arc::default(),
            task: None,
        }
    }

    /// Starts sweeping every `interval`, first after a random part of it, so that nodes that were
    /// started together don't sweep together. Needs a tokio runtime; without one it stays off.
    pub(crate) fn start(store: AnyStore, clock: Clock, interval: Duration) -> Self {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            tracing::warn!("no tokio runtime here, so expired sessions are not swept");
            return Self::off();
        };
        let status = Arc::<Mutex<SweepStatus>>::default();
        let round = Round {
            store,
            clock,
            status: status.clone(),
        };
        let task = runtime.spawn(async move {
            tokio::time::sleep(random_part(interval)).await;
            loop {
                round.sweep().await;
                tokio::time::sleep(interval).await;
            }
        });
        Self {
            status,
            task: Some(task),
        }
    }

    pub(crate) fn status(&self) -> SweepStatus {
        self.status
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn stop(&self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        self.stop();
    }
}

/// One round: batch after batch until nothing expired is left, or the store fails.
struct Round {
    store: AnyStore,
    clock: Clock,
    status: Arc<Mutex<SweepStatus>>,
}

impl Round {
    async fn sweep(&self) {
        loop {
            let now = self.clock.now();
            let swept = self.store.sweep(now, BATCH).await;
            self.note(now, &swept);
            match swept {
                Ok(Swept {
                    oldest_left: Some(_),
                    removed: 1..,
                }) => tokio::time::sleep(BREATH).await,
                Ok(_) => return,
                Err(error) => {
                    tracing::error!(%error, "sweeping expired sessions failed; it is tried again");
                    return;
                }
            }
        }
    }

    fn note(&self, now: Timestamp, swept: &Result<Swept, StoreError>) {
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        status.note(now, swept);
        if let Ok(swept) = swept {
            metrics::counter!("cloakroom_swept_total").increment(swept.removed);
        }
        metrics::gauge!("cloakroom_sweep_lag_seconds").set(status.lag.as_secs_f64());
    }
}

impl SweepStatus {
    fn note(&mut self, now: Timestamp, swept: &Result<Swept, StoreError>) {
        self.last_round = Some(now);
        match swept {
            Ok(swept) => {
                self.removed += swept.removed;
                self.swept_until = Some(swept.oldest_left.unwrap_or(now));
                self.last_error = None;
            }
            Err(error) => self.last_error = Some(error.to_string()),
        }
        let until = self.swept_until.unwrap_or(now);
        self.lag = now.since(until);
    }
}

fn random_part(interval: Duration) -> Duration {
    let mut random = [0; 2];
    getrandom::fill(&mut random).expect("the operating system gives random bytes");
    interval * u32::from(u16::from_ne_bytes(random)) / u32::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lag_grows_while_the_store_fails_and_ends_when_nothing_is_left() {
        let swept = |oldest_left: Option<u64>| {
            Ok(Swept {
                removed: 1,
                oldest_left: oldest_left.map(Timestamp::from_secs),
            })
        };
        let failed = || Err(StoreError::new("memory", "be swept"));
        let rounds = [
            // at, what came of it -> lag
            (100, failed(), 0),
            (200, swept(Some(50)), 150),
            (300, failed(), 250),
            (400, swept(None), 0),
            (500, failed(), 100),
        ];
        let mut status = SweepStatus::default();
        for (at, swept, lag) in rounds {
            status.note(Timestamp::from_secs(at), &swept);
            assert_eq!(status.lag, Duration::from_secs(lag), "at {at}");
            assert_eq!(status.last_error.is_some(), swept.is_err(), "at {at}");
        }
        assert_eq!(status.removed, 2);
    }
}
