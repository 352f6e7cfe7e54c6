//! Entries of Django's cache in memcached (`PyMemcacheCache`).
use bytes::Bytes;

use crate::clock::Timestamp;
use crate::django::cache::{MEMCACHED_PICKLE_FLAG, check_memcached_key, memcached_timeout};
use crate::django::{Moment, Settings};
use crate::error::StoreError;
use crate::store::django::{
    Codec, Copies, Ends, Kept, Moved, Named, Old, Overwrite, Put, Shelf, Shelved,
};
use crate::store::guard::Guarded;
use crate::store::memcached::server::Server;
use crate::store::memcached::shelf::odd;
use crate::store::memcached::wire::{Item, Reply, Request};
use crate::store::memcached::{NAME, address};
use crate::store::{AnyStore, Options, Swept};

/// Opens Django's cache at a URL.
pub(in crate::store) async fn open(
    url: &str,
    options: &Options,
    settings: &Settings,
    codec: Codec,
) -> Result<AnyStore, StoreError> {
    let items = Items::connect(url, options, Named::of_cache(settings)).await?;
    Ok(Guarded::new(Shelved::new(items, codec, None), options).into())
}

/// Opens the copies of `cached_db` sessions at a URL.
pub(in crate::store) async fn copies(
    url: &str,
    settings: &Settings,
    codec: Codec,
) -> Result<Copies, StoreError> {
    let named = Named::of_copies(settings);
    let items = Items::connect(url, &Options::default(), named).await?;
    Ok(Copies::new(items, codec))
}

/// The items of sessions in one server.
struct Items {
    server: Server,
    named: Named,
}

impl Items {
    async fn connect(url: &str, options: &Options, named: Named) -> Result<Self, StoreError> {
        let mut servers = address::servers(url)?;
        let (Some(server), true) = (servers.pop(), servers.is_empty()) else {
            return Err(StoreError::new(NAME, "be opened")
                .because("Django spreads items over several servers in a way of its own")
                .remedy("name one server"));
        };
        let items = Self {
            server: Server::new(server, options),
            named,
        };
        Shelf::check(&items).await?;
        Ok(items)
    }

    fn name(&self, doing: &'static str, key: &str) -> Result<String, StoreError> {
        let name = self.named.entry(key);
        let checked = check_memcached_key(&name);
        checked.map_err(|error| StoreError::new(NAME, doing).because(error))?;
        Ok(name)
    }

    async fn find(&self, doing: &'static str, name: &str) -> Result<Option<Old>, StoreError> {
        match self.server.ask(doing, Request::Get { name }).await? {
            Reply::Value { version, body } => Ok(Some(Old {
                payload: body,
                mark: version,
            })),
            Reply::NotFound => Ok(None),
            other => Err(odd(doing, &other)),
        }
    }

    async fn remove(&self, doing: &'static str, name: &str, mark: u64) -> Result<bool, StoreError> {
        let request = Request::Remove {
            name,
            version: mark,
        };
        match self.server.ask(doing, request).await? {
            Reply::Done { .. } => Ok(true),
            Reply::NotFound | Reply::Exists => Ok(false),
            other => Err(odd(doing, &other)),
        }
    }

    async fn add(
        &self,
        doing: &'static str,
        name: &str,
        put: &Put,
    ) -> Result<Option<u64>, StoreError> {
        let item = self.item(doing, name, put).await?;
        match self.server.ask(doing, Request::Add { name, item }).await? {
            Reply::Done { version } => Ok(Some(version)),
            Reply::NotStored => Ok(None),
            other => Err(odd(doing, &other)),
        }
    }

    async fn put_in_place(
        &self,
        doing: &'static str,
        name: &str,
        mark: u64,
        put: &Put,
    ) -> Result<Option<u64>, StoreError> {
        let request = Request::Replace {
            name,
            version: mark,
            item: self.item(doing, name, put).await?,
        };
        match self.server.ask(doing, request).await? {
            Reply::Done { version } => Ok(Some(version)),
            Reply::Exists | Reply::NotFound => Ok(None),
            other => Err(odd(doing, &other)),
        }
    }

