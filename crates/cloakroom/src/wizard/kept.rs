//! Drafts as they are found in records, for operators who ask where visitors are stuck.
use crate::session::Record;
use crate::wizard::Draft;

/// The name of the draft in a record of its own.
pub(crate) const DRAFT: &str = "draft";
/// How the names of drafts in a session begin.
const IN_SESSION: &str = "_wizard.";

/// Returns how the names of one wizard's drafts in a session begin.
pub(crate) fn beginning(wizard: &str) -> String {
    format!("{IN_SESSION}{wizard}.")
}

impl Draft {
    /// Returns all drafts in a record: that of a store of drafts, or those in a session. What can't be read is passed over, and
    /// so is a value of the application's own under such a name.
    #[must_use]
    pub fn all_in(record: &Record) -> Vec<Self> {
        let entries = record.entries().iter();
        let kept = entries.filter(|(name, _)| {
            let name = name.as_str();
            name == DRAFT || name.starts_with(IN_SESSION)
        });
        // Who keeps no draft under such a name has something else there, or `null`.
        kept.filter_map(|(_, raw)| serde_json::from_slice(raw.as_bytes()).ok())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::session::{Name, Raw};
    use crate::wizard::RunId;

    #[test]
    fn drafts_are_found_in_sessions_and_in_records_of_their_own_and_nothing_else_is_taken_for_one()
    {
        let now = Timestamp::from_secs(1_800_000_000);
        let mut draft = Draft::new("register", 1, RunId::generate(), now);
        draft.set_at("address");
        let json = serde_json::to_vec(&draft).unwrap();
        let record = |entries: &[(&str, &[u8])]| {
            let entries = entries.iter();
            let entries =
                entries.map(|(name, json)| (Name::from(*name), Raw::from_json(json.to_vec())));
            Record::new(now, now).with_entries(entries.collect())
        };
        let name = format!("{}{}", beginning("register"), draft.run());
        for (entries, count) in [
            (&[(DRAFT, &*json), ("access", b"{}")][..], 1),
            (&[(&*name, &*json), ("cart", &*json)], 1),
            (
                &[(DRAFT, b"\"a letter\""), (&*name, b"null"), ("cart", b"{}")],
                0,
            ),
        ] {
            let found = Draft::all_in(&record(entries));
            assert_eq!(found.len(), count);
            assert!(found.iter().all(|it| it.at() == Some("address")));
        }
    }
}
