//! What a store keeps under one key: a session, or a sign that points to where it went.
use std::sync::Arc;

use bytes::Bytes;

use crate::clock::Timestamp;
use crate::keys::Stamp;
use crate::session::{Entries, Expiry, Particulars, StoreKey};

/// One visitor's session as it is kept; clones share what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub(super) contents: Arc<Contents>,
}

/// What a record holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Contents {
    pub(super) entries: Entries,
    pub(super) user: Option<Bytes>,
    /// What the user's last login was proved by.
    pub(super) stamp: Option<Stamp>,
    /// What is remembered of that login, not yet read; behind a pointer, as most records have none.
    pub(super) noted: Option<Arc<Bytes>>,
    pub(super) created: Timestamp,
    pub(super) pushed: Timestamp,
    pub(super) expires: Timestamp,
    pub(super) expiry: Expiry,
    /// What it was read from, where that holds more than this: what other programs wrote.
    pub(super) source: Option<Bytes>,
}

impl Record {
    /// Makes an empty record that lives from `created` to `expires`.
    #[must_use]
    pub fn new(created: Timestamp, expires: Timestamp) -> Self {
        Contents {
            entries: Entries::default(),
            user: None,
            stamp: None,
            noted: None,
            created,
            pushed: created,
            expires,
            expiry: Expiry::Default,
            source: None,
        }
        .into()
    }

    /// Returns the record with these values in place of its own.
    #[must_use]
    pub fn with_entries(mut self, entries: Entries) -> Self {
        self.contents_mut().entries = entries;
        self
    }

    /// Returns the record as that of a signed-in user.
    #[must_use]
    pub fn with_user(mut self, user: impl Into<String>) -> Self {
        self.contents_mut().user = Some(user.into().into());
        self
    }

    /// Returns the record as it was read from these bytes, of which the store keeps what it does not know.
    #[cfg(feature = "django")]
    pub(crate) fn read_from(mut self, source: Bytes) -> Self {
        self.contents_mut().source = Some(source);
        self
    }

    /// Returns what the record was read from, where its store kept that.
    #[cfg(feature = "django")]
    pub(crate) fn source(&self) -> Option<&Bytes> {
        self.contents.source.as_ref()
    }

    /// Returns the record with this stamp of what its user proved himself by.
    #[cfg(feature = "django")]
    pub(crate) fn with_stamp(mut self, stamp: Stamp) -> Self {
        self.contents_mut().stamp = Some(stamp);
        self
    }

    #[cfg(feature = "django")]
    pub(crate) fn stamp(&self) -> Option<&Stamp> {
        self.contents.stamp.as_ref()
    }

    /// Returns the record with a lifetime of its own.
    #[cfg(feature = "django")]
    pub(crate) fn living(mut self, expiry: Expiry) -> Self {
        self.contents_mut().expiry = expiry;
        self
    }

    #[cfg(feature = "django")]
    pub(crate) fn expiry(&self) -> Expiry {
        self.contents.expiry
    }

    /// Returns the record as one that was saved last at this time.
    #[cfg(feature = "django")]
    pub(crate) fn pushed_at(mut self, pushed: Timestamp) -> Self {
        self.contents_mut().pushed = pushed;
        self
    }

    /// Returns when the deadline was last pushed.
    pub(crate) fn pushed(&self) -> Timestamp {
        self.contents.pushed
    }

    /// Returns the values.
    #[must_use]
    pub fn entries(&self) -> &Entries {
        &self.contents.entries
    }

    /// Returns the signed-in user's id.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        std::str::from_utf8(self.contents.user.as_ref()?).ok()
    }

    /// Returns when the session began, or when its user last signed in.
    #[must_use]
    pub fn created(&self) -> Timestamp {
        self.contents.created
    }

    /// Returns what is remembered of the user's login; guests have none, nor have sessions in cookies.
    #[must_use]
    pub fn particulars(&self) -> Option<Particulars> {
        self.contents.particulars()
    }

    /// Returns the record with these particulars in place of its own, if somebody is signed in.
    #[must_use]
    pub fn with_particulars(mut self, particulars: Option<&Particulars>) -> Self {
        let contents = self.contents_mut();
        let noted = particulars.filter(|_| contents.user.is_some());
        contents.noted = noted.map(Particulars::to_bytes).map(Arc::new);
        self
    }

    /// Returns the deadline: from this second on the session is over.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.contents.expires
    }

    pub(super) fn contents_mut(&mut self) -> &mut Contents {
        Arc::make_mut(&mut self.contents)
    }
}

impl Contents {
    pub(super) fn particulars(&self) -> Option<Particulars> {
        Particulars::from_bytes(Bytes::clone(self.noted.as_ref()?)).ok()
    }
}

impl From<Contents> for Record {
    fn from(contents: Contents) -> Self {
        Self {
            contents: Arc::new(contents),
        }
    }
}

/// A sign under an old key that says where a renewed session went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forward {
    /// The session's new key.
    pub to: StoreKey,
    /// Until when the old key still leads there.
    pub until: Timestamp,
    /// Whether a request that comes with the old token may still read, or only finish its writing.
    pub via: Via,
    /// When the sign is taken down.
    pub expires: Timestamp,
}

/// By which way a session may be reached, or was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// By its own token, or by any request that came with the old one.
    Anything,
    /// By requests that had loaded it before; those that come later with the old token find nothing.
    ///
    /// So a token that was planted before a login is worth nothing after it.
    WritesUnderWay,
}

/// What stands under one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// A session.
    Record(Record),
    /// The sign that a session left behind.
    Forward(Forward),
}

impl Body {
    /// Returns from when on this counts as absent and may be swept away.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        match self {
            Self::Record(record) => record.expires(),
            Self::Forward(forward) => forward.expires,
        }
    }

    /// Returns the signed-in user's id.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        match self {
            Self::Record(record) => record.user(),
            Self::Forward(_) => None,
        }
    }
}

/// What was found under a key, and in which version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// What it is.
    pub body: Body,
    /// Which of its versions.
    pub version: Version,
}

/// What a store compares to see whether somebody saved in between.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Version {
    /// A number that changes with every save.
    Number(u64),
    /// The very bytes that were read, for stores without a number.
    Bytes(Bytes),
}
