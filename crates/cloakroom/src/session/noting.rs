//! What a site notes of its users' logins and visits, and for how long.
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::header::USER_AGENT;
use http::{Extensions, HeaderMap};

use crate::clock::Timestamp;
use crate::error::ConfigError;
use crate::session::particulars::COARSE;
use crate::session::{Policy, Record, Sender};

type Find = dyn Fn(&HeaderMap, &Extensions) -> Option<IpAddr> + Send + Sync;

/// What is noted of a client when its user signs in.
#[derive(Clone, Default)]
pub(crate) struct Noting {
    /// Nobody's device is noted.
    pub(crate) without_devices: bool,
    pub(crate) address: Option<Arc<Find>>,
}

impl Noting {
    /// Says whether anything is noted of a request.
    pub(crate) fn is_any(&self) -> bool {
        self.address.is_some() || self.notes_devices()
    }

    fn notes_devices(&self) -> bool {
        cfg!(feature = "devices") && !self.without_devices
    }

    /// Takes from a request what will be noted if its user signs in.
    pub(crate) fn take(&self, headers: &HeaderMap, extensions: &Extensions) -> Sender {
        Sender {
            agent: headers
                .get(USER_AGENT)
                .filter(|_| self.notes_devices())
                .cloned(),
            address: self
                .address
                .as_ref()
                .and_then(|find| find(headers, extensions)),
        }
    }
}

impl fmt::Debug for Noting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Noting")
            .field("without_devices", &self.without_devices)
            .field("addresses", &self.address.is_some())
            .finish()
    }
}

/// # What is noted of users
impl Policy {
    /// Says whether browser and system are noted when a user signs in, as a label such as `Firefox on Linux`, for the
    /// list of the user's sessions and for operators. Default: yes, with the feature `devices`; without it, never.
    #[must_use]
    pub fn note_devices(mut self, note: bool) -> Self {
        self.noting.without_devices = !note;
        self
    }

    /// Notes where a user signs in from: the network, and a keyed digest of the address that this finds in a request.
    /// Default: not noted.
    ///
    /// Behind proxies that is [`forwarded_for`](crate::session::forwarded_for); where the site itself is connected
    /// to, what the server puts into the extensions, in axum
    /// `|_, request| request.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.ip())`.
    #[must_use]
    pub fn note_addresses(
        mut self,
        find: impl Fn(&HeaderMap, &Extensions) -> Option<IpAddr> + Send + Sync + 'static,
    ) -> Self {
        self.noting.address = Some(Arc::new(find));
        self
    }

    /// Notes this often, at least a minute apart, that a signed-in session is in use although nothing in it changes; `None` never does. Default:
    /// once an hour, since it is a save. Whatever saves the session notes it anyway, to the minute.
    #[must_use]
    pub fn note_visits(mut self, every: Option<Duration>) -> Self {
        self.note_visits = every;
        self
    }

    /// Forgets device and address so long after the login, with the next save. Default: 90 days.
    #[must_use]
    pub fn keep_clients(mut self, keep: Duration) -> Self {
        self.keep_clients = keep;
        self
    }

    /// Says whether it should be noted now that the session is in use.
    pub(crate) fn is_visit_due(&self, record: &Record, now: Timestamp) -> bool {
        // Guests are not even looked at.
        record.contents.noted.is_some()
            && self.note_visits.is_some_and(|every| {
                let noted = record.particulars();
                noted.is_some_and(|noted| now.since(noted.seen()) >= every)
            })
    }

    /// Lists what is wrong with these settings.
    pub(super) fn check_noting(&self, problems: &mut ConfigError) {
        if self.note_visits.is_some_and(|every| every < COARSE) {
            problems.add(
                "session.note_visits",
                "is below one minute; each is a save, and what is noted is to the minute",
            );
        }
    }
}
