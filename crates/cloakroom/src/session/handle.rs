//! The session of one visit, as a handler holds it: loaded once, then worked with in memory.
#[cfg(feature = "wizards")]
mod early;
mod own;
mod user;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::clock::Timestamp;
use crate::cookie::{Brought, CookieHeaders};
use crate::error::{Error, Result};
use crate::keys::KeyRing;
use crate::session::bag::{Bag, Origin, Owed};
use crate::session::plan::{Plan, plan};
use crate::session::{
    AsKey, Expiry, KeyName, Name, OnClash, Particulars, Policy, Raw, Record, StoreKey,
};

/// What is remembered of one visitor.
///
/// A cheap handle: clones share the same visit. Taking it as a handler's argument loads the session
/// once; after that every call works in memory and returns at once. What changed is saved when the
/// handler has answered, together with what other requests of the same visitor changed meanwhile.
///
/// ```
/// # use cloakroom::{Key, Session};
/// const VISITS: Key<u32> = Key::new("visits");
///
/// async fn hello(session: Session) -> cloakroom::Result<String> {
///     let visits = session.update(&VISITS, |visits| {
///         *visits += 1;
///         *visits
///     })?;
///     Ok(format!("This is visit number {visits}."))
/// }
/// ```
#[derive(Clone)]
pub struct Session {
    visit: Arc<Visit>,
}

struct Visit {
    bag: Mutex<Bag>,
    rules: Arc<Rules>,
    arrival: Arrival,
}

/// How the request of a session came.
pub(crate) struct Arrival {
    /// When the session was loaded.
    pub(crate) at: Timestamp,
    pub(crate) sent: CookieHeaders,
    /// Which of the cookies that carry a whole session came.
    pub(crate) brought: Brought,
}

/// What holds for every session of a site.
pub(crate) struct Rules {
    pub(crate) policy: Policy,
    pub(crate) keys: KeyRing,
}

impl Session {
    /// Holds a session that was loaded.
    pub(crate) fn new(origin: Origin, rules: Arc<Rules>, arrival: Arrival) -> Self {
        let bag = Mutex::new(Bag::new(origin));
        Self {
            visit: Arc::new(Visit {
                bag,
                rules,
                arrival,
            }),
        }
    }

    /// Says how the request came.
    pub(crate) fn arrival(&self) -> &Arrival {
        &self.visit.arrival
    }

    /// Returns the value under this key, or `None` when there is none.
    ///
    /// # Errors
    /// When the value is not of type `T`; it stays as it is.
    pub fn get<T: DeserializeOwned>(&self, key: impl AsKey<T>) -> Result<Option<T>> {
        let raw = self.bag().value(key.as_bytes()).cloned();
        raw.map(|raw| raw.decode(key.as_bytes())).transpose()
    }

    /// Returns the value under this key, or the type's default when there is none, or a `null` that is no `T`:
    /// so programs of other languages empty a value.
    ///
    /// # Errors
    /// As [`Session::get`].
    pub fn get_or_default<T: DeserializeOwned + Default>(&self, key: impl AsKey<T>) -> Result<T> {
        let raw = self.bag().value(key.as_bytes()).cloned();
        or_default(raw.as_ref(), key.as_bytes())
    }

    /// Puts a value under this key.
    ///
    /// When another request saved something else there meanwhile, the two are merged: objects
    /// member by member, lists that were only appended to one after the other. For a counter or a
    /// cart, [`Session::update`] says more exactly what is meant.
    ///
    /// # Errors
    /// When the value can't be written as JSON, nests too deep, would make the session too large,
    /// the key is the library's own, or the headers have gone out.
    pub fn set<T: Serialize>(&self, key: impl AsKey<T>, value: T) -> Result<()> {
        let name = public(&key)?;
        let likely = length(self.open_bag()?.value(name.as_bytes()));
        let raw = Raw::encode(&name, &value, likely)?;
        let mut bag = self.open_bag()?;
        bag.check_size(&name, &raw, self.visit.rules.policy.max_bytes)?;
        bag.put(name, key.on_clash(), Some(raw));
        Ok(())
    }

