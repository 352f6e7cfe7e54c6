//! Cookies: what the browser sent, and what it is told to keep.
//!
//! A handler takes [`Cookies`]; a [`CookieSpec`] describes one cookie and sets, reads and deletes it. Names and values are
//! read and written by RFC 6265bis: nothing is decoded in silence, and what breaks the grammar or is over [4,096 bytes](MAX_BYTES) is
//! not sent but an error.
mod chunks;
mod cookies;
mod headers;
mod jar;
mod parse;
mod ready;
mod set_cookie;
mod spec;
mod style;
mod wanted;

pub use cookies::{Cookies, Protected};
pub use set_cookie::MAX_BYTES;
pub use spec::{CookieSpec, MAX_AGE, SameSite};

pub(crate) use chunks::{Brought, Chunks, MOST_CHUNKS, bytes_in_chunks, chunk_of, split};
pub(crate) use headers::CookieHeaders;
pub(crate) use jar::Jar;
pub(crate) use parse::{pairs, values};
pub(crate) use ready::Ready;
pub(crate) use set_cookie::SetCookie;
pub(crate) use style::Style;
pub(crate) use wanted::Wanted;
