//! Versions have one winner: no two acknowledged saves were based on the same, and no key was filled twice.
use std::collections::HashSet;

use crate::session::StoreKey;
use crate::testing::history::check::Findings;
use crate::testing::history::event::{Basis, Recorded, Write};

/// Looks for second winners, and for records under keys that had been emptied for sure.
pub(super) fn check(recorded: &Recorded, findings: &mut Findings) {
    let mut bases: HashSet<(StoreKey, &Basis)> = HashSet::new();
    let mut filled = HashSet::new();
    let mut emptied = HashSet::new();
    for (at, write) in recorded.writes.iter().enumerate() {
        let (basis, to) = match write {
            Write::Created(key) => (None, Some(key)),
            Write::Saved(key, basis) => (Some((*key, basis)), None),
            Write::Moved(key, basis, to) => (Some((*key, basis)), Some(to)),
            Write::Deleted(key) => {
                emptied.insert(*key);
                (None, None)
            }
        };
        if basis.is_some_and(|basis| !bases.insert(basis)) {
            second(at, "two saves were acknowledged on one version", findings);
        }
        if to.is_some_and(|to| !filled.insert(*to)) {
            second(at, "two records were put under one key", findings);
        }
    }
    for key in &recorded.standing {
        if emptied.contains(key) {
            let text = "a record stands under a key that had been emptied".to_owned();
            let number = findings.resurrected.len() as u64;
            findings.resurrected.insert((u64::MAX, number), text);
        }
    }
}

fn second(at: usize, what: &str, findings: &mut Findings) {
    let text = format!("{what} (write {at})");
    findings.double.insert(format!("write {at}"), text);
}
