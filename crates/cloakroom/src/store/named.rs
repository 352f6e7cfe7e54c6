//! What the tables of one store are called, and statements with that in them.
use std::borrow::Cow;
use std::sync::Arc;

use crate::error::StoreError;

/// The table of sessions as statements are written; the version of the tables stands in the other one.
const TABLE: &str = "cloakroom_sessions";
const SCHEMA: &str = "cloakroom_schema";
/// PostgreSQL's names have 63 bytes, and the longest one adds seven.
const LONGEST: usize = 48;

/// The names of a store's tables: those of sessions, or others beside them in the same database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Named(Option<Arc<str>>);

impl Named {
    /// Takes the name of the table.
    ///
    /// # Errors
    /// When it is none that every database takes as it is, without quotes, and never the same as another's.
    pub(super) fn new(store: &'static str, table: Option<&str>) -> Result<Self, StoreError> {
        let Some(table) = table.filter(|table| *table != TABLE) else {
            return Ok(Self::default());
        };
        let is_letter = |byte: u8| byte.is_ascii_lowercase();
        let is_part = |byte: u8| is_letter(byte) || byte.is_ascii_digit() || byte == b'_';
        let begins = table.bytes().next().is_some_and(is_letter);
        let is_name = begins && table.bytes().all(is_part) && table.len() <= LONGEST;
        if !is_name || table.ends_with("_schema") {
            return Err(StoreError::new(store, "use its table")
                .because("the name in `table` can't be one of a table of its own")
                .remedy(
                    "give `table` a name like wizard_drafts: at most 48 lower-case letters, digits and `_`, a letter first, not ending in _schema",
                ));
        }
        Ok(Self(Some(table.into())))
    }

    /// Returns a statement about these tables; it is written for those of sessions.
    pub(super) fn sql(&self, statement: &'static str) -> Cow<'static, str> {
        match &self.0 {
            None => Cow::Borrowed(statement),
            Some(table) => {
                let statement = statement.replace(SCHEMA, &format!("{table}_schema"));
                Cow::Owned(statement.replace(TABLE, table))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_about_the_tables_that_were_named() {
        let written = "SELECT 1 FROM cloakroom_sessions, cloakroom_schema; CREATE INDEX cloakroom_sessions_user";
        for same in [None, Some(TABLE)] {
            let named = Named::new("test", same).unwrap();
            assert!(matches!(named.sql(written), Cow::Borrowed(sql) if sql == written));
        }
        let named = Named::new("test", Some("wizard_drafts")).unwrap();
        assert_eq!(
            named.sql(written),
            "SELECT 1 FROM wizard_drafts, wizard_drafts_schema; CREATE INDEX wizard_drafts_user"
        );
    }

    #[test]
    fn a_name_that_would_need_quotes_or_is_anothers_is_refused_without_being_repeated() {
        let long = "d".repeat(LONGEST + 1);
        for wrong in [
            "",
            "Drafts",
            "1drafts",
            "_drafts",
            "drafts; DROP TABLE users",
            "dräfte",
            "a.b",
            "cloakroom_schema",
            "drafts_schema",
            &long,
        ] {
            let error = Named::new("test", Some(wrong)).unwrap_err().to_string();
            assert!(error.contains("`table`"), "{error}");
            assert!(
                wrong.is_empty() || !error.contains(&format!("`{wrong}`")),
                "{error}"
            );
        }
        assert!(Named::new("test", Some(&long[1..])).is_ok());
    }
}
