//! Django's bytes: what a Django 5.2 site signs, stores and sends, read and written.
//!
//! Everything here is a pure function of bytes, keys and a point in time; nothing asks a store or a
//! clock. It is exact to Django 5.2 on Python 3.11, with what that can write and nobody expects: `NaN`,
//! halves of surrogate pairs, whole numbers of thousands of digits, keys that stand twice.
//!
//! Where Django trusts what it signed, this does not. What is compressed is unpacked to a limit, JSON
//! and pickles nest to a limit, a pickle can call nothing, and a right signature over junk is a
//! [`DjangoError`] like everything else.
pub mod auth;
pub mod base62;
mod base64;
pub mod cache;
pub mod cookie;
pub mod csrf;
mod dialect;
mod dict;
mod error;
mod integer;
pub mod json;
mod mac;
pub mod messages;
mod moment;
pub mod pickle;
pub mod session;
mod settings;
pub mod signing;
mod text;
mod value;
pub mod wizard;
mod zlib;
mod zone;

pub use error::{DjangoError, Result};
pub use mac::{Algorithm, salted_hmac};
pub use moment::{DateTime, Moment};
pub use settings::{Engine, NAMES as SETTING_NAMES, SNIPPET as SETTINGS_SNIPPET, Settings};
pub use text::Text;
pub use value::Value;

pub(crate) use zone::Zone;
