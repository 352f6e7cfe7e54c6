//! Revoking sessions: whoever has them is logged out at once.
use cloakroom::clock::Timestamp;
use cloakroom::session::{Body, StoreKey};
use cloakroom::store::AnyStore;
use cloakroom::{Cloakroom, StoreError};

use crate::crowd;
use crate::selection::Selection;
use crate::stop::Stop;

/// How often one session may be renewed while it is being revoked.
const RENEWALS: usize = 10;

/// Where sessions are ended.
#[derive(Clone, Debug)]
pub enum Place {
    /// In a store alone, as a command does beside the site: no site is there to tell of it.
    Store(AnyStore),
    /// In a site, which counts them and tells whoever listens.
    Site(Cloakroom),
}

impl Place {
    fn store(&self) -> &AnyStore {
        match self {
            Self::Store(store) => store,
            Self::Site(site) => site.store(),
        }
    }
}

impl From<&AnyStore> for Place {
    fn from(store: &AnyStore) -> Self {
        Self::Store(store.clone())
    }
}

impl From<&Cloakroom> for Place {
    fn from(site: &Cloakroom) -> Self {
        Self::Site(site.clone())
    }
}

/// Ends the session under a key, also when it was renewed just now, and says whether there was one.
///
/// # Errors
/// When the store can't be asked.
pub async fn end(place: impl Into<Place>, key: StoreKey) -> Result<bool, StoreError> {
    match place.into() {
        Place::Store(store) => end_in(&store, key).await,
        Place::Site(site) => site.revoke(&key).await,
    }
}

async fn end_in(store: &AnyStore, mut key: StoreKey) -> Result<bool, StoreError> {
    for _ in 0..RENEWALS {
        match store.delete(&key).await? {
            Some(Body::Record(_)) => return Ok(true),
            Some(Body::Forward(sign)) => key = sign.to,
            None => return Ok(false),
        }
    }
    Ok(false)
}

/// Ends the selected sessions that had begun by `now`, until none is left or somebody asks to stop;
/// `tell` learns how many were ended so far. Returns how many.
///
/// # Errors
/// When the store can't be asked or can't list sessions. What was told before is done all the same.
pub async fn end_all(
    place: impl Into<Place>,
    selection: &Selection,
    now: Timestamp,
    stop: &Stop,
    mut tell: impl FnMut(u64),
) -> Result<u64, StoreError> {
    let place = place.into();
    let mut selection = selection.clone();
    selection.begun_until.get_or_insert(now);
    let mut ended = 0;
    loop {
        let before = ended;
        let mut selected = selection.after(place.store(), None, now).await?;
        while let Some(page) = selected.next().await? {
            if stop.is_asked() {
                return Ok(ended);
            }
            let work = |key| {
                let place = place.clone();
                async move { end(place, key).await }
            };
            let keys = page.into_iter().map(|listed| listed.key);
            crowd::each(keys, work, |was_there| {
                ended += u64::from(was_there);
                tell(ended);
            })
            .await?;
        }
        // A session that was renewed meanwhile may stand where this had already been.
        if ended == before {
            return Ok(ended);
        }
    }
}
