//! A site that is set up: what every request of it shares.
use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock, Timestamp};
use crate::config::audit::Waivers;
use crate::config::{Builder, Environment, Linger};
use crate::cookie::{Ready, SetCookie, Style};
use crate::csrf;
use crate::error::{Error, StoreError};
use crate::headers;
use crate::keys::KeyRing;
use crate::messages;
use crate::session::{Digests, Event, EventKind, Guesses, Listener, Places, Rules, StoreKey};
use crate::store::{AnyStore, Doors, SweepStatus, Sweeper, Turns};

/// Everything that a site remembers its visitors with; a cheap handle.
///
/// ```
/// use cloakroom::{Cloakroom, KeyRing, store::MemoryStore};
///
/// # fn main() -> Result<(), cloakroom::ConfigError> {
/// let cloakroom = Cloakroom::builder(KeyRing::new(KeyRing::generate_secret())?)
///     .store(MemoryStore::new())
///     .build()?;
/// let app: axum::Router = axum::Router::new().layer(cloakroom.layer());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Cloakroom {
    pub(crate) site: Arc<Site>,
}

/// Says what a user proves himself by today; nothing when there is no such user.
pub(crate) type Credentials = dyn Fn(String) -> Pin<Box<dyn Future<Output = Result<Option<String>, StoreError>> + Send>>
    + Send
    + Sync;

/// The settings and the parts that do the work.
pub(crate) struct Site {
    pub(crate) rules: Arc<Rules>,
    pub(crate) store: AnyStore,
    pub(crate) turns: Turns,
    /// Where users whose sessions are limited come in.
    pub(crate) doors: Doors,
    pub(crate) digests: Digests,
    pub(crate) messages: Arc<messages::Settings>,
    pub(crate) shown: messages::Shown,
    pub(crate) csrf: Arc<csrf::Settings>,
    pub(crate) ladder: csrf::Ladder,
    pub(crate) headers: headers::Sheet,
    pub(crate) header_settings: Box<headers::Settings>,
    pub(crate) clock: Clock,
    /// How long the rest of a form is read that is answered before its end.
    pub(crate) linger: Linger,
    /// Whether this is development on plain HTTP, where cookies go without `Secure`.
    pub(crate) plain_http: bool,
    pub(crate) session_cookie: Ready,
    pub(crate) messages_cookie: Ready,
    pub(crate) csrf_cookie: Ready,
    /// How these are written where another program sets them as well.
    pub(crate) style: Option<Arc<dyn Style>>,
    /// Who says what signed-in users prove themselves by today.
    pub(crate) credentials: Option<Arc<Credentials>>,
    /// How another program keeps wizards that it shares.
    #[cfg(feature = "wizards")]
    pub(crate) wizards: Option<Arc<dyn crate::wizard::Shares>>,
    /// What this process knows of runs through wizards.
    #[cfg(feature = "wizards")]
    pub(crate) lines: crate::wizard::AllLines,
    pub(super) sweeper: Sweeper,
    pub(super) waivers: Waivers,
    /// Who is told what happens to sessions.
    pub(crate) listener: Listener,
    pub(crate) guesses: Guesses,
    pub(crate) places: Places,
}

impl Cloakroom {
    /// Begins to set up a site with these keys, with which it seals cookies and signs.
    pub fn builder(keys: KeyRing) -> Builder {
        Builder::new(keys)
    }

    /// Begins to set up a site from environment variables whose names start with `CLOAKROOM_`.
    pub fn from_env() -> Environment {
        Environment::new()
    }

    /// Says whether the store can be reached and used, for a health check.
    ///
    /// # Errors
    /// When it can't.
    pub async fn check_store(&self) -> Result<(), StoreError> {
        self.site.store.check().await
    }

    /// Says whether this is development on plain HTTP, where a page may say more about a mistake.
    #[must_use]
    pub fn allows_plain_http(&self) -> bool {
        self.site.plain_http
    }

