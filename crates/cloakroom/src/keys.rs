//! Keys: what the site seals and signs with, and how long an old key still opens.
mod purpose;
mod ring;
mod seal;
mod shared;
mod sign;
mod stamp;

pub use purpose::Purpose;
pub use ring::KeyRing;
pub use seal::{Opened, Refused};

pub(crate) use shared::Signs;
pub(crate) use stamp::{Checked, Stamp};
