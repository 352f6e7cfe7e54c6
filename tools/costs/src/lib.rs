//! A little site and a visitor of it, to count what each kind of request costs, whatever machine it runs on.
//!
//! `bounds.json` says how much each may cost: hardly more than it did when that was written, so that more is noticed.
//! `cargo test` counts allocations and calls of the store, `cargo xtask costs` instructions.
mod bounds;
mod callgrind;
mod case;
mod site;
mod visitor;

pub use bounds::{Bound, bounds};
pub use callgrind::instructions;
pub use case::Case;
pub use site::{Layer, Stack, site};
pub use visitor::Visitor;
