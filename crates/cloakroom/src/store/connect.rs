//! Opening a store by its URL, as operators write it in a setting.
use crate::error::{ConfigError, StoreError};
use crate::store::{AnyStore, InCookie, MemoryStore, Options};

/// Opens the store that a URL names and makes sure that it can be used, with the default [`Options`].
///
/// | URL | store |
/// |---|---|
/// | `memory:` | this process's memory |
/// | `cookie:` | none: the whole session is sealed in the visitor's cookie ([`InCookie`] says at what price) |
/// | `sqlite://path/to/file.db`, `sqlite:///absolute/file.db`, `sqlite::memory:` | SQLite (feature `sqlite`); the file and its tables are made if need be; in the path, write spaces and `%`, `?`, `#` percent-encoded |
/// | `mysql://user:password@host:3306/database`, also `mariadb://…` | MySQL 8 or MariaDB (feature `mysql`); the database must be there, its tables are made |
/// | `file:///absolute/folder`, `file://relative/folder` | a file for each session (feature `file`), in a folder of the store's own on a local disk; it is made if need be, the one around it is not; percent-encoded as above |
/// | `postgres://user:password@host:5432/database`, also `postgresql://…` | PostgreSQL (feature `postgres`); the tables are made if need be; of several hosts, `postgres://user:password@a,b:5433/database`, the one that takes writes |
/// | `redis://user:password@host:6379/0` | Redis 6.2 or newer, or Valkey (feature `redis`, as with all of these); percent-encoding for what is special in a password |
/// | `redis+sentinel://user:password@host:26379,host:26379/primary-name/0` | the primary that these sentinels name |
/// | `redis+cluster://user:password@host:6379,host:6379` | a cluster, found through any of its nodes |
/// | `rediss://…`, `rediss+sentinel://…`, `rediss+cluster://…` | the same over TLS |
/// | `memcached://host:port`, `memcached://host:port,host:port` | memcached 1.6 or newer (feature `memcached`), on one server or spread over several; volatile: [`MemcachedStore`](crate::store::MemcachedStore) |
///
/// Behind a `?`, several of them with `&` between:
///
/// | parameter | of | meaning |
/// |---|---|---|
/// | `table` | SQLite, PostgreSQL, MySQL | a place of its own in the same database, as in `?table=wizard_drafts`: [`Options::table`] |
/// | `prefix` | Redis | the same in one Redis, as in `?prefix=drafts`: [`Options::prefix`] |
/// | `local` | PostgreSQL, Redis alone or behind Sentinel | copies of at most so many MiB in this process, as in `?local=64`: [`Options::local`] |
/// | `sentinel_password` | Redis behind Sentinel | what the sentinels themselves ask for |
/// | `sslmode` | PostgreSQL | `require`, the same as `verify-full` and `verify-ca`: only over TLS, and only with a certificate that is right; `prefer`, the default, the same as `allow`: over TLS where the server has that, whatever its certificate; `disable`: without |
/// | `sslrootcert` | PostgreSQL | the file with the certificates that are trusted in place of this machine's; only over TLS, then |
/// | `mode` | SQLite | `rwc`, the default: the file is made if need be; `rw`: it has to be there; `ro`: to look only, no site can run on it; `memory`: none at all |
/// | `vfs` | SQLite | the file system that SQLite is to use, by its name |
/// | `cache`, `immutable` | SQLite | taken as other programs write them, without any effect: `private` or `shared`, `0` or `false` |
/// | all others of the driver | PostgreSQL, MySQL | what [tokio-postgres](https://docs.rs/tokio-postgres/latest/tokio_postgres/config/struct.Config.html) and [sqlx](https://docs.rs/sqlx/latest/sqlx/mysql/struct.MySqlConnectOptions.html) say of them; for MySQL over TLS, `ssl-mode=VERIFY_IDENTITY` and `ssl-ca` |
///
/// With a cache before it: [`connect_cache`](crate::store::connect_cache) and [`cached`](crate::store::cached()).
///
/// # Errors
/// When the scheme is unknown or its feature is off, or the store can't be reached; the URL itself,
/// which may hold a password, is not repeated.
pub async fn connect(url: &str) -> Result<AnyStore, ConfigError> {
    connect_with(url, &Options::default()).await
}

