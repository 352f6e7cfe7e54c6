//! What the library promises, seen from outside: a browser visits sites, stores fail, clocks turn.
mod site;
mod watch;

mod account;
mod audit;
mod bad_input;
mod cached;
mod caching;
mod concurrency;
mod cookies;
mod csrf;
mod examples;
mod expiry;
mod faults;
#[cfg(feature = "s3")]
mod files;
mod forms;
mod headers;
mod history;
mod in_cookie;
mod layer;
mod login;
mod logout;
mod messages;
mod particulars;
mod renewal;
mod secrets;
mod session;
mod shared_cache;
mod signals;
mod sqlite_faults;
mod sqlite_groups;
mod streaming;
mod sweeping;
mod templates;
mod tossed;
mod wizards;
