//! Which sessions a user has: a sorted set for each user, on a slot of its own, with each session's key and when it is over.
//!
//! A session is noted before it is written, so there may be a note without a session, which costs a look and is gone
//! once the session would be over; never, while the server keeps what it was told, a session without a note.
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::clock::Timestamp;
use crate::session::{Body, Record, StoreKey};
use crate::store::Listed;
use crate::store::redis::inspect::{Look, OfUser};
use crate::store::redis::names::Names;
use crate::store::redis::reply::Reply;
use crate::store::redis::servers::Question;
use crate::store::redis::trouble::Trouble;
use crate::store::redis::{RedisStore, values};

/// By how much a note outlives its session, so that one whose deadline is pushed often is seldom noted again.
const SLACK: Duration = Duration::from_secs(600);
/// A note is made again after so long, in case the server has forgotten it.
const AGAIN: Duration = Duration::from_secs(600);
/// So many notes are remembered.
const REMEMBERED: usize = 20_000;

/// What this process has noted lately, so that saving a session again needs no second command.
#[derive(Default)]
pub(super) struct Lately {
    notes: Mutex<HashMap<StoreKey, Note>>,
    hasher: RandomState,
}

#[derive(Clone, Copy)]
struct Note {
    user: u64,
    until: Timestamp,
    good_until: Instant,
}

impl Lately {
    /// Says whether a session is noted for this user until it is over.
    fn has(&self, key: &StoreKey, user: &str, expires: Timestamp) -> bool {
        let notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.get(key).is_some_and(|note| {
            note.user == self.hasher.hash_one(user)
                && note.until >= expires
                && Instant::now() < note.good_until
        })
    }

    fn add(&self, key: StoreKey, user: &str, until: Timestamp) {
        let note = Note {
            user: self.hasher.hash_one(user),
            until,
            good_until: Instant::now() + AGAIN,
        };
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        if notes.len() >= REMEMBERED {
            notes.clear();
        }
        notes.insert(key, note);
    }
}

/// Where the notes about one user stand.
pub(super) struct Set {
    pub(super) rack: u8,
    pub(super) name: String,
}

impl Set {
    pub(super) fn of(names: &Names, user: &str) -> Self {
        let digest = Sha256::digest(user);
        let rack = digest[0];
        let mut name = names.user_prefix(rack);
        URL_SAFE_NO_PAD.encode_string(&digest[1..17], &mut name);
        Self { rack, name }
    }

    /// Returns the words with which the script notes a session.
    fn note<'a>(&'a self, key: &'a StoreKey, removed_at: &'a str) -> [&'a [u8]; 3] {
        let key: &[u8] = key.as_bytes();
        [self.name.as_bytes(), key, removed_at.as_bytes()]
    }
}

impl RedisStore {
    /// Notes a session that is about to be written, if it has a user and that is not known to be noted.
    pub(super) async fn note(&self, key: &StoreKey, record: &Record) -> Result<(), Trouble> {
        let Some(user) = self.to_note(key, record) else {
            return Ok(());
        };
        let until = record.expires().plus(SLACK);
        self.note_until(key, user, until).await?;
        self.lately.add(*key, user, until);
        Ok(())
    }

    /// Writes a session, and notes it before; both in one trip where one server has both.
    ///
    /// # Errors
    /// When it can't be noted; inside stands what became of the writing.
    pub(super) async fn write_noted(
        &self,
        key: &StoreKey,
        record: &Record,
        write: Question<'_>,
    ) -> Result<Result<Reply, Trouble>, Trouble> {
        match self.to_note(key, record) {
            None => Ok(self.servers.ask(key.rack(), write).await),
            // In a box, so that the usual case does not carry it along.
            Some(user) => Box::pin(self.note_and_write(key, record, user, write)).await,
        }
    }

    async fn note_and_write(
        &self,
        key: &StoreKey,
        record: &Record,
        user: &str,
        write: Question<'_>,
    ) -> Result<Result<Reply, Trouble>, Trouble> {
        let until = record.expires().plus(SLACK);
        let (set, removed_at) = (Set::of(&self.names, user), values::removed_at(until));
        let words = set.note(key, &removed_at);
        let note = (set.rack, Question::Script(&self.scripts.note, &words));
        let written = self.servers.ask_in_turn(note, (key.rack(), write)).await?;
        self.lately.add(*key, user, until);
        Ok(written)
    }

