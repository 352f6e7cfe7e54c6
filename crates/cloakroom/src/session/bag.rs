//! What one request holds of a session: what was loaded, and what was done to it.
#[cfg(feature = "wizards")]
mod early;

use std::time::Duration;

use bytes::Bytes;

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::keys::Stamp;
use crate::session::amendment::UserChange;
use crate::session::changes::{Changes, Update};
use crate::session::plan::{Facts, Intent, Source};
use crate::session::{
    Amendment, DOUBT, Entries, Expiry, Login, Name, OnClash, Policy, Raw, Record, StoreKey, Token,
    Version,
};

/// Where a session came from.
#[derive(Clone)]
pub(crate) enum Origin {
    /// There was no cookie.
    Nobody,
    /// There was a cookie that leads to nothing.
    DeadCookie,
    /// There was a cookie that a login has just replaced; the session is under this key now.
    Replaced(StoreKey),
    /// There was a cookie of a session that others can read and this site can't.
    Unreadable,
    /// It was found.
    Known(Known),
}

/// A session that was found.
#[derive(Clone)]
pub(crate) struct Known {
    pub(crate) key: StoreKey,
    pub(crate) version: Version,
    pub(crate) record: Record,
    pub(crate) held: Held,
}

/// What the visitor holds of a session.
#[derive(Clone)]
pub(crate) enum Held {
    /// Its token.
    Token(Token),
    /// The token before it; the new one is on its way with another response.
    OldToken,
    /// All of it, sealed in the cookie.
    Sealed {
        /// Whether a retired key sealed it, so that it should go out again under the current one.
        retired: bool,
    },
}

/// What is owed to the store at the end of a visit, and on which session.
pub(crate) struct Owed {
    pub(crate) origin: Origin,
    pub(crate) amendment: Amendment,
}

/// The mutable part: what was loaded, and what was done to it.
pub(super) struct Bag {
    origin: Origin,
    /// What the handler sees before its changes; empty once the session was ended.
    base: Entries,
    changes: Changes,
    user: UserChange,
    expiry: Option<Expiry>,
    intent: Intent,
    ended: bool,
    closed: bool,
    /// Whether whoever is signed in counts as a guest, because there is no such user any more.
    pub(super) is_hidden: bool,
}

impl Bag {
    pub(super) fn new(origin: Origin) -> Self {
        let base = match &origin {
            Origin::Known(known) => known.record.contents.entries.clone(),
            Origin::Nobody | Origin::DeadCookie | Origin::Replaced(_) | Origin::Unreadable => {
                Entries::default()
            }
        };
        Self {
            origin,
            base,
            changes: Changes::default(),
            user: UserChange::Keep,
            expiry: None,
            intent: Intent::Stay,
            ended: false,
            closed: false,
            is_hidden: false,
        }
    }

    /// Returns the value under this name, as the handler left it.
    pub(super) fn value(&self, name: &[u8]) -> Option<&Raw> {
        match self.changes.get(name) {
            Some(touched) => touched,
            None => self.base.get(name),
        }
    }

    /// Returns the value under this name, as it was loaded, also after the session was ended.
    pub(super) fn loaded(&self, name: &[u8]) -> Option<&Raw> {
        match &self.origin {
            Origin::Known(known) => known.record.contents.entries.get(name),
            Origin::Nobody | Origin::DeadCookie | Origin::Replaced(_) | Origin::Unreadable => None,
        }
    }

    pub(super) fn put(&mut self, name: Name, on_clash: OnClash, value: Option<Raw>) {
        self.changes.set(name, on_clash, &self.base, value);
    }

    pub(super) fn update(&mut self, name: Name, on_clash: OnClash, value: Raw, update: Update) {
        self.changes
            .update(name, on_clash, &self.base, value, update);
    }

    /// Returns all values, as the handler left them.
    pub(super) fn values(&self) -> Entries {
        self.changes.on_base(&self.base)
    }

    /// Removes all values but the library's own.
    pub(super) fn clear(&mut self) {
        let values = self.values();
        for (name, _) in values.iter().filter(|(name, _)| !name.is_reserved()) {
            self.put(name.clone(), OnClash::LastWins, None);
        }
    }

