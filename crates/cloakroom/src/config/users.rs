//! What a site does with all sessions of one user.
use crate::config::Cloakroom;
use crate::error::StoreError;
use crate::session::{Overflow, Session};
use crate::store::{Crowd, Listed};

/// # A user's sessions
///
/// These need a store that finds sessions by user ([`AnyStore::is_inspectable`]); others answer
/// with an error. Where visitors carry their sessions, [`InCookie::refuse_before`] does what ending all
/// of a user's sessions does elsewhere.
///
/// [`AnyStore::is_inspectable`]: crate::store::AnyStore::is_inspectable
/// [`InCookie::refuse_before`]: crate::store::InCookie::refuse_before
impl Cloakroom {
    /// Returns the sessions of this user that are live now.
    ///
    /// # Errors
    /// When the store can't be used, or can't find sessions by user.
    pub async fn sessions_of(&self, user: &str) -> Result<Vec<Listed>, StoreError> {
        self.crowd(user).others(None).await
    }

    /// Says whether a login of this user in this session would be let in by
    /// [`Policy::most_sessions`](crate::session::Policy::most_sessions), so that a login page can say
    /// in its own words that it would not.
    ///
    /// What is refused is decided when the login is saved: somebody may take the last place between
    /// this answer and that.
    ///
    /// # Errors
    /// As [`Cloakroom::sessions_of`]; never where nothing is refused.
    pub async fn has_room_for(&self, user: &str, session: &Session) -> Result<bool, StoreError> {
        match self.site.rules.policy.most_sessions {
            Some(limit) if limit.overflow == Overflow::Refuse => {
                let others = self.crowd(user).others(session.key()).await?;
                Ok(others.len() < limit.most)
            }
            _ => Ok(true),
        }
    }

    /// Ends all sessions of this user and returns how many there were: for an account that was
    /// disabled or deleted (ASVS 5.0 7.4.2).
    ///
    /// Shut the account first: a login that is under way is not seen. When the store fails
    /// half-way, some have ended; ask again.
    ///
    /// # Errors
    /// As [`Cloakroom::sessions_of`].
    pub async fn end_all(&self, user: &str) -> Result<usize, StoreError> {
        let ended = self.crowd(user).end_others(None).await?;
        tracing::info!(sessions = ended, "all sessions of a user were ended");
        Ok(ended)
    }

    /// Ends all sessions of the user of this one but this one, and returns how many there were; none
    /// when nobody is signed in (ASVS 5.0 7.4.3).
    ///
    /// # Errors
    /// As [`Cloakroom::end_all`].
    pub async fn end_others(&self, session: &Session) -> Result<usize, StoreError> {
        let Some(user) = session.user_id() else {
            return Ok(0);
        };
        let ended = self.crowd(&user).end_others(session.key()).await?;
        tracing::info!(sessions = ended, "all other sessions of a user were ended");
        Ok(ended)
    }

    fn crowd<'a>(&'a self, user: &'a str) -> Crowd<'a> {
        Crowd {
            store: &self.site.store,
            turns: &self.site.turns,
            listener: &self.site.listener,
            keys: self.site.keys(),
            user,
            now: self.site.clock.now(),
        }
    }
}
