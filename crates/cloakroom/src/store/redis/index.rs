//! Which sessions a user has: each is noted in a sorted set, with when it is over; where, [`buckets`] says.
//!
//! A session is noted before it is written, so there may be a note without a session, which costs a look and is gone
//! once the session would be over; never, while the server keeps what it was told, a session without a note.
mod buckets;
mod lately;

use std::collections::BTreeSet;

use crate::clock::Timestamp;
use crate::session::{Body, Record, StoreKey};
use crate::store::Listed;
use crate::store::redis::RedisStore;
use crate::store::redis::inspect::{Look, OfUser};
use crate::store::redis::reply::Reply;
use crate::store::redis::servers::{InTurn, Question};
use crate::store::redis::trouble::Trouble;

pub(super) use buckets::Buckets;
pub(super) use lately::Lately;

use lately::noted_until;

/// What became of a session that was written after its note was sent.
pub(super) struct Written {
    pub(super) answer: Result<Reply, Trouble>,
    /// Why it could not be noted, though the server took the session itself.
    pub(super) unnoted: Option<Trouble>,
}

impl RedisStore {
    /// Notes a session that is about to be written under a new key, if it has a user.
    pub(super) async fn note(&self, key: &StoreKey, record: &Record) -> Result<(), Trouble> {
        match record.user() {
            Some(user) => self.note_for(key, user, record.expires()).await,
            None => Ok(()),
        }
    }

    /// Writes a new session, and notes it before; both in one trip where one server has both.
    ///
    /// # Errors
    /// When it can't be noted; nothing is there then, unless the connection was lost.
    pub(super) async fn create_noted(
        &self,
        key: &StoreKey,
        record: &Record,
        write: Question<'_>,
    ) -> Result<Result<Reply, Trouble>, Trouble> {
        let Some(user) = record.user() else {
            return Ok(self.servers.ask(key.rack(), write).await);
        };
        // In a box, so that guests do not carry it along.
        let written = Box::pin(self.note_and_write(key, record, user, write)).await?;
        match (written.answer, written.unnoted) {
            (answer @ (Ok(Reply::Nothing) | Err(_)), _) | (answer, None) => Ok(answer),
            (Ok(_), Some(unnoted)) => {
                // Nobody has its token yet, and nobody shall have one of a session that can't be revoked.
                self.take_back(key).await;
                Err(unnoted)
            }
        }
    }

    /// Writes a session that is there, and notes it before, if it has a user and that is not known to be noted; both
    /// in one trip where one server has both.
    ///
    /// # Errors
    /// When it can't be noted and was not written.
    pub(super) async fn save_noted(
        &self,
        key: &StoreKey,
        record: &Record,
        write: Question<'_>,
    ) -> Result<Written, Trouble> {
        let is_to_be = |user: &&str| !self.lately.has(key, user, record.expires());
        match record.user().filter(is_to_be) {
            None => Ok(Written {
                answer: self.servers.ask(key.rack(), write).await,
                unnoted: None,
            }),
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
    ) -> Result<Written, Trouble> {
        let buckets = Buckets::of(&self.names, user);
        let until = noted_until(record.expires());
        let note = buckets.note(key, until);
        let (wide, narrow) = (buckets.wide(&note), buckets.narrow(&note));
        let note = (buckets.rack, self.scripts.noting(&wide, &narrow));
        let InTurn { first, second } = self.servers.ask_in_turn(note, (key.rack(), write)).await;
        match (first, second) {
            (Ok(_), Some(answer)) => {
                self.lately.noted(key, user, until);
                Ok(Written {
                    answer,
                    unnoted: None,
                })
            }
            (Err(trouble), Some(answer)) => Ok(Written {
                answer,
                unnoted: Some(trouble),
            }),
            (Err(trouble), None) => Err(trouble),
            (Ok(_), None) => Err(Trouble::Nobody("the server left out an answer")),
        }
    }

    async fn note_for(
        &self,
        key: &StoreKey,
        user: &str,
        expires: Timestamp,
    ) -> Result<(), Trouble> {
        let buckets = Buckets::of(&self.names, user);
        let until = noted_until(expires);
        let note = buckets.note(key, until);
        let (wide, narrow) = (buckets.wide(&note), buckets.narrow(&note));
        let question = self.scripts.noting(&wide, &narrow);
        self.servers.ask(buckets.rack, question).await?;
        self.lately.noted(key, user, until);
        Ok(())
    }

    /// Removes a session that was just made; that it fails is no harm, since nobody has its token.
    async fn take_back(&self, key: &StoreKey) {
        let name = self.names.of(key);
        let words = [name.as_bytes(), &[Body::SIGN]];
        let remove = Question::Script(&self.scripts.delete, &words);
        if let Err(trouble) = self.servers.ask(key.rack(), remove).await {
            let error = trouble.while_doing("take a session back that could not be noted");
            tracing::debug!(%error, "it goes in time");
        }
    }

    /// Takes notes back; that it fails is no harm, since they go in time.
    pub(super) async fn forget(&self, user: &str, keys: &[StoreKey]) {
        if keys.is_empty() {
            return;
        }
        let buckets = Buckets::of(&self.names, user);
        let members: Vec<_> = keys.iter().map(|key| buckets.member(key)).collect();
        let orders: Vec<Vec<&[u8]>> = buckets
            .names()
            .map(|name| {
                let members = members.iter().map(|member| &member[..]);
                [&b"ZREM"[..], name].into_iter().chain(members).collect()
            })
            .collect();
        let orders: Vec<_> = orders.iter().map(|words| Question::Write(words)).collect();
        for outcome in self.servers.ask_all(buckets.rack, &orders).await {
            if let Err(trouble) = outcome {
                let error = trouble.while_doing("take back the note of a user's session");
                tracing::debug!(%error, "what stays in the index is passed over");
            }
        }
    }

    /// Looks at all sessions that are noted for a user.
    pub(super) async fn noted(&self, user: &str, now: Timestamp) -> Result<Vec<Listed>, Trouble> {
        let keys: Vec<_> = self.keys_of(user, now).await?.into_iter().collect();
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

    /// Returns the keys that are noted for a user, from all of the buckets in one trip. Notes never move from one to
    /// another, so none is missed on the way.
    async fn keys_of(&self, user: &str, now: Timestamp) -> Result<BTreeSet<StoreKey>, Trouble> {
        let buckets = Buckets::of(&self.names, user);
        let from = now.as_secs().to_string();
        let ranges: Vec<_> = buckets
            .names()
            .map(|name| [b"ZRANGE", name, from.as_bytes(), b"+inf", b"BYSCORE"])
            .collect();
        let ranges: Vec<_> = ranges.iter().map(|words| Question::Read(words)).collect();
        let mut keys = BTreeSet::new();
        for answer in self.servers.ask_all(buckets.rack, &ranges).await {
            match answer {
                Ok(Reply::List(members)) => {
                    keys.extend(members.iter().filter_map(|member| buckets.key(member)));
                }
                Ok(_) => {}
                // What stands there is another program's, so the note went elsewhere.
                Err(trouble) if trouble.is_wrong_type() => tracing::warn!(
                    "another program keeps something under a name of the redis store's index by user; sessions are noted beside it"
                ),
                Err(trouble) => return Err(trouble),
            }
        }
        Ok(keys)
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
                    self.note_for(&key, &user, expires).await?;
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
