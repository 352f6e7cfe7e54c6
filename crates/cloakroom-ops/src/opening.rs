//! Opening the store that an operator names.
use std::time::Duration;

use cloakroom::store::{self, AnyStore, Options};
use cloakroom::{Cloakroom, ConfigError};

use crate::OpsError;

/// How long an operator waits for one answer; a visitor would not wait as long.
const PATIENCE: Duration = Duration::from_secs(10);

/// Says whether opening may make or change a store's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tables {
    /// They may be made and brought up to date.
    Migrate,
    /// They have to be those that this version needs.
    AsTheyAre,
}

/// Returns how an operator speaks to a server. The prefix is that of
/// [`Options::prefix`](cloakroom::store::Options::prefix), when the site has set one.
pub fn options(tables: Tables, prefix: Option<&str>) -> Options {
    let options = Options::new()
        .response_timeout(PATIENCE)
        .migrate(tables == Tables::Migrate);
    match prefix {
        Some(prefix) => options.prefix(prefix),
        None => options,
    }
}

/// Opens the store of a URL; `setting` is how the operator gave it, for errors.
///
/// # Errors
/// When the URL names no store, one within another process's memory or in cookies, or one that can't be used.
pub async fn open(setting: &str, url: &str, options: &Options) -> Result<AnyStore, OpsError> {
    if url.is_empty() {
        return Err(wrong(setting, "is empty; give a store's URL"));
    }
    if is_in_memory(url) {
        let what =
            "names a store in the memory of the site's own process, which nobody else can open";
        return Err(wrong(setting, what));
    }
    if url == "cookie:" {
        let what =
            "keeps each session in its visitor's browser; nobody else can look at it or end it";
        return Err(wrong(setting, what));
    }
    if !is_known(url) {
        let what = "does not begin with a known scheme; use sqlite://, postgres://, mysql://, redis://, redis+sentinel://, redis+cluster://, memcached:// or file://";
        return Err(wrong(setting, what));
    }
    let site = Cloakroom::from_env().store_or(url).django_settings();
    let opened = match site.map_err(OpsError::Setting)? {
        Some(site) => {
            // The copies of Django's `cached_db` are kept in line with every row that changes.
            let cache = std::env::var("CLOAKROOM_CACHE").ok();
            let cache = cache.as_deref().filter(|url| !url.is_empty());
            store::django::connect_with(url, cache, &site, options).await
        }
        None => store::connect_with(url, options).await,
    };
    opened.map_err(|error| OpsError::Setting(error.renamed(setting)))
}

/// What the operator says of a cache before the store.
#[derive(Clone, Copy, Debug)]
pub enum Cache<'a> {
    /// Nothing.
    Unsaid,
    /// There is none, or it may answer for a while from what has changed: five minutes at most.
    None,
    /// It is at this URL.
    At(&'a str),
}

/// Puts the site's cache before its database, so that no node answers from what is changed or ended
/// here; `setting` is how the operator gave it.
///
/// # Errors
/// When the cache can't be opened, or nothing is said of it and the database knows of one.
pub async fn behind(setting: &str, cache: Cache<'_>, db: AnyStore) -> Result<AnyStore, OpsError> {
    match cache {
        _ if db.is_shared() => Ok(db),
        Cache::None => Ok(db),
        Cache::At(url) if is_in_memory(url) => {
            let what = "is in the memory of the site's own process, which nobody else can reach; with --no-cache it may answer for what is changed here for up to five minutes";
            Err(wrong(setting, what))
        }
        Cache::At(url) => match store::connect_cache(url).await {
            Ok(cache) => Ok(store::cached(db, cache)),
            Err(error) => Err(OpsError::Setting(error.renamed(setting))),
        },
        Cache::Unsaid if store::has_cache(&db).await? => Err(wrong(
            setting,
            "is not set, but the database knows of a cache before it, which would go on answering for what is changed here; set it, or give --no-cache if the site has none any more",
        )),
        Cache::Unsaid => Ok(db),
    }
}

fn is_in_memory(url: &str) -> bool {
    url == "memory:" || url.starts_with("sqlite::memory:") || url.contains("mode=memory")
}

/// The schemes of stores that can be opened from outside of the site.
const SCHEMES: [&str; 13] = [
    "sqlite",
    "postgres",
    "postgresql",
    "mysql",
    "mariadb",
    "redis",
    "rediss",
    "redis+sentinel",
    "rediss+sentinel",
    "redis+cluster",
    "rediss+cluster",
    "memcached",
    "file",
];

/// Says whether a URL begins with the scheme of such a store.
pub(crate) fn is_known(url: &str) -> bool {
    let scheme = url.split(':').next().unwrap_or_default();
    SCHEMES.contains(&scheme)
}

fn wrong(setting: &str, what: &str) -> OpsError {
    OpsError::Usage(ConfigError::one(setting, what))
}

/// Parameters that say which database it is, and hold no secret.
const PLACES: [&str; 8] = [
    "host", "hostaddr", "port", "dbname", "socket", "options", "table", "prefix",
];

