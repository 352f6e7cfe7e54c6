//! Signing in where a user's sessions are limited: room is made, or the login refused.
use std::sync::Arc;

use axum_core::response::{IntoResponse, Response};

use crate::clock::Timestamp;
use crate::config::Site;
use crate::error::{Error, StoreError};
use crate::session::{Event, EventKind, Limit, Origin, Owed, StoreKey};
use crate::store::Crowd;
use crate::web::carry_out::{Carrying, Ticketed};

/// A login that has to find room.
pub(super) struct Entering {
    site: Arc<Site>,
    limit: Limit,
    user: String,
    /// The visitor's session before the login, which takes up no more room than after it.
    before: Option<StoreKey>,
    now: Timestamp,
}

impl Entering {
    /// Says whether what is owed is a login that has to find room.
    pub(super) fn of(site: &Arc<Site>, owed: &Owed) -> Option<Self> {
        let limit = site.rules.policy.most_sessions?;
        let user = owed.amendment.signs_in()?.to_owned();
        let before = match &owed.origin {
            Origin::Known(known) => Some(known.key),
            _ => None,
        };
        Some(Self {
            site: site.clone(),
            limit,
            user,
            before,
            now: owed.amendment.now(),
        })
    }

    /// Makes room, does what is owed, and looks whether that left too many sessions.
    ///
    /// Room is made first, so that a store that fails there leaves everything as it was.
    pub(super) async fn with(self, carrying: Carrying) -> Result<Ticketed, Response> {
        let _door = self.site.doors.pass(&self.user).await;
        let room = self.crowd().make_room(self.limit, self.before).await;
        if !room.map_err(|error| Error::Store(error).into_response())? {
            return Err(self.refusal());
        }
        let ticketed = carrying.await?;
        let entered = match &ticketed {
            Ticketed::Give(token, _) => token.key(),
            _ => None,
        };
        match entered {
            Some(key) => self.look_again(key).await.map(|()| ticketed),
            None => Ok(ticketed),
        }
    }

    /// Makes room once more, in case others came in through other nodes meanwhile.
    ///
    /// When that fails the login stands: the next one makes the room.
    async fn look_again(&self, key: StoreKey) -> Result<(), Response> {
        match self.crowd().make_room(self.limit, Some(key)).await {
            Ok(true) => Ok(()),
            Ok(false) => match self.site.turns.delete(&self.site.store, key).await {
                Ok(_) => Err(self.refusal()),
                Err(error) => Err(Error::Store(error).into_response()),
            },
            Err(error) => {
                self.warn(&error);
                Ok(())
            }
        }
    }

    fn warn(&self, error: &StoreError) {
        let most = self.limit.most;
        tracing::warn!(%error, most, "whether a user has too many sessions could not be seen");
    }

    fn refusal(&self) -> Response {
        metrics::counter!("cloakroom_logins_refused_total").increment(1);
        self.site.listener.tell(EventKind::Refused, || {
            let mut event = Event::new(EventKind::Refused, self.now);
            event.user = Some(self.user.clone());
            event
        });
        Error::TooManySessions.into_response()
    }

    fn crowd(&self) -> Crowd<'_> {
        Crowd {
            store: &self.site.store,
            turns: &self.site.turns,
            listener: &self.site.listener,
            keys: self.site.keys(),
            user: &self.user,
            now: self.now,
        }
    }
}
