//! The cases: what a handler does with the session while it is measured.
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::{contents::Contents, stack::path};

/// What a measured handler does with its visitor's session.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Case {
    /// The request carries a valid session cookie and the handler asks for nothing.
    Untouched,
    /// The handler reads a counter.
    Read,
    /// The handler adds one to a counter.
    Increment,
    /// The handler adds an item to a cart of twenty, and drops the oldest.
    Append,
    /// The handler reads a counter; the session holds a cart of twenty items as well.
    ReadBesideCart,
    /// The handler adds one to a counter; the session holds a cart of twenty items as well.
    IncrementBesideCart,
    /// One handler adds a message, and another shows it on the next request.
    Message,
}

impl Case {
    /// Every case, in the order of the report.
    pub const ALL: [Self; 7] = [
        Self::Untouched,
        Self::Read,
        Self::Increment,
        Self::Append,
        Self::ReadBesideCart,
        Self::IncrementBesideCart,
        Self::Message,
    ];

    /// Returns the name for a reader.
    pub fn title(self) -> &'static str {
        match self {
            Self::Untouched => "untouched",
            Self::Read => "read a counter",
            Self::Increment => "increment a counter",
            Self::Append => "20-item cart append",
            Self::ReadBesideCart => "counter beside a 20-item cart: read",
            Self::IncrementBesideCart => "counter beside a 20-item cart: increment",
            Self::Message => "a message added, and shown by the next request",
        }
    }

    /// Returns the requests of one visit, in their order.
    pub fn paths(self) -> &'static [&'static str] {
        match self {
            Self::Message => &[path::VISIT, path::SHOW],
            _ => &[path::VISIT],
        }
    }

    /// Returns of how many requests one visit is made.
    pub fn requests(self) -> f64 {
        self.paths().len() as f64
    }

    /// Returns what the session holds before the first measured request.
    pub fn start(self) -> Contents {
        self.after(0)
    }

    /// Returns what the session must hold after so many measured requests.
    pub fn after(self, requests: u32) -> Contents {
        match self {
            Self::Untouched | Self::Read | Self::Message => Contents::counter(1),
            Self::Increment => Contents::counter(1 + requests),
            Self::Append => Contents::cart(requests),
            Self::ReadBesideCart => Contents::counter(1).beside_a_cart(),
            Self::IncrementBesideCart => Contents::counter(1 + requests).beside_a_cart(),
        }
    }
}
