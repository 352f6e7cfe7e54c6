//! What each metric is for, told to the recorder; and counters at zero, so that monitoring sees the first rise.
use metrics::Unit;

use crate::csrf::Reason;
use crate::session::{EventKind, Signal};

/// How a metric is shown.
#[derive(Clone, Copy)]
enum Kind {
    Counter,
    Gauge(Unit),
    Histogram(Unit),
}

use Kind::{Counter, Gauge, Histogram};

/// All of them, as `docs/settings.md` tells of them.
const ALL: [(&str, Kind, &str); 36] = [
    (
        "cloakroom_store_breaker_open",
        Gauge(Unit::Count),
        "1 while the store's server does not answer and requests fail at once",
    ),
    (
        "cloakroom_store_refused_total",
        Counter,
        "Questions to the store that failed at once because of that",
    ),
    (
        "cloakroom_undecodable_total",
        Counter,
        "Records met that could not be read and were left aside",
    ),
    (
        "cloakroom_save_conflicts_total",
        Counter,
        "Saves that another process came before, done again since",
    ),
    (
        "cloakroom_clashes_total",
        Counter,
        "Values that two requests changed in ways that can't be merged",
    ),
    (
        "cloakroom_unreadable_writes_total",
        Counter,
        "Writes that were refused because only Django can read their session",
    ),
    (
        "cloakroom_swept_total",
        Counter,
        "Expired sessions that were removed",
    ),
    (
        "cloakroom_sweep_lag_seconds",
        Gauge(Unit::Seconds),
        "How far sweeping is behind",
    ),
    (
        "cloakroom_cache_on",
        Gauge(Unit::Count),
        "1 while the cache is used",
    ),
    (
        "cloakroom_cache_hits_total",
        Counter,
        "Loads that the cache answered",
    ),
    (
        "cloakroom_cache_misses_total",
        Counter,
        "Loads that the database had to answer",
    ),
    (
        "cloakroom_cache_faults_total",
        Counter,
        "Failures of the cache",
    ),
    (
        "cloakroom_local_on",
        Gauge(Unit::Count),
        "1 while copies in the process are used",
    ),
    (
        "cloakroom_local_hits_total",
        Counter,
        "Loads that a copy in the process answered",
    ),
    (
        "cloakroom_local_misses_total",
        Counter,
        "Loads that the store had to answer",
    ),
    (
        "cloakroom_local_faults_total",
        Counter,
        "Losses of the line on which changes are heard",
    ),
    (
        "cloakroom_memcached_evictions_total",
        Counter,
        "Items that memcached took away to make room",
    ),
    (
        "cloakroom_wizard_entered_total",
        Counter,
        "Pages of a step shown to visitors who have not gone on from it",
    ),
    (
        "cloakroom_wizard_errors_total",
        Counter,
        "Pages of a step sent that were wrong",
    ),
    (
        "cloakroom_wizard_completed_total",
        Counter,
        "Visitors who went on from a step",
    ),
    (
        "cloakroom_wizard_place",
        Gauge(Unit::Count),
        "The place of a step among its wizard's, from 1",
    ),
    (
        "cloakroom_wizard_finished_total",
        Counter,
        "Runs of a wizard that ended well",
    ),
    (
        "cloakroom_damaged_drafts_total",
        Counter,
        "Cookies with drafts that did not open",
    ),
    (
        "cloakroom_swept_files_total",
        Counter,
        "Abandoned uploads that were removed in the background",
    ),
    (
        "cloakroom_requests_total",
        Counter,
        "Requests answered, by what they did with the visitor's state",
    ),
    (
        "cloakroom_store_seconds",
        Histogram(Unit::Seconds),
        "How long stores with a server take to answer",
    ),
    (
        "cloakroom_session_events_total",
        Counter,
        "What happened to sessions",
    ),
    ("cloakroom_logins_total", Counter, "Logins"),
    ("cloakroom_signals_total", Counter, "Signs of an attack"),
    (
        "cloakroom_opened_by_retired_key_total",
        Counter,
        "Sealed values that a retired key opened",
    ),
    (
        "cloakroom_logins_refused_total",
        Counter,
        "Logins refused by session.most_sessions",
    ),
    (
        "cloakroom_suspicious_total",
        Counter,
        "Session cookies that led nowhere, did not open, or came together",
    ),
    (
        "cloakroom_overshared_total",
        Counter,
        "Answers of a visitor's that a handler had marked for shared caches",
    ),
    (
        "cloakroom_csrf_refused_total",
        Counter,
        "Requests refused because they may have been forged",
    ),
    (
        "cloakroom_damaged_messages_total",
        Counter,
        "Cookies with messages that did not open",
    ),
    (
        "cloakroom_messages_dropped_total",
        Counter,
        "Messages that found no room, or came too late",
    ),
];

/// Counters of every site that have no labels.
const BARE: [&str; 9] = [
    "cloakroom_save_conflicts_total",
    "cloakroom_clashes_total",
    "cloakroom_unreadable_writes_total",
    "cloakroom_swept_total",
    "cloakroom_logins_total",
    "cloakroom_logins_refused_total",
    "cloakroom_overshared_total",
    "cloakroom_damaged_messages_total",
    "cloakroom_messages_dropped_total",
];

/// Tells this process's recorder of all metrics, and begins at zero what every site counts.
pub(crate) fn tell() {
    for (name, kind, help) in ALL {
        match kind {
            Counter => metrics::describe_counter!(name, Unit::Count, help),
            Gauge(unit) => metrics::describe_gauge!(name, unit, help),
            Histogram(unit) => metrics::describe_histogram!(name, unit, help),
        }
    }
    for name in BARE {
        metrics::counter!(name).increment(0);
    }
    for access in ["untouched", "read", "written"] {
        metrics::counter!("cloakroom_requests_total", "access" => access).increment(0);
    }
    for kind in EventKind::ALL {
        metrics::counter!("cloakroom_session_events_total", "kind" => kind.as_str()).increment(0);
    }
    for signal in Signal::ALL {
        metrics::counter!("cloakroom_signals_total", "signal" => signal.as_str()).increment(0);
    }
    for reason in Reason::ALL {
        metrics::counter!("cloakroom_csrf_refused_total", "reason" => reason.as_str()).increment(0);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_guide_tells_of_each_metric_and_all_are_told_of_but_those_for_a_trial() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/settings.md");
        let page = std::fs::read_to_string(page).expect("the guide has a page of settings");
        let rows = page
            .lines()
            .filter(|line| line.starts_with("| `cloakroom_"));
        let names = rows.filter_map(|row| row.split('|').nth(1));
        let told: BTreeSet<_> = names
            .flat_map(|cell| {
                cell.split('`')
                    .filter(|word| word.starts_with("cloakroom_"))
            })
            .filter(|name| {
                !matches!(
                    *name,
                    "cloakroom_csrf_let_through_total" | "cloakroom_csrf_passed_total"
                )
            })
            .collect();
        let described: BTreeSet<_> = ALL.iter().map(|(name, ..)| *name).collect();
        assert_eq!(described, told);
        assert!(BARE.iter().all(|name| described.contains(name)));
    }
}
