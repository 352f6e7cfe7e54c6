//! How a store's server is spoken to: for how long one waits, and how many may ask at once.
use std::time::Duration;

/// Limits that every store with a server keeps, each with a safe default.
#[derive(Clone, Debug)]
#[must_use]
pub struct Options {
    pub(crate) connect_timeout: Duration,
    pub(crate) response_timeout: Duration,
    pub(crate) connections: usize,
    pub(crate) at_once: usize,
    pub(crate) migrate: bool,
    pub(crate) prefix: String,
    pub(crate) table: Option<String>,
    pub(crate) local: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(2),
            response_timeout: Duration::from_secs(1),
            connections: 8,
            at_once: 1_024,
            migrate: true,
            prefix: "cloakroom".into(),
            table: None,
            local: 0,
        }
    }
}

impl Options {
    /// Returns the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives up connecting after this long. Default: 2 seconds.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Gives up waiting for one answer after this long. Default: 1 second. Listing, counting and
    /// sweeping, which look at many sessions, may take thirty times as long.
    pub fn response_timeout(mut self, limit: Duration) -> Self {
        self.response_timeout = limit;
        self
    }

    /// Keeps at most this many connections to each server. Default: 8.
    pub fn connections(mut self, limit: usize) -> Self {
        self.connections = limit.max(1);
        self
    }

    /// Lets at most this many requests ask the store at once; others wait for as long as for an
    /// answer. Default: 1,024.
    pub fn at_once(mut self, limit: usize) -> Self {
        self.at_once = limit.max(1);
        self
    }

    /// Says whether opening the store may make or change its tables, or make its folder. Default: yes.
    /// Otherwise `cloakroom migrate` does that, and what is missing or of another version is an error.
    pub fn migrate(mut self, migrate: bool) -> Self {
        self.migrate = migrate;
        self
    }

    /// Begins the names of what is kept in Redis or memcached with this, so that several sites, or a site's
    /// sessions and its wizards' drafts, can share a server. In a URL of Redis it is `?prefix=drafts`. Default: `cloakroom`.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Keeps everything in this table of a database, and what belongs to it beside that, so that several stores can share
    /// one: a wizard's drafts stand beside the sessions. In a URL it is `?table=wizard_drafts`. Default: `cloakroom_sessions`.
    /// At most 48 lower-case letters, digits and `_`; it begins with a letter and does not end in `_schema`.
    pub fn table(mut self, table: impl Into<String>) -> Self {
        self.table = Some(table.into());
        self
    }

    /// Keeps copies of sessions in this process, of at most so many MiB, so that most loads ask nobody; for PostgreSQL and
    /// for Redis, alone or behind Sentinel, which tell of changes. In a URL it is `?local=64`. Default: 0, none.
    ///
    /// A load may then return what stood there up to
    /// 800 ms ago ([`STALE_AT_MOST`](crate::store::STALE_AT_MOST)), whatever fails, where another node has written meanwhile; the node that wrote
    /// never does. A save is compared with the store as ever, so nothing is lost. Give it to every process that writes, the `cloakroom` command too.
    pub fn local(mut self, mebibytes: u32) -> Self {
        self.local = mebibytes;
        self
    }

    /// Returns how many bytes of copies are kept, if any are.
    #[cfg(any(feature = "postgres", feature = "redis"))]
    pub(crate) fn local_bytes(&self) -> Option<u64> {
        (self.local > 0).then(|| u64::from(self.local) << 20)
    }
}
