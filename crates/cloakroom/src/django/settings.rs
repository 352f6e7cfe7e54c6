//! The settings of a Django site, by the names that they have there.
#[cfg_attr(
    not(all(
        feature = "sqlite",
        feature = "postgres",
        feature = "mysql",
        feature = "redis",
        feature = "memcached",
        feature = "file"
    )),
    allow(dead_code, reason = "of caches alone")
)]
mod caches;
mod reading;
mod table;
mod times;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::Value;

use crate::django::cookie::SaltStyle;
use crate::django::messages::Kind;
use crate::django::settings::times::Times;
use crate::django::signing::Keys;
use crate::error::{ConfigError, StoreError};

pub use table::{NAMES, SNIPPET};

pub(crate) use caches::KeyFunction;

/// What a user's password column holds, or nothing when there is no such user.
pub(crate) type Password = Pin<Box<dyn Future<Output = Result<Option<String>, StoreError>> + Send>>;
pub(crate) type Passwords = dyn Fn(String) -> Password + Send + Sync;

/// Where a Django site keeps its sessions, by its `SESSION_ENGINE`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Engine {
    /// In the table `django_session`.
    #[default]
    Db,
    /// In the cache.
    Cache,
    /// In the table, with copies in the cache.
    CachedDb,
    /// In files.
    File,
    /// In the visitor's cookie, signed and for everybody to read.
    SignedCookies,
}

