//! The values of one session by name: shared until somebody changes one.
use std::sync::Arc;

use crate::session::{Name, Raw};

/// Names and values, sorted by name; clones share the values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entries(Arc<List>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct List {
    sorted: Vec<(Name, Raw)>,
    bytes: usize,
}

impl Entries {
    /// Returns the value under this name.
    #[must_use]
    pub fn get(&self, name: &[u8]) -> Option<&Raw> {
        let at = self.find(name).ok()?;
        Some(&self.0.sorted[at].1)
    }

    /// Puts a value under this name, or with `None` removes it.
    pub fn put(&mut self, name: &Name, value: Option<Raw>) {
        let found = self.find(name.as_bytes());
        let list = Arc::make_mut(&mut self.0);
        match (found, value) {
            (Ok(at), Some(value)) => {
                list.bytes += value.as_bytes().len();
                let old = std::mem::replace(&mut list.sorted[at].1, value);
                list.bytes -= old.as_bytes().len();
            }
            (Ok(at), None) => {
                let (name, old) = list.sorted.remove(at);
                list.bytes -= size(&name, &old);
            }
            (Err(at), Some(value)) => {
                list.bytes += size(name, &value);
                list.sorted.insert(at, (name.clone(), value));
            }
            (Err(_), None) => {}
        }
    }

    /// Returns names and values, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = &(Name, Raw)> {
        self.0.sorted.iter()
    }

    /// Returns how many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.sorted.len()
    }

    /// Says whether there are no values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.sorted.is_empty()
    }

    /// Returns the bytes of all names and values.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.bytes
    }

    fn find(&self, name: &[u8]) -> Result<usize, usize> {
        self.0
            .sorted
            .binary_search_by(|(found, _)| found.as_bytes().cmp(name))
    }
}

pub(super) fn size(name: &Name, value: &Raw) -> usize {
    name.as_bytes().len() + value.as_bytes().len()
}

impl FromIterator<(Name, Raw)> for Entries {
    /// Gathers names and values; of two under one name the later counts.
    fn from_iter<I: IntoIterator<Item = (Name, Raw)>>(entries: I) -> Self {
        let mut all = Self::default();
        for (name, value) in entries {
            all.put(&name, Some(value));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_clone_does_not_see_later_changes() {
        let mut entries = Entries::default();
        entries.put(&Name::from("a"), Some(raw("1")));
        let before = entries.clone();
        entries.put(&Name::from("a"), Some(raw("2")));
        assert_eq!(before.get(b"a"), Some(&raw("1")));
        assert_eq!(entries.get(b"a"), Some(&raw("2")));
    }
}
