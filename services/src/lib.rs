//! Real servers for tests: private instances on 127.0.0.1, with their data in a temporary folder.
//!
//! ```no_run
//! let postgres = services::Postgres::start()?;
//! println!("{}", postgres.url());
//! postgres.pause()?; // silent, as behind a broken network
//! postgres.resume()?;
//! postgres.kill(); // as in a power cut
//! postgres.start_again()?; // same port, same data
//! # Ok::<(), services::Trouble>(())
//! ```
//!
//! A server ends, and its folder goes, when its value is dropped, and also when the process that started it dies, however
//! hard: a small shell waits for that (`run.rs`). Everything is ended by its own process id. Made for Linux, where
//! `/proc` tells which processes belong to a server.

mod account;
mod fleet;
mod folder;
mod instance;
mod mariadb;
mod memcached;
mod port;
mod postgres;
mod process;
mod programs;
mod redis;
mod run;
mod trouble;
mod wait;

pub use fleet::{Fleet, KINDS, Kind};
pub use instance::Instance;
pub use mariadb::{MariaDb, MariaDbBuilder};
pub use memcached::{Memcached, MemcachedBuilder};
pub use postgres::{Postgres, PostgresBuilder};
pub use redis::{Redis, RedisBuilder, RedisCluster, RedisSentinel};
pub use trouble::Trouble;

/// The user that every SQL server knows; it may do everything there.
pub const USER: &str = "cloakroom";
/// That user's password.
pub const PASSWORD: &str = "wardrobe-under-test";
/// The database that every SQL server begins with; it is empty.
pub const DATABASE: &str = "cloakroom";
