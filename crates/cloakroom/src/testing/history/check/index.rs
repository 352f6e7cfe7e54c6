//! The events by session, and which sessions belong together.
use std::collections::HashMap;

use crate::testing::history::event::{Event, Kind, Recorded};

/// Where to find what in a history.
pub(super) struct Index<'a> {
    by_op: HashMap<u64, &'a Event>,
    /// What was, or may have been, done to each session.
    by_session: HashMap<u64, Vec<&'a Event>>,
    /// When each session had ended for sure.
    ends: HashMap<u64, u64>,
    families: HashMap<u64, u64>,
}

impl<'a> Index<'a> {
    pub(super) fn of(recorded: &'a Recorded) -> Self {
        let mut index = Self {
            by_op: HashMap::new(),
            by_session: HashMap::new(),
            ends: HashMap::new(),
            families: HashMap::new(),
        };
        for event in &recorded.events {
            index.add(event);
        }
        for seen in &recorded.left {
            index.join(&seen.lineage);
        }
        index
    }

    /// Returns the request of this number.
    pub(super) fn event(&self, op: u64) -> Option<&'a Event> {
        self.by_op.get(&op).copied()
    }

    /// Returns what was, or may have been, done to this session.
    pub(super) fn on(&self, session: u64) -> &[&'a Event] {
        self.by_session.get(&session).map_or(&[], Vec::as_slice)
    }

    /// Returns when the session had ended for sure; `None` when it had not.
    pub(super) fn end(&self, session: u64) -> Option<u64> {
        self.ends.get(&session).copied()
    }

    /// Returns one name for all sessions that came from one another.
    pub(super) fn family(&self, session: u64) -> u64 {
        let mut session = session;
        while let Some(parent) = self.families.get(&session) {
            session = *parent;
        }
        session
    }

    fn add(&mut self, event: &'a Event) {
        self.by_op.insert(event.op(), event);
        let Some((ended, seen)) = &event.answer else {
            for session in [Some(event.op()), event.sent].into_iter().flatten() {
                self.by_session.entry(session).or_default().push(event);
            }
            return;
        };
        self.join(&seen.lineage);
        let Some(id) = seen.id() else {
            return;
        };
        self.by_session.entry(id).or_default().push(event);
        let over = match event.kind() {
            Kind::Logout => Some(id),
            // A login leaves the session that it found to nobody.
            Kind::Login => seen.lineage.iter().rev().nth(1).copied(),
            _ => None,
        };
        if let Some(over) = over {
            let end = self.ends.entry(over).or_insert(u64::MAX);
            *end = (*end).min(*ended);
        }
    }

    fn join(&mut self, lineage: &[u64]) {
        for pair in lineage.windows(2) {
            let (one, other) = (self.family(pair[0]), self.family(pair[1]));
            if one != other {
                self.families.insert(one.max(other), one.min(other));
            }
        }
    }
}
