//! Opening the store that an operator names.
use std::time::Duration;

use cloakroom::ConfigError;
use cloakroom::store::{self, AnyStore, Options};

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
    let opened = store::connect_with(url, options).await;
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

fn wrong(setting: &str, what: &str) -> OpsError {
    OpsError::Setting(ConfigError::one(setting, what))
}

/// Returns the URL as it may be shown: without user, password and parameters.
#[must_use]
pub fn shown(url: &str) -> String {
    let bare = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = bare.split_once("://") else {
        return "a store without a place".into();
    };
    // A password that was not percent-encoded may hold a slash or another at sign.
    let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    format!("{scheme}://{place}")
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
        ];
        for (url, expected) in cases {
            assert_eq!(shown(url), expected);
        }
    }
}
