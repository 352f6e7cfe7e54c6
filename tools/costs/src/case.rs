//! The kinds of request, each by the name that `bounds.json` gives it.
use crate::site::path;

/// What a visit does with the visitor's state.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Case {
    /// Nothing, though it carries a valid session cookie.
    Untouched,
    /// Reads a counter, beside a cart of twenty items.
    Read,
    /// Adds one to the counter, beside the cart.
    Increment,
    /// Adds an item to the cart and drops the oldest.
    Append,
    /// Prints a CSRF token.
    Token,
    /// Adds a message, which the next request shows; both count.
    Message,
    /// The same with messages that wait in the session.
    MessageInSession,
    /// Reads a counter in a session that is sealed in its cookie.
    SealedRead,
    /// Adds one to a counter there.
    SealedIncrement,
}

impl Case {
    /// Every case.
    pub const ALL: [Self; 9] = [
        Self::Untouched,
        Self::Read,
        Self::Increment,
        Self::Append,
        Self::Token,
        Self::Message,
        Self::MessageInSession,
        Self::SealedRead,
        Self::SealedIncrement,
    ];

    /// Returns its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Untouched => "untouched",
            Self::Read => "read",
            Self::Increment => "increment",
            Self::Append => "append",
            Self::Token => "token",
            Self::Message => "message",
            Self::MessageInSession => "message in session",
            Self::SealedRead => "sealed read",
            Self::SealedIncrement => "sealed increment",
        }
    }

    /// Returns the case of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|case| case.name() == name)
    }

    /// Returns the pages of one visit, in their order.
    #[must_use]
    pub fn paths(self) -> &'static [&'static str] {
        match self {
            Self::Untouched => &[path::UNTOUCHED],
            Self::Read | Self::SealedRead => &[path::READ],
            Self::Increment | Self::SealedIncrement => &[path::INCREMENT],
            Self::Append => &[path::APPEND],
            Self::Token => &[path::TOKEN],
            Self::Message | Self::MessageInSession => &[path::SAY, path::SHOW],
        }
    }

    /// Says whether the visitor carries the whole session.
    #[must_use]
    pub fn is_sealed(self) -> bool {
        matches!(self, Self::SealedRead | Self::SealedIncrement)
    }
}
