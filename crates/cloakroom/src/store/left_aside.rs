//! What can't be read is counted and traced, and stays where it is.
use std::fmt::Display;

/// Counts and traces a record that is left aside.
pub(super) fn left_aside(store: &'static str, error: impl Display) {
    metrics::counter!("cloakroom_undecodable_total", "store" => store).increment(1);
    tracing::error!(store, %error, "a record was left aside");
}
