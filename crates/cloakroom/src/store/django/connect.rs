//! Opening the store of a Django site by its URL.
use crate::django::{Engine, Settings, auth};
use crate::error::{ConfigError, StoreError};
use crate::store::django::record::Rules;
use crate::store::django::{Codec, Copies};
use crate::store::{AnyStore, InCookie, Options};

/// Opens the store in which a Django site with these settings keeps its sessions.
///
/// | `SESSION_ENGINE` | URL |
/// |---|---|
/// | `…backends.db` | `sqlite://`, `postgres://`, `mysql://`, as in [`store::connect`](crate::store::connect): the database with the table `django_session`, which is made if need be |
/// | `…backends.cache` | `redis://`, also with sentinels, or `memcached://`: one server, as Django's own backends take it |
/// | `…backends.cached_db` | as for `db`; the cache goes to [`connect_with_cache`] |
/// | `…backends.file` | `file://`: the folder `SESSION_FILE_PATH`, which has to be there |
/// | `…backends.signed_cookies` | `cookie:` |
///
/// # Errors
/// When URL and engine don't belong together, the feature of one is off, or the store can't be used.
pub async fn connect(url: &str, settings: &Settings) -> Result<AnyStore, ConfigError> {
    connect_with(url, None, settings, &Options::default()).await
}

/// Opens the database of `cached_db` sessions and the cache in which Django reads their copies.
///
/// # Errors
/// As [`connect`].
pub async fn connect_with_cache(
    url: &str,
    cache: &str,
    settings: &Settings,
) -> Result<AnyStore, ConfigError> {
    connect_with(url, Some(cache), settings, &Options::default()).await
}

/// Opens a store within these limits. See [`connect`] and [`connect_with_cache`].
///
/// # Errors
/// As [`connect`].
pub async fn connect_with(
    url: &str,
    cache: Option<&str>,
    settings: &Settings,
    options: &Options,
) -> Result<AnyStore, ConfigError> {
    if options.local > 0 {
        return Err(ConfigError::one("store", NO_LOCAL));
    }
    let (keys, rules) = (&settings.keys, rules(settings));
    let in_rows = || Codec::signed(keys, rules.clone());
    let in_cache = || Codec::pickled(rules.clone());
    let opened = match (settings.engine(), Kind::of(url), cache) {
        (Engine::Db, Some(kind), None) if kind.is_database() => {
            rows(kind, url, options, in_rows(), None).await
        }
        (Engine::CachedDb, Some(kind), Some(cache)) if kind.is_database() => {
            let copies = copies(cache, settings, in_cache()).await;
            match copies.map_err(|error| ConfigError::of_store("cache", &error))? {
                Some(copies) => rows(kind, url, options, in_rows(), Some(copies)).await,
                None => return Err(ConfigError::one("cache", NO_CACHE)),
            }
        }
        (Engine::CachedDb, Some(kind), None) if kind.is_database() => {
            return Err(ConfigError::one("cache", NO_CACHE));
        }
        (Engine::Cache, Some(kind), None) if kind.is_cache() => {
            entries(kind, url, options, settings, in_cache()).await
        }
        (Engine::SignedCookies, Some(Kind::Cookie), None) => {
            let codec = Codec::in_cookies(keys, rules);
            Ok(InCookie::signed(codec, settings.session.age).into())
        }
        (Engine::File, Some(Kind::File), None) => files(url, settings, in_rows()).await,
        _ => return Err(ConfigError::one("store", WRONG)),
    };
    let store = opened.map_err(|error| ConfigError::of_store("store", &error))?;
    let key = auth::handle_key(keys);
    Ok(store.shared(move |name| key.of(name.as_bytes())))
}

const WRONG: &str = "is none that Django's SESSION_ENGINE keeps sessions in: db and cached_db take sqlite://, postgres:// or mysql://, cache takes redis:// or memcached://, file takes file://, signed_cookies takes cookie:";
const NO_LOCAL: &str =
    "can't have copies in the process (`local`), since Django does not tell of what it writes";
const NO_CACHE: &str = "is needed by Django's cached_db sessions, and is redis:// or memcached://";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Sqlite,
    Postgres,
    Mysql,
    Redis,
    Memcached,
    File,
    Cookie,
}

