//! Flash messages: said now, shown on the next page that the visitor sees.
//!
//! A handler takes [`Messages`]. They wait in a sealed cookie, in the session, or in both ([`Storage`]), until somebody
//! iterates over them. Their text is escaped when it is printed, unless it is [`TrustedHtml`].
mod filled;
mod handle;
mod level;
mod message;
#[cfg(feature = "minijinja")]
mod minijinja;
mod settings;
mod settle;
mod shared;
mod shown;
mod wire;

pub use handle::{Added, Messages};
pub use level::Level;
pub use message::{Message, Text, TrustedHtml};
pub use settings::{Settings, Storage};

pub(crate) use handle::Luggage;
pub(crate) use settings::FAMILY_LIMIT;
pub(crate) use settle::{Arrived, Place, Settled, Suffix};
pub(crate) use shared::{Brought, Keeps, Left};
pub(crate) use shown::Shown;
pub(crate) use wire::{SESSION_KEY, Wire};
