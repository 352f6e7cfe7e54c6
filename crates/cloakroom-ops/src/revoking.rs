//! Revoking sessions: whoever has them is logged out at once.
use cloakroom::StoreError;
use cloakroom::clock::Timestamp;
use cloakroom::session::{Body, StoreKey};
use cloakroom::store::AnyStore;

use crate::crowd;
use crate::selection::Selection;
use crate::stop::Stop;

/// How often one session may be renewed while it is being revoked.
const RENEWALS: usize = 10;

/// Ends the session under a key, also when it was renewed just now, and says whether there was one.
///
/// # Errors
/// When the store can't be asked.
pub async fn end(store: &AnyStore, mut key: StoreKey) -> Result<bool, StoreError> {
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
    store: &AnyStore,
    selection: &Selection,
    now: Timestamp,
    stop: &Stop,
    mut tell: impl FnMut(u64),
) -> Result<u64, StoreError> {
    let mut selection = selection.clone();
    selection.begun_until.get_or_insert(now);
    let mut ended = 0;
    loop {
        let before = ended;
        let mut selected = selection.after(store, None, now).await?;
        while let Some(page) = selected.next().await? {
            if stop.is_asked() {
                return Ok(ended);
            }
            let work = |key| {
                let store = store.clone();
                async move { end(&store, key).await }
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
