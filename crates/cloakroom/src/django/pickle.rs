//! Pickles, in which Django's caches hold sessions: read as data only, and written so that Python takes
//! them.
//!
//! A pickle is a small program, and one that calls what it likes. Here it is read by a machine that
//! knows numbers, text and containers and nothing that could call: whoever can write to the cache can
//! make a session unreadable but run nothing.
//!
//! ```
//! use cloakroom::django::{Value, pickle};
//!
//! let session = Value::Dict(vec![(Value::text("a"), Value::Int(1))]);
//! let bytes = pickle::to_bytes(&session)?;
//! assert_eq!(pickle::parse(&bytes)?, session);
//! # Ok::<(), cloakroom::django::DjangoError>(())
//! ```
mod arena;
mod lines;
mod machine;
mod opcode;
#[cfg(test)]
mod tests;
mod write;

pub use machine::{MAX_BYTES, parse, parse_prefix, parse_within};
pub use write::{PROTOCOL, to_bytes};

use crate::django::DjangoError;

const FORMAT: &str = "pickle";

/// The most containers within one another that are read or written.
pub const MAX_DEPTH: usize = 900;

const fn wrong(what: &'static str) -> DjangoError {
    DjangoError::malformed(FORMAT, what)
}
