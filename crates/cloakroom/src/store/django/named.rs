//! What the entries of sessions are called in a cache.
use crate::django::Settings;
use crate::django::cache::{CACHE_PREFIX, CACHED_DB_PREFIX};

/// Names entries as the site's cache does.
#[derive(Clone, Debug)]
pub(in crate::store) struct Named {
    settings: Settings,
    prefix: &'static str,
}

impl Named {
    /// Names the sessions of the `cache` backend.
    pub(in crate::store) fn of_cache(settings: &Settings) -> Self {
        Self {
            settings: settings.clone(),
            prefix: CACHE_PREFIX,
        }
    }

    /// Names the copies of the `cached_db` backend.
    pub(in crate::store) fn of_copies(settings: &Settings) -> Self {
        Self {
            settings: settings.clone(),
            prefix: CACHED_DB_PREFIX,
        }
    }

    /// Returns the whole name of a session's entry.
    pub(in crate::store) fn entry(&self, key: &str) -> String {
        self.settings.cache_key(&format!("{}{key}", self.prefix))
    }
}
