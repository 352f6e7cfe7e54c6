//! A writer at a steady pace, and how long it waited.
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Between two saves.
const PACE: Duration = Duration::from_millis(5);
/// No save should take longer.
const LONG: Duration = Duration::from_millis(100);

/// How long its saves took, the shortest first.
pub(crate) struct Waits(Vec<Duration>);

/// Saves until it is stopped.
pub(crate) struct Steady {
    stops: Arc<AtomicBool>,
    thread: JoinHandle<Vec<Duration>>,
}

impl Steady {
    /// Starts a thread that saves again and again.
    pub(crate) fn start(mut save: impl FnMut() + Send + 'static) -> Self {
        let stops = Arc::new(AtomicBool::new(false));
        let stopped = stops.clone();
        let thread = thread::spawn(move || {
            let mut waits = Vec::new();
            while !stopped.load(Ordering::Relaxed) {
                let begun = Instant::now();
                save();
                waits.push(begun.elapsed());
                thread::sleep(PACE);
            }
            waits
        });
        Self { stops, thread }
    }

    /// Stops it.
    pub(crate) fn stop(self) -> Waits {
        self.stops.store(true, Ordering::Relaxed);
        let mut waits = self.thread.join().expect("the writer does not panic");
        waits.sort_unstable();
        Waits(waits)
    }
}

impl Waits {
    /// Returns the time within which so many of a hundred saves were done, in milliseconds.
    fn within(&self, hundredths: usize) -> f64 {
        let last = self.0.len().saturating_sub(1);
        let at = (last * hundredths).div_ceil(100);
        self.0.get(at).map_or(0.0, |wait| wait.as_secs_f64() * 1e3)
    }
}

impl fmt::Display for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} saves meanwhile: half within {:.2} ms, 99 of 100 within {:.1} ms, the longest {:.1} ms, {} over {} ms",
            self.0.len(),
            self.within(50),
            self.within(99),
            self.within(100),
            self.0.iter().filter(|wait| **wait > LONG).count(),
            LONG.as_millis(),
        )
    }
}
