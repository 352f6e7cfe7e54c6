//! Settings from environment variables, as operators give them.
#[cfg(feature = "django")]
mod django;

use std::env;
use std::fmt::Display;

use crate::config::Builder;
use crate::error::ConfigError;
use crate::keys::KeyRing;
use crate::messages::Storage;
use crate::store::{self, AnyStore, Options};

const SECRET: &str = "CLOAKROOM_SECRET";
const FALLBACKS: &str = "CLOAKROOM_SECRET_FALLBACKS";
const STORE: &str = "CLOAKROOM_STORE";
const CACHE: &str = "CLOAKROOM_CACHE";
const DIALECT: &str = "CLOAKROOM_DIALECT";
const DJANGO_SETTINGS: &str = "CLOAKROOM_DJANGO_SETTINGS";
const MESSAGES: &str = "CLOAKROOM_MESSAGES";
/// What the commands `move`, `sweep-uploads`, `funnel` and those that keep an audit log read.
const OF_THE_COMMAND: [&str; 5] = [
    "CLOAKROOM_FROM",
    "CLOAKROOM_TO",
    "CLOAKROOM_UPLOADS",
    "CLOAKROOM_DRAFTS",
    "CLOAKROOM_AUDIT_LOG",
];
/// What the variables begin with that name servers for tests.
const OF_TESTS: &str = "CLOAKROOM_TEST_";

/// The variables whose names start with `CLOAKROOM_`, and what the application says for absent ones.
///
/// | name | meaning | when absent |
/// |---|---|---|
/// | `CLOAKROOM_SECRET` | the key to seal and sign with: at least 32 random bytes as text; beside a Django site its `SECRET_KEY` | what the application says ([`Environment::secret_or`]), or a problem |
/// | `CLOAKROOM_SECRET_FALLBACKS` | older keys that still open, separated by commas | none |
/// | `CLOAKROOM_STORE` | a URL, as [`store::connect`] takes it | what the application says ([`Environment::store_or`]), or a problem |
/// | `CLOAKROOM_CACHE` | a cache before the store, on every node the same: one of the `redis` or `memcached` URLs, or `memory:` for a single process ([`store::connect_cache`]) | none |
/// | `CLOAKROOM_DIALECT` | `native`, or `django` (feature `django`) | `native` |
/// | `CLOAKROOM_DJANGO_SETTINGS` | with `django`: the file with the settings that `cloakroom django-settings` describes | Django's defaults, and the engine that the store's URL speaks for |
/// | `CLOAKROOM_MESSAGES` | `fallback`, `session` or `cookie` | `fallback` |
#[derive(Debug)]
#[must_use]
pub struct Environment {
    variables: Variables,
    options: Options,
    problems: ConfigError,
}

/// The variables that are set and not empty.
#[derive(Debug, Default)]
struct Variables {
    secret: Option<Hidden>,
    fallbacks: Option<Hidden>,
    store: Option<Hidden>,
    cache: Option<Hidden>,
    dialect: Option<String>,
    django_settings: Option<String>,
    messages: Option<String>,
}

/// Text that `Debug` does not show.
struct Hidden(String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("..")
    }
}

impl Environment {
    /// The names of all variables that are read.
    pub const NAMES: [&'static str; 7] = [
        SECRET,
        FALLBACKS,
        STORE,
        CACHE,
        DIALECT,
        DJANGO_SETTINGS,
        MESSAGES,
    ];

    /// Says whether a variable is read here, by the command `cloakroom` or by tests.
    #[must_use]
    pub fn is_known(name: &str) -> bool {
        Self::NAMES.contains(&name) || OF_THE_COMMAND.contains(&name) || name.starts_with(OF_TESTS)
    }

