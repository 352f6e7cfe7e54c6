//! Keys: what the site seals and signs with, and how long an old key still opens.
mod purpose;
mod ring;
mod seal;
mod sign;

pub use purpose::Purpose;
pub use ring::KeyRing;
pub use seal::{Opened, Refused};
