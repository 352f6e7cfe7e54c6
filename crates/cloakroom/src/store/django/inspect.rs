//! What operators see of Django sessions: those that can be read here.
use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::StoreKey;
use crate::store::django::{Browse, Kept, OTHER_KEY, Shelved, Unread, name};
use crate::store::left_aside::left_aside;
use crate::store::{Counts, Inspect, Listed, Summary};

/// How many sessions are read at once by whoever looks at all.
const PAGE: usize = 500;

#[deny(clippy::missing_trait_methods)]
impl<S: Browse> Inspect for Shelved<S> {
    async fn list(
        &self,
        after: Option<StoreKey>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Listed>, StoreError> {
        let mut after = after
            .and_then(|key| name(&key).map(str::to_owned))
            .unwrap_or_default();
        let mut listed = Vec::new();
        while listed.len() < limit {
            let page = self
                .shelf
                .page(&after, PAGE.min(limit - listed.len()), now)
                .await?;
            let Some((last, _)) = page.last() else {
                break;
            };
            after.clone_from(last);
            listed.extend(
                page.into_iter()
                    .filter_map(|(name, kept)| self.listed(&name, &kept)),
            );
        }
        Ok(listed)
    }

    /// Django's table does not say whose a session is, so all are looked at.
    async fn of_user(&self, user: &str, now: Timestamp) -> Result<Vec<Listed>, StoreError> {
        let (mut after, mut found) = (String::new(), Vec::new());
        loop {
            let page = self.shelf.page(&after, PAGE, now).await?;
            let Some((last, _)) = page.last() else {
                return Ok(found);
            };
            after.clone_from(last);
            let listed = page
                .into_iter()
                .filter_map(|(name, kept)| self.listed(&name, &kept));
            found.extend(listed.filter(|listed| listed.user.as_deref() == Some(user)));
        }
    }

    async fn count(&self, now: Timestamp) -> Result<Counts, StoreError> {
        let (live, expired) = self.shelf.tally(now).await?;
        Ok(Counts { live, expired })
    }

    async fn summary(&self, _now: Timestamp) -> Result<Option<Summary>, StoreError> {
        Ok(None)
    }

    async fn reconcile(&self) -> Result<u64, StoreError> {
        Ok(0)
    }
}

impl<S: Browse> Shelved<S> {
    fn listed(&self, name: &str, kept: &Kept) -> Option<Listed> {
        let name = key_of(name)?;
        let payload = &kept.old.payload;
        let store = self.shelf.name();
        let record = match self.codec.read(payload, kept.ends) {
            Ok(record) => record,
            Err(Unread::OtherKey(_)) => {
                left_aside(store, OTHER_KEY);
                return None;
            }
            Err(Unread::Closed(error) | Unread::Junk(error)) => {
                left_aside(store, error);
                return None;
            }
        };
        Some(Listed {
            bytes: payload.len(),
            ..Listed::of(name, &record)
        })
    }
}

/// Returns the key of a session that Django, or this library, made.
fn key_of(name: &str) -> Option<StoreKey> {
    let key = StoreKey::from_bytes(name.as_bytes().try_into().ok()?);
    super::name(&key).map(|_| key)
}
