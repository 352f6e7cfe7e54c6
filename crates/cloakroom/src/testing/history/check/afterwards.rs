//! What must be there in the end: every acknowledged write, in some session, unless its session was ended.
use std::collections::{HashMap, HashSet};

use crate::testing::history::check::Findings;
use crate::testing::history::check::index::Index;
use crate::testing::history::event::{Event, Kind, Recorded};

/// What is left of the sessions that came from one another.
#[derive(Default)]
struct Family {
    items: HashSet<u64>,
    is_left: bool,
}

/// Looks for every acknowledged write in what is left.
pub(super) fn check(index: &Index<'_>, recorded: &Recorded, findings: &mut Findings) {
    let ended = ended(index, &recorded.events);
    let left = left(index, recorded);
    for event in &recorded.events {
        let Some(id) = event.id() else {
            continue;
        };
        let family = index.family(id);
        if ended.contains(&family) {
            continue;
        }
        match left.get(&family) {
            Some(family) if family.is_left => {
                if event.kind() == Kind::Append && !family.items.contains(&event.op()) {
                    let text = format!("what {} did is not there in the end", event.wish);
                    findings.lost.insert(event.op(), text);
                }
            }
            _ => vanished(event, family, recorded.volatile, findings),
        }
    }
}

/// Returns the families of which somebody, perhaps, ended a member.
fn ended(index: &Index<'_>, events: &[Event]) -> HashSet<u64> {
    let logouts = events.iter().filter(|event| event.kind() == Kind::Logout);
    let sessions = logouts.filter_map(|event| match event.answer {
        Some(_) => event.id(),
        None => event.sent,
    });
    sessions.map(|session| index.family(session)).collect()
}

fn left(index: &Index<'_>, recorded: &Recorded) -> HashMap<u64, Family> {
    let mut families: HashMap<u64, Family> = HashMap::new();
    for seen in &recorded.left {
        if let Some(id) = seen.id() {
            let family = families.entry(index.family(id)).or_default();
            family.is_left = true;
            family.items.extend(&seen.items);
        }
    }
    families
}

/// A whole session is gone although nobody ended it.
fn vanished(event: &Event, family: u64, volatile: bool, findings: &mut Findings) {
    if volatile {
        findings.forgotten.insert(family);
        return;
    }
    if !matches!(event.kind(), Kind::Renew | Kind::Read | Kind::Remove(_)) {
        let text = format!("session {family} is gone with what {} did", event.wish);
        findings.lost.insert(event.op(), text);
    }
}
