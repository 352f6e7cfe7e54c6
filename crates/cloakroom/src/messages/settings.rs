//! How a site keeps its messages.
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use crate::error::ConfigError;
use crate::messages::{Keeps, Level};

/// How many cookies with messages of one visitor are read; more can only come from somebody who plays.
pub(crate) const FAMILY_LIMIT: usize = 64;

/// Where messages wait for the next page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Storage {
    /// In a sealed cookie as long as they fit, and the rest in the session.
    #[default]
    Fallback,
    /// In the session of a visitor who has one, and otherwise in a cookie.
    FallbackSessionFirst,
    /// In the session, which a message creates if need be.
    Session,
    /// In sealed cookies only. What does not fit is dropped, counted and traced as an error.
    Cookie,
}

/// The rules for all messages of a site.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(crate) storage: Storage,
    pub(crate) minimum: Level,
    pub(crate) budget: usize,
    pub(crate) keep: Duration,
    pub(crate) cookie_name: String,
    pub(crate) tags: Vec<(Level, String)>,
    /// How another program keeps them that shares them.
    pub(crate) keeps: Option<Arc<dyn Keeps>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            storage: Storage::Fallback,
            minimum: Level::INFO,
            budget: 2_048,
            keep: Duration::from_secs(24 * 60 * 60),
            cookie_name: "messages".into(),
            tags: Vec::new(),
            keeps: None,
        }
    }
}

impl From<Storage> for Settings {
    fn from(storage: Storage) -> Self {
        Self::default().storage(storage)
    }
}

impl Settings {
    /// Says where messages wait: in cookies, in the session, or in both; with [`Storage::Cookie`] what does not fit there is
    /// dropped, counted and traced as an error. Default: [`Storage::Fallback`].
    #[must_use]
    pub fn storage(mut self, storage: Storage) -> Self {
        self.storage = storage;
        self
    }

    /// Drops messages below this level. Default: [`Level::INFO`] (20).
    #[must_use]
    pub fn minimum(mut self, level: Level) -> Self {
        self.minimum = level;
        self
    }

    /// Limits the bytes of all cookies with messages together, sealed and encoded. Default: 2,048.
    #[must_use]
    pub fn budget(mut self, bytes: usize) -> Self {
        self.budget = bytes;
        self
    }

    /// Forgets messages in cookies that nobody looked at for this long. Default: 24 hours.
    #[must_use]
    pub fn keep(mut self, keep: Duration) -> Self {
        self.keep = keep;
        self
    }

    /// Names the cookie. Default: `messages`, which goes out as `__Host-messages` over HTTPS.
    #[must_use]
    pub fn cookie_name(mut self, name: impl Into<String>) -> Self {
        self.cookie_name = name.into();
        self
    }

    /// Gives a level a tag of one's own, also one of the named levels. Default: `debug`, `info`, `success`, `warning`, `error`.
    #[must_use]
    pub fn tag(mut self, level: Level, tag: impl Into<String>) -> Self {
        self.tags.retain(|(tagged, _)| *tagged != level);
        self.tags.push((level, tag.into()));
        self
    }

    pub(super) fn tag_of(&self, level: Level) -> Cow<'static, str> {
        let own = self.tags.iter().find(|(tagged, _)| *tagged == level);
        own.map_or_else(|| level.tag().into(), |(_, tag)| tag.clone().into())
    }

    pub(crate) fn check(&self, problems: &mut ConfigError) {
        if self.budget > 4_000 {
            problems.add(
                "messages.budget",
                "is more than the 4,000 bytes that fit into one cookie",
            );
        }
        if self.storage == Storage::Cookie && self.budget < 128 {
            problems.add("messages.budget", "is too small for a single message");
        }
        if self.keep.as_secs() == 0 {
            problems.add(
                "messages.keep",
                "is below one second; nothing would be shown",
            );
        }
    }
}
