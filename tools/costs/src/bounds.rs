//! What each kind of request may cost.
use std::collections::BTreeMap;

use serde::Deserialize;

/// The most that one kind of request may cost.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// How many instructions more than under a layer that does nothing, by callgrind, built with optimisation.
    pub instructions: f64,
    /// How many allocations more; growing one counts as one.
    pub allocations: f64,
    /// How often the store is asked.
    pub store_calls: f64,
}

/// Returns the bounds, by the names of the cases.
///
/// # Panics
/// When `bounds.json` is not what it should be.
#[must_use]
pub fn bounds() -> BTreeMap<String, Bound> {
    serde_json::from_str(include_str!("../bounds.json"))
        .expect("bounds.json has a bound for each case")
}
