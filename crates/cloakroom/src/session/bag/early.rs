//! What can be saved of a session before its request ends.
use crate::clock::Timestamp;
use crate::session::amendment::UserChange;
use crate::session::bag::{Bag, Known, Origin, Owed};
use crate::session::plan::Intent;
use crate::session::{Amendment, Name, Policy};

impl Bag {
    /// Takes out what can be saved before the request ends: the values; `None` when none were changed.
    ///
    /// A session that gets another token because somebody signs in keeps until then the one that it came with, which may
    /// be in other hands. So all waits for the end of the request but the value under `always`; and all does when the session
    /// is being ended.
    pub(in crate::session) fn owed_now(
        &mut self,
        policy: &Policy,
        now: Timestamp,
        always: Option<&Name>,
    ) -> Option<Owed> {
        let changes = match self.intent {
            _ if self.ended => return None,
            Intent::Stay | Intent::Renew => {
                self.base = self.values();
                std::mem::take(&mut self.changes)
            }
            Intent::Replace | Intent::SignIn => self.changes.take(always?),
        };
        changes.is_any().then(|| Owed {
            origin: self.origin.clone(),
            amendment: Amendment {
                changes,
                user: UserChange::Keep,
                expiry: None,
                push: policy.only_saves_push() || self.is_push_due(policy, now),
                now,
                noted: None,
            },
        })
    }

    /// Goes on with the session as it was saved before the request ends.
    pub(in crate::session) fn go_on_with(&mut self, known: Known) {
        self.base = known.record.contents.entries.clone();
        self.origin = Origin::Known(known);
    }

    /// Says whether the visitor came with nothing that leads to a session.
    pub(in crate::session) fn is_nobodys(&self) -> bool {
        matches!(self.origin, Origin::Nobody | Origin::DeadCookie)
    }
}
