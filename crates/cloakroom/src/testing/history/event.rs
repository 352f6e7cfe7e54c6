//! What is written down while the clients are at it: each request with what came of it, each write of a store.
use std::collections::BTreeMap;
use std::fmt;

use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::session::StoreKey;

/// What a request asks a page of the site to do with the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Append the request's number to the list.
    Append,
    /// Count one more.
    Increment,
    /// Put the request's number into a field.
    Set(u64),
    /// Empty a field.
    Remove(u64),
    /// Give the session a new token.
    Renew,
    /// Sign the user in, and write the request's number to the end of the lineage.
    Login,
    /// End the session.
    Logout,
    /// Show all that is there.
    Read,
}

impl Kind {
    /// Returns its name, as in the path.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Append => "append",
            Self::Increment => "increment",
            Self::Set(_) => "set",
            Self::Remove(_) => "remove",
            Self::Renew => "renew",
            Self::Login => "login",
            Self::Logout => "logout",
            Self::Read => "read",
        }
    }
}

/// What a request asks for, as its path says it: `/append/17`, `/set/18/2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The request's number; no other has it.
    pub op: u64,
    /// What is to be done.
    pub kind: Kind,
}

impl Wish {
    /// Reads a path; `None` when it says something else.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        let mut words = path.strip_prefix('/')?.split('/');
        let name = words.next()?;
        let op = words.next()?.parse().ok()?;
        let mut field = || words.next()?.parse().ok();
        let kind = match name {
            "append" => Kind::Append,
            "increment" => Kind::Increment,
            "set" => Kind::Set(field()?),
            "remove" => Kind::Remove(field()?),
            "renew" => Kind::Renew,
            "login" => Kind::Login,
            "logout" => Kind::Logout,
            "read" => Kind::Read,
            _ => return None,
        };
        Some(Self { op, kind })
    }
}

impl fmt::Display for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/{}", self.kind.name(), self.op)?;
        match self.kind {
            Kind::Set(field) | Kind::Remove(field) => write!(f, "/{field}"),
            _ => Ok(()),
        }
    }
}

/// What a page found in the session, which it answers as JSON.
///
/// The lineage tells sessions apart: it begins with the number of the request that began the session,
/// and each login adds its own. All pages answer it; only `read` has to answer the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Which session it is; empty when there is none.
    pub lineage: Vec<u64>,
    /// The list that is appended to.
    pub items: Vec<u64>,
    /// The counter.
    pub count: u64,
    /// The fields that are not empty.
    pub fields: BTreeMap<u64, u64>,
}

impl Seen {
    /// Returns the last of the lineage, by which the checker knows a session.
    pub(super) fn id(&self) -> Option<u64> {
        self.lineage.last().copied()
    }
}

/// One request and what came of it. Times are ticks of a clock that all clients share.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) wish: Wish,
    pub(super) began: u64,
    /// When it began and when it was over by the clock on the wall; only lag is measured by it.
    pub(super) lasted: [Instant; 2],
    /// The session that the sent token had stood for.
    pub(super) sent: Option<u64>,
    /// What was answered, and when; `None` when that is not known, and with it whether it was done.
    pub(super) answer: Option<(u64, Seen)>,
}

impl Event {
    pub(super) fn op(&self) -> u64 {
        self.wish.op
    }

    pub(super) fn kind(&self) -> Kind {
        self.wish.kind
    }

    /// Returns when it was over for sure.
    pub(super) fn ended(&self) -> u64 {
        self.answer.as_ref().map_or(u64::MAX, |(ended, _)| *ended)
    }

    /// Returns the session that answered.
    pub(super) fn id(&self) -> Option<u64> {
        self.answer.as_ref()?.1.id()
    }

    /// Says whether it was, or may have been, done to a session with this lineage.
    pub(super) fn may_touch(&self, lineage: &[u64]) -> bool {
        match &self.answer {
            Some((_, seen)) => seen.id().is_some_and(|id| lineage.contains(&id)),
            None => {
                lineage.contains(&self.op()) || self.sent.is_some_and(|id| lineage.contains(&id))
            }
        }
    }
}

/// A write that a store acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Write {
    /// A record was put where nothing was.
    Created(StoreKey),
    /// What stood there in this version was replaced.
    Saved(StoreKey, Basis),
    /// What stood there in this version was moved.
    Moved(StoreKey, Basis, StoreKey),
    /// What stood there was removed.
    Deleted(StoreKey),
}

/// A version, as something that can be looked up.
pub(super) type Basis = Vec<u8>;

/// All that was written down.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorded {
    pub(super) events: Vec<Event>,
    pub(super) writes: Vec<Write>,
    /// The sessions that are there in the end.
    pub(super) left: Vec<Seen>,
    /// The keys under which a record stands in the end.
    pub(super) standing: Vec<StoreKey>,
    /// Answers that no visitor should ever get.
    pub(super) mistakes: Vec<String>,
    /// Whether the store may forget whole sessions.
    pub(super) volatile: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_survives_its_path() {
        for kind in [
            Kind::Append,
            Kind::Increment,
            Kind::Set(3),
            Kind::Remove(0),
            Kind::Renew,
            Kind::Login,
            Kind::Logout,
            Kind::Read,
        ] {
            let wish = Wish { op: 17, kind };
            assert_eq!(Wish::of(&wish.to_string()), Some(wish));
        }
        for other in ["", "/", "/append", "/append/x", "/set/1", "/sell/1"] {
            assert_eq!(Wish::of(other), None, "{other}");
        }
    }
}
