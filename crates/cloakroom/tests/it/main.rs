//! What the library promises, seen from outside: a browser visits sites, stores fail, clocks turn.
mod site;
mod watch;

mod bad_input;
mod concurrency;
mod expiry;
mod logout;
mod renewal;
mod session;
