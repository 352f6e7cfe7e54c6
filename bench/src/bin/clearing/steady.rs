//! A writer at a steady pace, and the longest that it waited.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Between two saves.
const PACE: Duration = Duration::from_millis(5);

/// Saves until it is stopped.
pub(crate) struct Steady {
    stops: Arc<AtomicBool>,
    thread: JoinHandle<(Duration, u64)>,
}

impl Steady {
    /// Starts a thread that saves again and again.
    pub(crate) fn start(mut save: impl FnMut() + Send + 'static) -> Self {
        let stops = Arc::new(AtomicBool::new(false));
        let stopped = stops.clone();
        let thread = thread::spawn(move || {
            let (mut longest, mut saves) = (Duration::ZERO, 0);
            while !stopped.load(Ordering::Relaxed) {
                let begun = Instant::now();
                save();
                longest = longest.max(begun.elapsed());
                saves += 1;
                thread::sleep(PACE);
            }
            (longest, saves)
        });
        Self { stops, thread }
    }

    /// Stops it and returns its longest wait and how many saves it did.
    pub(crate) fn stop(self) -> (Duration, u64) {
        self.stops.store(true, Ordering::Relaxed);
        self.thread.join().expect("the writer does not panic")
    }
}
