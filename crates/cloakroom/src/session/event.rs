//! What happens to sessions in their lives, told to whoever wants to know: a hook of the application's.
use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::clock::Timestamp;
use crate::session::Signal;

/// Something that happened to a session, for [`Builder::on_event`](crate::Builder::on_event).
///
/// It holds no token and no value. As JSON: `{"kind":"revoked","at":1800000000,"session":"9f…","user":"ada"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// When, in seconds since 1970.
    #[serde(serialize_with = "seconds")]
    pub at: Timestamp,
    /// The id by which logs speak of the session; none where there is no single one.
    pub session: Option<String>,
    /// The session's user.
    pub user: Option<String>,
    /// What looked suspicious.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal: Option<Signal>,
}

/// What happened to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventKind {
    /// It began.
    Created,
    /// It got a new token: asked for, or because its user signed in or proved once more who he is.
    Renewed,
    /// Its visitor ended it.
    Ended,
    /// It was ended from elsewhere: by its user in another session, by the site, or to make room for another.
    Revoked,
    /// A login was refused, since its user has as many sessions as may be.
    Refused,
    /// Something looks like an attack; see [`Event::signal`].
    Suspicious,
}

impl EventKind {
    /// All of them.
    pub(crate) const ALL: [Self; 6] = [
        Self::Created,
        Self::Renewed,
        Self::Ended,
        Self::Revoked,
        Self::Refused,
        Self::Suspicious,
    ];

    /// Returns its name in metrics and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Renewed => "renewed",
            Self::Ended => "ended",
            Self::Revoked => "revoked",
            Self::Refused => "refused",
            Self::Suspicious => "suspicious",
        }
    }
}

impl Event {
    pub(crate) fn new(kind: EventKind, at: Timestamp) -> Self {
        Self {
            kind,
            at,
            session: None,
            user: None,
            signal: None,
        }
    }
}

fn seconds<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(at.as_secs())
}

/// Whoever is told of events.
#[derive(Clone, Default)]
pub(crate) struct Listener(Option<Told>);

type Told = Arc<dyn Fn(&Event) + Send + Sync>;

impl Listener {
    pub(crate) fn new(listener: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(listener)))
    }

    /// Counts an event, and tells it if somebody listens.
    pub(crate) fn tell(&self, kind: EventKind, event: impl FnOnce() -> Event) {
        metrics::counter!("cloakroom_session_events_total", "kind" => kind.as_str()).increment(1);
        if let Some(listener) = &self.0 {
            listener(&event());
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Some(_) => "somebody",
            None => "nobody",
        })
    }
}
