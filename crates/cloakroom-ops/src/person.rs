//! All that is kept about one user: handed out, or erased.
use cloakroom::StoreError;
use cloakroom::clock::Timestamp;
use cloakroom::session::Body;
use cloakroom::store::AnyStore;
use serde::Serialize;

use crate::handle::LogIds;
use crate::revoking::end;
use crate::sight::{Sight, Values};

/// What is kept about one user.
#[derive(Debug, Serialize)]
pub struct Person {
    /// The user's id.
    pub user: String,
    /// The user's sessions, with their values and what was noted of the logins.
    pub sessions: Vec<Sight>,
}

/// Returns everything that the user's live sessions hold (GDPR article 15).
///
/// # Errors
/// When the store can't be asked, or can't find sessions by user.
pub async fn export(store: &AnyStore, user: &str, now: Timestamp) -> Result<Person, StoreError> {
    let mut sessions = Vec::new();
    for listed in store.of_user(user, now).await? {
        let stored = store.load(&listed.key, now).await?;
        if let Some(Body::Record(record)) = stored.map(|stored| stored.body) {
            let sight = Sight::of(
                store,
                listed.key,
                &record,
                &LogIds::default(),
                Values::Revealed,
            );
            sessions.push(sight);
        }
    }
    Ok(Person {
        user: user.to_owned(),
        sessions,
    })
}

/// Removes all sessions of the user, with all that is noted in them (GDPR article 17), and returns how many there were.
/// What expired is swept anyway.
///
/// # Errors
/// As [`export`]; some may be gone then.
pub async fn erase(store: &AnyStore, user: &str, now: Timestamp) -> Result<u64, StoreError> {
    let mut erased = 0;
    loop {
        let before = erased;
        for listed in store.of_user(user, now).await? {
            erased += u64::from(end(store, listed.key).await?);
        }
        // One that was renewed meanwhile may have been missed.
        if erased == before {
            return Ok(erased);
        }
    }
}
