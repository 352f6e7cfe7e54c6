//! What a memcached says about itself when a connection is opened.
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::error::StoreError;
use crate::store::memcached::NAME;
use crate::store::memcached::connection::{Connection, Lost};
use crate::store::memcached::server::{lost_on_the_way, refused};
use crate::store::memcached::wire::{Reply, Request};

/// What an item needs besides its name and its body: header, version, flags and line ends, as
/// memcached 1.6 counts them.
const OVERHEAD: usize = 64;
/// The smallest limit that memcached can be given, less a little.
const SMALLEST: usize = 1_000;

/// What is to be known of a server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Greeting {
    /// Tells one run of the server from another: versions begin anew when it is started again, and
    /// must not be taken for those from before.
    pub(super) boot: u64,
    pub(super) evictions: u64,
    item_size_max: usize,
}

impl Greeting {
    /// Returns the most bytes that can stand under a name.
    pub(super) fn largest_body(&self, name: &str) -> usize {
        self.item_size_max.saturating_sub(OVERHEAD + name.len())
    }
}

/// Makes sure that a memcached answers, of a version and with settings that can be used.
pub(super) async fn greet(
    connection: &Connection,
    doing: &'static str,
) -> Result<Greeting, StoreError> {
    let pong = connection.ask(Request::Ping, 0).await;
    if pong.map_err(|error| lost_on_the_way(doing, error))? != Reply::Pong {
        return Err(lost_on_the_way(doing, Lost::Garbage));
    }
    let stats = listed(connection.ask(Request::Stats, 0).await, doing)?;
    let settings = listed(connection.ask(Request::Settings, 0).await, doing)?;
    if value(&settings, "cas_enabled") == Some("no") {
        return Err(StoreError::new(NAME, doing)
            .because("the server does not compare versions")
            .remedy("start memcached without -C"));
    }
    let item_size_max = number(&settings, "item_size_max").unwrap_or_default();
    let item_size_max = usize::try_from(item_size_max).unwrap_or(usize::MAX);
    if item_size_max < SMALLEST {
        return Err(StoreError::new(NAME, doing)
            .because("the server does not say how large an item may be"));
    }
    Ok(Greeting {
        boot: boot(&stats),
        evictions: evictions(&stats),
        item_size_max,
    })
}

/// Returns how many items were taken away to make room.
pub(super) fn evictions(stats: &[(String, String)]) -> u64 {
    number(stats, "evictions").unwrap_or_default()
}

/// A number that hardly two runs of servers share: from the process's id and when it was started.
fn boot(stats: &[(String, String)]) -> u64 {
    let number = |name| number(stats, name).unwrap_or_default();
    let started = number("time").wrapping_sub(number("uptime"));
    let mut hasher = DefaultHasher::new();
    (number("pid"), started).hash(&mut hasher);
    hasher.finish()
}

fn listed(
    reply: Result<Reply, Lost>,
    doing: &'static str,
) -> Result<Vec<(String, String)>, StoreError> {
    match reply.map_err(|error| lost_on_the_way(doing, error))? {
        Reply::Stats(stats) => Ok(stats),
        Reply::Refused(why) => Err(refused(doing, &why)),
        _ => Err(lost_on_the_way(doing, Lost::Garbage)),
    }
}

fn number(stats: &[(String, String)], name: &str) -> Option<u64> {
    value(stats, name)?.parse().ok()
}

fn value<'a>(stats: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = stats.iter().find(|(found, _)| found == name);
    found.map(|(_, value)| value.as_str())
}
