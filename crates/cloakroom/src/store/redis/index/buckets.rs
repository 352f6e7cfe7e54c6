//! Where the notes about a user stand: sorted sets that many users share, so that a note costs little more than a key.
//!
//! A set of up to 128 short members lies packed in one piece of memory; one for each user alone would cost four times
//! as much as what stands in it. So each rack has a bucket, and for those that find it full there are sixteen narrower
//! ones by the next four bits of the user's digest, then 256, then 4,096. A note goes into the first with room and
//! stays there. That grows from one session to a hundred million, and nothing is ever split or moved.
use sha2::{Digest, Sha256};

use crate::clock::Timestamp;
use crate::session::StoreKey;
use crate::store::redis::names::Names;
use crate::store::redis::reply::Reply;
use crate::store::redis::values;

/// How many buckets a user's notes may stand in, each a sixteenth as wide as the one before.
const DEPTHS: usize = 4;
/// How much of a user's digest stands before a key. Two users of one bucket may share it, so the session itself
/// is asked whose it is.
const MARK: usize = 2;

/// The buckets of one user, the narrowest first.
pub(in crate::store::redis) struct Buckets {
    pub(super) rack: u8,
    names: [String; DEPTHS],
    mark: [u8; MARK],
}

/// A session as it stands in a bucket.
type Member = [u8; MARK + 32];

/// What a note says.
pub(super) struct Note {
    member: Member,
    until: String,
}

impl Buckets {
    pub(in crate::store::redis) fn of(names: &Names, user: &str) -> Self {
        let digest = Sha256::digest(user);
        let rack = digest[0];
        let path = u16::from_be_bytes([digest[1], digest[2]]);
        Self {
            rack,
            names: std::array::from_fn(|narrower| names.bucket(rack, path, DEPTHS - 1 - narrower)),
            mark: [digest[3], digest[4]],
        }
    }

    /// Returns the names, the narrowest first.
    pub(super) fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.names.iter().map(String::as_bytes)
    }

    pub(super) fn note(&self, key: &StoreKey, until: Timestamp) -> Note {
        Note {
            member: self.member(key),
            until: values::removed_at(until),
        }
    }

    /// Returns the words with which the script notes a session in whichever bucket has room.
    pub(super) fn wide<'a>(&'a self, note: &'a Note) -> [&'a [u8]; DEPTHS + 2] {
        let [narrowest, narrow, wide, widest] = self.names.each_ref().map(|name| name.as_bytes());
        let [_, member, until] = self.narrow(note);
        [narrowest, narrow, wide, widest, member, until]
    }

    /// Returns the words with which the script notes it in the narrowest bucket.
    pub(super) fn narrow<'a>(&'a self, note: &'a Note) -> [&'a [u8]; 3] {
        [
            self.names[0].as_bytes(),
            &note.member,
            note.until.as_bytes(),
        ]
    }

    pub(super) fn member(&self, key: &StoreKey) -> Member {
        let mut member = [0; MARK + 32];
        member[..MARK].copy_from_slice(&self.mark);
        member[MARK..].copy_from_slice(key.as_bytes());
        member
    }

    /// Returns the session that a member of a bucket is about, if it may be the user's.
    pub(super) fn key(&self, member: &Reply) -> Option<StoreKey> {
        let Reply::Value(member) = member else {
            return None;
        };
        let key = member.strip_prefix(&self.mark)?;
        Some(StoreKey::from_bytes(key.try_into().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn a_users_buckets_lie_on_one_rack_each_within_the_next_and_are_no_sessions_names() {
        let names = Names::new("shop").unwrap();
        let buckets = Buckets::of(&names, "ada");
        let widest = format!("shop:{{{:02x}}}user:", buckets.rack);
        for (digits, name) in (0..DEPTHS).rev().zip(&buckets.names) {
            assert!(name.starts_with(&widest), "{name}");
            assert_eq!(name.len(), widest.len() + digits);
            assert!(buckets.names[0].starts_with(name), "{name}");
            assert_eq!(names.read(name), None);
        }
    }

    #[test]
    fn a_member_is_told_from_those_of_other_users_and_other_programs() {
        let names = Names::new("shop").unwrap();
        let (ada, bob) = (Buckets::of(&names, "ada"), Buckets::of(&names, "bob"));
        let key = StoreKey::from_bytes([7; 32]);
        let member = Reply::Value(Bytes::copy_from_slice(&ada.member(&key)));
        assert_eq!(ada.key(&member), Some(key));
        assert_eq!(bob.key(&member), None);
        let short = Reply::Value(Bytes::copy_from_slice(&ada.member(&key)[..20]));
        for other in [short, Reply::Number(1), Reply::Nothing] {
            assert_eq!(ada.key(&other), None);
        }
    }
}
