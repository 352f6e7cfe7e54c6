//! Sessions: what is remembered of one visitor, how it changes, and what is owed at a request's end.
mod amendment;
mod bag;
mod changes;
mod codec;
mod digests;
mod entries;
mod handle;
mod key;
mod limit;
mod login;
mod merge;
pub(crate) mod plan;
mod policy;
mod preset;
mod raw;
mod record;
mod token;

pub use changes::OnClash;
pub use codec::Undecodable;
pub use entries::Entries;
pub use handle::Session;
pub use key::{AsKey, Key, KeyName, Name};
pub use limit::Overflow;
pub use login::Login;
pub use policy::{Expiry, Policy};
pub use preset::{Asvs, Nist};
pub use raw::Raw;
pub use record::{Body, Forward, Record, Stored, Version, Via};
pub use token::StoreKey;

pub(crate) use amendment::Amendment;
pub(crate) use bag::{Held, Known, Origin, Owed};
pub(crate) use digests::Digests;
pub(crate) use handle::Rules;
pub(crate) use limit::{Entry, Limit};
pub(crate) use token::Token;
