//! What the library promises, seen from outside: a browser visits sites, stores fail, clocks turn.
mod site;
mod watch;

mod bad_input;
mod concurrency;
mod cookies;
mod csrf;
mod expiry;
mod logout;
mod messages;
mod renewal;
mod session;
mod sqlite_faults;
mod sweeping;
mod templates;
