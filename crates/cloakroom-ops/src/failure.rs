//! What can go wrong for an operator.
use std::fmt;
use std::time::Duration;

use cloakroom::{ConfigError, StoreError};

/// Why something could not be done; it names settings and handles, never a URL or a value.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpsError {
    /// A store can't be opened.
    Setting(ConfigError),
    /// A setting can't be right, whatever state its store is in.
    Usage(ConfigError),
    /// A store can't be asked.
    Store(StoreError),
    /// No session has this handle.
    Unknown(String),
    /// What stands under this handle can't be read, and is left as it is.
    Unreadable(String),
    /// No session that can be read has such a handle, and some can't be read.
    UnknownAmong(String),
    /// Several sessions have handles that begin so; these are some of them, in full.
    Ambiguous(String, Vec<String>),
    /// The session under this handle was renewed; it goes on under the second.
    Renewed(String, String),
    /// So many sessions were looked at in the time that was given, and none of them has this id in logs; there are more.
    NotInTime(String, usize, Duration),
    /// The store can't list its sessions, so only whole handles find one.
    OnlyWhole(&'static str),
    /// The store can't list its sessions, so this can't be done with it.
    CannotList(&'static str, &'static str),
    /// The file named by this setting can't be used.
    File(&'static str, String),
    /// It would do what nobody may have meant; this says what, and how to go on.
    Doubtful(String),
}

impl fmt::Display for OpsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(error) | Self::Usage(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
            Self::Unknown(handle) => write!(f, "no live session has the handle {handle}"),
            Self::Unreadable(handle) => write!(
                f,
                "what stands under the handle {handle} can't be read as a session; it is left as it is"
            ),
            Self::UnknownAmong(handle) => write!(
                f,
                "no live session that can be read has the handle {handle}; some can't be read: give the handle in full to see whether it is one of them"
            ),
            Self::Ambiguous(handle, some) => write!(
                f,
                "several sessions have handles that begin with {handle}; give more digits:\n  {}",
                some.join("\n  ")
            ),
            Self::Renewed(handle, to) => {
                write!(f, "session {handle} was renewed and goes on as {to}")
            }
            Self::NotInTime(id, looked_at, patience) => write!(
                f,
                "none of the {looked_at} sessions that could be looked at in {} s has the id {id} in logs; there are more",
                patience.as_secs()
            ),
            Self::OnlyWhole(store) => write!(
                f,
                "the {store} store can't list its sessions, so a handle is needed in full: 64 hexadecimal digits"
            ),
            Self::CannotList(store, doing) => write!(
                f,
                "the {store} store can't list its sessions, so they can't be {doing}"
            ),
            Self::File(setting, what) => write!(f, "{setting}: {what}"),
            Self::Doubtful(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for OpsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Setting(error) | Self::Usage(error) => Some(error),
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl From<StoreError> for OpsError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
