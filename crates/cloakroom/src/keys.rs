//! Keys: what the site seals and signs with, and how long an old key still opens.
//!
//! A [`KeyRing`] has one current secret and any number of retired ones. From each a key of its own is derived for every
//! [`Purpose`] (HKDF-SHA-256), so nothing made for one opens as another. What a retired secret made opens, and goes out again under the
//! current one when it is read; so secrets rotate without signing anybody out.
mod draw;
mod header;
mod lately;
mod letters;
mod purpose;
mod ring;
mod seal;
mod shared;
mod sign;
mod stamp;

pub use purpose::Purpose;
pub use ring::KeyRing;
pub use seal::{Opened, Refused};

pub(crate) use draw::draw;
pub(crate) use letters::Letters;
pub(crate) use shared::Signs;
pub(crate) use stamp::{Checked, Stamp};