    pub(super) fn renew(&mut self) {
        if self.intent == Intent::Stay {
            self.intent = Intent::Renew;
        }
    }

    pub(super) fn sign_in(&mut self, login: Login, stamp: Option<Stamp>) {
        let stays = match self.user() {
            Some(before) => before == login.user,
            None => !login.drops_guest_data,
        };
        if !stays {
            self.end();
        }
        if login.remember {
            self.set_expiry(Expiry::Remembered);
        } else if self.expiry() == Expiry::Remembered {
            self.set_expiry(Expiry::Default);
        }
        let user = login.user.into();
        let method = login.method;
        self.user = UserChange::SignIn {
            user,
            stamp,
            method,
        };
        self.intent = Intent::SignIn;
        self.put(DOUBT, OnClash::LastWins, None);
    }

    /// Says whether the user is to prove anew who he is.
    pub(super) fn is_doubted(&self) -> bool {
        self.value(DOUBT.as_bytes()).is_some()
    }

    /// Notes that the user proved once more who he is.
    pub(super) fn prove(&mut self) -> Result<()> {
        let user = self.someone()?;
        self.user.prove(user);
        self.put(DOUBT, OnClash::LastWins, None);
        self.replace_token();
        Ok(())
    }

    /// Gives the session another stamp and a new token.
    pub(super) fn restamp(&mut self, stamp: Stamp) -> Result<()> {
        self.restamp_quietly(stamp)?;
        self.replace_token();
        Ok(())
    }

    /// Gives the session another stamp, which means the same.
    pub(super) fn restamp_quietly(&mut self, stamp: Stamp) -> Result<()> {
        let user = self.someone()?;
        self.user.restamp(user, stamp);
        Ok(())
    }

    /// Says whether the session that was loaded was saved last so long ago.
    pub(super) fn is_at_rest(&self, now: Timestamp, time: Duration) -> bool {
        self.known()
            .is_some_and(|known| now.since(known.record.pushed()) >= time)
    }

    fn someone(&self) -> Result<Bytes> {
        let user = self.user().ok_or(Error::NobodySignedIn)?;
        Ok(Bytes::copy_from_slice(user.as_bytes()))
    }

    fn replace_token(&mut self) {
        if self.intent != Intent::SignIn {
            self.intent = Intent::Replace;
        }
    }

    fn expiry(&self) -> Expiry {
        let known = self.known().map(|known| known.record.contents.expiry);
        self.expiry.or(known).unwrap_or_default()
    }

    pub(super) fn signs_in(&self) -> bool {
        self.intent == Intent::SignIn
    }

    pub(super) fn set_expiry(&mut self, expiry: Expiry) {
        let same = self.known().map(|known| known.record.contents.expiry) == Some(expiry);
        self.expiry = (!same).then_some(expiry);
    }

    pub(super) fn end(&mut self) {
        self.ended = true;
        self.base = Entries::default();
        self.intent = Intent::Stay;
        self.drop_changes();
    }

    /// Forgets what was done; that the session is to be renewed or ended stays.
    pub(super) fn drop_changes(&mut self) {
        self.changes.clear();
        self.user = UserChange::Keep;
        self.expiry = None;
    }

    /// Says whether it was ended, and nobody signed in after that.
    pub(super) fn is_over(&self) -> bool {
        self.ended && self.intent != Intent::SignIn
    }

    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Returns what the store had, unless the handler ended it.
    pub(super) fn known(&self) -> Option<&Known> {
        match &self.origin {
            Origin::Known(known) if !self.ended => Some(known),
            _ => None,
        }
    }

    pub(super) fn user(&self) -> Option<&str> {
        match self.user.user() {
            Some(user) => std::str::from_utf8(user).ok(),
            None if self.is_hidden => None,
            None => self.known()?.record.user(),
        }
    }

    /// Returns the stamp of what the user's login was proved by.
    pub(super) fn stamp(&self) -> Option<&Stamp> {
        let known = || self.known()?.record.contents.stamp.as_ref();
        match &self.user {
            UserChange::SignIn { stamp, .. } => stamp.as_ref(),
            UserChange::GoOn { stamp, .. } => stamp.as_ref().or_else(known),
            UserChange::Keep => known(),
        }
    }

