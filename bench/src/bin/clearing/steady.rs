//! A writer at a steady pace, and the longest that it waited.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Between two saves.
const PACE: Duration = Duration::from_millis(5);

/// How long its saves took.
#[derive(Default)]
pub(crate) struct Waits {
    pub(crate) saves: u64,
    pub(crate) longest: Duration,
    /// How many took longer than a tenth of a second.
    pub(crate) long: u64,
}

/// Saves until it is stopped.
pub(crate) struct Steady {
    stops: Arc<AtomicBool>,
    thread: JoinHandle<Waits>,
}

impl Steady {
    /// Starts a thread that saves again and again.
    pub(crate) fn start(mut save: impl FnMut() + Send + 'static) -> Self {
        let stops = Arc::new(AtomicBool::new(false));
        let stopped = stops.clone();
        let thread = thread::spawn(move || {
            let mut waits = Waits::default();
            while !stopped.load(Ordering::Relaxed) {
                let begun = Instant::now();
                save();
                let took = begun.elapsed();
                waits.saves += 1;
                waits.longest = waits.longest.max(took);
                waits.long += u64::from(took > Duration::from_millis(100));
                thread::sleep(PACE);
            }
            waits
        });
        Self { stops, thread }
    }

    /// Stops it.
    pub(crate) fn stop(self) -> Waits {
        self.stops.store(true, Ordering::Relaxed);
        self.thread.join().expect("the writer does not panic")
    }
}
