//! What the variables mean to a site that speaks as Django does.
use crate::config::Builder;
use crate::config::environment::{
    CACHE, DJANGO_SETTINGS, Environment, Hidden, SECRET, STORE, Variables,
};
use crate::django::Settings;
use crate::error::ConfigError;
use crate::keys::KeyRing;
use crate::store::{self, Options};

impl Environment {
    /// Returns the settings of the Django site, where `CLOAKROOM_DIALECT` says that there is one; for a program
    /// that opens the site's store, and nothing else.
    ///
    /// # Errors
    /// When the file with the settings can't be read, or `CLOAKROOM_SECRET` is not set.
    pub fn django_settings(&self) -> Result<Option<Settings>, ConfigError> {
        if self.variables.dialect.as_deref() != Some("django") {
            return Ok(None);
        }
        let mut problems = ConfigError::default();
        let settings = self.variables.settings(&mut problems);
        settings.check(&mut problems);
        if self.variables.secret.is_none() {
            problems.add(SECRET, "is not set; without the site's SECRET_KEY its sessions can't be read, nor named by anything but what their visitors hold");
        }
        problems.into_result().map(|()| Some(settings))
    }
}

impl Variables {
    pub(super) async fn django(
        &self,
        keys: Option<KeyRing>,
        options: Options,
        mut problems: ConfigError,
    ) -> Result<Builder, ConfigError> {
        let settings = self.settings(&mut problems);
        let mut check = ConfigError::default();
        settings.check(&mut check);
        problems.extend(check);
        let Some(Hidden(url)) = &self.store else {
            problems.add(STORE, "is not set");
            return Err(problems);
        };
        let cache = self.cache.as_ref().map(|Hidden(cache)| cache.as_str());
        // Its table is Django's to make, with what its own migrations note of it; a wrong path makes no database.
        let in_memory = url.starts_with("sqlite::memory:") || url.contains("mode=memory");
        let options = options.migrate(in_memory);
        let store = store::django::connect_with(url, cache, &settings, &options).await;
        let store = store.map_err(|error| {
            let of_cache = error.problems().iter().all(|it| it.setting == "cache");
            problems.extend(error.renamed(if of_cache { CACHE } else { STORE }));
        });
        match (keys, store) {
            (Some(keys), Ok(store)) if problems.problems().is_empty() => {
                Ok(Builder::new(keys).store(store).django(settings))
            }
            _ => Err(problems),
        }
    }

    fn settings(&self, problems: &mut ConfigError) -> Settings {
        let text = |hidden: &Option<Hidden>| {
            let text = hidden.as_ref().map(|Hidden(text)| text.clone());
            text.unwrap_or_default()
        };
        let fallbacks = text(&self.fallbacks);
        let fallbacks = fallbacks
            .split(',')
            .map(str::trim)
            .filter(|it| !it.is_empty());
        let blank = Settings::new(text(&self.secret));
        let mut settings = fallbacks.fold(blank, Settings::fallback);
        settings = match &self.django_settings {
            None => settings.set("SESSION_ENGINE", self.engine()),
            Some(file) => match env_file(file).and_then(|json| settings.clone().read(json)) {
                Ok(read) => read,
                Err(error) => {
                    problems.extend(error.renamed(DJANGO_SETTINGS));
                    settings
                }
            },
        };
        let storage = match self.messages.as_deref() {
            Some("fallback") => "fallback.FallbackStorage",
            Some("session") => "session.SessionStorage",
            Some("cookie") => "cookie.CookieStorage",
            _ => return settings,
        };
        let path = format!("django.contrib.messages.storage.{storage}");
        settings.set("MESSAGE_STORAGE", path)
    }

    /// Returns the engine that the store's URL speaks for.
    fn engine(&self) -> &'static str {
        let url = self.store.as_ref().map_or("", |Hidden(url)| url);
        match (url.split(':').next(), &self.cache) {
            (Some("cookie"), _) => "django.contrib.sessions.backends.signed_cookies",
            (Some("file"), _) => "django.contrib.sessions.backends.file",
            (Some("sqlite" | "postgres" | "postgresql" | "mysql" | "mariadb"), Some(_)) => {
                "django.contrib.sessions.backends.cached_db"
            }
            (Some("sqlite" | "postgres" | "postgresql" | "mysql" | "mariadb"), None) => {
                "django.contrib.sessions.backends.db"
            }
            _ => "django.contrib.sessions.backends.cache",
        }
    }
}

fn env_file(path: &str) -> Result<Vec<u8>, ConfigError> {
    std::fs::read(path).map_err(|error| {
        ConfigError::one(DJANGO_SETTINGS, format!("can't be read: {}", error.kind()))
    })
}
