//! How many sessions one user may have, and which must go when there are more.
use crate::clock::Timestamp;
use crate::session::StoreKey;

/// What happens when a user signs in once more than [`Policy::most_sessions`] allows.
///
/// [`Policy::most_sessions`]: crate::session::Policy::most_sessions
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// The new login is refused: 409, and nothing changes. A login page that asks
    /// [`Cloakroom::has_room_for`] before can say so in its own words.
    ///
    /// [`Cloakroom::has_room_for`]: crate::Cloakroom::has_room_for
    Refuse,
    /// The session whose user signed in first is ended.
    EndOldest,
}

/// The most sessions of one user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    pub(crate) most: usize,
    pub(crate) overflow: Overflow,
}

/// What a login needs, beside the user's other sessions.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// There is room.
    Free,
    /// There is room once these have ended.
    After(Vec<StoreKey>),
    /// There is none.
    Full,
}

impl Limit {
    /// Decides about one more session beside these, each given by when its user signed in.
    pub(crate) fn one_more(self, mut others: Vec<(Timestamp, StoreKey)>) -> Entry {
        let Some(surplus @ 1..) = (others.len() + 1).checked_sub(self.most) else {
            return Entry::Free;
        };
        if self.overflow == Overflow::Refuse {
            return Entry::Full;
        }
        // The keys decide within one second, so that every node ends the same ones.
        others.sort_unstable();
        let oldest = others.into_iter().take(surplus);
        Entry::After(oldest.map(|(_, key)| key).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_more_session_is_free_ends_the_oldest_or_is_refused() {
        let key = |number: u8| StoreKey::from_bytes([number; 32]);
        // The most; each other session's key and when it began; the keys of those that must end.
        type Row = (usize, &'static [(u8, u64)], Option<&'static [u8]>);
        let rows: [Row; 7] = [
            (1, &[], None),
            (2, &[(1, 10)], None),
            (1, &[(1, 10)], Some(&[1])),
            (2, &[(1, 20), (2, 10)], Some(&[2])),
            (2, &[(3, 10), (2, 10)], Some(&[2])),
            (2, &[(1, 30), (2, 20), (3, 10), (4, 40)], Some(&[3, 2, 1])),
            (9, &[(1, 30), (2, 20), (3, 10), (4, 40)], None),
        ];
        for (most, others, ended) in rows {
            let others: Vec<_> = others
                .iter()
                .map(|(number, at)| (Timestamp::from_secs(*at), key(*number)))
                .collect();
            let decide = |overflow| Limit { most, overflow }.one_more(others.clone());
            let ended = ended.map(|numbers| numbers.iter().copied().map(key).collect());
            let full = ended.is_some();
            assert_eq!(
                decide(Overflow::EndOldest),
                ended.map_or(Entry::Free, Entry::After)
            );
            let refused = if full { Entry::Full } else { Entry::Free };
            assert_eq!(decide(Overflow::Refuse), refused);
        }
    }
}
