//! `CACHES`: how the entries of the site's cache are named.
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::django::cache;
use crate::django::settings::reading::{What, text};
use crate::django::settings::{Engine, Settings};
use crate::error::ConfigError;

/// A site's own way to name cache entries.
#[derive(Clone)]
pub(crate) struct KeyFunction(pub(super) Arc<Function>);

type Function = dyn Fn(&str, &str, i64) -> String + Send + Sync;

impl fmt::Debug for KeyFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyFunction(..)")
    }
}

/// One of the caches.
#[derive(Clone, Debug, Default)]
pub(crate) struct Alias {
    pub(super) backend: String,
    pub(super) prefix: String,
    pub(super) version: i64,
    pub(super) function: Option<Form>,
}

/// What a site's `KEY_FUNCTION` makes of a key.
#[derive(Clone, Debug)]
pub(super) enum Form {
    /// A text in which `{key}`, `{prefix}` and `{version}` stand for themselves.
    Places(String),
    /// Something that only Python can say.
    Python,
}

impl Form {
    fn of(text: String) -> Self {
        match text.contains(KEY) {
            true => Self::Places(text),
            false => Self::Python,
        }
    }
}

const KEY: &str = "{key}";

/// Fills the places of a form, whatever stands in what they are filled with.
fn filled(form: &str, places: [(&str, &str); 3]) -> String {
    let (mut filled, mut rest) = (String::new(), form);
    while let Some(at) = rest.find('{') {
        let (before, after) = rest.split_at(at);
        let place = places.iter().find(|(place, _)| after.starts_with(place));
        let (length, with) = place.map_or((1, "{"), |(place, with)| (place.len(), *with));
        filled.push_str(before);
        filled.push_str(with);
        rest = &after[length..];
    }
    filled + rest
}

const BACKENDS: [&str; 2] = [
    "django.core.cache.backends.redis.RedisCache",
    "django.core.cache.backends.memcached.PyMemcacheCache",
];

/// Reads `CACHES`.
pub(super) fn aliases(value: &Value) -> Result<Vec<(String, Alias)>, What> {
    let caches = value.as_object().ok_or("is no dict of caches")?;
    let read = |(name, cache): (&String, &Value)| {
        let get = |key: &str| cache.get(key).filter(|value| !value.is_null());
        let version = get("VERSION").map_or(Some(1), Value::as_i64);
        let alias = Alias {
            backend: get("BACKEND").map(text).transpose()?.unwrap_or_default(),
            prefix: get("KEY_PREFIX").map(text).transpose()?.unwrap_or_default(),
            version: version.ok_or("has a VERSION that is no whole number")?,
            function: get("KEY_FUNCTION").map(text).transpose()?.map(Form::of),
        };
        Ok((name.clone(), alias))
    };
    caches.iter().map(read).collect()
}

impl Settings {
    /// Lists what is wrong with the cache that sessions are kept in.
    pub(super) fn check_cache(&self, problems: &mut ConfigError) {
        let used = matches!(self.session.engine, Engine::Cache | Engine::CachedDb);
        let Some((_, alias)) = self.alias().filter(|_| used) else {
            return;
        };
        if !BACKENDS.contains(&alias.backend.as_str()) {
            problems.add(
                "CACHES",
                "names a backend for sessions that is neither Django's own RedisCache nor PyMemcacheCache",
            );
        }
        if matches!(alias.function, Some(Form::Python)) && self.cache.function.is_none() {
            problems.add(
                "CACHES",
                "names a KEY_FUNCTION, which is Python's; write what it makes of {key}, {prefix} and {version} there, or give the \
                 same to Settings::key_function",
            );
        }
    }

    fn alias(&self) -> Option<&(String, Alias)> {
        let mut aliases = self.cache.aliases.iter();
        aliases.find(|(name, _)| *name == self.session.cache_alias)
    }

    /// Returns the whole key of the cache entry with this key.
    pub(crate) fn cache_key(&self, key: &str) -> String {
        let default = Alias {
            version: 1,
            ..Alias::default()
        };
        let alias = self.alias().map_or(&default, |(_, alias)| alias);
        let (prefix, version) = (&*alias.prefix, alias.version);
        match (&self.cache.function, &alias.function) {
            (Some(function), _) => (function.0)(key, prefix, version),
            (None, Some(Form::Places(form))) => {
                let version = version.to_string();
                let places = [(KEY, key), ("{prefix}", prefix), ("{version}", &version)];
                filled(form, places)
            }
            (None, _) => cache::key(prefix, version, key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn with(caches: &Value) -> Settings {
        Settings::new("k")
            .set("SESSION_ENGINE", "django.contrib.sessions.backends.cache")
            .set("CACHES", caches.clone())
    }

    fn count(settings: &Settings) -> usize {
        let mut problems = ConfigError::default();
        settings.check(&mut problems);
        problems.problems().len()
    }

    #[test]
    fn entries_are_named_by_prefix_version_and_a_function_of_the_sites_own() {
        assert_eq!(Settings::new("k").cache_key("x"), ":1:x");
        let redis = BACKENDS[0];
        let plain =
            with(&json!({"default": {"BACKEND": redis, "KEY_PREFIX": "shop", "VERSION": 3}}));
        assert_eq!(plain.cache_key("x"), "shop:3:x");
        assert_eq!(count(&plain), 0);
        let own = json!({"default": {
            "BACKEND": redis, "KEY_PREFIX": "{key}", "VERSION": 2, "KEY_FUNCTION": "é|{version}|{prefix}|{other}{key}|",
        }});
        let own = with(&own);
        assert_eq!(own.cache_key("x"), "é|2|{key}|{other}x|");
        assert_eq!(count(&own), 0);
        let own = with(&json!({"default": {"BACKEND": redis, "KEY_FUNCTION": "shop.key"}}));
        assert_eq!(count(&own), 1);
        let own = own.key_function(|key, prefix, version| format!("{version}/{prefix}/{key}"));
        assert_eq!(own.cache_key("x"), "1//x");
        assert_eq!(count(&own), 0);
        let memory = "django.core.cache.backends.locmem.LocMemCache";
        assert_eq!(count(&with(&json!({"default": {"BACKEND": memory}}))), 1);
    }
}