    /// Returns the user for whom a session is to be noted.
    fn to_note<'a>(&self, key: &StoreKey, record: &'a Record) -> Option<&'a str> {
        let is_to_be = |user: &&str| !self.lately.has(key, user, record.expires());
        record.user().filter(is_to_be)
    }

    async fn note_until(
        &self,
        key: &StoreKey,
        user: &str,
        until: Timestamp,
    ) -> Result<(), Trouble> {
        let set = Set::of(&self.names, user);
        let removed_at = values::removed_at(until);
        let words = set.note(key, &removed_at);
        let note = Question::Script(&self.scripts.note, &words);
        self.servers.ask(set.rack, note).await.map(|_| ())
    }

    /// Takes notes back; that it fails is no harm, since they go in time.
    pub(super) async fn forget(&self, user: &str, keys: &[StoreKey]) {
        if keys.is_empty() {
            return;
        }
        let set = Set::of(&self.names, user);
        let mut words: Vec<&[u8]> = vec![b"ZREM", set.name.as_bytes()];
        words.extend(keys.iter().map(|key| &key.as_bytes()[..]));
        if let Err(trouble) = self.servers.ask(set.rack, Question::Write(&words)).await {
            let error = trouble.while_doing("take back the note of a user's session");
            tracing::debug!(%error, "what stays in the index is passed over");
        }
    }

    /// Looks at all sessions that are noted for a user.
    pub(super) async fn noted(&self, user: &str, now: Timestamp) -> Result<Vec<Listed>, Trouble> {
        let set = Set::of(&self.names, user);
        let range = [b"ZRANGE", set.name.as_bytes(), b"0", b"-1"];
        let keys = match self.servers.ask(set.rack, Question::Read(&range)).await? {
            Reply::List(keys) => keys,
            _ => Vec::new(),
        };
        let keys: Vec<_> = keys.iter().filter_map(key).collect();
        let mut look = Noted {
            of_user: OfUser {
                user,
                now,
                found: Default::default(),
            },
            moved: Vec::new(),
        };
        for (node, keys) in self.servers.by_node(&keys).await? {
            self.look_at(&node, &keys, &mut look).await?;
        }
        self.forget(user, &look.moved).await;
        Ok(look.of_user.found.into_values().collect())
    }

    /// Notes every session that has a user once more; returns how many.
    pub(super) async fn note_all(&self) -> Result<u64, Trouble> {
        let mut noted = 0;
        for (_, node) in self.servers.primaries().await? {
            let mut cursor = 0;
            loop {
                let keys;
                (cursor, keys) = self.scan(&node, cursor).await?;
                let mut signed_in = SignedIn::default();
                self.look_at(&node, &keys, &mut signed_in).await?;
                for (key, user, expires) in signed_in.0 {
                    self.note_until(&key, &user, expires.plus(SLACK)).await?;
                    noted += 1;
                }
                if cursor == 0 {
                    break;
                }
            }
        }
        Ok(noted)
    }
}

fn key(member: &Reply) -> Option<StoreKey> {
    match member {
        Reply::Value(bytes) => Some(StoreKey::from_bytes((&bytes[..]).try_into().ok()?)),
        _ => None,
    }
}

/// A user's sessions, and the keys that they had before they were renewed, which no session has again.
struct Noted<'a> {
    of_user: OfUser<'a>,
    moved: Vec<StoreKey>,
}

impl Look for Noted<'_> {
    fn wants(&self, _key: &StoreKey) -> bool {
        true
    }

    fn sees(&mut self, key: StoreKey, body: &Body) {
        match body {
            Body::Forward(_) => self.moved.push(key),
            Body::Record(_) => self.of_user.sees(key, body),
        }
    }
}

/// The sessions that have a user, and when they are over.
#[derive(Default)]
struct SignedIn(Vec<(StoreKey, String, Timestamp)>);

impl Look for SignedIn {
    fn wants(&self, _key: &StoreKey) -> bool {
        true
    }

    fn sees(&mut self, key: StoreKey, body: &Body) {
        if let Some(user) = body.user() {
            self.0.push((key, user.to_owned(), body.expires()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_session_is_noted_again_when_its_user_deadline_or_the_server_may_have_changed() {
        let lately = Lately::default();
        let key = StoreKey::from_bytes([7; 32]);
        let at = Timestamp::from_secs;
        lately.add(key, "ada", at(100));
        assert!(lately.has(&key, "ada", at(100)));
        assert!(!lately.has(&key, "ada", at(101)));
        assert!(!lately.has(&key, "bob", at(100)));
        tokio::time::advance(AGAIN).await;
        assert!(!lately.has(&key, "ada", at(100)));
    }

    #[test]
    fn a_users_set_lies_on_a_slot_of_its_own_and_is_no_sessions_name() {
        let names = Names::new("shop").unwrap();
        let set = Set::of(&names, "ada");
        assert!(
            set.name
                .starts_with(&format!("shop:{{{:02x}}}user:", set.rack))
        );
        assert_eq!(names.read(&set.name), None);
        assert_ne!(Set::of(&names, "bob").name, set.name);
    }
}
