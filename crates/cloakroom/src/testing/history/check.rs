//! The checker: from all that was written down to what was broken. Pure, so that tests can make up any history.
mod afterwards;
#[cfg(test)]
mod cases;
mod index;
mod reads;
mod winners;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use crate::testing::history::event::{Event, Kind, Recorded, Seen, Wish};

use index::Index;

/// What the store, or the layer before it, did that it must never do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// Acknowledged writes that are not there, or were not there for somebody who asked later.
    pub lost: u64,
    /// Answers that showed a session after it had ended for sure.
    pub resurrected: u64,
    /// Writes that took effect twice, and versions on which two saves were acknowledged.
    pub double: u64,
    /// Answers that no visitor should get, and values that nobody had written.
    pub errors: u64,
    /// Whole sessions that a volatile store forgot. It may.
    pub forgotten: u64,
    /// Some of the above in words.
    pub examples: Vec<String>,
}

/// How many broken promises are told in words.
const EXAMPLES: usize = 20;

impl Verdict {
    /// Says whether no promise was broken.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.lost + self.resurrected + self.double + self.errors == 0
    }
}

/// Checks a history.
pub(super) fn check(recorded: &Recorded) -> Verdict {
    let index = Index::of(recorded);
    let mut findings = Findings::default();
    for mistake in &recorded.mistakes {
        findings.errors.push(mistake.clone());
    }
    for event in &recorded.events {
        reads::after_the_end(&index, event, &mut findings);
        if event.kind() == Kind::Read {
            reads::read(&index, event, &mut findings);
        }
    }
    for seen in &recorded.left {
        let event = as_read_in_the_end(seen);
        reads::after_the_end(&index, &event, &mut findings);
        reads::read(&index, &event, &mut findings);
    }
    afterwards::check(&index, recorded, &mut findings);
    winners::check(recorded, &mut findings);
    findings.count()
}

/// Takes what is left for the answer to somebody who asked after everybody else.
fn as_read_in_the_end(seen: &Seen) -> Event {
    Event {
        wish: Wish {
            op: 0,
            kind: Kind::Read,
        },
        began: u64::MAX - 1,
        lasted: [Instant::now(); 2],
        sent: None,
        answer: Some((u64::MAX, seen.clone())),
    }
}

/// What was found, each thing once however many saw it, with an example in words.
#[derive(Default)]
struct Findings {
    /// By the request that was lost.
    lost: BTreeMap<u64, String>,
    /// By the request that saw it.
    resurrected: BTreeMap<(u64, u64), String>,
    double: BTreeMap<String, String>,
    errors: Vec<String>,
    forgotten: BTreeSet<u64>,
    /// How many increments too few or too many a session showed at worst.
    too_few: BTreeMap<u64, u64>,
    too_many: BTreeMap<u64, u64>,
}

impl Findings {
    fn count(self) -> Verdict {
        let sum = |counts: &BTreeMap<u64, u64>| counts.values().sum::<u64>();
        let few = self
            .too_few
            .iter()
            .map(|(id, by)| format!("session {id} counts {by} less than was acknowledged"));
        let many = self
            .too_many
            .iter()
            .map(|(id, by)| format!("session {id} counts {by} more than was asked for"));
        let (few, many): (Vec<_>, Vec<_>) = (few.collect(), many.collect());
        let told = [
            self.lost.values().collect::<Vec<_>>(),
            few.iter().collect(),
            self.resurrected.values().collect(),
            self.double.values().collect(),
            many.iter().collect(),
            self.errors.iter().collect(),
        ];
        let each = told
            .iter()
            .flat_map(|kind| kind.iter().take(EXAMPLES / 5).copied().cloned());
        Verdict {
            lost: self.lost.len() as u64 + sum(&self.too_few),
            resurrected: self.resurrected.len() as u64,
            double: self.double.len() as u64 + sum(&self.too_many),
            errors: self.errors.len() as u64,
            forgotten: self.forgotten.len() as u64,
            examples: each.take(EXAMPLES).collect(),
        }
    }
}
