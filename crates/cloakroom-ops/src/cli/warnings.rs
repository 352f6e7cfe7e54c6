//! What the library warns of while the command runs, for the operator to see.
use std::io::{self, IsTerminal};

use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Whose warnings are told otherwise: unreadable records are counted, unknown variables are findings.
const TOLD_OTHERWISE: [&str; 2] = [
    "cloakroom::store::left_aside",
    "cloakroom::config::environment",
];

/// Shows on the standard error from now on what the library traces as a warning or an error. It
/// traces no secret; what other crates trace is not shown, since they may.
pub(crate) fn show() {
    let mut shown = Targets::new().with_target("cloakroom", LevelFilter::WARN);
    for target in TOLD_OTHERWISE {
        shown = shown.with_target(target, LevelFilter::OFF);
    }
    let lines = fmt::layer()
        .without_time()
        .with_target(false)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal());
    // Nobody else in this program subscribes.
    let _ = tracing_subscriber::registry()
        .with(lines.with_filter(shown))
        .try_init();
}
