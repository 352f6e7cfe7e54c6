//! What a site may set, and what is said of what it may not.
use super::*;
use serde_json::json;

fn problems(settings: &Settings) -> Vec<String> {
    let mut problems = ConfigError::default();
    settings.check(&mut problems);
    let lines = problems.problems().iter();
    lines.map(|problem| problem.setting.clone()).collect()
}

#[test]
fn unknown_and_unsupported_settings_are_named_all_at_once_and_no_value_is_shown() {
    let settings = Settings::new("k")
        .set("SESSION_COOKIE_AEG", 1)
        .set("SESSION_ENGINE", "shop.hunter2")
        .set("SESSION_COOKIE_AGE", "hunter2")
        .set("SESSION_SERIALIZER", "shop.hunter2")
        .set("CSRF_COOKIE_SAMESITE", "hunter2")
        .set("USE_TZ", "hunter2")
        .set("MESSAGE_TAGS", json!({"hunter2": "x"}));
    assert_eq!(
        problems(&settings),
        [
            "SESSION_COOKIE_AEG",
            "SESSION_ENGINE",
            "SESSION_COOKIE_AGE",
            "SESSION_SERIALIZER",
            "CSRF_COOKIE_SAMESITE",
            "USE_TZ",
            "MESSAGE_TAGS"
        ]
    );
    let mut all = ConfigError::default();
    settings.check(&mut all);
    assert!(!all.to_string().contains("hunter2"), "{all}");
    assert!(!format!("{settings:?}").contains('k') || !format!("{settings:?}").contains("\"k\""));
}

#[test]
fn every_name_that_is_listed_is_read_from_what_the_snippet_prints() {
    let defaults = r#"{
        "ALLOWED_HOSTS": ["shop.example"], "AUTHENTICATION_BACKENDS": ["a.B"],
        "CACHES": {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://x", "KEY_PREFIX": "p", "VERSION": 2}},
        "CSRF_COOKIE_AGE": null, "CSRF_COOKIE_DOMAIN": null, "CSRF_COOKIE_HTTPONLY": false,
        "CSRF_COOKIE_NAME": "csrftoken", "CSRF_COOKIE_PATH": "/", "CSRF_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_SECURE": false, "CSRF_HEADER_NAME": "HTTP_X_CSRFTOKEN",
        "CSRF_TRUSTED_ORIGINS": [], "CSRF_USE_SESSIONS": false,
        "DATABASES": {"default": {"TIME_ZONE": null}}, "DEBUG": false,
        "MESSAGE_LEVEL": 20, "MESSAGE_TAGS": {"10": "low"},
        "MESSAGE_STORAGE": "django.contrib.messages.storage.fallback.FallbackStorage",
        "SECURE_CONTENT_TYPE_NOSNIFF": true, "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": false, "SECURE_HSTS_PRELOAD": false,
        "SECURE_HSTS_SECONDS": 0, "SECURE_PROXY_SSL_HEADER": null, "SECURE_REDIRECT_EXEMPT": [],
        "SECURE_REFERRER_POLICY": "same-origin", "SECURE_SSL_HOST": null,
        "SECURE_SSL_REDIRECT": false, "SESSION_CACHE_ALIAS": "default",
        "SESSION_COOKIE_AGE": 1209600, "SESSION_COOKIE_DOMAIN": null,
        "SESSION_COOKIE_HTTPONLY": true, "SESSION_COOKIE_NAME": "sessionid",
        "SESSION_COOKIE_PATH": "/", "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": false,
        "SESSION_ENGINE": "django.contrib.sessions.backends.cached_db",
        "SESSION_EXPIRE_AT_BROWSER_CLOSE": false, "SESSION_FILE_PATH": null,
        "SESSION_SAVE_EVERY_REQUEST": false,
        "SESSION_SERIALIZER": "django.contrib.sessions.serializers.JSONSerializer",
        "SIGNED_COOKIE_LEGACY_SALT_FALLBACK": true,
        "SIGNING_BACKEND": "django.core.signing.TimestampSigner", "TIME_ZONE": "UTC",
        "USE_TZ": true, "USE_X_FORWARDED_HOST": false, "USE_X_FORWARDED_PORT": false,
        "X_FRAME_OPTIONS": "DENY"
    }"#;
    let defaults: Value = serde_json::from_str(defaults).unwrap();
    let given: Vec<_> = defaults
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(given, NAMES);
    let settings = Settings::new("k").read(defaults.to_string()).unwrap();
    assert_eq!(problems(&settings), [""; 0]);
    assert_eq!(settings.engine(), Engine::CachedDb);
    assert_eq!(settings.csrf.age, None);
    for name in NAMES {
        assert!(SNIPPET.contains("dir(") || SNIPPET.contains(name));
    }
}

#[test]
fn a_byte_order_mark_is_nothing_and_what_is_no_json_says_where() {
    let marked = Settings::new("k").read("\u{feff}{\"SESSION_COOKIE_AGE\": 60}");
    assert_eq!(marked.unwrap().session.age, 60);
    for (junk, at) in [
        ("{\n  \"hunter2\": ,", "line 2, column 14"),
        ("\u{feff}\u{feff}{}", "line 1, column 1"),
        ("[]", "line 1"),
        ("", "line 1, column 0"),
    ] {
        let error = Settings::new("k").read(junk).unwrap_err().to_string();
        assert!(error.contains(at) && !error.contains("hunter2"), "{error}");
    }
}

#[test]
fn a_file_that_is_not_in_utf_8_is_refused_with_the_reason() {
    let text = "{\"SESSION_COOKIE_AGE\": 60}";
    let words =
        |mark: &[u16]| -> Vec<u16> { mark.iter().copied().chain(text.encode_utf16()).collect() };
    for words in [words(&[0xFEFF]), words(&[])] {
        for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            let written: Vec<u8> = words.iter().flat_map(|word| bytes(*word)).collect();
            let error = Settings::new("k").read(written).unwrap_err().to_string();
            assert!(error.contains("is no text in UTF-8"), "{error}");
        }
    }
}
