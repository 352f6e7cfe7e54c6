//! Messages that another program keeps as well, in the places and words of its own.
use std::fmt;

use crate::clock::Timestamp;
use crate::messages::Wire;

/// How another program keeps messages that are shared with it.
pub(crate) trait Keeps: Send + Sync {
    /// Reads what waits in its cookie and in the session.
    fn read(&self, brought: &Brought) -> Vec<Wire>;

    /// Decides what is to wait there: what was brought, unless it was shown, and what was added.
    fn settle(&self, brought: &Brought, shown: bool, added: &[Wire], now: Timestamp) -> Left;

    /// Writes the session's part again when it is not what it was: without what was shown of it, and with
    /// what was to be added.
    fn again(&self, before: &Brought, left: &str, there: &str) -> String;
}

/// What a request brought of shared messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Brought {
    pub(crate) cookie: Option<String>,
    pub(crate) session: Option<String>,
}

/// What a response leaves of them; `None` leaves alone what is there, and `Some(None)` removes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) cookie: Option<Option<String>>,
    pub(crate) session: Option<Option<String>>,
    pub(crate) lost: usize,
}

impl fmt::Debug for dyn Keeps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keeps(..)")
    }
}
