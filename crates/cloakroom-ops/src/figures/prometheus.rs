//! Metrics as Prometheus reads them (text format 0.0.4).
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use metrics::Key;

use crate::figures::Figures;

/// What `Content-Type` says of [`Figures::prometheus`].
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

impl Figures {
    /// What `Content-Type` is to say of [`Figures::prometheus`].
    pub const CONTENT_TYPE: &'static str = CONTENT_TYPE;

    /// Returns all metrics for an answer to Prometheus. Whoever can read them sees how the site is used: leave that to
    /// the network that monitoring is in, or to a guard.
    #[must_use]
    pub fn prometheus(&self) -> String {
        let mut families = BTreeMap::<String, (&str, Vec<String>)>::new();
        let mut add = |key: &Key, kind, lines: Vec<String>| {
            let family = families.entry(key.name().to_owned());
            family.or_insert((kind, Vec::new())).1.extend(lines);
        };
        for (key, count) in self
            .0
            .counters
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
        {
            let line = format!(
                "{}{} {}",
                key.name(),
                labels(key, None),
                count.load(Ordering::Relaxed)
            );
            add(key, "counter", vec![line]);
        }
        for (key, level) in self
            .0
            .gauges
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
        {
            let line = format!("{}{} {}", key.name(), labels(key, None), level.value());
            add(key, "gauge", vec![line]);
        }
        for (key, buckets) in self
            .0
            .histograms
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
        {
            let name = key.name();
            let part = |(limit, count): (f64, u64)| {
                let limit = if limit.is_finite() {
                    limit.to_string()
                } else {
                    "+Inf".into()
                };
                format!("{name}_bucket{} {count}", labels(key, Some(&limit)))
            };
            let mut lines: Vec<_> = buckets.cumulated().map(part).collect();
            let all = labels(key, None);
            lines.push(format!("{name}_sum{all} {}", buckets.sum()));
            lines.push(format!("{name}_count{all} {}", buckets.count()));
            add(key, "histogram", lines);
        }
        let described = self.0.described.read();
        let described = described.unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        for (name, (kind, mut lines)) in families {
            if kind != "histogram" {
                lines.sort();
            }
            if let Some(what) = described.get(&name) {
                let what = what.replace('\\', "\\\\").replace('\n', "\\n");
                let _ = writeln!(text, "# HELP {name} {what}");
            }
            let _ = writeln!(text, "# TYPE {name} {kind}\n{}", lines.join("\n"));
        }
        text
    }
}

fn labels(key: &Key, limit: Option<&str>) -> String {
    let own = key.labels().map(|label| (label.key(), label.value()));
    let all = own.chain(limit.map(|limit| ("le", limit)));
    let texts: Vec<_> = all
        .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
        .collect();
    match texts.is_empty() {
        true => String::new(),
        false => format!("{{{}}}", texts.join(",")),
    }
}

fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