    /// Returns the store, for looking into sessions as an operator does. What is deleted there is over at once; what
    /// handlers hold of it can't bring it back. Nobody is told of it, though: [`Cloakroom::revoke`] tells.
    #[must_use]
    pub fn store(&self) -> &AnyStore {
        &self.site.store
    }

    /// Ends one session as an operator does, also when it was renewed just now, and says whether there was one. It counts as
    /// [`EventKind::Revoked`], and whoever listens is told.
    ///
    /// # Errors
    /// When the store can't be used.
    pub async fn revoke(&self, key: &StoreKey) -> Result<bool, StoreError> {
        let ended = self.site.turns.delete(&self.site.store, *key).await?;
        if let Some((key, record)) = &ended {
            let now = self.site.clock.now();
            self.site
                .happened(EventKind::Revoked, *key, record.user(), now);
        }
        Ok(ended.is_some())
    }

    /// Returns the present second, by the site's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.site.clock.now()
    }

    /// Returns the id by which logs and events speak of a session, as [`Session::id_for_logs`](crate::Session::id_for_logs) does.
    #[must_use]
    pub fn log_id(&self, key: &StoreKey) -> String {
        self.site.keys().log_id(key.as_bytes())
    }

    /// Says whether logs speak or spoke of a session by this id, under whichever of the site's keys.
    #[must_use]
    pub fn has_log_id(&self, key: &StoreKey, id: &str) -> bool {
        self.site.keys().has_log_id(key.as_bytes(), id)
    }

    /// Returns the ids of the site's keys, the current one first. See [`KeyRing::ids`].
    #[must_use]
    pub fn key_ids(&self) -> Vec<String> {
        self.site.keys().ids()
    }

    /// Returns how the sweeping of expired sessions is going.
    #[must_use]
    pub fn sweep_status(&self) -> SweepStatus {
        self.site.sweeper.status()
    }

    /// Stops sweeping and lets go of the store's connections; for after the last request.
    pub async fn close(&self) {
        self.site.sweeper.stop();
        self.site.store.close().await;
    }
}

impl Site {
    /// Writes one of the library's own cookies.
    pub(crate) fn give(
        &self,
        cookie: &Ready,
        value: &str,
        age: Option<Duration>,
    ) -> Result<SetCookie, Error> {
        let own = cookie.set(value, age)?;
        Ok(match &self.style {
            Some(style) => own.in_style(style.set(cookie.name(), value, age, self.clock.now())),
            None => own,
        })
    }

    /// Makes the browser forget one of the library's own cookies.
    pub(crate) fn take_back(&self, cookie: &Ready) -> SetCookie {
        let own = cookie.delete();
        match &self.style {
            Some(style) => own.in_style(style.delete(cookie.name(), self.clock.now())),
            None => own,
        }
    }

    /// Returns the name of a cookie with messages that has this behind the site's name for it: nothing, as a rule.
    pub(crate) fn messages_name(&self, ending: &str) -> Cow<'_, str> {
        let name = self.messages_cookie.name();
        match ending {
            "" => Cow::Borrowed(name),
            _ => Cow::Owned([name, ending].concat()),
        }
    }

    pub(crate) fn keys(&self) -> &KeyRing {
        &self.rules.keys
    }

    /// Counts what happened to a session, and tells it if somebody listens.
    pub(crate) fn happened(
        &self,
        kind: EventKind,
        key: StoreKey,
        user: Option<&str>,
        at: Timestamp,
    ) {
        self.listener.tell(kind, || {
            let mut event = Event::new(kind, at);
            event.session = Some(self.keys().log_id(key.as_bytes()));
            event.user = user.map(ToOwned::to_owned);
            event
        });
    }
}

impl fmt::Debug for Cloakroom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cloakroom")
            .field("store", &self.site.store)
            .finish_non_exhaustive()
    }
}
