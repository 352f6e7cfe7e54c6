//! A user's own sessions, as an account page shows them: where he is signed in, and ending that.
mod html;

use serde::Serialize;

use crate::clock::Timestamp;
use crate::config::Cloakroom;
use crate::error::{Error, Result, StoreError};
use crate::session::Session;
use crate::store::Listed;

/// How many sessions are shown of one user; what is older is counted.
const SHOWN: usize = 100;

/// The sessions of the user of one session: that one first, then those used last, 100 at most.
///
/// In a template, [`OwnSessions::html`] is a list with a button for each; a page of another look goes through
/// [`OwnSessions::all`]. As a value for minijinja (`minijinja::value::Serde`) it is a list.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct OwnSessions {
    all: Vec<OwnSession>,
    /// How many there are beside those.
    #[serde(skip)]
    more: usize,
    /// Whether there may be others that the store can't find.
    #[serde(skip)]
    alone: bool,
}

/// One session of a user's, as its user sees it.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct OwnSession {
    /// What [`Cloakroom::end_own`] takes: 16 hexadecimal digits that are worth nothing to anybody else.
    pub handle: String,
    /// Whether it is the one that asks.
    pub is_this: bool,
    /// A label such as `Firefox on Linux`.
    pub device: Option<String>,
    /// The network that the user signed in from.
    pub network: Option<String>,
    /// How the user signed in.
    pub method: Option<String>,
    /// When the user signed in, in seconds since 1970; a session that a Django site shares does not say it.
    pub began: Option<u64>,
    /// When it was last used, in seconds since 1970.
    pub seen: Option<u64>,
    /// When it is over, in seconds since 1970.
    pub expires: u64,
    /// How long ago the user signed in, in English.
    pub began_ago: Option<String>,
    /// How long ago it was last used, in English; this one is used now.
    pub seen_ago: Option<String>,
}

impl OwnSessions {
    /// Returns them.
    #[must_use]
    pub fn all(&self) -> &[OwnSession] {
        &self.all
    }

    /// Returns how many there are beside those: too many to show, and ended with the others by [`Cloakroom::end_others`].
    #[must_use]
    pub fn more(&self) -> usize {
        self.more
    }

    /// Says whether this is the one that asks alone, since the store can't find sessions by user: visitors carry them, or it is
    /// memcached.
    #[must_use]
    pub fn is_this_alone(&self) -> bool {
        self.alone
    }

    /// Says whether there are others beside the one that asks.
    #[must_use]
    pub fn has_others(&self) -> bool {
        self.all.iter().any(|session| !session.is_this)
    }
}

/// # A user's account page
///
/// These need a store that finds sessions by user; memcached and cookies can't: with them a user sees the session that asks alone
/// ([`OwnSessions::is_this_alone`]), and ends no other.
impl Cloakroom {
    /// Returns the sessions of the user of this one; none when nobody is signed in.
    ///
    /// # Errors
    /// When the store can't be used.
    pub async fn own_sessions(&self, session: &Session) -> Result<OwnSessions> {
        let alone = !self.site.store.is_inspectable();
        let mut listed = match alone {
            true => session
                .user_id()
                .and_then(|_| session.loaded())
                .map(|(key, record)| Listed::of(key, &record))
                .into_iter()
                .collect(),
            false => self.listed_own(session).await?,
        };
        let (this, now) = (session.key(), self.site.clock.now());
        let place = |listed: &Listed| {
            let seen = listed.particulars.as_ref().map(|noted| noted.seen());
            std::cmp::Reverse((this == Some(listed.key), seen, listed.created))
        };
        listed.sort_by_key(place);
        let more = listed.len().saturating_sub(SHOWN);
        listed.truncate(SHOWN);
        let own = |listed: &Listed| self.own(listed, this == Some(listed.key), now);
        Ok(OwnSessions {
            all: listed.iter().map(own).collect(),
            more,
            alone,
        })
    }

    /// Ends one session of the user of this one, by its handle, and says whether there was one: never another user's. That
    /// of the visitor himself is ended as by [`Session::end`].
    ///
    /// What is ended is gone from the store when this returns, so that no node finds it from then on.
    ///
    /// # Errors
    /// When the store can't be used, or can't find sessions by user.
    pub async fn end_own(&self, session: &Session, handle: &str) -> Result<bool> {
        if session.id_for_logs().as_deref() == Some(handle) && session.user_id().is_some() {
            session.end()?;
            return Ok(true);
        }
        let all = self.listed_own(session).await?;
        let id = |listed: &&Listed| self.site.keys().log_id(listed.key.as_bytes()) == handle;
        let Some(listed) = all.iter().find(id) else {
            return Ok(false);
        };
        self.revoke(&listed.key).await.map_err(Error::Store)
    }

    async fn listed_own(&self, session: &Session) -> Result<Vec<Listed>> {
        let listed = match session.user_id() {
            Some(user) => self.sessions_of(&user).await,
            None => Ok::<_, StoreError>(Vec::new()),
        };
        listed.map_err(Error::Store)
    }

    fn own(&self, listed: &Listed, is_this: bool, now: Timestamp) -> OwnSession {
        let noted = listed.particulars.as_ref();
        let text = |text: Option<&str>| text.map(ToOwned::to_owned);
        let seen = noted.map(|noted| noted.seen());
        let began = Some(listed.created).filter(|began| began.as_secs() > 0);
        OwnSession {
            handle: self.site.keys().log_id(listed.key.as_bytes()),
            is_this,
            device: text(noted.and_then(|noted| noted.device())),
            network: text(noted.and_then(|noted| noted.network())),
            method: text(noted.and_then(|noted| noted.method())),
            began: began.map(Timestamp::as_secs),
            seen: seen.map(Timestamp::as_secs),
            expires: listed.expires.as_secs(),
            began_ago: began.map(|began| ago(began, now)),
            seen_ago: seen.map(|seen| ago(seen, now)),
        }
    }
}

/// Says how long ago something was, in the largest unit that fits.
fn ago(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.since(then).as_secs();
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let Some((count, unit)) = units
        .iter()
        .map(|(size, unit)| (seconds / size, unit))
        .find(|(count, _)| *count > 0)
    else {
        return "just now".into();
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural} ago")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_ago_is_said_in_the_largest_unit() {
        let rows = [
            (0, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (7_199, "1 hour ago"),
            (7_200, "2 hours ago"),
            (200_000, "2 days ago"),
        ];
        for (seconds, expected) in rows {
            let (then, now) = (Timestamp::from_secs(9), Timestamp::from_secs(9 + seconds));
            assert_eq!(ago(then, now), expected);
        }
        assert_eq!(
            ago(Timestamp::from_secs(9), Timestamp::from_secs(0)),
            "just now"
        );
    }
}
