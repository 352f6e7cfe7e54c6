//! Protection against forged requests: a secret in a cookie, and proof in each form that the page came from here.
#[cfg(feature = "minijinja")]
mod minijinja;
mod secret;
mod settings;
mod token;
mod verdict;

pub use settings::Settings;
pub use token::CsrfToken;
pub use verdict::Reason;

pub(crate) use secret::Secret;
pub(crate) use verdict::{Presented, is_safe, judge};
