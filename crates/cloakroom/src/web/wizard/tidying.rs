//! Removing files to which no draft can refer any more, in the background.
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::clock::{Clock, Timestamp};
use crate::files::{Files, Sweeping};

/// Ages of files are known by the hour.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// A background task that removes old files for as long as this is kept.
pub(super) struct Tidying(Option<JoinHandle<()>>);

impl Tidying {
    /// Begins to remove files that are older than `longest`. Needs a tokio runtime; without one it stays off.
    pub(super) fn start(files: Files, clock: Clock, longest: Duration) -> Self {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            tracing::warn!("no tokio runtime here, so abandoned files are not swept");
            return Self(None);
        };
        Self(Some(runtime.spawn(async move {
            loop {
                tokio::time::sleep(EVERY).await;
                let age = (longest + EVERY).as_secs();
                let before = Timestamp::from_secs(clock.now().as_secs().saturating_sub(age));
                match files.sweep(before, Sweeping::Remove).await {
                    Ok(swept) => {
                        let count = swept.files + swept.incomplete;
                        metrics::counter!("cloakroom_swept_files_total").increment(count);
                    }
                    Err(error) => {
                        tracing::error!(%error, "sweeping abandoned files failed; it is tried again");
                    }
                }
            }
        })))
    }
}

impl Drop for Tidying {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}
