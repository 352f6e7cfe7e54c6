//! Which of Django's settings are read, and what each changes.
use serde_json::Value;

use crate::django::cookie::SaltStyle;
use crate::django::messages::Kind;
use crate::django::settings::reading::{What, flag, maybe, number, only, same_site, text, texts};
use crate::django::settings::{CookieSettings, Engine, Settings, caches, times};

/// The names of all settings that are read, beside `SECRET_KEY` and `SECRET_KEY_FALLBACKS`, which are given
/// as keys.
pub const NAMES: &[&str] = &[
    "ALLOWED_HOSTS",
    "AUTHENTICATION_BACKENDS",
    "CACHES",
    "CSRF_COOKIE_AGE",
    "CSRF_COOKIE_DOMAIN",
    "CSRF_COOKIE_HTTPONLY",
    "CSRF_COOKIE_NAME",
    "CSRF_COOKIE_PATH",
    "CSRF_COOKIE_SAMESITE",
    "CSRF_COOKIE_SECURE",
    "CSRF_HEADER_NAME",
    "CSRF_TRUSTED_ORIGINS",
    "CSRF_USE_SESSIONS",
    "DATABASES",
    "DEBUG",
    "MESSAGE_LEVEL",
    "MESSAGE_STORAGE",
    "MESSAGE_TAGS",
    "SECURE_CONTENT_TYPE_NOSNIFF",
    "SECURE_CROSS_ORIGIN_OPENER_POLICY",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS",
    "SECURE_HSTS_PRELOAD",
    "SECURE_HSTS_SECONDS",
    "SECURE_PROXY_SSL_HEADER",
    "SECURE_REDIRECT_EXEMPT",
    "SECURE_REFERRER_POLICY",
    "SECURE_SSL_HOST",
    "SECURE_SSL_REDIRECT",
    "SESSION_CACHE_ALIAS",
    "SESSION_COOKIE_AGE",
    "SESSION_COOKIE_DOMAIN",
    "SESSION_COOKIE_HTTPONLY",
    "SESSION_COOKIE_NAME",
    "SESSION_COOKIE_PATH",
    "SESSION_COOKIE_SAMESITE",
    "SESSION_COOKIE_SECURE",
    "SESSION_ENGINE",
    "SESSION_EXPIRE_AT_BROWSER_CLOSE",
    "SESSION_FILE_PATH",
    "SESSION_SAVE_EVERY_REQUEST",
    "SESSION_SERIALIZER",
    "SIGNED_COOKIE_LEGACY_SALT_FALLBACK",
    "SIGNING_BACKEND",
    "TIME_ZONE",
    "USE_TZ",
    "USE_X_FORWARDED_HOST",
    "USE_X_FORWARDED_PORT",
    "X_FRAME_OPTIONS",
];

/// Prints the settings of a Django project as JSON: `python manage.py shell -v 0 < snippet.py > settings.json`.
///
/// Keys are not among them, of the databases only the time zone of the one in which sessions are (as `default`, whatever a router
/// calls it), and of each cache only how its entries are named: a `KEY_FUNCTION` is printed as what it makes of
/// `{key}`, `{prefix}` and `{version}`, if it does the same to all of them.
pub const SNIPPET: &str = r#"import json, re
from django.apps import apps
from django.conf import global_settings, settings
from django.core.cache.backends.base import get_key_func
from django.db import router
ours = re.compile("(SESSION|CSRF|SECURE|MESSAGE|SIGN|USE_TZ|USE_X)|(TIME_ZONE|X_FRAME_OPTIONS|DEBUG|ALLOWED_HOSTS|AUTHENTICATION_BACKENDS)$")
def form(of, key="Ab0" * 20, prefix="Cd", version=12):
    form = of("{key}", "{prefix}", 76543).replace("76543", "{version}")
    return form if form.replace("{version}", "12").replace("{prefix}", prefix).replace("{key}", key) == of(key, prefix, version) else str(of)
found = {name: getattr(settings, name) for name in dir(settings) if ours.match(name) and hasattr(global_settings, name) and name != "CSRF_FAILURE_VIEW"}
found["CACHES"] = {alias: {key: form(get_key_func(cache[key])) if key == "KEY_FUNCTION" else cache[key] for key in ("BACKEND", "KEY_PREFIX", "VERSION", "KEY_FUNCTION") if key in cache} for alias, cache in settings.CACHES.items()}
rows = router.db_for_write(apps.get_model("sessions", "Session")) if apps.is_installed("django.contrib.sessions") else "default"
found["DATABASES"] = {"default": {"TIME_ZONE": settings.DATABASES.get(rows, {}).get("TIME_ZONE")}}
print(json.dumps(found, default=str, indent=1))
"#;

