//! For tests: a suite that proves a store, a checker of histories, a browser, a store that fails on demand.
//!
//! | to test | take |
//! |---|---|
//! | a site, as a visitor | [`Browser`], which fills in what a [`Page`] shows |
//! | what happens later | a turned [`Clock`](crate::clock::Clock::standing_at) |
//! | an outage, a slow store, two requests at once | [`FaultyStore`] |
//! | a store of one's own | [`conformance`], [`History`] |
pub mod conformance;
pub mod history;

mod browser;
mod fault;
mod submit;

pub use browser::{Browser, Page};
pub use fault::{Call, Faults, FaultyStore};
pub use history::History;
pub use submit::File;
