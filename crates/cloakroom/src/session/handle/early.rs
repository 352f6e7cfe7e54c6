//! A session that is saved before its request ends.
use crate::clock::Timestamp;
use crate::session::bag::{Known, Owed};
use crate::session::{Name, Session};

impl Session {
    /// Takes out what can be saved before the request ends; `None` when there is nothing, or when it has to wait, which
    /// the value under `always` does least.
    pub(crate) fn owed_now(&self, now: Timestamp, always: Option<&Name>) -> Option<Owed> {
        self.bag().owed_now(&self.visit.rules.policy, now, always)
    }

    /// Says whether the visitor came with nothing that leads to a session.
    pub(crate) fn is_nobodys(&self) -> bool {
        self.bag().is_nobodys()
    }

    /// Goes on with the session as it was saved before the request ends.
    pub(crate) fn go_on_with(&self, known: Known) {
        self.bag().go_on_with(known);
    }
}