    /// Measures first: what is too large for the server takes away what stood there before.
    async fn item<'a>(
        &self,
        doing: &'static str,
        name: &str,
        put: &'a Put,
    ) -> Result<Item<'a>, StoreError> {
        let (bytes, limit) = (put.payload.len(), self.server.limit(doing, name).await?);
        if bytes > limit {
            return Err(StoreError::new(NAME, doing)
                .because(format!(
                    "it has {bytes} bytes and the server takes at most {limit}"
                ))
                .remedy("start memcached with a larger -I, or set session.max_bytes lower"));
        }
        let lives = put.expires.since(put.now).as_secs() as f64;
        let until = memcached_timeout(Some(lives), Moment::from(put.now));
        Ok(Item {
            body: &put.payload,
            until: i32::try_from(until).unwrap_or(i32::MAX),
            flags: MEMCACHED_PICKLE_FLAG,
        })
    }
}

impl Shelf for Items {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn get(&self, key: &str, now: Timestamp) -> Result<Option<Kept>, StoreError> {
        const DOING: &str = "load a session";
        let found = self.find(DOING, &self.name(DOING, key)?).await?;
        Ok(found.map(|old| Kept {
            old,
            ends: Ends::SavedAt(now),
        }))
    }

    fn has_marks(&self) -> bool {
        true
    }

    async fn create(&self, key: &str, put: &Put) -> Result<Option<u64>, StoreError> {
        const DOING: &str = "create a session";
        self.add(DOING, &self.name(DOING, key)?, put).await
    }

    async fn replace(&self, key: &str, old: &Old, put: &Put) -> Result<Option<u64>, StoreError> {
        const DOING: &str = "save a session";
        let name = self.name(DOING, key)?;
        self.put_in_place(DOING, &name, old.mark, put).await
    }

    /// Puts the new item first, which nobody knows yet, and takes the old one away after that.
    async fn rename(
        &self,
        from: &str,
        old: &Old,
        to: &str,
        put: &Put,
    ) -> Result<Moved, StoreError> {
        const DOING: &str = "renew a session";
        let (from, to) = (self.name(DOING, from)?, self.name(DOING, to)?);
        let Some(mark) = self.add(DOING, &to, put).await? else {
            return Ok(Moved::Taken);
        };
        if self.remove(DOING, &from, old.mark).await? {
            return Ok(Moved::Done(mark));
        }
        self.remove(DOING, &to, mark).await?;
        Ok(Moved::Changed)
    }

    async fn delete(&self, key: &str) -> Result<bool, StoreError> {
        const DOING: &str = "end a session";
        let name = self.name(DOING, key)?;
        while let Some(found) = self.find(DOING, &name).await? {
            if self.remove(DOING, &name, found.mark).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn sweep(&self, _now: Timestamp, _limit: usize) -> Result<Swept, StoreError> {
        let looked = self.server.look_for_evictions("sweep expired sessions");
        looked.await.map(|()| Swept::default())
    }

    async fn check(&self) -> Result<(), StoreError> {
        const DOING: &str = "be used";
        match self.server.ask(DOING, Request::Ping).await? {
            Reply::Pong => Ok(()),
            other => Err(odd(DOING, &other)),
        }
    }

    async fn close(&self) {
        self.server.close();
    }
}

impl Overwrite for Items {
    async fn overwrite(&self, key: &str, put: &Put) -> Result<(), StoreError> {
        const DOING: &str = "copy a session";
        let name = self.name(DOING, key)?;
        loop {
            let done = match self.find(DOING, &name).await? {
                Some(Old { payload, mark }) => {
                    drop::<Bytes>(payload);
                    self.put_in_place(DOING, &name, mark, put).await?
                }
                None => self.add(DOING, &name, put).await?,
            };
            if done.is_some() {
                return Ok(());
            }
        }
    }
}