/// Opens the store that a URL names within these limits. See [`connect`].
///
/// # Errors
/// As [`connect`].
pub async fn connect_with(url: &str, options: &Options) -> Result<AnyStore, ConfigError> {
    let bounded = local_in(url, options).map_err(wrong)?;
    let (url, options) = bounded
        .as_ref()
        .map_or((url, options), |(url, options)| (&**url, options));
    if options.local > 0 && !tells_of_changes(url) {
        return Err(wrong(
            "asks for copies in the process (`local`), and can't tell of changes; take postgres://, redis:// or redis+sentinel://, or leave `local` out",
        ));
    }
    let named = named_in(url, options).map_err(wrong)?;
    let (url, options) = named
        .as_ref()
        .map_or((url, options), |(url, options)| (url, options));
    let opened = match url.split(':').next().unwrap_or_default() {
        "memory" if url == "memory:" => Ok(AnyStore::inspectable(MemoryStore::new())),
        "cookie" if url == "cookie:" => Ok(InCookie::new().into()),
        "sqlite" => sqlite(url, options).await,
        "postgres" | "postgresql" => postgres(url, options).await,
        "mysql" | "mariadb" => mysql(url, options).await,
        "redis" | "rediss" | "redis+sentinel" | "rediss+sentinel" | "redis+cluster"
        | "rediss+cluster" => redis(url, options).await,
        "memcached" => memcached(url, options).await,
        "file" => file(url, options).await,
        _ => {
            return Err(wrong(
                "does not begin with a known scheme; use sqlite://, postgres://, mysql://, redis://, redis+sentinel://, redis+cluster://, memcached://, file://, cookie: or memory:",
            ));
        }
    };
    opened.map_err(|error| ConfigError::of_store("store", &error))
}

/// Says whether this is a store that tells of every change.
fn tells_of_changes(url: &str) -> bool {
    matches!(
        url.split(':').next().unwrap_or_default(),
        "postgres" | "postgresql" | "redis" | "rediss" | "redis+sentinel" | "rediss+sentinel"
    )
}

/// Takes out of a URL what names a place within its database: `table` or `prefix`. `None` when it names none.
fn named_in(url: &str, options: &Options) -> Result<Option<(String, Options)>, &'static str> {
    let parameter = match url.split([':', '+']).next().unwrap_or_default() {
        "sqlite" | "postgres" | "postgresql" | "mysql" | "mariadb" => "table",
        "redis" | "rediss" => "prefix",
        _ => return Ok(None),
    };
    let Some((url, name)) = taken_out(url, parameter, "names its `table` or `prefix` twice")?
    else {
        return Ok(None);
    };
    if name.is_empty() {
        return Err("has a `table` or `prefix` that is empty");
    }
    let options = options.clone();
    Ok(Some(match parameter {
        "table" => (url, options.table(name)),
        _ => (url, options.prefix(name)),
    }))
}

/// Takes out of a URL how many MiB of copies are kept in the process. `None` when it says nothing of that.
fn local_in(url: &str, options: &Options) -> Result<Option<(String, Options)>, &'static str> {
    let Some((url, mebibytes)) = taken_out(url, "local", "says `local` twice")? else {
        return Ok(None);
    };
    let Ok(mebibytes) = mebibytes.parse() else {
        return Err("has a `local` that is no number of MiB, as in local=64");
    };
    Ok(Some((url, options.clone().local(mebibytes))))
}

/// Takes a parameter out of a URL, and returns the rest and its value. `None` when it is not there.
fn taken_out(
    url: &str,
    parameter: &str,
    twice: &'static str,
) -> Result<Option<(String, String)>, &'static str> {
    let Some((place, parameters)) = url.split_once('?') else {
        return Ok(None);
    };
    let is_it = |pair: &&str| pair.split('=').next() == Some(parameter);
    let (found, others): (Vec<_>, Vec<_>) = parameters.split('&').partition(is_it);
    let [found] = found[..] else {
        return match found.is_empty() {
            true => Ok(None),
            false => Err(twice),
        };
    };
    let read = form_urlencoded::parse(found.as_bytes()).next();
    let value = read.map_or_else(String::new, |(_, value)| value.into_owned());
    let url = match others.is_empty() {
        true => place.to_owned(),
        false => format!("{place}?{}", others.join("&")),
    };
    Ok(Some((url, value)))
}

