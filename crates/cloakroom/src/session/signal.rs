//! Signs of an attack, and what a site does about each.
use serde::Serialize;

use crate::session::{Name, Policy};

/// Stands in a session whose user is to prove anew who he is.
pub(crate) const DOUBT: Name = Name::from_static("_doubt");

/// A sign of an attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Signal {
    /// The old token of a renewed session came when its grace was over: somebody has kept it.
    ReusedToken,
    /// A signed-in session is used with another browser or system than its user signed in with, or from two networks in
    /// turn within a minute. It needs the feature `devices` or [`Policy::note_addresses`].
    TwoPlaces,
    /// Several session cookies came with one request: one was planted.
    TossedCookies,
    /// Many cookies in a minute led to nothing. Nobody guesses 256 random bits, but somebody may try.
    Guessing,
}

/// What is done about a [`Signal`]; it is counted and told in any case but the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// Nothing; where looking costs something, nobody looks.
    Ignore,
    /// It is counted, traced and told to [`Builder::on_event`](crate::Builder::on_event).
    Observe,
    /// The session goes on, but its user counts as having proved nothing: [`Session::fresh_within`] is false and
    /// [`Session::is_doubted`] is true until he signs in or [`Session::reauthenticated`] is called.
    ///
    /// [`Session::fresh_within`]: crate::Session::fresh_within
    /// [`Session::is_doubted`]: crate::Session::is_doubted
    /// [`Session::reauthenticated`]: crate::Session::reauthenticated
    AskAgain,
    /// The session is ended, for whoever holds it.
    End,
}

impl Signal {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [
        Self::ReusedToken,
        Self::TwoPlaces,
        Self::TossedCookies,
        Self::Guessing,
    ];

    /// Returns its name in metrics, events and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReusedToken => "reused_token",
            Self::TwoPlaces => "two_places",
            Self::TossedCookies => "tossed_cookies",
            Self::Guessing => "guessing",
        }
    }
}

/// What a site does about each signal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reactions {
    by_signal: [Reaction; 4],
    /// How many unknown cookies in one minute are guessing.
    pub(crate) guesses: u32,
}

impl Default for Reactions {
    fn default() -> Self {
        let mut reactions = Self {
            by_signal: [Reaction::Observe; 4],
            guesses: 1_000,
        };
        reactions.by_signal[Signal::TwoPlaces as usize] = Reaction::Ignore;
        reactions
    }
}

impl Reactions {
    pub(crate) fn to(&self, signal: Signal) -> Reaction {
        self.by_signal[signal as usize]
    }
}

/// # Signs of an attack
impl Policy {
    /// Says what is done about a signal. Default: each is observed, but for [`Signal::TwoPlaces`], which nobody looks
    /// for, since looking costs each request of a signed-in visitor some microseconds.
    ///
    /// [`Signal::Guessing`] concerns no session, so it can only be observed or ignored.
    #[must_use]
    pub fn on_signal(mut self, signal: Signal, reaction: Reaction) -> Self {
        self.reactions.by_signal[signal as usize] = reaction;
        self
    }

    /// Calls it guessing when so many cookies lead to nothing within a minute, in this process. Default: 1,000; those of
    /// visitors whose sessions have expired are among them.
    #[must_use]
    pub fn guesses(mut self, in_a_minute: u32) -> Self {
        self.reactions.guesses = in_a_minute;
        self
    }
}
