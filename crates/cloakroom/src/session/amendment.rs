//! All that a request changes in its session, as one thing that can be applied to any version of the record.
use std::sync::Arc;

use bytes::Bytes;

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::keys::KeyRing;
use crate::keys::Stamp;
use crate::session::changes::Changes;
use crate::session::particulars::COARSE;
use crate::session::record::Contents;
use crate::session::{Client, Entries, Expiry, Particulars, Policy, Record};

/// A request's changes to values, user and deadline.
pub(crate) struct Amendment {
    pub(super) changes: Changes,
    pub(super) user: UserChange,
    pub(super) expiry: Option<Expiry>,
    pub(super) push: bool,
    pub(super) now: Timestamp,
    /// What is remembered of a login, where the store keeps sessions.
    pub(super) noted: Option<Particulars>,
}

/// What a request does to who is signed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum UserChange {
    #[default]
    Keep,
    /// This user signs in, with a stamp of what that was proved by.
    SignIn {
        user: Bytes,
        stamp: Option<Stamp>,
        /// How, in the application's words.
        method: Option<String>,
    },
    /// This user, who is signed in already, goes on.
    GoOn {
        user: Bytes,
        /// Whether he proved once more who he is.
        proved: bool,
        /// What he proves it by from now on, if that is something else.
        stamp: Option<Stamp>,
    },
}

impl UserChange {
    /// Returns who is signed in after this change.
    pub(super) fn user(&self) -> Option<&Bytes> {
        match self {
            Self::Keep => None,
            Self::SignIn { user, .. } | Self::GoOn { user, .. } => Some(user),
        }
    }

    /// Returns who signs in.
    pub(super) fn signs_in(&self) -> Option<&Bytes> {
        match self {
            Self::SignIn { user, .. } => Some(user),
            Self::Keep | Self::GoOn { .. } => None,
        }
    }

    /// Says whether somebody proved who he is.
    pub(super) fn is_proof(&self) -> bool {
        match self {
            Self::SignIn { .. } => true,
            Self::GoOn { proved, .. } => *proved,
            Self::Keep => false,
        }
    }

    /// Adds that this user proved once more who he is.
    pub(super) fn prove(&mut self, by: Bytes) {
        match self {
            Self::SignIn { .. } => {}
            Self::GoOn { proved, .. } => *proved = true,
            Self::Keep => {
                *self = Self::GoOn {
                    user: by,
                    proved: true,
                    stamp: None,
                }
            }
        }
    }

    /// Adds another stamp of this user's.
    pub(super) fn restamp(&mut self, of: Bytes, new: Stamp) {
        match self {
            Self::SignIn { stamp, .. } | Self::GoOn { stamp, .. } => *stamp = Some(new),
            Self::Keep => {
                *self = Self::GoOn {
                    user: of,
                    proved: false,
                    stamp: Some(new),
                }
            }
        }
    }

    fn apply(&self, contents: &mut Contents, now: Timestamp) {
        match self {
            Self::Keep => {}
            Self::SignIn { user, stamp, .. } => {
                contents.user = Some(user.clone());
                contents.stamp.clone_from(stamp);
                contents.created = now;
            }
            // Somebody else may have signed in meanwhile, whom this does not concern.
            Self::GoOn { user, .. } if contents.user.as_ref() != Some(user) => {}
            Self::GoOn { proved, stamp, .. } => {
                if *proved {
                    contents.created = now;
                }
                if stamp.is_some() {
                    contents.stamp.clone_from(stamp);
                }
            }
        }
    }
}

/// A record with an amendment applied.
pub(crate) struct Amended {
    pub(crate) record: Record,
    pub(crate) clashes: usize,
}

impl Amendment {
    /// Applies the changes to a record, which may be fresher than the one that the handler saw.
    ///
    /// # Errors
    /// When an `update` can't read what is there now, a clash is to be refused, or the record would
    /// grow past its limit.
    pub(crate) fn apply(&self, record: &Record, policy: &Policy) -> Result<Amended> {
        let mut contents = Contents::clone(&record.contents);
        let clashes = self.changes.apply(&mut contents.entries, policy.on_clash)?;
        let most = policy.max_bytes.max(record.contents.entries.bytes());
        self.check_size(&contents.entries, most)?;
        self.user.apply(&mut contents, self.now);
        self.note(&mut contents, policy);
        if let Some(expiry) = self.expiry {
            contents.expiry = expiry;
        }
        if self.pushes() {
            contents.pushed = self.now;
            contents.expires = policy.deadline(contents.created, contents.expiry, self.now);
        }
        Ok(Amended {
            record: contents.into(),
            clashes,
        })
    }

    /// Makes the first record of a session that begins now.
    ///
    /// # Errors
    /// When the record would be larger than its limit.
    pub(crate) fn first(&self, policy: &Policy) -> Result<Record> {
        let blank = Record::new(
            self.now,
            policy.deadline(self.now, Expiry::Default, self.now),
        );
        Ok(self.apply(&blank, policy)?.record)
    }

    /// Says whether this signs somebody in where somebody else is signed in.
    pub(crate) fn replaces_user_of(&self, record: &Record) -> bool {
        match (self.user.signs_in(), &record.contents.user) {
            (Some(user), Some(there)) => user != there,
            _ => false,
        }
    }

    /// Returns who signs in with this.
    pub(crate) fn signs_in(&self) -> Option<&str> {
        std::str::from_utf8(self.user.signs_in()?).ok()
    }

    /// Notes what is remembered of the login that this is, if it is one.
    pub(crate) fn note_login(&mut self, client: Option<&Client>, keys: &KeyRing) {
        if let UserChange::SignIn { method, .. } = &self.user {
            let noted = Particulars::of(self.now, method.as_deref(), client, keys);
            self.noted = Some(noted);
        }
    }

    /// Notes a login, or that the session is in use; what is remembered of the client goes in time.
    fn note(&self, contents: &mut Contents, policy: &Policy) {
        if self.user.signs_in().is_some() {
            contents.noted = self.noted.as_ref().map(Particulars::to_bytes).map(Arc::new);
            return;
        }
        let Some(noted) = contents.particulars() else {
            return;
        };
        let is_old = self.now.since(contents.created) >= policy.keep_clients;
        let forget = is_old && noted.has_client();
        if forget || self.now.since(noted.seen()) >= COARSE {
            let noted = noted.seen_at(self.now);
            let noted = if forget {
                noted.without_client()
            } else {
                noted
            };
            contents.noted = Some(Arc::new(noted.to_bytes()));
        }
    }

    /// Says whether the deadline moves.
    pub(crate) fn pushes(&self) -> bool {
        self.push || self.expiry.is_some() || self.user != UserChange::Keep
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    fn check_size(&self, entries: &Entries, most: usize) -> Result<()> {
        match entries.bytes().checked_sub(most) {
            Some(by @ 1..) if self.changes.is_any() => Err(self.too_large(by)),
            _ => Ok(()),
        }
    }

    /// Says that the record with these changes is so many bytes over its limit.
    pub(crate) fn too_large(&self, by: usize) -> Error {
        let key = match self.changes.is_any() {
            true => self.changes.first_key(),
            // A login changes no value.
            false => "user_id".into(),
        };
        Error::TooLarge { key, by }
    }
}
