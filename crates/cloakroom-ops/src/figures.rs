//! Metrics of this process: kept for the dashboard, written out for Prometheus, and handed on to another recorder.
mod buckets;
mod prometheus;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use metrics::{
    Counter, Gauge, GaugeFn, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};

use crate::figures::buckets::Buckets;

/// A recorder that keeps all metrics in memory; clones are one.
///
/// Make it the program's recorder with `metrics::set_global_recorder(figures.clone())`, give it to the
/// [dashboard](crate::dashboard::dashboard), and answer Prometheus with [`Figures::prometheus`].
#[derive(Clone, Default)]
pub struct Figures(Arc<All>);

#[derive(Default)]
struct All {
    counters: RwLock<HashMap<Key, Arc<AtomicU64>>>,
    gauges: RwLock<HashMap<Key, Arc<Level>>>,
    histograms: RwLock<HashMap<Key, Arc<Buckets>>>,
    /// What a metric of this name is for.
    described: RwLock<BTreeMap<String, SharedString>>,
}

/// The bits of a floating-point number.
#[derive(Default)]
struct Level(AtomicU64);

impl GaugeFn for Level {
    fn increment(&self, value: f64) {
        self.change(|there| there + value);
    }

    fn decrement(&self, value: f64) {
        self.change(|there| there - value);
    }

    fn set(&self, value: f64) {
        self.0.store(value.to_bits(), Ordering::Relaxed);
    }
}

impl Level {
    fn change(&self, change: impl Fn(f64) -> f64) {
        let next = |bits| Some(change(f64::from_bits(bits)).to_bits());
        let order = Ordering::Relaxed;
        let _ = self.0.fetch_update(order, order, next);
    }

    fn value(&self) -> f64 {
        f64::from_bits(self.0.load(Ordering::Relaxed))
    }
}

impl Figures {
    /// Makes one that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns what was counted under this name, whatever the labels.
    #[must_use]
    pub fn counted(&self, name: &str) -> u64 {
        self.by_labels(name).iter().map(|(_, count)| count).sum()
    }

    /// Returns what was counted under this name by the values of its labels, the largest first.
    #[must_use]
    pub fn by_labels(&self, name: &str) -> Vec<(Vec<String>, u64)> {
        let counters = self
            .0
            .counters
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let of_name = counters.iter().filter(|(key, _)| key.name() == name);
        let mut all: Vec<_> = of_name
            .map(|(key, count)| (labels(key), count.load(Ordering::Relaxed)))
            .collect();
        all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        all
    }

    /// Returns the last value under this name, of whichever labels.
    #[must_use]
    pub fn level(&self, name: &str) -> Option<f64> {
        let gauges = self.0.gauges.read().unwrap_or_else(PoisonError::into_inner);
        let found = gauges.iter().find(|(key, _)| key.name() == name);
        found.map(|(_, level)| level.value())
    }

    /// Returns the last values under this name by the values of their labels.
    #[must_use]
    pub fn levels(&self, name: &str) -> Vec<(Vec<String>, f64)> {
        let gauges = self.0.gauges.read().unwrap_or_else(PoisonError::into_inner);
        let of_name = gauges.iter().filter(|(key, _)| key.name() == name);
        of_name
            .map(|(key, level)| (labels(key), level.value()))
            .collect()
    }

    /// Returns for each set of labels under this name how many values there were, and below which value half, and 95 of 100, of
    /// them lie.
    #[must_use]
    pub fn spread(&self, name: &str) -> Vec<Spread> {
        let histograms = self
            .0
            .histograms
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let of_name = histograms.iter().filter(|(key, _)| key.name() == name);
        let mut all: Vec<_> = of_name
            .map(|(key, buckets)| Spread {
                labels: labels(key),
                count: buckets.count(),
                half: buckets.below(0.5),
                most: buckets.below(0.95),
            })
            .collect();
        all.sort_by(|a, b| a.labels.cmp(&b.labels));
        all
    }
}

impl Figures {
    fn describe(&self, name: &KeyName, text: SharedString) {
        let described = self.0.described.write();
        let mut described = described.unwrap_or_else(PoisonError::into_inner);
        described.insert(name.as_str().to_owned(), text);
    }
}

/// How the values of one histogram lie.
#[derive(Clone, Debug)]
pub struct Spread {
    /// The values of its labels.
    pub labels: Vec<String>,
    /// How many there were.
    pub count: u64,
    /// Half of them lie below.
    pub half: f64,
    /// 95 of 100 lie below.
    pub most: f64,
}

fn labels(key: &Key) -> Vec<String> {
    key.labels().map(|label| label.value().to_owned()).collect()
}

/// Finds what is kept under a key, or makes it.
fn kept<T: Default>(all: &RwLock<HashMap<Key, Arc<T>>>, key: &Key) -> Arc<T> {
    if let Some(there) = all.read().unwrap_or_else(PoisonError::into_inner).get(key) {
        return there.clone();
    }
    let mut all = all.write().unwrap_or_else(PoisonError::into_inner);
    all.entry(key.clone()).or_default().clone()
}

impl Recorder for Figures {
    fn describe_counter(&self, name: KeyName, _: Option<Unit>, text: SharedString) {
        self.describe(&name, text);
    }

    fn describe_gauge(&self, name: KeyName, _: Option<Unit>, text: SharedString) {
        self.describe(&name, text);
    }

    fn describe_histogram(&self, name: KeyName, _: Option<Unit>, text: SharedString) {
        self.describe(&name, text);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(kept(&self.0.counters, key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(kept(&self.0.gauges, key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(kept(&self.0.histograms, key))
    }
}

impl fmt::Debug for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Figures(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(figures: &Figures) {
        metrics::with_local_recorder(figures, || {
            metrics::describe_gauge!("lag_seconds", "How far\nit is behind");
            for reason in ["a", "b", "b"] {
                metrics::counter!("refused_total", "reason" => reason).increment(1);
            }
            metrics::gauge!("lag_seconds").set(1.5);
            for value in [0.000_3, 0.000_4, 0.02] {
                metrics::histogram!("store_seconds", "store" => "x\"y\\z\n").record(value);
            }
        });
    }

    #[test]
    fn what_was_recorded_is_told_by_name_and_labels() {
        let figures = Figures::new();
        record(&figures);
        let by_labels = figures.by_labels("refused_total");
        assert_eq!(by_labels, [(vec!["b".into()], 2), (vec!["a".into()], 1)]);
        assert_eq!(figures.counted("refused_total"), 3);
        assert_eq!(figures.level("lag_seconds"), Some(1.5));
        assert_eq!(figures.counted("none"), 0);
        let spread = figures.spread("store_seconds").remove(0);
        assert_eq!(spread.count, 3);
        assert!(spread.half <= 0.001 && spread.most >= 0.02, "{spread:?}");
    }

    #[test]
    fn prometheus_gets_each_metric_with_its_type_and_labels_escaped() {
        let figures = Figures::new();
        record(&figures);
        let text = figures.prometheus();
        for line in [
            "# TYPE refused_total counter",
            "refused_total{reason=\"b\"} 2",
            "# HELP lag_seconds How far\\nit is behind",
            "# TYPE lag_seconds gauge",
            "lag_seconds 1.5",
            "# TYPE store_seconds histogram",
            r#"store_seconds_bucket{store="x\"y\\z\n",le="0.0005"} 2"#,
            r#"store_seconds_bucket{store="x\"y\\z\n",le="+Inf"} 3"#,
            r#"store_seconds_count{store="x\"y\\z\n"} 3"#,
        ] {
            assert!(text.lines().any(|there| there == line), "{line}\n{text}");
        }
    }
}
