//! All sessions of a store, a page at a time, so that a million need no more memory than a thousand.
use cloakroom::StoreError;
use cloakroom::clock::Timestamp;
use cloakroom::session::StoreKey;
use cloakroom::store::{AnyStore, Listed, is_notice_of_caches};

/// How many sessions one page has.
pub(crate) const PAGE: usize = 1_000;
/// The same for stores without order, which look at all sessions for each page.
const UNORDERED: usize = 50_000;

/// The pages that are still to come, in the order of the keys.
#[derive(Debug)]
pub struct Pages<'a> {
    store: &'a AnyStore,
    after: Option<StoreKey>,
    now: Timestamp,
    size: usize,
    is_over: bool,
}

impl<'a> Pages<'a> {
    /// Begins with the first session after this key that is live at `now`.
    #[must_use]
    pub fn after(store: &'a AnyStore, after: Option<StoreKey>, now: Timestamp) -> Self {
        Self {
            store,
            after,
            now,
            size: most(store),
            is_over: false,
        }
    }

    /// Asks for at most this many at a time from now on; for when few are wanted.
    pub(crate) fn size(&mut self, size: usize) {
        self.size = size.clamp(1, most(self.store));
    }

    /// Returns the next page, which may be empty; `None` when there is none.
    ///
    /// # Errors
    /// When the store can't be asked or can't list sessions.
    pub async fn next(&mut self) -> Result<Option<Vec<Listed>>, StoreError> {
        if self.is_over {
            return Ok(None);
        }
        let mut page = self.store.list(self.after, self.size, self.now).await?;
        // Stores look past what they can't read, so that a page with fewer than were asked for is the
        // last; asked once more, they would count once more what they can't read behind it.
        self.is_over = page.len() < self.size;
        match page.last() {
            Some(last) => self.after = Some(last.key),
            None => return Ok(None),
        }
        page.retain(|listed| !is_notice_of_caches(&listed.key));
        Ok(Some(page))
    }
}

fn most(store: &AnyStore) -> usize {
    match store.name() {
        "redis" => UNORDERED,
        _ => PAGE,
    }
}
