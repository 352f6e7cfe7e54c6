//! Entries of Django's own cache in Redis (`django.core.cache.backends.redis`).
use crate::clock::Timestamp;
use crate::django::Settings;
use crate::error::StoreError;
use crate::store::django::{
    Codec, Copies, Ends, Kept, Moved, Named, Old, Overwrite, Put, Shelf, Shelved,
};
use crate::store::guard::Guarded;
use crate::store::redis::NAME;
use crate::store::redis::address::{Arrangement, Place};
use crate::store::redis::reply::Reply;
use crate::store::redis::scripts::{DONE, Script, TAKEN};
use crate::store::redis::servers::{Question, Servers};
use crate::store::redis::trouble::Trouble;
use crate::store::{AnyStore, Options, Swept};

/// Django knows one server, so that all lies on the same rack.
const RACK: u8 = 0;

/// Replaces an entry that is still this one; without a lifetime it is gone instead.
const REPLACE: &str = "\
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[3] == '0' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3]) end
return 1";

/// Takes an entry away that is still this one, and puts another under a name that is free.
const RENAME: &str = "\
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if redis.call('EXISTS', KEYS[2]) == 1 then return 2 end
if ARGV[3] ~= '0' then redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3]) end
redis.call('DEL', KEYS[1])
return 1";

/// Opens Django's cache at a URL.
pub(in crate::store) async fn open(
    url: &str,
    options: &Options,
    settings: &Settings,
    codec: Codec,
) -> Result<AnyStore, StoreError> {
    let entries = Entries::connect(url, options, Named::of_cache(settings)).await?;
    Ok(Guarded::new(Shelved::new(entries, codec, None), options).into())
}

/// Opens the copies of `cached_db` sessions at a URL.
pub(in crate::store) async fn copies(
    url: &str,
    settings: &Settings,
    codec: Codec,
) -> Result<Copies, StoreError> {
    let named = Named::of_copies(settings);
    let entries = Entries::connect(url, &Options::default(), named).await?;
    Ok(Copies::new(entries, codec))
}

/// The entries of sessions in one server.
struct Entries {
    servers: Servers,
    named: Named,
    replace: Script,
    rename: Script,
}

impl Entries {
    async fn connect(url: &str, options: &Options, named: Named) -> Result<Self, StoreError> {
        let place = Place::parse(url)?;
        if let Arrangement::Cluster(_) = place.arrangement {
            return Err(StoreError::new(NAME, "be opened")
                .because("Django's RedisCache knows no cluster")
                .remedy("name one server, or its sentinels"));
        }
        let be_opened = |trouble: Trouble| trouble.while_doing("be opened");
        let entries = Self {
            servers: Servers::new(place, options).map_err(be_opened)?,
            named,
            replace: Script::new(REPLACE, "1"),
            rename: Script::new(RENAME, "2"),
        };
        Shelf::check(&entries).await?;
        Ok(entries)
    }

    async fn ask(&self, doing: &'static str, question: Question<'_>) -> Result<Reply, StoreError> {
        let answer = self.servers.ask(RACK, question).await;
        answer.map_err(|trouble| trouble.while_doing(doing))
    }
}

/// Returns for how long an entry lives, in whole seconds.
fn lifetime(put: &Put) -> String {
    const LONGEST: u64 = 1 << 40;
    put.expires
        .since(put.now)
        .as_secs()
        .min(LONGEST)
        .to_string()
}

impl Shelf for Entries {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn get(&self, key: &str, now: Timestamp) -> Result<Option<Kept>, StoreError> {
        let name = self.named.entry(key);
        let get = Question::Read(&[b"GET", name.as_bytes()]);
        let payload = match self.ask("load a session", get).await? {
            Reply::Value(payload) => payload,
            _ => return Ok(None),
        };
        Ok(Some(Kept {
            old: Old { payload, mark: 0 },
            ends: Ends::SavedAt(now),
        }))
    }

    fn has_marks(&self) -> bool {
        false
    }

    async fn create(&self, key: &str, put: &Put) -> Result<Option<u64>, StoreError> {
        let (name, lives) = (self.named.entry(key), lifetime(put));
        if lives == "0" {
            return Ok(Some(0));
        }
        let words = [
            b"SET",
            name.as_bytes(),
            &put.payload,
            b"NX",
            b"EX",
            lives.as_bytes(),
        ];
        match self
            .ask("create a session", Question::Write(&words))
            .await?
        {
            Reply::Nothing => Ok(None),
            _ => Ok(Some(0)),
        }
    }

    async fn replace(&self, key: &str, old: &Old, put: &Put) -> Result<Option<u64>, StoreError> {
        let (name, lives) = (self.named.entry(key), lifetime(put));
        let words = [
            name.as_bytes(),
            &old.payload,
            &put.payload,
            lives.as_bytes(),
        ];
        let replace = Question::Script(&self.replace, &words);
        let answer = self.ask("save a session", replace).await?;
        Ok((answer == Reply::Number(DONE)).then_some(0))
    }

    async fn rename(
        &self,
        from: &str,
        old: &Old,
        to: &str,
        put: &Put,
    ) -> Result<Moved, StoreError> {
        let (from, to) = (self.named.entry(from), self.named.entry(to));
        let lives = lifetime(put);
        let words = [
            from.as_bytes(),
            to.as_bytes(),
            &old.payload,
            &put.payload,
            lives.as_bytes(),
        ];
        let rename = Question::Script(&self.rename, &words);
        Ok(match self.ask("renew a session", rename).await? {
            Reply::Number(DONE) => Moved::Done(0),
            Reply::Number(TAKEN) => Moved::Taken,
            _ => Moved::Changed,
        })
    }

    async fn delete(&self, key: &str) -> Result<bool, StoreError> {
        let name = self.named.entry(key);
        let words = [&b"DEL"[..], name.as_bytes()];
        let answer = self.ask("end a session", Question::Write(&words)).await?;
        Ok(answer == Reply::Number(1))
    }

    async fn sweep(&self, _now: Timestamp, _limit: usize) -> Result<Swept, StoreError> {
        Ok(Swept::default())
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.ask("be reached", Question::Read(&[b"PING"]))
            .await
            .map(|_| ())
    }

    async fn close(&self) {
        self.servers.hang_up();
    }
}

impl Overwrite for Entries {
    async fn overwrite(&self, key: &str, put: &Put) -> Result<(), StoreError> {
        let (name, lives) = (self.named.entry(key), lifetime(put));
        if lives == "0" {
            return self.delete(key).await.map(|_| ());
        }
        let words = [
            b"SET",
            name.as_bytes(),
            &put.payload,
            b"EX",
            lives.as_bytes(),
        ];
        let set = Question::Write(&words);
        self.ask("copy a session", set).await.map(|_| ())
    }
}
