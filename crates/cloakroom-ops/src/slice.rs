//! A page of one user's sessions, those that began last first.
use std::cmp::Reverse;

use cloakroom::clock::Timestamp;
use cloakroom::session::StoreKey;
use cloakroom::store::Listed;

use crate::handle::{cursor, digits};

/// When a session began, and its handle: where it stands among its user's.
pub type Place = (Timestamp, StoreKey);

/// Writes a place so that [`place`] reads it.
#[must_use]
pub fn written((begun, key): Place) -> String {
    format!("{}-{}", begun.as_secs(), digits(&key))
}

/// Reads a place.
///
/// # Errors
/// Says what is expected when it is anything else.
pub fn place(text: &str) -> Result<Place, String> {
    let read = || {
        let (begun, key) = text.split_once('-')?;
        Some((Timestamp::from_secs(begun.parse().ok()?), cursor(key).ok()?))
    };
    read().ok_or_else(|| "expected what the list before has named".into())
}

/// Sorts a user's sessions, and returns at most so many that stand after this one, whether or not it is still there; with them
/// where the next page begins, if there are more. `handle` is what the store calls a session to operators.
#[must_use]
pub fn after(
    mut all: Vec<Listed>,
    after: Option<Place>,
    most: usize,
    handle: impl Fn(&StoreKey) -> StoreKey,
) -> (Vec<Listed>, Option<Place>) {
    let place = |listed: &Listed| (Reverse(listed.created), handle(&listed.key));
    all.sort_by_key(place);
    if let Some((begun, key)) = after {
        all.retain(|listed| place(listed) > (Reverse(begun), key));
    }
    let has_more = all.len() > most;
    all.truncate(most);
    let last = all
        .last()
        .map(|listed| (listed.created, handle(&listed.key)));
    (all, last.filter(|_| has_more))
}

#[cfg(test)]
mod tests {
    use cloakroom::session::Record;

    use super::*;

    fn listed(number: u8, begun: u64) -> Listed {
        let begun = Timestamp::from_secs(begun);
        let record = Record::new(begun, Timestamp::from_secs(9_999));
        Listed::of(StoreKey::from_bytes([number; 32]), &record)
    }

    #[test]
    fn pages_show_each_session_once_also_when_one_ends_meanwhile() {
        let mut all: Vec<_> = [(1, 10), (2, 30), (3, 20), (4, 20), (5, 5)]
            .map(|(number, begun)| listed(number, begun))
            .into();
        let first = |page: &[Listed]| -> Vec<u8> {
            page.iter().map(|listed| listed.key.as_bytes()[0]).collect()
        };
        let (page, next) = after(all.clone(), None, 2, |key| *key);
        assert_eq!(first(&page), [2, 3]);
        // The last one of the page is gone.
        all.retain(|listed| listed.key.as_bytes()[0] != 3);
        let (page, next) = after(all.clone(), next, 2, |key| *key);
        assert_eq!(first(&page), [4, 1]);
        let (page, next) = after(all, next, 2, |key| *key);
        assert_eq!((first(&page), next), (vec![5], None));
    }
}
