//! What was traced and counted while a test ran.
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, Once};

use metrics::{
    Counter, CounterFn, Gauge, Histogram, Key, KeyName, LocalRecorderGuard, Metadata, Recorder,
    SharedString, Unit,
};
use tracing::Level;
use tracing_subscriber::fmt::MakeWriter;

/// What all threads trace, while a test wants to read it.
static EVERYWHERE: Mutex<Option<Vec<u8>>> = Mutex::new(None);

thread_local! {
    static LOG: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Reads along on this thread, which is that of a whole test unless it asks for more.
pub(crate) struct Watch {
    counted: &'static Counted,
    _guard: LocalRecorderGuard<'static>,
}

impl Watch {
    /// Begins to read along.
    pub(crate) fn begin() -> Self {
        static INSTALL: Once = Once::new();
        // One subscriber for all threads: whether an event is wanted is remembered for the process.
        INSTALL.call_once(|| {
            let subscriber = tracing_subscriber::fmt()
                .with_max_level(Level::TRACE)
                .with_ansi(false)
                .with_writer(OwnLog)
                .finish();
            tracing::subscriber::set_global_default(subscriber).expect("it is the first");
        });
        LOG.set(Some(Vec::new()));
        // A test's counters live until all tests are over.
        let counted: &'static Counted = Box::leak(Box::default());
        Self {
            counted,
            _guard: metrics::set_default_local_recorder(counted),
        }
    }

    /// Begins to read along on all threads, those of stores among them.
    pub(crate) fn everywhere() -> Self {
        let watch = Self::begin();
        *everywhere() = Some(Vec::new());
        watch
    }

    /// Returns what all threads traced since [`Watch::everywhere`], and stops reading there.
    pub(crate) fn log_of_all(&self) -> String {
        let log = everywhere().take().unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// Returns what was traced so far.
    pub(crate) fn log(&self) -> String {
        LOG.with_borrow(|log| {
            let log = log.as_deref().unwrap_or_default();
            String::from_utf8_lossy(log).into_owned()
        })
    }

    /// Says whether a line of this level with this text was traced.
    pub(crate) fn traced(&self, level: Level, text: &str) -> bool {
        let level = level.as_str();
        self.log()
            .lines()
            .any(|line| line.contains(level) && line.contains(text))
    }

    /// Returns how often this was counted: whatever its labels, or as `name{label=value,other=value}` with these.
    pub(crate) fn counted(&self, name: &str) -> u64 {
        let counts = self.counted.counts.lock().expect("nobody panics here");
        counts.get(name).copied().unwrap_or_default()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        LOG.set(None);
    }
}

fn everywhere() -> MutexGuard<'static, Option<Vec<u8>>> {
    EVERYWHERE.lock().expect("nobody panics here")
}

struct OwnLog;

impl MakeWriter<'_> for OwnLog {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}

impl io::Write for OwnLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(log) = &mut *everywhere() {
            log.extend_from_slice(bytes);
        }
        LOG.with_borrow_mut(|log| {
            if let Some(log) = log {
                log.extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Counts by name.
#[derive(Default)]
struct Counted {
    counts: Arc<Mutex<BTreeMap<String, u64>>>,
}

struct OneCount {
    name: String,
    /// The name with all labels: `name{step=info}`.
    labelled: String,
    counts: Arc<Mutex<BTreeMap<String, u64>>>,
}

impl CounterFn for OneCount {
    fn increment(&self, by: u64) {
        let mut counts = self.counts.lock().expect("nobody panics here");
        *counts.entry(self.name.clone()).or_default() += by;
        if self.labelled != self.name {
            *counts.entry(self.labelled.clone()).or_default() += by;
        }
    }

    fn absolute(&self, _: u64) {}
}

fn labelled(key: &Key) -> String {
    let labels: Vec<_> = key
        .labels()
        .map(|label| format!("{}={}", label.key(), label.value()))
        .collect();
    match labels.is_empty() {
        true => key.name().to_owned(),
        false => format!("{}{{{}}}", key.name(), labels.join(",")),
    }
}

impl Recorder for Counted {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(Arc::new(OneCount {
            name: key.name().to_owned(),
            labelled: labelled(key),
            counts: self.counts.clone(),
        }))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}
