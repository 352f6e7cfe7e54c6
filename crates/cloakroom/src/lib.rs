//! Cookies, sessions, flash messages and CSRF protection for axum and tower, in one layer.
pub mod clock;
mod config;
pub mod cookie;
pub mod csrf;
mod error;
pub mod keys;
pub mod messages;
pub mod session;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod web;

pub use config::{Builder, Cloakroom, Environment};
pub use cookie::{CookieSpec, Cookies, SameSite};
pub use csrf::CsrfToken;
pub use error::*;
pub use keys::KeyRing;
pub use messages::{Level, Messages};
pub use session::{Expiry, Key, Session};
pub use web::{CloakroomLayer, CloakroomService, LazySession, Rejection};
