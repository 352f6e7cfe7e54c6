//! Looking at all sessions: every name of every primary is gone through with SCAN.
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::session::{Body, StoreKey};
use crate::store::cached::is_of_a_cache;
use crate::store::redis::command::{Command, Commands};
use crate::store::redis::node::Node;
use crate::store::redis::reply::Reply;
use crate::store::redis::servers::Question;
use crate::store::redis::trouble::{Remedy, Trouble};
use crate::store::redis::{RedisStore, values};
use crate::store::{Counts, Listed};

/// How many names a server looks at before it answers others.
const STEP: &[u8] = b"1000";

/// What an operator looks for. SCAN may show a session more than once.
pub(super) trait Look: Send {
    /// Says whether what stands under the key is of interest.
    fn wants(&self, key: &StoreKey) -> bool;
    fn sees(&mut self, key: StoreKey, body: &Body);
}

/// One page of live sessions.
pub(super) struct Page {
    pub(super) after: Option<StoreKey>,
    pub(super) limit: usize,
    pub(super) now: Timestamp,
    pub(super) found: BTreeMap<StoreKey, Listed>,
}

/// The live sessions of one user.
pub(super) struct OfUser<'a> {
    pub(super) user: &'a str,
    pub(super) now: Timestamp,
    pub(super) found: BTreeMap<StoreKey, Listed>,
}

/// How many sessions there are.
pub(super) struct Tally {
    pub(super) now: Timestamp,
    pub(super) counts: Counts,
    pub(super) seen: HashSet<u64>,
}

impl Look for Page {
    fn wants(&self, key: &StoreKey) -> bool {
        let has_room = self.found.len() < self.limit;
        let is_before_last = || {
            self.found
                .last_key_value()
                .is_some_and(|(last, _)| key < last)
        };
        self.after.is_none_or(|after| *key > after) && (has_room || is_before_last())
    }

    fn sees(&mut self, key: StoreKey, body: &Body) {
        if let Some(listed) = live(key, body, self.now) {
            self.found.insert(key, listed);
            if self.found.len() > self.limit {
                self.found.pop_last();
            }
        }
    }
}

impl Look for OfUser<'_> {
    fn wants(&self, _key: &StoreKey) -> bool {
        true
    }

    fn sees(&mut self, key: StoreKey, body: &Body) {
        if body.user() == Some(self.user)
            && let Some(listed) = live(key, body, self.now)
        {
            self.found.insert(key, listed);
        }
    }
}

impl Look for Tally {
    fn wants(&self, key: &StoreKey) -> bool {
        !self.seen.contains(&short(key))
    }

    fn sees(&mut self, key: StoreKey, body: &Body) {
        if !self.seen.insert(short(&key)) {
            return;
        }
        if body.expires() <= self.now {
            self.counts.expired += 1;
        } else if matches!(body, Body::Record(_)) {
            self.counts.live += 1;
        }
    }
}

/// Returns enough of a digest to tell millions of them apart.
fn short(key: &StoreKey) -> u64 {
    let bytes = key.as_bytes().last_chunk();
    u64::from_be_bytes(*bytes.expect("a key is longer"))
}

fn live(key: StoreKey, body: &Body, now: Timestamp) -> Option<Listed> {
    match body {
        Body::Record(record) if record.expires() > now => Some(Listed::of(key, record)),
        _ => None,
    }
}

impl RedisStore {
    /// Shows all sessions to whoever looks.
    pub(super) async fn look_at_all(&self, look: &mut impl Look) -> Result<(), Trouble> {
        for (_, node) in self.servers.primaries().await? {
            let mut cursor = 0;
            loop {
                let keys;
                (cursor, keys) = self.scan(&node, cursor).await?;
                let wanted: Vec<StoreKey> =
                    keys.into_iter().filter(|key| look.wants(key)).collect();
                self.look_at(&node, &wanted, look).await?;
                if cursor == 0 {
                    break;
                }
            }
        }
        Ok(())
    }

    pub(super) async fn scan(
        &self,
        node: &Arc<Node>,
        cursor: u64,
    ) -> Result<(u64, Vec<StoreKey>), Trouble> {
        let (cursor, pattern) = (cursor.to_string(), self.names.pattern());
        let scan = [
            b"SCAN",
            cursor.as_bytes(),
            b"MATCH",
            pattern.as_bytes(),
            b"COUNT",
            STEP,
        ];
        let answer = node.ask(Command::new(&scan), false).await?;
        let (cursor, names) =
            scanned(&answer).ok_or(Trouble::Nobody("a server answers SCAN with something else"))?;
        let names = names.iter().filter_map(Reply::text);
        Ok((
            cursor,
            names.filter_map(|name| self.names.read(name)).collect(),
        ))
    }

    pub(super) async fn look_at(
        &self,
        node: &Arc<Node>,
        keys: &[StoreKey],
        look: &mut impl Look,
    ) -> Result<(), Trouble> {
        if keys.is_empty() {
            return Ok(());
        }
        let mut questions = Commands::default();
        for key in keys {
            let name = self.names.of(key);
            questions.add(Command::new(&[b"GET", name.as_bytes()]));
        }
        let answers = node.ask_all(&questions).await?;
        for (key, answer) in keys.iter().zip(answers) {
            let answer = match answer {
                Reply::Refused(refusal) => {
                    // What is just being moved to another server is looked for there.
                    if Trouble::Refused(refusal).remedy() == Remedy::GiveUp {
                        values::foreign();
                        continue;
                    }
                    let name = self.names.of(key);
                    let get = Question::Read(&[b"GET", name.as_bytes()]);
                    self.servers.ask(key.rack(), get).await?
                }
                answer => answer,
            };
            // What a cache keeps here is no session.
            if let Some(stored) = values::read(answer)
                && !is_of_a_cache(&stored.body)
            {
                look.sees(*key, &stored.body);
            }
        }
        Ok(())
    }
}

/// Reads `[cursor, [name, …]]`.
fn scanned(answer: &Reply) -> Option<(u64, &[Reply])> {
    let Reply::List(parts) = answer else {
        return None;
    };
    let [cursor, Reply::List(names)] = parts.as_slice() else {
        return None;
    };
    Some((cursor.text()?.parse().ok()?, names))
}