/// Says what is wrong with the setting, without its value.
fn wrong(what: impl Into<String>) -> ConfigError {
    ConfigError::one("store", what)
}

/// Opens the stores of one feature, or says that the feature is off.
macro_rules! opens {
    ($($name:ident $feature:literal)*) => {$(
        #[cfg(feature = $feature)]
        async fn $name(url: &str, options: &Options) -> Result<AnyStore, StoreError> {
            crate::store::$name::open(url, options).await
        }

        #[cfg(not(feature = $feature))]
        async fn $name(_url: &str, _options: &Options) -> Result<AnyStore, StoreError> {
            Err(StoreError::new(stringify!($name), concat!("be opened without the crate's feature `", $feature, "`")))
        }
    )*};
}

opens! {
    sqlite "sqlite"
    postgres "postgres"
    mysql "mysql"
    redis "redis"
    memcached "memcached"
    file "file"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_may_name_a_place_within_its_database() {
        let named = |url| {
            let (url, options) = named_in(url, &Options::default()).unwrap()?;
            Some((url, options.table, options.prefix))
        };
        let table = |name: &str| (Some(name.to_owned()), "cloakroom".to_owned());
        let prefix = |name: &str| (None, name.to_owned());
        for (url, rest, (table, prefix)) in [
            (
                "sqlite://x.db?table=drafts",
                "sqlite://x.db",
                table("drafts"),
            ),
            (
                "postgres://u:p@h/d?sslmode=require&table=drafts&host=x",
                "postgres://u:p@h/d?sslmode=require&host=x",
                table("drafts"),
            ),
            ("mariadb://h/d?table=a%5Fb", "mariadb://h/d", table("a_b")),
            (
                "redis+sentinel://h/x?prefix=shop&sentinel_password=y",
                "redis+sentinel://h/x?sentinel_password=y",
                prefix("shop"),
            ),
        ] {
            assert_eq!(named(url), Some((rest.to_owned(), table, prefix)), "{url}");
        }
        for url in [
            "sqlite://x.db",
            "sqlite://x.db?mode=rw",
            "sqlite://x.db?prefix=drafts",
            "redis://h?table=drafts",
            "memcached://h?prefix=drafts",
            "memory:",
        ] {
            assert_eq!(named(url), None, "{url}");
        }
    }

    #[test]
    fn a_url_may_ask_for_copies_in_the_process() {
        let asked = |url| {
            let (url, options) = local_in(url, &Options::default()).unwrap()?;
            Some((url, options.local))
        };
        for (url, rest, mebibytes) in [
            ("redis://h/0?local=64", "redis://h/0", 64),
            (
                "postgres://h/d?sslmode=require&local=8&table=x",
                "postgres://h/d?sslmode=require&table=x",
                8,
            ),
            ("sqlite://x.db?local=0", "sqlite://x.db", 0),
        ] {
            assert_eq!(asked(url), Some((rest.to_owned(), mebibytes)), "{url}");
        }
        assert_eq!(asked("redis://h/0?prefix=local"), None);
    }

    #[tokio::test]
    async fn a_url_that_names_no_store_is_refused_and_never_repeated() {
        for url in [
            "",
            "hunter2",
            "hunter2://x",
            "memory:hunter2",
            "cookie:hunter2",
            "sqlite:",
            "sqlite://",
            "postgres://hunter2",
            "mysql://u:hunter2@127.0.0.1:1/x",
            "redis://:hunter2@127.0.0.1:1",
            "redis+cluster://:hunter2@127.0.0.1:1",
            "memcached://hunter2:x",
            "file://",
            "sqlite://x.db?table=hunter2&table=hunter2",
            "sqlite://x.db?table=",
            "sqlite::memory:?table=Hunter2",
            "sqlite://x.db?prefix=hunter2",
            "redis://h?prefix=",
            "redis://h?local=hunter2",
            "postgres://h/d?local=1&local=2",
            "sqlite::memory:?local=64",
            "memory:?local=64",
            "redis+cluster://:hunter2@h?local=64",
        ] {
            let error = connect(url).await.unwrap_err().to_string();
            assert!(error.starts_with("store: "), "{error}");
            assert!(!error.to_lowercase().contains("hunter2"), "{error}");
        }
        for url in ["memory:", "cookie:"] {
            assert!(connect(url).await.is_ok());
        }
    }
}
