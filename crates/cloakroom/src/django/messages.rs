//! Flash messages as `django.contrib.messages` keeps them.
mod cookie;
mod message;
mod storage;

pub use cookie::{Cookies, Decoded, Fitted, MAX_COOKIE, Which};
pub use message::{Message, from_session, level_tag, to_session};
pub use storage::{Kind, Owed, Storage};

/// The name of the cookie.
pub const COOKIE: &str = "messages";
/// The session's key.
pub const SESSION_KEY: &str = "_messages";
/// The salt of the cookie.
pub const SALT: &str = "django.contrib.messages";

const FORMAT: &str = "messages";
