//! What can go wrong, told to whoever can mend it: at start-up, in a handler, in a store.
mod config;
mod cookie;
mod json;
mod place;
mod store;

use std::error::Error as StdError;
use std::fmt;

pub use config::{ConfigError, Problem};
pub use cookie::CookieProblem;
pub use json::JsonProblem;
pub use place::PlaceProblem;
pub use store::{StoreError, TableVersions};

/// The result of a handler, or of anything a handler calls here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What a handler meets when it works with the visitor's state.
///
/// It names the key or cookie, never its value, and turns into a response by itself, so that a
/// handler can use `?`.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The value under this key is not of the type asked for; it stays as it is.
    Decode {
        /// The session key.
        key: String,
        /// What is wrong with it, and where.
        source: JsonProblem,
    },
    /// The value can't be written as JSON.
    Encode {
        /// The session key.
        key: String,
        /// What is wrong with it.
        source: JsonProblem,
    },
    /// The value nests deeper than [`MAX_DEPTH`] arrays and objects, so it could not be read again.
    TooDeep {
        /// The session key.
        key: String,
    },
    /// The session would grow past its limit.
    TooLarge {
        /// The session key whose value was to be written.
        key: String,
        /// How many bytes too many.
        by: usize,
    },
    /// Keys that start with an underscore belong to the library.
    Reserved {
        /// The session key.
        key: String,
    },
    /// Another request changed the same value at the same time, and this key refuses to guess.
    Clash {
        /// The session key.
        key: String,
    },
    /// A message's text has a place that can't be filled.
    Place {
        /// What stands between the braces.
        place: String,
        /// What is wrong with it.
        problem: PlaceProblem,
    },
    /// Nobody is signed in, so that there is nobody to say this of.
    NobodySignedIn,
    /// The user has as many sessions already as
    /// [`Policy::most_sessions`](crate::session::Policy::most_sessions) allows.
    TooManySessions,
    /// The response's headers have gone out; nothing can be remembered any more.
    Closed,
    /// The cookie can't be sent as asked.
    Cookie {
        /// The cookie's name.
        cookie: String,
        /// What is wrong with it.
        problem: CookieProblem,
    },
    /// The store could not be used.
    Store(StoreError),
    /// The layer is missing, so that a handler's argument has nothing to give.
    NoLayer {
        /// The argument's type.
        what: &'static str,
    },
}

/// The deepest nesting of arrays and objects that a session value may have.
///
/// It is the depth that `serde_json` reads.
pub const MAX_DEPTH: usize = 127;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decode { key, .. } => {
                write!(f, "session key `{key}` does not hold the type asked for")
            }
            Self::Encode { key, .. } => {
                write!(f, "value for session key `{key}` can't be written as JSON")
            }
            Self::TooDeep { key } => write!(
                f,
                "value for session key `{key}` nests deeper than {MAX_DEPTH} levels"
            ),
            Self::TooLarge { key, by } => write!(
                f,
                "session would be {by} bytes over its limit with the value for key `{key}`"
            ),
            Self::Reserved { key } => write!(
                f,
                "session key `{key}` starts with an underscore, which is the library's own"
            ),
            Self::Clash { key } => write!(
                f,
                "another request changed session key `{key}` at the same time"
            ),
            Self::Place { place, problem } => {
                write!(f, "the message's text has the place `{{{place}}}`, ")?;
                problem.fmt(f)
            }
            Self::NobodySignedIn => f.write_str(
                "nobody is signed in; check `session.user_id()` first, or use `session.login(..)`",
            ),
            Self::TooManySessions => f.write_str(
                "the login was refused: the user has as many sessions as session.most_sessions allows",
            ),
            Self::Closed => {
                f.write_str("the response's headers have already been sent, so nothing can be remembered any more; change the session before the body streams")
            }
            Self::Cookie { cookie, problem } => write!(f, "cookie `{cookie}`: {problem}"),
            Self::Store(error) => error.fmt(f),
            Self::NoLayer { what } => write!(
                f,
                "the handler takes `{what}`, but the Cloakroom layer is missing: add `.layer(cloakroom.layer())` to the Router, after its routes"
            ),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Decode { source, .. } | Self::Encode { source, .. } => Some(source),
            Self::Store(error) => error.source(),
            _ => None,
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
