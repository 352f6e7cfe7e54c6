//! The dialect of a site: whose bytes the layer speaks, and which settings that decides.
use std::sync::Arc;

use crate::config::Builder;
use crate::config::site::Credentials;
use crate::cookie::{CookieSpec, Style};
#[cfg(feature = "django")]
use crate::django;
use crate::error::ConfigError;
#[cfg(feature = "wizards")]
use crate::wizard::Shares;

/// What a dialect brings beside settings.
#[derive(Default)]
pub(super) struct Dialect {
    pub(super) is_shared: bool,
    pub(super) cookies: Option<[CookieSpec; 3]>,
    pub(super) style: Option<Arc<dyn Style>>,
    pub(super) credentials: Option<Arc<Credentials>>,
    #[cfg(feature = "wizards")]
    pub(super) wizards: Option<Arc<dyn Shares>>,
}

/// # Beside a Django site
#[cfg(feature = "django")]
impl Builder {
    /// Speaks Django's dialect: sessions, messages, tokens, signed cookies and headers are those of the
    /// Django site with these settings, which have Django's own names, byte for byte. Default: none.
    ///
    /// The store has to be one that keeps Django's sessions
    /// ([`store::django::connect`](crate::store::django::connect)). What is set here beside them holds where
    /// Django has no setting for it; where it has one, these settings do.
    pub fn django(mut self, settings: django::Settings) -> Self {
        self.django = Some(Box::new(settings));
        self
    }

    /// Changes the settings of the Django site, if there is one; for what can't stand in the environment, such
    /// as [`Settings::passwords`](crate::django::Settings::passwords).
    pub fn change_django(
        mut self,
        change: impl FnOnce(django::Settings) -> django::Settings,
    ) -> Self {
        self.django = self.django.map(|settings| Box::new(change(*settings)));
        self
    }

    /// Says whether the site speaks Django's dialect.
    #[must_use]
    pub fn speaks_django(&self) -> bool {
        self.django.is_some()
    }
}

impl Builder {
    /// Lets the settings of the site's dialect take the place of those that they are about.
    #[cfg(feature = "django")]
    pub(super) fn dialect(&mut self, problems: &mut ConfigError) -> Dialect {
        let Some(django) = self.django.take() else {
            return Dialect::default();
        };
        django.check(problems);
        self.policy = django.policy(std::mem::take(&mut self.policy));
        self.csrf = django.forms(std::mem::take(&mut self.csrf));
        self.headers = django.headers(std::mem::take(&mut self.headers));
        self.messages = django.notes(std::mem::take(&mut self.messages));
        self.keys = django.keys(self.keys.clone());
        Dialect {
            is_shared: true,
            cookies: Some(django.cookies()),
            style: Some(django.style()),
            credentials: django.users(),
            #[cfg(feature = "wizards")]
            wizards: Some(django.wizards()),
        }
    }

    #[cfg(not(feature = "django"))]
    #[expect(clippy::unused_self, reason = "with the feature there are settings")]
    pub(super) fn dialect(&mut self, _problems: &mut ConfigError) -> Dialect {
        Dialect::default()
    }
}
