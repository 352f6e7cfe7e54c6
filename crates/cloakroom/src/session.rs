//! Sessions: what is remembered of one visitor, how it changes, and what is owed at a request's end.
//!
//! For handlers: [`Session`], [`Key`], [`Login`], [`Expiry`]. For settings: [`Policy`] and its presets, [`Overflow`],
//! [`OnClash`]. For authors of stores: [`StoreKey`], [`Body`], [`Record`], [`Forward`], [`Version`].
//!
//! A session is loaded once, when a handler takes it, and saved once, after the handler has answered, if anything is different.
//! What a handler did is kept key by key, and done again on the fresher record when another request saved first.
mod amendment;
mod bag;
mod changes;
mod client;
mod codec;
mod digests;
mod entries;
mod event;
mod guesses;
mod handle;
mod key;
mod limit;
mod login;
mod merge;
mod noting;
mod particulars;
mod places;
pub(crate) mod plan;
mod policy;
mod preset;
mod raw;
mod record;
mod signal;
mod token;

pub use changes::OnClash;
pub use client::forwarded_for;
pub use codec::Undecodable;
pub use entries::Entries;
pub use event::{Event, EventKind};
pub use handle::Session;
pub use key::{AsKey, Key, KeyName, Name};
pub use limit::Overflow;
pub use login::Login;
pub use particulars::Particulars;
pub use policy::{Expiry, Policy};
pub use preset::{Asvs, Nist};
pub use raw::Raw;
pub use record::{Body, Forward, Record, Stored, Version, Via};
pub use signal::{Reaction, Signal};
pub use token::StoreKey;

pub(crate) use amendment::Amendment;
pub(crate) use bag::{Held, Known, Origin, Owed};
pub(crate) use client::{Client, Sender};
pub(crate) use codec::{number, put, put_number};
pub(crate) use digests::Digests;
pub(crate) use event::Listener;
pub(crate) use guesses::Guesses;
pub(crate) use handle::{Arrival, Rules};
pub(crate) use limit::{Entry, Limit};
pub(crate) use noting::Noting;
pub(crate) use places::Places;
pub(crate) use signal::{DOUBT, Reactions};
pub(crate) use token::{Tickets, Token};