impl Kind {
    fn of(url: &str) -> Option<Self> {
        Some(match url.split(':').next()? {
            "sqlite" => Self::Sqlite,
            "postgres" | "postgresql" => Self::Postgres,
            "mysql" | "mariadb" => Self::Mysql,
            "redis" | "rediss" | "redis+sentinel" | "rediss+sentinel" => Self::Redis,
            "memcached" => Self::Memcached,
            "file" => Self::File,
            "cookie" if url == "cookie:" => Self::Cookie,
            _ => return None,
        })
    }

    fn is_database(self) -> bool {
        matches!(self, Self::Sqlite | Self::Postgres | Self::Mysql)
    }

    fn is_cache(self) -> bool {
        matches!(self, Self::Redis | Self::Memcached)
    }
}

fn rules(settings: &Settings) -> Rules {
    Rules {
        age: settings.session.age,
        backends: settings.backends.clone(),
        zone: settings.zone(),
        rows: settings.zone_of_rows(),
    }
}

fn is_off() -> StoreError {
    StoreError::new("django", "be opened").because("the crate's feature for this URL is off")
}

#[cfg_attr(
    not(any(feature = "sqlite", feature = "postgres", feature = "mysql")),
    expect(
        unused_variables,
        clippy::unused_async,
        reason = "with a feature they are used"
    )
)]
async fn rows(
    kind: Kind,
    url: &str,
    options: &Options,
    codec: Codec,
    copies: Option<Copies>,
) -> Result<AnyStore, StoreError> {
    match kind {
        #[cfg(feature = "sqlite")]
        Kind::Sqlite => crate::store::sqlite::django::open(url, options, codec, copies).await,
        #[cfg(feature = "postgres")]
        Kind::Postgres => crate::store::postgres::django::open(url, options, codec, copies).await,
        #[cfg(feature = "mysql")]
        Kind::Mysql => crate::store::mysql::django::open(url, options, codec, copies).await,
        _ => Err(is_off()),
    }
}

#[cfg_attr(
    not(any(feature = "redis", feature = "memcached")),
    expect(
        unused_variables,
        clippy::unused_async,
        reason = "with a feature they are used"
    )
)]
async fn entries(
    kind: Kind,
    url: &str,
    options: &Options,
    settings: &Settings,
    codec: Codec,
) -> Result<AnyStore, StoreError> {
    match kind {
        #[cfg(feature = "redis")]
        Kind::Redis => crate::store::redis::django::open(url, options, settings, codec).await,
        #[cfg(feature = "memcached")]
        Kind::Memcached => {
            crate::store::memcached::django::open(url, options, settings, codec).await
        }
        _ => Err(is_off()),
    }
}

#[cfg(feature = "file")]
async fn files(url: &str, settings: &Settings, codec: Codec) -> Result<AnyStore, StoreError> {
    let session = &settings.session;
    crate::store::file::django::open(url, &session.cookie.name, session.age, codec).await
}

#[cfg(not(feature = "file"))]
#[expect(clippy::unused_async, reason = "with the feature it is async")]
async fn files(_: &str, _: &Settings, _: Codec) -> Result<AnyStore, StoreError> {
    Err(is_off())
}

/// Opens the cache of copies; `None` when the URL names none.
#[cfg_attr(
    not(any(feature = "redis", feature = "memcached")),
    expect(
        unused_variables,
        clippy::unused_async,
        reason = "with a feature they are used"
    )
)]
async fn copies(
    url: &str,
    settings: &Settings,
    codec: Codec,
) -> Result<Option<Copies>, StoreError> {
    match Kind::of(url).filter(|kind| kind.is_cache()) {
        #[cfg(feature = "redis")]
        Some(Kind::Redis) => {
            let copies = crate::store::redis::django::copies(url, settings, codec).await;
            copies.map(Some)
        }
        #[cfg(feature = "memcached")]
        Some(Kind::Memcached) => {
            let copies = crate::store::memcached::django::copies(url, settings, codec).await;
            copies.map(Some)
        }
        Some(_) => Err(is_off()),
        None => Ok(None),
    }
}