/// Returns the URL as it may be shown: without user and password, and with those parameters only that
/// tell one database from another. Where that can't be told from a password, only the scheme is left.
#[must_use]
pub fn shown(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return "a store without a place".into();
    };
    if ["sqlite", "file"].contains(&scheme) {
        let (path, parameters) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
        return format!("{scheme}://{path}{}", places_in(parameters));
    }
    match place(rest) {
        Some(place) => format!("{scheme}://{place}"),
        None => format!("{scheme}:"),
    }
}

/// As [`shown`], for when it has to tell one database from another.
///
/// # Errors
/// When only the scheme could be shown.
pub fn named(setting: &str, url: &str) -> Result<String, OpsError> {
    let shown = shown(url);
    if shown.ends_with(':') {
        let what = "leaves open where the password ends; write what is special in it percent-encoded (%40 for an at sign)";
        return Err(wrong(setting, what));
    }
    Ok(shown)
}

/// Returns what may be shown of a server's URL after its scheme.
fn place(rest: &str) -> Option<String> {
    // A password that was not percent-encoded may hold any of `/?#@`, so it ends at the last at sign.
    let (user, place) = rest.rsplit_once('@').unwrap_or(("", rest));
    // But that one may stand in a parameter, and what follows it may be a password's end.
    let asked = user.split_once(['?', '#']);
    if asked.is_some_and(|(_, parameters)| parameters.contains('=')) {
        return None;
    }
    let (bare, parameters) = place.split_at(place.find(['?', '#']).unwrap_or(place.len()));
    let hosts = bare.split('/').next().unwrap_or_default();
    if !hosts.split(',').all(is_host) {
        return None;
    }
    Some(format!("{bare}{}", places_in(parameters)))
}

/// Returns of what stands behind a URL's path what says which database it is.
fn places_in(parameters: &str) -> String {
    let parameters = parameters.trim_start_matches('?').split(['&', '#']);
    let kept: Vec<_> = parameters
        .filter(|one| PLACES.contains(&one.split('=').next().unwrap_or_default()))
        .collect();
    let mark = if kept.is_empty() { "" } else { "?" };
    format!("{mark}{}", kept.join("&"))
}

/// Says whether this is a host, perhaps with a port, and not a user with a password.
fn is_host(text: &str) -> bool {
    match text.rsplit_once(':') {
        Some((_, port)) => text.ends_with(']') || port.bytes().all(|byte| byte.is_ascii_digit()),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_a_url_holds_neither_user_nor_password() {
        let cases = [
            ("sqlite://shop.db", "sqlite://shop.db"),
            (
                "sqlite:///var/lib/shop.db?mode=rwc",
                "sqlite:///var/lib/shop.db",
            ),
            (
                "postgres://u:hunter2@db:5432/shop",
                "postgres://db:5432/shop",
            ),
            (
                "postgres://u:hunt/er@2@db/shop?password=hunter2",
                "postgres://db/shop",
            ),
            (
                "redis+sentinel://:hunter2@a:1,b:2/main",
                "redis+sentinel://a:1,b:2/main",
            ),
            ("postgres://u:hun?ter2@h/db", "postgres://h/db"),
            ("postgres://u:hun#ter2@h/db", "postgres://h/db"),
            ("mysql://u:hun?t#e/r2@h:3306/db?x=y", "mysql://h:3306/db"),
            ("postgres://u:hunter2", "postgres:"),
            ("postgres://u:hun?ter2", "postgres:"),
            ("postgres://h/db?password=hun@ter2", "postgres:"),
            (
                "postgres://u:hunter2@[::1]:5432/db",
                "postgres://[::1]:5432/db",
            ),
            ("postgres://[::1]/db", "postgres://[::1]/db"),
        ];
        for (url, expected) in cases {
            assert_eq!(shown(url), expected);
        }
    }

    #[test]
    fn two_databases_are_never_shown_as_one_place() {
        let pairs = [
            ("sqlite:///a@x/shop.db", "sqlite:///b@x/shop.db"),
            ("file:///a@x/shop", "file:///b@x/shop"),
            ("postgres://u:p?w@h/one", "postgres://u:p?w@h/two"),
            ("postgres:///shop?host=/a", "postgres:///shop?host=/b"),
            ("postgres://h?dbname=a", "postgres://h?password=x&dbname=b"),
            ("sqlite://shop.db", "sqlite://shop.db?table=drafts"),
            ("mysql://h/d?table=a", "mysql://h/d?table=b"),
            ("redis://h", "redis://h?prefix=drafts"),
        ];
        for (one, other) in pairs {
            assert_ne!(named("", one).unwrap(), named("", other).unwrap());
        }
        for url in ["postgres://h/one?password=a@b", "postgres://u:hunter2"] {
            let told = named("--to", url).unwrap_err().to_string();
            assert!(told.starts_with("--to: "), "{told}");
        }
    }
}