impl Settings {
    /// Takes one setting.
    pub(super) fn take(&mut self, name: &str, value: &Value) -> Result<(), What> {
        if let Some(rest) = name
            .strip_prefix("SESSION_COOKIE_")
            .filter(|it| *it != "AGE")
        {
            return cookie(&mut self.session.cookie, rest, value);
        }
        if let Some(rest) = name.strip_prefix("CSRF_COOKIE_").filter(|it| *it != "AGE") {
            return cookie(&mut self.csrf.cookie, rest, value);
        }
        match name.split('_').next() {
            Some("SESSION") => self.take_of_sessions(name, value),
            Some("CSRF") => self.take_of_forms(name, value),
            Some("SECURE") => self.take_of_security(name, value),
            Some("MESSAGE") => self.take_of_messages(name, value),
            _ => self.take_of_all(name, value),
        }
    }

    fn take_of_sessions(&mut self, name: &str, value: &Value) -> Result<(), What> {
        let session = &mut self.session;
        match name {
            "SESSION_COOKIE_AGE" => session.age = number(value)?,
            "SESSION_ENGINE" => session.engine = engine(value)?,
            "SESSION_CACHE_ALIAS" => session.cache_alias = text(value)?,
            "SESSION_FILE_PATH" => session.file_path = maybe(value, text)?,
            "SESSION_SAVE_EVERY_REQUEST" => session.save_every_request = flag(value)?,
            "SESSION_EXPIRE_AT_BROWSER_CLOSE" => session.ends_with_browser = flag(value)?,
            "SESSION_SERIALIZER" => only(
                value,
                "django.contrib.sessions.serializers.JSONSerializer",
                "is not Django's JSONSerializer, and others are not read here",
            )?,
            _ => return Err(UNKNOWN),
        }
        Ok(())
    }

    fn take_of_forms(&mut self, name: &str, value: &Value) -> Result<(), What> {
        let csrf = &mut self.csrf;
        match name {
            "CSRF_COOKIE_AGE" => csrf.age = maybe(value, number)?,
            "CSRF_HEADER_NAME" => csrf.header = header(value)?,
            "CSRF_TRUSTED_ORIGINS" => csrf.trusted = origins(value)?,
            "CSRF_USE_SESSIONS" => csrf.in_session = flag(value)?,
            _ => return Err(UNKNOWN),
        }
        Ok(())
    }

    fn take_of_security(&mut self, name: &str, value: &Value) -> Result<(), What> {
        let security = &mut self.security;
        match name {
            "SECURE_CONTENT_TYPE_NOSNIFF" => security.nosniff = flag(value)?,
            "SECURE_CROSS_ORIGIN_OPENER_POLICY" => {
                let policy = maybe(value, text)?;
                if policy
                    .as_ref()
                    .is_some_and(|it| it.parse::<crate::headers::OpenerPolicy>().is_err())
                {
                    return Err("is no policy that there is");
                }
                security.opener_policy = policy;
            }
            "SECURE_HSTS_INCLUDE_SUBDOMAINS" => security.hsts_subdomains = flag(value)?,
            "SECURE_HSTS_PRELOAD" => security.hsts_preload = flag(value)?,
            "SECURE_HSTS_SECONDS" => security.hsts_seconds = number(value)?,
            "SECURE_PROXY_SSL_HEADER" => security.proxy_header = maybe(value, proxy_header)?,
            "SECURE_REDIRECT_EXEMPT" => security.redirect_exempt = exempt(value)?,
            "SECURE_REFERRER_POLICY" => security.referrer_policy = referrer_policy(value)?,
            "SECURE_SSL_HOST" => security.ssl_host = maybe(value, text)?,
            "SECURE_SSL_REDIRECT" => security.ssl_redirect = flag(value)?,
            _ => return Err(UNKNOWN),
        }
        Ok(())
    }

    fn take_of_messages(&mut self, name: &str, value: &Value) -> Result<(), What> {
        let messages = &mut self.messages;
        match name {
            "MESSAGE_LEVEL" => {
                messages.level = u32::try_from(number(value)?).map_err(|_| "is no level")?;
            }
            "MESSAGE_STORAGE" => messages.kind = storage(value)?,
            "MESSAGE_TAGS" => messages.tags = tags(value)?,
            _ => return Err(UNKNOWN),
        }
        Ok(())
    }

    fn take_of_all(&mut self, name: &str, value: &Value) -> Result<(), What> {
        match name {
            "ALLOWED_HOSTS" => self.hosts.allowed = Some(texts(value)?),
            "DEBUG" => self.hosts.debug = flag(value)?,
            "USE_X_FORWARDED_HOST" => self.hosts.forwarded_host = flag(value)?,
            "USE_X_FORWARDED_PORT" => self.hosts.forwarded_port = flag(value)?,
            "AUTHENTICATION_BACKENDS" => self.backends = backends(value)?,
            "CACHES" => self.cache.aliases = caches::aliases(value)?,
            "SIGNED_COOKIE_LEGACY_SALT_FALLBACK" => {
                self.cookie_salts = if flag(value)? {
                    SaltStyle::Legacy
                } else {
                    SaltStyle::Counted
                };
            }
            "SIGNING_BACKEND" => only(
                value,
                "django.core.signing.TimestampSigner",
                "is not Django's TimestampSigner, and others are not read here",
            )?,
            "USE_TZ" => self.times.aware = flag(value)?,
            "TIME_ZONE" => self.times.zone = maybe(value, text)?,
            "DATABASES" => self.times.of_rows = times::of_rows(value)?,
            "X_FRAME_OPTIONS" => {
                let options = maybe(value, text)?;
                if options
                    .as_ref()
                    .is_some_and(|it| !["DENY", "SAMEORIGIN"].contains(&it.to_uppercase().as_str()))
                {
                    return Err("is neither DENY nor SAMEORIGIN");
                }
                self.security.frame_options = options;
            }
            _ => return Err(UNKNOWN),
        }
        Ok(())
    }
}

