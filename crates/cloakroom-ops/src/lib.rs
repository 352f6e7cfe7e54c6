//! What an operator does with sessions, on any store: the `cloakroom` command prints it.
//!
//! Each function takes a store that is open, and `now` or a clock; it prints nothing, reads no
//! settings and never returns a session's values unless it is asked to reveal them.

pub mod audit;
pub mod check;
pub mod clearing;
mod crowd;
#[cfg(feature = "dashboard")]
pub mod dashboard;
pub mod decode;
pub mod drafts;
mod failure;
pub mod figures;
pub mod funnel;
pub mod handle;
pub mod keys;
pub mod letters;
pub mod moving;
pub mod opening;
pub mod pages;
pub mod path;
pub mod person;
pub mod revoking;
pub mod selection;
pub mod sight;
pub mod slice;
pub mod span;
pub mod starter;
pub mod stats;
pub mod stop;
pub mod tables;
pub mod undecodable;
pub mod uploads;
pub mod when;

pub use failure::OpsError;
