//! Who is signed in in a session, what that was proved by, and how long ago.
use std::time::Duration;

use crate::error::{Error, Result};
use crate::keys::Checked;
use crate::session::bag::Bag;
use crate::session::{Login, Session};

/// For how long nobody has saved a shared session whose stamp is made anew.
const RESTAMPED_AFTER: Duration = Duration::from_secs(3_600);

/// # Who is signed in
impl Session {
    /// Signs a user in: the session gets a new token and begins anew, with its values kept unless
    /// the [`Login`] says otherwise.
    ///
    /// The old token is worth nothing from then on, so that nobody can have planted it. When
    /// somebody else was signed in, that user's session is ended first, with all its values. Where
    /// the policy limits sessions ([`Policy::most_sessions`]), room is made or the login refused
    /// (409) when the handler has answered.
    ///
    /// [`Policy::most_sessions`]: crate::session::Policy::most_sessions
    ///
    /// # Errors
    /// When the headers have gone out.
    pub fn login(&self, login: impl Into<Login>) -> Result<()> {
        let login = login.into();
        let credential = login.stamp.as_deref();
        let stamp = credential.map(|it| self.visit.rules.keys.stamp(&login.user, it));
        self.open_bag()?.sign_in(login, stamp);
        Ok(())
    }

    /// Notes that the user has just proved once more who he is, for example with his password: the
    /// session gets a new token, the old one is worth nothing, and both deadlines begin anew
    /// (ASVS 5.0 7.2.4, NIST SP 800-63B-4 5.2).
    ///
    /// # Errors
    /// When nobody is signed in, or the headers have gone out.
    pub fn reauthenticated(&self) -> Result<()> {
        self.open_bag()?.prove()
    }

    /// Says whether a user is signed in who proved it less than this long ago, by a login or by
    /// what [`Session::reauthenticated`] noted; seen from when the request came.
    ///
    /// Ask for it before what an attacker at an open browser must not do: a new address, a new
    /// password, the last step of an order (ASVS 5.0 7.5.1 and 7.5.3). Time alone decides: nobody
    /// sees whether a browser that remembers its visitor was closed meanwhile, so allow minutes.
    #[must_use]
    pub fn fresh_within(&self, limit: Duration) -> bool {
        let now = self.visit.arrival.at;
        let bag = self.bag();
        let proved = bag.proved(now).filter(|_| !bag.is_doubted());
        proved.is_some_and(|proved| now.since(proved) < limit)
    }

    /// Says whether something looked like an attack, so that the user should prove anew who he is before he goes on: by
    /// a login or by what [`Session::reauthenticated`] notes. It happens where the site set
    /// [`Reaction::AskAgain`](crate::session::Reaction::AskAgain) for a signal.
    #[must_use]
    pub fn is_doubted(&self) -> bool {
        self.bag().is_doubted()
    }

    /// Says whether a user is signed in and the login had a stamp of this very credential.
    ///
    /// For an application that looks its user up asynchronously; it should end a session that is
    /// not current, as [`Session::user_if`] does. A login without a stamp is never current.
    #[must_use]
    pub fn is_current(&self, credential: impl AsRef<[u8]>) -> bool {
        let keys = &self.visit.rules.keys;
        let mut bag = self.bag();
        let (Some(user), Some(stamp)) = (bag.user(), bag.stamp()) else {
            return false;
        };
        let checked = keys.check_stamp(stamp, user, credential.as_ref());
        if checked == Checked::SameByRetiredKey && !bag.is_closed() && self.is_restamp_due(&bag) {
            let stamp = keys.stamp(user, credential.as_ref());
            bag.restamp_quietly(stamp).expect("a user is signed in");
        }
        checked != Checked::Other
    }

    /// Returns the id of the user who is signed in, if the login is still current: `credential_of`
    /// is given the id and says what the user proves himself by today, or `None` when there is no
    /// such user any more.
    ///
    /// A session that is not current is ended, with all its values.
    ///
    /// ```
    /// # use std::collections::HashMap;
    /// # use cloakroom::Session;
    /// # type Users = HashMap<String, String>;
    /// fn greet(session: &Session, hashes: &Users) -> cloakroom::Result<String> {
    ///     Ok(match session.user_if(|id| hashes.get(id))? {
    ///         Some(id) => format!("Good evening, {id}."),
    ///         None => "Good evening. Please sign in.".into(),
    ///     })
    /// }
    /// ```
    ///
    /// # Errors
    /// When the session is to be ended and the headers have gone out.
    pub fn user_if<C: AsRef<[u8]>>(
        &self,
        credential_of: impl FnOnce(&str) -> Option<C>,
    ) -> Result<Option<String>> {
        let Some(user) = self.user_id() else {
            return Ok(None);
        };
        if credential_of(&user).is_some_and(|credential| self.is_current(credential)) {
            return Ok(Some(user));
        }
        tracing::info!("a session was ended whose login is no longer current");
        self.end()?;
        Ok(None)
    }

    /// Goes on under another credential, for whoever has just changed his password: this session
    /// gets a new stamp and a new token, while those that have a stamp of the old password are no
    /// longer current.
    ///
    /// It is no proof of who the user is; if he typed his old password, add
    /// [`Session::reauthenticated`].
    ///
    /// # Errors
    /// When nobody is signed in, or the headers have gone out.
    pub fn restamp(&self, credential: impl AsRef<[u8]>) -> Result<()> {
        let mut bag = self.open_bag()?;
        let user = bag.user().ok_or(Error::NobodySignedIn)?;
        let stamp = self.visit.rules.keys.stamp(user, credential.as_ref());
        bag.restamp(stamp)
    }

    /// Holds the session against what its user proves himself by today: one of another credential is ended, one
    /// of nobody counts as a guest's and is kept.
    pub(crate) fn see_current(&self, credential: Option<&str>) {
        let keys = &self.visit.rules.keys;
        let mut bag = self.bag();
        let Some(user) = bag.user() else {
            return;
        };
        let Some(credential) = credential else {
            bag.is_hidden = true;
            return;
        };
        let checked = bag.stamp().map_or(Checked::Other, |stamp| {
            keys.check_stamp(stamp, user, credential.as_bytes())
        });
        match checked {
            Checked::Same => {}
            Checked::SameByRetiredKey if self.is_restamp_due(&bag) => {
                let stamp = keys.stamp(user, credential.as_bytes());
                bag.restamp_quietly(stamp).expect("a user is signed in");
            }
            Checked::SameByRetiredKey => {}
            Checked::Other => {
                tracing::info!("a session was ended whose login is no longer current");
                bag.end();
            }
        }
    }

    /// Says whether a stamp of a retired key is to be made anew now.
    ///
    /// Where another program shares the session, that one's present key may be the one that is retired here, until it
    /// has changed as well; then both would make the stamp anew in turn with each request. So it waits until nobody
    /// has saved the session for a while.
    fn is_restamp_due(&self, bag: &Bag) -> bool {
        let is_shared = self.visit.rules.policy.tickets.are_shared();
        !is_shared || bag.is_at_rest(self.visit.arrival.at, RESTAMPED_AFTER)
    }

    /// Signs the user out: ends the session.
    ///
    /// # Errors
    /// As [`Session::end`].
    pub fn logout(&self) -> Result<()> {
        self.end()
    }

    /// Returns the id of the user who is signed in.
    #[must_use]
    pub fn user_id(&self) -> Option<String> {
        self.bag().user().map(ToOwned::to_owned)
    }
}
