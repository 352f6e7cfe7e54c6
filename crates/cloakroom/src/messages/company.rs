//! Whether other answers to the same visitor may be under way, which could write the same cookie.
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Timestamp;
use crate::messages::Wire;

/// How long an answer may be under way.
const UNDER_WAY: Duration = Duration::from_secs(10);
/// How many visitors are remembered; beyond that, those whose answers must have arrived are forgotten.
const CAPACITY: usize = 10_000;

/// What kind of request this is, as far as the client says (Fetch Metadata, W3C).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Company {
    /// The browser loads a page and waits for it: hardly any other answer is under way.
    Navigation,
    /// A script sent it; others may be under way.
    Script,
    /// The client does not say (`Sec-Fetch-Mode` is absent): it is no browser, or an old one. This is
    /// who it is, if it has a cookie.
    Unknown(Option<Visitor>),
}

/// Who sent a request: a digest of a cookie that stays the same, good within this process only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Visitor(u64);

/// What was sent a moment ago, to which visitor, in the cookie of the plain name.
#[derive(Debug, Default)]
pub(crate) struct UnderWay {
    sent: Mutex<HashMap<Visitor, (Vec<Wire>, Timestamp)>>,
    hasher: RandomState,
}

impl UnderWay {
    /// Tells visitors apart by a cookie's value.
    pub(crate) fn visitor(&self, cookie: &[u8]) -> Visitor {
        Visitor(self.hasher.hash_one(cookie))
    }

    /// Returns what was sent since a request set out: the request did not bring the last of it.
    pub(super) fn since(
        &self,
        company: Company,
        mut brought: impl Iterator<Item = u64>,
        now: Timestamp,
    ) -> Vec<Wire> {
        let Company::Unknown(Some(visitor)) = company else {
            return Vec::new();
        };
        match self.sent().get(&visitor) {
            Some((wires, when)) if now <= when.plus(UNDER_WAY) => {
                let newest = wires.last().map(|wire| wire.id);
                let has_come = brought.any(|id| Some(id) == newest);
                if has_come { Vec::new() } else { wires.clone() }
            }
            _ => Vec::new(),
        }
    }

    /// Notes that a cookie of the plain name is being sent.
    pub(super) fn note(&self, company: Company, wires: &[Wire], now: Timestamp) {
        if let Company::Unknown(Some(visitor)) = company {
            let mut sent = self.sent();
            if sent.len() >= CAPACITY {
                sent.retain(|_, (_, when)| now <= when.plus(UNDER_WAY));
            }
            if sent.len() < CAPACITY {
                sent.insert(visitor, (wires.to_vec(), now));
            }
        }
    }

    /// Notes that the visitor has seen what was sent.
    pub(super) fn forget(&self, company: Company) {
        if let Company::Unknown(Some(visitor)) = company {
            self.sent().remove(&visitor);
        }
    }

    fn sent(&self) -> MutexGuard<'_, HashMap<Visitor, (Vec<Wire>, Timestamp)>> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{Level, Text};

    const NOW: Timestamp = Timestamp::from_secs(1_000);
    const NONE: [u64; 0] = [];

    fn wire(id: u64) -> Wire {
        Wire {
            id,
            ..Wire::new(0, Level::INFO, Text::Plain("x".into()), "")
        }
    }

    #[test]
    fn what_a_request_did_not_bring_was_sent_since() {
        let under_way = UnderWay::default();
        let ada = Company::Unknown(Some(under_way.visitor(b"ada")));
        let bob = Company::Unknown(Some(under_way.visitor(b"bob")));
        let since = |company, brought: &[u64], now| {
            let wires = under_way.since(company, brought.iter().copied(), now);
            wires.iter().map(|wire| wire.id).collect::<Vec<_>>()
        };
        assert_eq!(since(ada, &[], NOW), NONE);
        under_way.note(ada, &[wire(6), wire(7)], NOW);
        assert_eq!(since(ada, &[], NOW), [6, 7]);
        assert_eq!(since(ada, &[6], NOW), [6, 7]);
        assert_eq!(since(ada, &[6, 7], NOW), NONE, "it has come");
        assert_eq!(since(bob, &[], NOW), NONE, "it is somebody else's");
        assert_eq!(since(ada, &[], NOW.plus(Duration::from_secs(11))), NONE);
        under_way.forget(ada);
        assert_eq!(since(ada, &[], NOW), NONE, "it has been seen");
    }

    #[test]
    fn a_crowd_of_visitors_does_not_fill_the_memory() {
        let under_way = UnderWay::default();
        for number in 0..2 * CAPACITY {
            let visitor = under_way.visitor(&number.to_be_bytes());
            under_way.note(Company::Unknown(Some(visitor)), &[wire(1)], NOW);
        }
        assert_eq!(under_way.sent().len(), CAPACITY);
    }
}
