//! Saving where the store answers at once: nobody has to wait for another, so nobody lines up.
use crate::session::{Amendment, Body, Known, Rules, Stored};
use crate::store::turns::batch::{Current, Saving, count_clashes};
use crate::store::{MemoryStore, Saved};

/// How often somebody else may save first, between reading and saving that take less than a microsecond.
const TRIES: usize = 8;

/// Saves a request's changes to a session; `None` when they are better saved in turn, and nothing was done yet.
pub(crate) fn save_at_once(
    memory: &MemoryStore,
    rules: &Rules,
    known: &Known,
    amendment: &Amendment,
) -> Option<Saving> {
    let mut current = Current::of(known);
    for _ in 0..TRIES {
        let amended = match amendment.apply(&current.record, &rules.policy) {
            Ok(amended) => amended,
            Err(error) => return Some(Saving::Refused(error)),
        };
        match memory.save_now(&known.key, &current.version, &amended.record) {
            Saved::Saved(version) => {
                count_clashes(amended.clashes);
                return Some(Saving::Done(amended.record, version));
            }
            Saved::Conflict(Stored {
                body: Body::Record(record),
                version,
            }) => {
                metrics::counter!("cloakroom_save_conflicts_total").increment(1);
                current = Current { record, version };
            }
            // It was moved to another key, where whoever stands in line follows it.
            Saved::Conflict(_) => return None,
            Saved::Gone => return Some(Saving::Gone),
        }
    }
    None
}