    /// Changes the value under this key, starting from the type's default when there is none.
    ///
    /// The closure is run again when another request saved meanwhile, on what that one saved, so
    /// that no change is lost; it should only change the value that it is given. What is returned
    /// is what the first run returned.
    ///
    /// # Errors
    /// As [`Session::get`] and [`Session::set`].
    pub fn update<T, R, F>(&self, key: impl AsKey<T>, change: F) -> Result<R>
    where
        T: Serialize + DeserializeOwned + Default,
        F: Fn(&mut T) -> R + Send + Sync + 'static,
    {
        let name = public(&key)?;
        self.update_any(name, key.on_clash(), change)
    }

    fn update_any<T, R, F>(&self, name: Name, on_clash: OnClash, change: F) -> Result<R>
    where
        T: Serialize + DeserializeOwned + Default,
        F: Fn(&mut T) -> R + Send + Sync + 'static,
    {
        loop {
            let before = self.open_bag()?.value(name.as_bytes()).cloned();
            let (after, result) = updated(&name, before.as_ref(), &change)?;
            let mut bag = self.open_bag()?;
            if bag.value(name.as_bytes()) != before.as_ref() {
                continue;
            }
            bag.check_size(&name, &after, self.visit.rules.policy.max_bytes)?;
            let again = {
                let name = name.clone();
                move |there: Option<&Raw>| Ok(updated(&name, there, &change)?.0)
            };
            bag.update(name, on_clash, after, Box::new(again));
            return Ok(result);
        }
    }

    /// Removes the value under this key, if there is one.
    ///
    /// # Errors
    /// When the key is the library's own, or the headers have gone out.
    pub fn remove(&self, key: impl KeyName) -> Result<()> {
        let name = public(&key)?;
        self.open_bag()?.put(name, key.on_clash(), None);
        Ok(())
    }

    /// Removes the value under this key and returns it.
    ///
    /// # Errors
    /// As [`Session::get`] and [`Session::remove`]; a value of another type stays.
    pub fn take<T: DeserializeOwned>(&self, key: impl AsKey<T>) -> Result<Option<T>> {
        let name = public(&key)?;
        let mut bag = self.open_bag()?;
        let Some(raw) = bag.value(name.as_bytes()).cloned() else {
            return Ok(None);
        };
        let value = raw.decode(name.as_bytes())?;
        bag.put(name, key.on_clash(), None);
        Ok(Some(value))
    }

    /// Says whether there is a value under this key.
    #[must_use]
    pub fn contains(&self, key: impl KeyName) -> bool {
        self.bag().value(key.as_bytes()).is_some()
    }

