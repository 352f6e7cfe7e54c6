//! Protection against forged requests: what browsers say of where a request comes from, and a token in
//! each form that proves the same where they say nothing.
mod format;
mod kept;
mod ladder;
#[cfg(feature = "minijinja")]
mod minijinja;
mod multipart;
mod origin;
mod reason;
mod routes;
mod secret;
mod settings;
mod settle;
mod shared;
mod token;
mod way_back;
mod writing;

pub use format::Format;
pub use ladder::Mode;
pub use reason::{Passed, Reason, Verdict};
pub use settings::{Refusal, Settings};
pub use shared::Because;
pub use token::CsrfToken;
pub use way_back::WayBack;

pub(crate) use kept::{Bound, Kept, from_session, to_session};
pub(crate) use ladder::{Ladder, Look, Sent, TheOne, is_safe, the_one};
pub(crate) use multipart::{Found, Scan, boundary};
pub(crate) use routes::Routes;
pub(crate) use secret::Secret;
pub(crate) use settle::{Became, settle};
#[cfg(feature = "django")]
pub(crate) use shared::Refused;
pub(crate) use shared::Rules;
pub(crate) use writing::Writing;