    /// Returns when the user last proved who he is, if one is signed in.
    pub(super) fn proved(&self, now: Timestamp) -> Option<Timestamp> {
        if self.user.is_proof() {
            return Some(now);
        }
        let record = &self.known()?.record;
        record.user().map(|_| record.contents.created)
    }

    pub(super) fn check_size(&self, name: &Name, value: &Raw, limit: usize) -> Result<()> {
        let added = name.as_bytes().len() + value.as_bytes().len();
        // What is over it already, as others write it, may stay as large.
        let limit = limit.max(self.base.bytes());
        if self.base.bytes() + self.changes.bytes() + added <= limit {
            return Ok(());
        }
        let mut entries = self.values();
        entries.put(name, Some(value.clone()));
        match entries.bytes().checked_sub(limit) {
            Some(by @ 1..) => Err(Error::TooLarge {
                key: name.as_str().into(),
                by,
            }),
            _ => Ok(()),
        }
    }

    /// Gathers what the end of the request depends on.
    pub(super) fn facts(&self, policy: &Policy, now: Timestamp) -> Facts {
        let signs_in = self.user.signs_in().is_some();
        let changes_user = !matches!(self.user, UserChange::Keep);
        let changed = self.changes.is_any() || changes_user || self.expiry.is_some();
        Facts {
            from: self.source(),
            intent: self.intent,
            ended: self.ended,
            changed,
            empty: !signs_in && self.known().is_none() && !self.has_values(),
            push_due: self.is_push_due(policy, now)
                || (changed && policy.only_saves_push())
                || self.expiry.is_some()
                || self.is_under_retired_key(),
            lasting_cookie: self.has_lasting_cookie(policy),
            visit_due: self
                .known()
                .is_some_and(|known| policy.is_visit_due(&known.record, now)),
        }
    }

    /// Takes out what is owed to the store; a body that streams still reads what the handler left.
    ///
    /// Whoever may still read the session sees it as the handler left it.
    pub(super) fn owed(&mut self, policy: &Policy, now: Timestamp, still_read: bool) -> Owed {
        let push = policy.only_saves_push() || self.is_push_due(policy, now);
        let origin = if still_read {
            self.base = self.values();
            self.origin.clone()
        } else {
            std::mem::replace(&mut self.origin, Origin::Nobody)
        };
        Owed {
            origin,
            amendment: Amendment {
                changes: std::mem::take(&mut self.changes),
                user: self.user.clone(),
                expiry: self.expiry,
                push,
                now,
                noted: None,
            },
        }
    }

    fn is_push_due(&self, policy: &Policy, now: Timestamp) -> bool {
        self.known()
            .is_some_and(|known| policy.is_push_due(&known.record, now))
    }

    fn is_under_retired_key(&self) -> bool {
        self.known()
            .is_some_and(|known| matches!(known.held, Held::Sealed { retired: true }))
    }

    fn source(&self) -> Source {
        match &self.origin {
            Origin::Nobody => Source::Nobody,
            Origin::DeadCookie => Source::DeadCookie,
            Origin::Replaced(_) => Source::ReplacedToken,
            Origin::Unreadable => Source::Unreadable,
            Origin::Known(known) => match known.held {
                Held::Token(_) | Held::Sealed { .. } => Source::OwnToken,
                Held::OldToken => Source::OldToken,
            },
        }
    }

    pub(super) fn has_values(&self) -> bool {
        let untouched = !self.changes.is_any() && !self.base.is_empty();
        untouched || self.changes.put_any() || !self.values().is_empty()
    }

    /// Says whether the cookie has, or is about to have, a deadline of its own.
    fn has_lasting_cookie(&self, policy: &Policy) -> bool {
        let Some(known) = self.known() else {
            return false;
        };
        if policy.only_saves_push() {
            return true;
        }
        // A cookie that is to lose its deadline must be sent again as well.
        let before = policy.cookie_outlives_browser(known.record.contents.expiry);
        let after = self
            .expiry
            .map(|expiry| policy.cookie_outlives_browser(expiry));
        before || after.unwrap_or(false)
    }
}
