//! Tables of another version than this crate needs, and what is said about them: the same by every
//! database.
use std::cmp::Ordering;

use crate::error::StoreError;

/// The tables of one kind of store.
pub(super) struct Tables {
    pub(super) store: &'static str,
    /// The version that this crate needs.
    pub(super) needed: usize,
    /// What to do about missing or older ones.
    pub(super) migrate: &'static str,
    /// What to do about newer ones.
    pub(super) newer: &'static str,
}

impl Tables {
    /// Says whether tables of the version `found`, 0 when there are none, are those that are needed.
    pub(super) fn check(&self, found: usize) -> Result<(), StoreError> {
        match found.cmp(&self.needed) {
            Ordering::Equal => Ok(()),
            Ordering::Greater => Err(self.newer(found)),
            Ordering::Less if found == 0 => Err(self.older(found, "they are missing".into())),
            Ordering::Less => Err(self.older(
                found,
                format!("they have version {found}, not {}", self.needed),
            )),
        }
    }

    /// Says why tables of the version `found` are older than needed.
    pub(super) fn older(&self, found: usize, because: String) -> StoreError {
        StoreError::new(self.store, "use its tables")
            .because(because)
            .tables(found, self.needed)
            .remedy(self.migrate)
    }

    /// Says that tables of the version `found` are newer than needed.
    pub(super) fn newer(&self, found: usize) -> StoreError {
        StoreError::new(self.store, "use its tables")
            .because(format!(
                "they have version {found}, and this version of the crate knows {}",
                self.needed
            ))
            .tables(found, self.needed)
            .remedy(self.newer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_another_version_are_told_apart_with_what_to_do() {
        let tables = Tables {
            store: "test",
            needed: 3,
            migrate: "migrate them",
            newer: "run a newer one",
        };
        let rows = [
            (0, "they are missing", "migrate them"),
            (2, "they have version 2, not 3", "migrate them"),
            (9, "they have version 9, and", "run a newer one"),
        ];
        assert!(tables.check(3).is_ok());
        for (found, because, remedy) in rows {
            let error = tables.check(found).unwrap_err();
            let versions = error.table_versions().unwrap();
            assert_eq!((versions.found, versions.needed), (found, 3));
            let said = error.to_string();
            assert!(said.contains(because) && said.contains(remedy), "{said}");
        }
    }
}