    /// Returns the names of all values, sorted, without the library's own.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        let entries = self.bag().values();
        let names = entries.iter().map(|(name, _)| name);
        names
            .filter(|name| !name.is_reserved())
            .map(|name| name.as_str().to_owned())
            .collect()
    }

    /// Removes all values; the visitor keeps the session, its token and who is signed in.
    ///
    /// # Errors
    /// When the headers have gone out.
    pub fn clear(&self) -> Result<()> {
        self.open_bag()?.clear();
        Ok(())
    }

    /// Gives the session a new token; everything else stays.
    ///
    /// Requests that are under way with the old token still find it, for the policy's grace.
    ///
    /// # Errors
    /// When the headers have gone out.
    pub fn renew(&self) -> Result<()> {
        self.open_bag()?.renew();
        Ok(())
    }

    /// Ends the session: the store forgets it and the browser its cookie.
    ///
    /// What is set after that belongs to a new session. Requests that are still under way can't
    /// bring the old one back.
    ///
    /// # Errors
    /// When the headers have gone out.
    pub fn end(&self) -> Result<()> {
        self.open_bag()?.end();
        Ok(())
    }

    /// Says how long this session lives.
    ///
    /// # Errors
    /// When the headers have gone out.
    pub fn set_expiry(&self, expiry: Expiry) -> Result<()> {
        self.open_bag()?.set_expiry(expiry);
        Ok(())
    }

    /// Returns a name for this session that logs may keep: it tells sessions apart and means nothing
    /// without the site's key. `None` as long as the session is not in the store.
    #[must_use]
    pub fn id_for_logs(&self) -> Option<String> {
        let bag = self.bag();
        Some(self.visit.rules.keys.log_id(bag.known()?.key.as_bytes()))
    }

    /// Returns the key under which the store keeps this session, or will find it.
    pub(crate) fn store_key(&self) -> Option<StoreKey> {
        Some(self.bag().known()?.key)
    }

    /// Says whether the handler signed somebody in.
    pub(crate) fn signs_in(&self) -> bool {
        self.bag().signs_in()
    }

    /// Says whether the store keeps this session, or will once the request ends.
    pub(crate) fn is_kept(&self) -> bool {
        let bag = self.bag();
        bag.known().is_some() || bag.has_values()
    }

    /// Drops what the handler changed, because it answered with a server error.
    pub(crate) fn drop_changes(&self) {
        self.bag().drop_changes();
    }

    /// Closes the session, so that nothing can be changed any more, and decides what is owed.
    ///
    /// Whether its deadline is to be pushed is decided as of when it was loaded.
    pub(crate) fn close(&self) -> Plan {
        let mut bag = self.bag();
        bag.close();
        plan(bag.facts(&self.visit.rules.policy, self.visit.arrival.at))
    }

    /// Says whether the handler ended the session for good, and did not sign somebody in instead.
    pub(crate) fn is_over(&self) -> bool {
        self.bag().is_over()
    }

    /// Takes out what is owed to the store.
    ///
    /// `still_held` says whether somebody beside the layer may ask for this session again.
    pub(crate) fn owed(&self, now: Timestamp, still_held: bool) -> Owed {
        let still_read = still_held || Arc::strong_count(&self.visit) > 1;
        self.bag().owed(&self.visit.rules.policy, now, still_read)
    }

    /// Returns the key and what is noted of the login, if the store keeps this session.
    pub(crate) fn noted(&self) -> Option<(StoreKey, Particulars)> {
        let bag = self.bag();
        let known = bag.known()?;
        Some((known.key, known.record.particulars()?))
    }

    /// Returns the key under which the store keeps this session now.
    pub(crate) fn key(&self) -> Option<StoreKey> {
        Some(self.bag().known()?.key)
    }

    /// Returns the key and the record, as it was loaded, if the store keeps this session.
    pub(crate) fn loaded(&self) -> Option<(StoreKey, Record)> {
        let bag = self.bag();
        let known = bag.known()?;
        Some((known.key, known.record.clone()))
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.visit.rules.policy
    }

    fn open_bag(&self) -> Result<MutexGuard<'_, Bag>> {
        let bag = self.bag();
        if bag.is_closed() {
            Err(Error::Closed)
        } else {
            Ok(bag)
        }
    }

    fn bag(&self) -> MutexGuard<'_, Bag> {
        self.visit
            .bag
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("keys", &self.keys())
            .finish_non_exhaustive()
    }
}

/// Returns the name, unless it belongs to the library.
fn public(key: &impl KeyName) -> Result<Name> {
    let name = key.name();
    if name.is_reserved() {
        return Err(Error::Reserved {
            key: name.as_str().into(),
        });
    }
    Ok(name)
}

fn or_default<T: DeserializeOwned + Default>(raw: Option<&Raw>, key: &[u8]) -> Result<T> {
    match raw.map(|raw| (raw.decode(key), raw.as_bytes())) {
        None | Some((Err(_), b"null")) => Ok(T::default()),
        Some((decoded, _)) => decoded,
    }
}

fn updated<T, R>(
    name: &Name,
    before: Option<&Raw>,
    change: &impl Fn(&mut T) -> R,
) -> Result<(Raw, R)>
where
    T: Serialize + DeserializeOwned + Default,
{
    let mut value = or_default(before, name.as_bytes())?;
    let result = change(&mut value);
    Ok((Raw::encode(name, &value, length(before))?, result))
}

fn length(value: Option<&Raw>) -> usize {
    value.map_or(0, |raw| raw.as_bytes().len())
}