const UNKNOWN: What = "is none of the settings that are read here; leave it out";

fn cookie(cookie: &mut CookieSettings, name: &str, value: &Value) -> Result<(), What> {
    match name {
        "NAME" => cookie.name = text(value)?,
        "DOMAIN" => cookie.domain = maybe(value, text)?.filter(|domain| !domain.is_empty()),
        "PATH" => cookie.path = text(value)?,
        "SECURE" => cookie.secure = flag(value)?,
        "HTTPONLY" => cookie.http_only = flag(value)?,
        "SAMESITE" => cookie.same_site = same_site(value)?,
        _ => return Err(UNKNOWN),
    }
    Ok(())
}

fn engine(value: &Value) -> Result<Engine, What> {
    let path = text(value)?;
    match path.strip_prefix("django.contrib.sessions.backends.") {
        Some("db") => Ok(Engine::Db),
        Some("cache") => Ok(Engine::Cache),
        Some("cached_db") => Ok(Engine::CachedDb),
        Some("file") => Ok(Engine::File),
        Some("signed_cookies") => Ok(Engine::SignedCookies),
        _ => Err("is none of Django's own: db, cache, cached_db, file, signed_cookies"),
    }
}

fn storage(value: &Value) -> Result<Kind, What> {
    match text(value)?.strip_prefix("django.contrib.messages.storage.") {
        Some("fallback.FallbackStorage") => Ok(Kind::Fallback),
        Some("cookie.CookieStorage") => Ok(Kind::Cookie),
        Some("session.SessionStorage") => Ok(Kind::Session),
        _ => Err("is none of Django's own: fallback, cookie, session"),
    }
}

fn tags(value: &Value) -> Result<Vec<(u32, String)>, What> {
    let tags = value.as_object().ok_or("is no dict of levels and tags")?;
    let read = |(level, tag): (&String, &Value)| {
        let level = level.parse().map_err(|_| "has a level that is no number")?;
        Ok((level, text(tag)?))
    };
    tags.iter().map(read).collect()
}

fn backends(value: &Value) -> Result<Vec<String>, What> {
    let backends = texts(value)?;
    if backends.is_empty() {
        return Err("is empty, so that nobody can sign in");
    }
    Ok(backends)
}

/// Reads a header's name as WSGI has it.
fn header(value: &Value) -> Result<String, What> {
    const WRONG: What = "is no header as Django names it, such as HTTP_X_CSRFTOKEN";
    let name = text(value)?;
    let words = name.strip_prefix("HTTP_").ok_or(WRONG)?;
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if words.is_empty() || !words.bytes().all(sound) {
        return Err(WRONG);
    }
    Ok(name)
}

fn proxy_header(value: &Value) -> Result<(String, String), What> {
    match &texts(value)?[..] {
        [name, https] => {
            let name = header(&Value::from(name.as_str()))?;
            Ok((name, https.clone()))
        }
        _ => Err("is no pair of a header and its value"),
    }
}

fn origins(value: &Value) -> Result<Vec<String>, What> {
    let origins = texts(value)?;
    // Django's check 4_0.E001.
    match origins.iter().all(|origin| origin.contains("://")) {
        true => Ok(origins),
        false => Err("has an origin without a scheme"),
    }
}

fn referrer_policy(value: &Value) -> Result<Vec<String>, What> {
    let words = match value {
        Value::Null => Vec::new(),
        Value::String(text) => text.split(',').map(|word| word.trim().to_owned()).collect(),
        list => texts(list)?
            .iter()
            .map(|word| word.trim().to_owned())
            .collect(),
    };
    let known = |word: &String| word.parse::<crate::headers::ReferrerPolicy>().is_ok();
    match words.iter().all(known) {
        true => Ok(words),
        false => Err("has a policy that there is not"),
    }
}

/// Takes the expressions that stand for one path, or for all that begin so.
fn exempt(value: &Value) -> Result<Vec<String>, What> {
    let expressions = texts(value)?;
    let plain = |expression: &String| {
        let path = expression.strip_prefix('^')?;
        let path = path.strip_suffix('$').unwrap_or(path);
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_~".contains(&byte);
        path.bytes().all(plain).then_some(())
    };
    match expressions
        .iter()
        .all(|expression| plain(expression).is_some())
    {
        true => Ok(expressions),
        false => {
            Err("has an expression that is more than ^ and a path, with or without $ at its end")
        }
    }
}