/// The settings of the Django site that sessions, messages and forms are shared with.
///
/// Each begins as in Django 5.2 and can be [`set`](Settings::set) by its name there, or all of them
/// [`read`](Settings::read) from what [`SETTINGS_SNIPPET`](crate::django::SETTINGS_SNIPPET) prints in the Django project.
///
/// ```
/// use cloakroom::django::Settings;
///
/// let settings = Settings::new("the site's SECRET_KEY, which should be long and random")
///     .set("SESSION_COOKIE_AGE", 3600)
///     .set("CSRF_TRUSTED_ORIGINS", vec!["https://shop.example"]);
/// # let _ = settings;
/// ```
#[derive(Clone)]
#[must_use]
pub struct Settings {
    pub(crate) keys: Keys,
    pub(crate) session: Session,
    pub(crate) csrf: Csrf,
    pub(crate) security: Security,
    pub(crate) messages: Messages,
    pub(crate) hosts: Hosts,
    pub(crate) cache: Cache,
    pub(crate) backends: Vec<String>,
    times: Times,
    pub(crate) cookie_salts: SaltStyle,
    pub(crate) writes_legacy_salts: bool,
    pub(crate) passwords: Option<Arc<Passwords>>,
    problems: Vec<(String, &'static str)>,
}

/// A cookie's attributes.
#[derive(Clone, Debug)]
pub(crate) struct CookieSettings {
    pub(crate) name: String,
    pub(crate) domain: Option<String>,
    pub(crate) path: String,
    pub(crate) secure: bool,
    pub(crate) http_only: bool,
    pub(crate) same_site: Option<String>,
}

impl CookieSettings {
    fn named(name: &str) -> Self {
        Self {
            name: name.into(),
            domain: None,
            path: "/".into(),
            secure: false,
            http_only: true,
            same_site: Some("Lax".into()),
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) engine: Engine,
    pub(crate) cookie: CookieSettings,
    pub(crate) age: u64,
    pub(crate) save_every_request: bool,
    pub(crate) ends_with_browser: bool,
    pub(crate) cache_alias: String,
    pub(crate) file_path: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Csrf {
    pub(crate) cookie: CookieSettings,
    pub(crate) age: Option<u64>,
    pub(crate) header: String,
    pub(crate) trusted: Vec<String>,
    pub(crate) in_session: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Security {
    pub(crate) hsts_seconds: u64,
    pub(crate) hsts_subdomains: bool,
    pub(crate) hsts_preload: bool,
    pub(crate) nosniff: bool,
    pub(crate) referrer_policy: Vec<String>,
    pub(crate) opener_policy: Option<String>,
    pub(crate) ssl_redirect: bool,
    pub(crate) ssl_host: Option<String>,
    pub(crate) redirect_exempt: Vec<String>,
    pub(crate) proxy_header: Option<(String, String)>,
    pub(crate) frame_options: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Messages {
    pub(crate) kind: Kind,
    pub(crate) level: u32,
    pub(crate) tags: Vec<(u32, String)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    /// `None`: whatever the request names.
    pub(crate) allowed: Option<Vec<String>>,
    pub(crate) debug: bool,
    pub(crate) forwarded_host: bool,
    pub(crate) forwarded_port: bool,
    /// The port that the server listens on; `None`: that of the request's scheme.
    pub(crate) port: Option<String>,
}

/// How a cache names its entries.
#[derive(Clone)]
pub(crate) struct Cache {
    pub(crate) aliases: Vec<(String, caches::Alias)>,
    pub(crate) function: Option<KeyFunction>,
}

impl Settings {
    /// Begins with Django's defaults and the site's `SECRET_KEY`.
    pub fn new(secret_key: impl Into<Vec<u8>>) -> Self {
        Self {
            keys: Keys::new(secret_key),
            session: Session {
                engine: Engine::Db,
                cookie: CookieSettings::named("sessionid"),
                age: 1_209_600,
                save_every_request: false,
                ends_with_browser: false,
                cache_alias: "default".into(),
                file_path: None,
            },
            csrf: Csrf {
                cookie: CookieSettings {
                    http_only: false,
                    ..CookieSettings::named("csrftoken")
                },
                age: Some(31_449_600),
                header: "HTTP_X_CSRFTOKEN".into(),
                trusted: Vec::new(),
                in_session: false,
            },
            security: Security {
                hsts_seconds: 0,
                hsts_subdomains: false,
                hsts_preload: false,
                nosniff: true,
                referrer_policy: vec!["same-origin".into()],
                opener_policy: Some("same-origin".into()),
                ssl_redirect: false,
                ssl_host: None,
                redirect_exempt: Vec::new(),
                proxy_header: None,
                frame_options: Some("DENY".into()),
            },
            messages: Messages {
                kind: Kind::Fallback,
                level: 20,
                tags: Vec::new(),
            },
            hosts: Hosts {
                allowed: None,
                debug: false,
                forwarded_host: false,
                forwarded_port: false,
                port: None,
            },
            cache: Cache {
                aliases: Vec::new(),
                function: None,
            },
            backends: vec!["django.contrib.auth.backends.ModelBackend".into()],
            times: Times::default(),
            cookie_salts: SaltStyle::Legacy,
            writes_legacy_salts: false,
            passwords: None,
            problems: Vec::new(),
        }
    }

    /// Adds one of the site's `SECRET_KEY_FALLBACKS`.
    pub fn fallback(mut self, secret_key: impl Into<Vec<u8>>) -> Self {
        self.keys = self.keys.fallback(secret_key);
        self
    }

    /// Sets one of Django's settings, by the name that it has there.
    ///
    /// A name that is not one of [`SETTING_NAMES`](crate::django::SETTING_NAMES), or a value that is not understood, is a problem at
    /// [`Builder::build`](crate::Builder::build).
    pub fn set(mut self, name: &str, value: impl Into<Value>) -> Self {
        if let Err(what) = self.take(name, &value.into()) {
            self.problems.push((name.to_owned(), what));
        }
        self
    }

    /// Reads the JSON that [`SETTINGS_SNIPPET`](crate::django::SETTINGS_SNIPPET) prints in a Django project. Keys are not in it.
    ///
    /// # Errors
    /// When it is not in UTF-8, or no JSON object; it says in which line. What is wrong inside is told by
    /// [`Builder::build`](crate::Builder::build). A byte order mark before it, as some shells write one, is nothing.
    pub fn read(mut self, json: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        let wrong = |what: String| ConfigError::one("django", what);
        // Letters of ASCII in UTF-16 are UTF-8 as well, with a NUL beside each.
        let text = std::str::from_utf8(json.as_ref()).ok();
        let text = text.filter(|text| !text.contains('\0')).ok_or_else(|| {
            wrong("is no text in UTF-8; some shells write UTF-16 by `>`, so have it written anew in UTF-8".into())
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let settings: serde_json::Map<String, Value> =
            serde_json::from_str(text).map_err(|error| {
                let (line, column) = (error.line(), error.column());
                wrong(format!(
                    "is no JSON object of settings (line {line}, column {column})"
                ))
            })?;
        for (name, value) in settings {
            self = self.set(&name, value);
        }
        Ok(self)
    }

    /// Returns where sessions are kept.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.session.engine
    }

    /// Names cache entries as the site's `KEY_FUNCTION` does, of the key, the prefix and the version.
    pub fn key_function(
        mut self,
        function: impl Fn(&str, &str, i64) -> String + Send + Sync + 'static,
    ) -> Self {
        self.cache.function = Some(KeyFunction(Arc::new(function)));
        self
    }

    /// Says which port the server listens on, as Django's `SERVER_PORT`: it counts for the check of
    /// `Referer` where cookies have a domain. By default that of the request's scheme.
    pub fn port(mut self, port: u16) -> Self {
        self.hosts.port = Some(port.to_string());
        self
    }

    /// Asks this for the password column of whoever is signed in, once for each request that uses the
    /// session: a session whose hash is of another password is ended, as in Django, and one of a user who
    /// does not exist any more counts as a guest's.
    ///
    /// Without it nobody looks at the hash until a handler asks
    /// [`Session::is_current`](crate::Session::is_current) or
    /// [`Session::user_if`](crate::Session::user_if).
    pub fn passwords<F, A>(mut self, of: F) -> Self
    where
        F: Fn(String) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Option<String>, StoreError>> + Send + 'static,
    {
        self.passwords = Some(Arc::new(move |user| Box::pin(of(user))));
        self
    }

    /// Writes signed cookies as Django before 5.2.15, which reads no others (CVE-2026-6873).
    pub fn write_legacy_signed_cookies(mut self) -> Self {
        self.writes_legacy_salts = true;
        self
    }

    /// Lists what is wrong, by the names of the settings.
    #[must_use]
    pub fn problems(&self) -> ConfigError {
        let mut problems = ConfigError::default();
        self.check(&mut problems);
        problems
    }

    /// Lists what is wrong.
    pub(crate) fn check(&self, problems: &mut ConfigError) {
        for (name, what) in &self.problems {
            problems.add(name.as_str(), *what);
        }
        self.check_cache(problems);
        self.times.check(problems);
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("engine", &self.session.engine)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
