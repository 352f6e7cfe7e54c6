//! Being asked to stop: long work ends where nothing is half done.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

/// Whether somebody asked to stop; clones are one.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Asked>);

#[derive(Debug, Default)]
struct Asked {
    already: AtomicBool,
    waiting: Notify,
}

impl Stop {
    /// Returns one that nobody has asked yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks whatever works with this to stop.
    pub fn ask(&self) {
        self.0.already.store(true, Ordering::SeqCst);
        self.0.waiting.notify_waiters();
    }

    /// Says whether somebody asked.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.0.already.load(Ordering::SeqCst)
    }

    /// Waits that long, or until somebody asks.
    pub async fn pause(&self, duration: Duration) {
        let asked = self.0.waiting.notified();
        if !self.is_asked() {
            let _ = tokio::time::timeout(duration, asked).await;
        }
    }
}
