//! The values of one session by name: shared until somebody changes one.
use std::ops::Range;
use std::sync::Arc;

use crate::session::{Name, Raw};

/// Names and values, sorted by name; clones share the values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entries {
    /// `None` when there are none, which takes no allocation.
    sorted: Option<Arc<[Entry]>>,
    bytes: usize,
}

type Entry = (Name, Raw);

impl Entries {
    /// Returns the value under this name.
    #[must_use]
    pub fn get(&self, name: &[u8]) -> Option<&Raw> {
        let at = self.find(name).ok()?;
        Some(&self.sorted()[at].1)
    }

    /// Puts a value under this name, or with `None` removes it.
    pub fn put(&mut self, name: &Name, value: Option<Raw>) {
        match (self.find(name.as_bytes()), value) {
            (Ok(at), value) => self.replace(at..at + 1, value.map(|value| (name.clone(), value))),
            (Err(at), Some(value)) => self.replace(at..at, Some((name.clone(), value))),
            (Err(_), None) => {}
        }
    }

    /// Puts several values, as [`Entries::put`] does, but copies the list once.
    ///
    /// # Errors
    /// The first one among the changes; nothing is put then.
    pub(super) fn put_all<'a, E>(
        &mut self,
        mut changes: impl Iterator<Item = Result<(&'a Name, Option<Raw>), E>>,
    ) -> Result<(), E> {
        let Some((name, value)) = changes.next().transpose()? else {
            return Ok(());
        };
        let Some(second) = changes.next() else {
            self.put(name, value);
            return Ok(());
        };
        let mut all = self.sorted().to_vec();
        for change in [Ok((name, value)), second].into_iter().chain(changes) {
            let (name, value) = change?;
            match (find(&all, name.as_bytes()), value) {
                (Ok(at), Some(value)) => all[at].1 = value,
                (Ok(at), None) => _ = all.remove(at),
                (Err(at), Some(value)) => all.insert(at, (name.clone(), value)),
                (Err(_), None) => {}
            }
        }
        *self = Self::of(all.into());
        Ok(())
    }

    /// Puts an entry, or nothing, in the place of others.
    fn replace(&mut self, range: Range<usize>, entry: Option<Entry>) {
        let (before, after) = (&self.sorted()[..range.start], &self.sorted()[range.end..]);
        let before = before.iter().cloned();
        *self = Self::of(before.chain(entry).chain(after.iter().cloned()).collect());
    }

    fn of(sorted: Arc<[Entry]>) -> Self {
        Self {
            bytes: sorted.iter().map(|(name, value)| size(name, value)).sum(),
            sorted: (!sorted.is_empty()).then_some(sorted),
        }
    }

    /// Returns names and values, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = &(Name, Raw)> {
        self.sorted().iter()
    }

    /// Returns how many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sorted().len()
    }

    /// Says whether there are no values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sorted.is_none()
    }

    /// Returns the bytes of all names and values.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    fn find(&self, name: &[u8]) -> Result<usize, usize> {
        find(self.sorted(), name)
    }

    fn sorted(&self) -> &[Entry] {
        self.sorted.as_deref().unwrap_or_default()
    }
}

fn find(sorted: &[Entry], name: &[u8]) -> Result<usize, usize> {
    sorted.binary_search_by(|(found, _)| found.as_bytes().cmp(name))
}

pub(super) fn size(name: &Name, value: &Raw) -> usize {
    name.as_bytes().len() + value.as_bytes().len()
}

impl FromIterator<(Name, Raw)> for Entries {
    /// Gathers names and values; of two under one name the later counts.
    fn from_iter<I: IntoIterator<Item = (Name, Raw)>>(entries: I) -> Self {
        let mut all: Vec<_> = entries.into_iter().collect();
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        all.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                std::mem::swap(&mut later.1, &mut kept.1);
            }
            same
        });
        Self::of(all.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn raw(text: &'static str) -> Raw {
        Raw::from_json(text)
    }

    #[test]
    fn bytes_follow_every_change() {
        let mut entries = Entries::default();
        entries.put(&Name::from("b"), Some(raw("12")));
        entries.put(&Name::from("a"), Some(raw("3")));
        assert_eq!(entries.bytes(), 5);
        entries.put(&Name::from("b"), Some(raw("1")));
        assert_eq!(entries.bytes(), 4);
        entries.put(&Name::from("b"), None);
        entries.put(&Name::from("none"), None);
        assert_eq!((entries.bytes(), entries.len()), (2, 1));
    }

    #[test]
    fn many_at_once_are_put_as_one_by_one_and_the_later_of_a_name_counts() {
        let changes = [
            ("b", "1"),
            ("a", "22"),
            ("", "3"),
            ("b", ""),
            ("a", "4"),
            ("c", ""),
        ];
        let changes = changes.map(|(name, value)| {
            let value = (!value.is_empty()).then(|| raw(value));
            (Name::from(name), value)
        });
        let start: Entries = [("b", "7"), ("x", "9"), ("b", "8")]
            .map(|(name, value)| (Name::from(name), raw(value)))
            .into_iter()
            .collect();
        assert_eq!(start.get(b"b"), Some(&raw("8")));
        let (mut one_by_one, mut at_once) = (start.clone(), start);
        for (name, value) in &changes {
            one_by_one.put(name, value.clone());
        }
        let all = changes
            .iter()
            .map(|(name, value)| Ok((name, value.clone())));
        at_once.put_all::<Infallible>(all).unwrap();
        assert_eq!(at_once, one_by_one);
        let names: Vec<_> = at_once.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!((names, at_once.bytes()), (vec!["", "a", "x"], 5));
    }

    #[test]
    fn a_clone_does_not_see_later_changes() {
        let mut entries = Entries::default();
        entries.put(&Name::from("a"), Some(raw("1")));
        let before = entries.clone();
        entries.put(&Name::from("a"), Some(raw("2")));
        assert_eq!(before.get(b"a"), Some(&raw("1")));
        assert_eq!(entries.get(b"a"), Some(&raw("2")));
    }
}
