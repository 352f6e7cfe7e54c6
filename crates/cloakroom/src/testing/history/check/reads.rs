//! What one answer proves: everything acknowledged before it was asked for is there, once, and nothing else is.
use std::collections::HashSet;

use crate::testing::history::check::Findings;
use crate::testing::history::check::index::Index;
use crate::testing::history::event::{Event, Kind, Seen};

/// An answer must not come from a session that had ended before it was asked for.
pub(super) fn after_the_end(index: &Index<'_>, event: &Event, findings: &mut Findings) {
    let Some(id) = event.id() else {
        return;
    };
    if index.end(id).is_some_and(|end| end < event.began) {
        let text = format!("{} found session {id}, which had ended", event.wish);
        findings.resurrected.insert((event.op(), id), text);
    }
}

/// An answer to a read must show what was written.
pub(super) fn read(index: &Index<'_>, read: &Event, findings: &mut Findings) {
    let Some((ended, seen)) = &read.answer else {
        return;
    };
    let Some(id) = seen.id() else {
        return;
    };
    let known: Vec<&Event> = acknowledged(index, seen, read.began).collect();
    items(index, read, seen, &known, findings);
    let counted = |event: &&Event| event.kind() == Kind::Increment;
    let fewest = known.iter().copied().filter(|event| counted(event)).count() as u64;
    let most = touching(index, seen)
        .filter(|event| counted(event) && event.began < *ended)
        .count() as u64;
    note_worst(&mut findings.too_few, id, fewest.saturating_sub(seen.count));
    note_worst(&mut findings.too_many, id, seen.count.saturating_sub(most));
    fields(index, read, seen, findings);
}

/// Returns what was acknowledged to this session before `began`, or to one that it came from before
/// the login that made the one of the other.
fn acknowledged<'a>(
    index: &'a Index<'_>,
    seen: &'a Seen,
    began: u64,
) -> impl Iterator<Item = &'a Event> {
    let lineage = &seen.lineage;
    lineage.iter().enumerate().flat_map(move |(at, id)| {
        let login = lineage.get(at + 1);
        let before = login.map_or(began, |login| {
            let login = index.event(*login).map_or(0, |event| event.began);
            login.min(began)
        });
        let events = index.on(*id).iter().copied();
        events.filter(move |event| event.id() == Some(*id) && event.ended() < before)
    })
}

/// Returns what was, or may have been, done to the session or to one that it came from.
fn touching<'a>(index: &'a Index<'_>, seen: &'a Seen) -> impl Iterator<Item = &'a Event> {
    let mut once = HashSet::new();
    let events = seen.lineage.iter().flat_map(|id| index.on(*id));
    events.copied().filter(move |event| once.insert(event.op()))
}

fn items(index: &Index<'_>, read: &Event, seen: &Seen, known: &[&Event], findings: &mut Findings) {
    let mut there = HashSet::new();
    for item in &seen.items {
        if !there.insert(*item) {
            let id = seen.id().unwrap_or_default();
            let text = format!("session {id} has item {item} twice");
            findings.double.insert(format!("item {item} in {id}"), text);
        }
        let append = index.event(*item);
        let append = append.filter(|event| event.kind() == Kind::Append);
        if !append.is_some_and(|event| event.may_touch(&seen.lineage)) {
            let text = format!("{} shows item {item}, which is not its own", read.wish);
            findings.errors.push(text);
        }
    }
    for append in known.iter().filter(|event| event.kind() == Kind::Append) {
        if !there.contains(&append.op()) {
            let text = format!("{} does not show what {} did", read.wish, append.wish);
            findings.lost.insert(append.op(), text);
        }
    }
}

/// A field must hold what somebody put there, unless that had been overwritten for sure.
fn fields(index: &Index<'_>, read: &Event, seen: &Seen, findings: &mut Findings) {
    let Some(id) = seen.id() else {
        return;
    };
    let overwriting = index.on(id).iter().filter(|event| {
        let to_it = event.id() == Some(id);
        to_it && event.ended() < read.began
    });
    for event in overwriting {
        let (Kind::Set(field) | Kind::Remove(field)) = event.kind() else {
            continue;
        };
        let value = seen.fields.get(&field).copied();
        let own = (event.kind() == Kind::Set(field)).then(|| event.op());
        if own == value {
            continue;
        }
        if last_end(index, seen, field, value) < event.began {
            let text = format!("{} does not show what {} did", read.wish, event.wish);
            findings.lost.insert(event.op(), text);
        }
    }
    for (field, value) in &seen.fields {
        let set = index.event(*value);
        let set = set.filter(|event| event.kind() == Kind::Set(*field));
        if !set.is_some_and(|event| event.may_touch(&seen.lineage)) {
            let text = format!("{} shows a value that nobody set", read.wish);
            findings.errors.push(text);
        }
    }
}

/// Returns until when this value may have been put there; zero when nobody did.
fn last_end(index: &Index<'_>, seen: &Seen, field: u64, value: Option<u64>) -> u64 {
    match value {
        Some(set) => index.event(set).map_or(0, Event::ended),
        None => touching(index, seen)
            .filter(|event| event.kind() == Kind::Remove(field))
            .map(Event::ended)
            .max()
            .unwrap_or(0),
    }
}

fn note_worst(counts: &mut std::collections::BTreeMap<u64, u64>, id: u64, by: u64) {
    if by > 0 {
        let worst = counts.entry(id).or_default();
        *worst = (*worst).max(by);
    }
}