    pub(super) fn new() -> Self {
        for (name, _) in env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("CLOAKROOM_") && !Self::is_known(&name) {
                tracing::warn!(%name, "this variable is not known, so it changes nothing");
            }
        }
        Self::read(|name| env::var_os(name).map(|value| value.into_string().map_err(|_| ())))
    }

    fn read(lookup: impl Fn(&str) -> Option<Result<String, ()>>) -> Self {
        let mut problems = ConfigError::default();
        let mut get = |name: &str| match lookup(name)? {
            Ok(value) => Some(value).filter(|value| !value.is_empty()),
            Err(()) => {
                problems.add(name, "is not Unicode");
                None
            }
        };
        let variables = Variables {
            secret: get(SECRET).map(Hidden),
            fallbacks: get(FALLBACKS).map(Hidden),
            store: get(STORE).map(Hidden),
            cache: get(CACHE).map(Hidden),
            dialect: get(DIALECT),
            django_settings: get(DJANGO_SETTINGS),
            messages: get(MESSAGES),
        };
        Self {
            variables,
            options: Options::default(),
            problems,
        }
    }

    /// Opens the store within these limits; they hold for the store of `CLOAKROOM_STORE` and of [`Environment::store_or`] alike.
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Uses this secret when `CLOAKROOM_SECRET` is absent; it is asked for only then. Beside a Django site none but the
    /// site's `SECRET_KEY` will do, so there its absence is a problem.
    pub fn secret_or<E: Display>(mut self, secret: impl FnOnce() -> Result<String, E>) -> Self {
        // A Django site has one, and no other would do.
        let is_needed = self.variables.dialect.as_deref() != Some("django");
        if self.variables.secret.is_none() && is_needed {
            match secret() {
                Ok(secret) => self.variables.secret = Some(Hidden(secret)),
                Err(error) => self.problems.add(SECRET, error.to_string()),
            }
        }
        self
    }

    /// Uses the store of this URL when `CLOAKROOM_STORE` is absent.
    pub fn store_or(mut self, url: impl Into<String>) -> Self {
        self.variables
            .store
            .get_or_insert_with(|| Hidden(url.into()));
        self
    }

    /// Opens the store, and the cache before it if there is one, and makes a builder of all settings.
    ///
    /// # Errors
    /// Lists every variable that is wrong, a store or a cache that can't be reached among them.
    pub async fn connect(self) -> Result<Builder, ConfigError> {
        let Self {
            variables,
            options,
            mut problems,
        } = self;
        let keys = variables
            .keys()
            .map_err(|error| problems.extend(error))
            .ok();
        let messages = variables.storage(&mut problems);
        variables.check_dialect(&mut problems);
        if problems.problems().iter().any(|it| it.setting == DIALECT) {
            // Opening a store makes its tables, and these may not be meant for the database.
            return Err(problems);
        }
        #[cfg(feature = "django")]
        if variables.dialect.as_deref() == Some("django") {
            return variables.django(keys, options, problems).await;
        }
        let store = match &variables.store {
            Some(Hidden(url)) => store::connect_with(url, &options).await,
            None => Err(ConfigError::one(STORE, "is not set")),
        };
        let store = named(STORE, store, &mut problems);
        let cache = match &variables.cache {
            Some(Hidden(url)) => named(CACHE, store::connect_cache(url).await, &mut problems),
            None => None,
        };
        if let (Some(store), Some(_)) = (&store, &cache)
            && store.in_cookie().is_some()
        {
            problems.add(
                CACHE,
                "has nothing to keep: the visitor's cookie has it all; leave it out",
            );
        }
        match (keys, store) {
            (Some(keys), Some(store)) if problems.problems().is_empty() => {
                let store = match cache {
                    Some(cache) => store::cached(store, cache),
                    None => store,
                };
                Ok(Builder::new(keys).store(store).messages(messages))
            }
            _ => Err(problems),
        }
    }
}

/// Names the variable in what is wrong with a store.
fn named(
    variable: &str,
    opened: Result<AnyStore, ConfigError>,
    problems: &mut ConfigError,
) -> Option<AnyStore> {
    let name = |error: ConfigError| problems.extend(error.renamed(variable));
    opened.map_err(name).ok()
}

impl Variables {
    fn keys(&self) -> Result<KeyRing, ConfigError> {
        let text =
            |hidden: &'_ Option<Hidden>| hidden.as_ref().map_or("", |Hidden(text)| text).to_owned();
        let (secret, fallbacks) = (text(&self.secret), text(&self.fallbacks));
        KeyRing::from_texts((SECRET, &secret), (FALLBACKS, &fallbacks))
    }

    fn storage(&self, problems: &mut ConfigError) -> Storage {
        match self.messages.as_deref() {
            None | Some("fallback") => Storage::Fallback,
            Some("session") => Storage::Session,
            Some("cookie") => Storage::Cookie,
            Some(_) => {
                problems.add(MESSAGES, "is none of fallback, session and cookie");
                Storage::Fallback
            }
        }
    }

    fn check_dialect(&self, problems: &mut ConfigError) {
        match self.dialect.as_deref() {
            Some("django") if cfg!(feature = "django") => return,
            Some("django") => problems.add(DIALECT, "needs the crate's feature `django`"),
            None | Some("native") => {}
            Some(_) => problems.add(DIALECT, "is neither native nor django"),
        }
        if self.django_settings.is_some() {
            problems.add(DJANGO_SETTINGS, "is for CLOAKROOM_DIALECT=django only");
        }
    }
}

#[cfg(test)]
mod tests;
