//! Clearing away what has expired, a batch at a time, beside a running site and beside others who clear.
use std::time::Duration;

use cloakroom::StoreError;
use cloakroom::clock::Clock;
use cloakroom::store::{AnyStore, Swept};
use tokio::time::Instant;

use crate::stop::Stop;

/// How fast to go; slower leaves more of the store to the site.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// At most this many in one batch; the store takes fewer when others would have to wait.
    pub batch: usize,
    /// At most this many in a second; `None` for as fast as the store can.
    pub rate: Option<u64>,
}

/// Removes what has expired until nothing is left or somebody asks to stop; `tell` learns after each
/// batch how many were removed so far, and whether some are left.
///
/// Each batch is whole by itself: whenever this ends, what it told is done.
///
/// # Errors
/// When the store can't be asked. What was told before is done all the same.
pub async fn clear(
    store: &AnyStore,
    clock: &Clock,
    pace: Pace,
    stop: &Stop,
    mut tell: impl FnMut(u64, Left),
) -> Result<Left, StoreError> {
    let begun = Instant::now();
    let batch = pace.limit();
    let mut removed = 0;
    loop {
        let Swept {
            removed: now,
            oldest_left,
        } = store.sweep(clock.now(), batch).await?;
        removed += now;
        // Where others clear what is left at this moment, a batch comes back empty.
        let left = match oldest_left {
            Some(_) if now > 0 => Left::Some,
            _ => Left::Nothing,
        };
        tell(removed, left);
        if left == Left::Nothing {
            return Ok(left);
        }
        if let Some(rate) = pace.rate {
            let due = begun + Duration::from_secs_f64(removed as f64 / rate as f64);
            stop.pause(due.saturating_duration_since(Instant::now()))
                .await;
        }
        if stop.is_asked() {
            return Ok(left);
        }
    }
}

/// Whether something is left to clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Nothing that nobody else is clearing.
    Nothing,
    /// More to clear.
    Some,
}

impl Pace {
    /// A batch lasts for a second at most when there is a rate.
    fn limit(self) -> usize {
        let rate = self.rate.and_then(|rate| usize::try_from(rate).ok());
        self.batch.min(rate.unwrap_or(usize::MAX)).max(1)
    }
}
