//! Sessions in memcached: fast, shared by all processes, and gone when it restarts or needs the room.
mod address;
mod connection;
#[cfg(feature = "django")]
pub(in crate::store) mod django;
mod greeting;
mod server;
mod shelf;
mod wire;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::{Body, Forward, Record, StoreKey, Stored, Version};
use crate::store::guard::Guarded;
use crate::store::memcached::shelf::Shelf;
use crate::store::{AnyStore, Created, Options, Renamed, Saved, Store, Swept};

const NAME: &str = "memcached";
/// memcached's names have at most 250 bytes, of which a key takes 44.
const MAX_PREFIX: usize = 200;

/// Keeps sessions in one or several memcached servers, version 1.6 or newer.
///
/// **memcached is volatile.** A server that restarts has forgotten everybody who was signed in there,
/// and one that is full takes away whom it has not seen for longest. Where that is too little, use a
/// database, and memcached before it as a cache: [`store::cached`](crate::store::cached()).
///
/// - Each session is an item `<prefix>:<digest>`; saving compares memcached's own version (CAS).
/// - A session lies on the server that its rack has the highest hash with, so that nodes need not
///   write the list of servers in the same order. While a server is down, its sessions can't be
///   reached (503) and those on the other servers are served as ever.
/// - What is larger than a server's item limit (`-I`, by default 1 MiB) is refused before it is sent.
/// - Renewing takes two steps, since memcached can't do both at once. A crash between them leaves a
///   copy of the session for which nobody has a token, until it expires.
/// - It can't be looked into: memcached lists no items, so `cloakroom list` and counting don't work.
/// - Deadlines after January 2038 are not told to the server, and such items go when room is needed.
#[derive(Debug)]
pub struct MemcachedStore {
    shelves: Vec<Guarded<Shelf>>,
    /// Which shelf has which rack.
    racks: [usize; 256],
}

/// Opens the store that a URL names.
pub(super) async fn open(url: &str, options: &Options) -> Result<AnyStore, StoreError> {
    let store = MemcachedStore::connect(url, options).await?;
    tracing::warn!(
        store = NAME,
        "sessions are volatile: a restart of memcached signs everybody out"
    );
    Ok(store.into())
}

impl MemcachedStore {
    /// Opens `memcached://host:port,host:port` and makes sure that every server answers.
    ///
    /// # Errors
    /// When the URL names no servers, the prefix can't begin an item's name, or a server can't be
    /// reached or used.
    pub async fn connect(url: &str, options: &Options) -> Result<Self, StoreError> {
        let servers = address::servers(url)?;
        check_prefix(&options.prefix)?;
        let racks = address::spread(&servers);
        let mut shelves = Vec::with_capacity(servers.len());
        for address in servers {
            let shelf = Shelf::new(address, options);
            // Without the guard: connecting may take longer than an answer.
            shelf.check().await?;
            shelves.push(Guarded::new(shelf, options));
        }
        Ok(Self { shelves, racks })
    }

    /// Returns the shelf on which a session lies. A renewed session stays on its shelf.
    fn shelf(&self, key: &StoreKey) -> &Guarded<Shelf> {
        &self.shelves[self.racks[usize::from(key.rack())]]
    }
}

fn check_prefix(prefix: &str) -> Result<(), StoreError> {
    let fits = prefix.len() <= MAX_PREFIX && prefix.bytes().all(|byte| byte.is_ascii_graphic());
    if fits {
        return Ok(());
    }
    Err(StoreError::new(NAME, "use its prefix")
        .because("memcached's names have no white space and no characters outside ASCII")
        .remedy("give Options::prefix at most 200 visible ASCII characters"))
}

#[deny(clippy::missing_trait_methods)]
impl Store for MemcachedStore {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn load(&self, key: &StoreKey, now: Timestamp) -> Result<Option<Stored>, StoreError> {
        self.shelf(key).load(key, now).await
    }

    async fn create(&self, key: &StoreKey, record: &Record) -> Result<Created, StoreError> {
        self.shelf(key).create(key, record).await
    }

    async fn save(
        &self,
        key: &StoreKey,
        version: &Version,
        record: &Record,
    ) -> Result<Saved, StoreError> {
        self.shelf(key).save(key, version, record).await
    }

    async fn rename(
        &self,
        from: &StoreKey,
        version: &Version,
        to: &StoreKey,
        record: &Record,
        forward: &Forward,
    ) -> Result<Renamed, StoreError> {
        let shelf = self.shelf(from);
        shelf.rename(from, version, to, record, forward).await
    }

    async fn delete(&self, key: &StoreKey) -> Result<Option<Body>, StoreError> {
        self.shelf(key).delete(key).await
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError> {
        for shelf in &self.shelves {
            shelf.sweep(now, limit).await?;
        }
        Ok(Swept::default())
    }

    async fn check(&self) -> Result<(), StoreError> {
        for shelf in &self.shelves {
            shelf.check().await?;
        }
        Ok(())
    }

    async fn close(&self) {
        for shelf in &self.shelves {
            shelf.close().await;
        }
    }
}
