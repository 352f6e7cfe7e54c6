//! Settings: what a site chooses, checked as a whole before the first request.
mod account;
pub mod audit;
mod builder;
mod described;
mod dialect;
mod environment;
mod linger;
mod own_cookies;
mod site;
#[cfg(test)]
mod told;
mod users;

pub use account::{OwnSession, OwnSessions};
pub use builder::Builder;
pub use environment::Environment;
pub use linger::Linger;
pub use site::Cloakroom;

pub(crate) use described::tell as tell_of_metrics;
pub(crate) use site::Site;
