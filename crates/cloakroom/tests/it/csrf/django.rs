//! What Django 5.2 answers to a request is what we answer, with its settings: origin or referer, and token.
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::Method;
use axum::routing::any;
use cloakroom::csrf::{Format, Mode, Reason, Settings};
use cloakroom::session::{Body as Stored, Name, Raw};
use cloakroom::testing::{Browser, Page};
use cloakroom::{Builder, CsrfToken};
use serde_json::Value;

use super::in_development;
use crate::site::Site;

/// What Django itself answered.
fn vectors(kind: &str) -> Vec<Value> {
    let all = include_str!("../../vectors/django_csrf.json");
    let all: Vec<Value> = serde_json::from_str(all).unwrap();
    let of_kind: Vec<_> = all
        .into_iter()
        .filter(|case| case["kind"] == kind)
        .collect();
    assert!(!of_kind.is_empty(), "{kind}");
    of_kind
}

/// Where we differ on purpose: the case, what we answer, and why.
const ON_PURPOSE: [(&str, Option<Reason>, &str); 6] = [
    (
        "csrf_request-031",
        Some(Reason::NoCookie),
        "methods are written in capitals (RFC 9110 section 9.1)",
    ),
    ("csrf_request-048", None, "a default port changes no origin"),
    ("csrf_request-069", None, "hosts are compared without case"),
    ("csrf_request-070", None, "a default port changes no origin"),
    (
        "csrf_request-074",
        Some(Reason::ForeignReferer),
        "a trusted origin's scheme counts for a Referer too",
    ),
    (
        "csrf_request-018",
        Some(Reason::NoToken),
        "an empty header counts as none, as an empty field does",
    ),
];

/// Returns which of our reasons say what Django's sentence says.
fn ours(reason: &str) -> &'static [Reason] {
    use Reason::*;
    let families: [(&str, &[Reason]); 10] = [
        (
            "Origin checking failed",
            &[ForeignOrigin, NullOrigin, BadOrigin],
        ),
        ("Referer checking failed - no Referer", &[NoReferer]),
        (
            "Referer checking failed - Referer is malformed",
            &[BadReferer],
        ),
        (
            "Referer checking failed - Referer is insecure",
            &[InsecureReferer],
        ),
        // A user's name in the address is no foreign host to us but no address of a page.
        ("Referer checking failed", &[ForeignReferer, BadReferer]),
        ("CSRF cookie not set", &[NoCookie, NoSecret]),
        ("CSRF cookie has", &[BadCookie]),
        ("CSRF token missing", &[NoToken]),
        ("incorrect length", &[BadToken]),
        ("invalid characters", &[BadToken]),
    ];
    let family = families.iter().find(|(words, _)| reason.contains(words));
    family.map_or(&[WrongToken], |(_, reasons)| reasons)
}

fn text<'a>(inputs: &'a Value, name: &str) -> Option<&'a str> {
    inputs.get(name).and_then(Value::as_str)
}

/// Translates Django's settings into ours.
fn settings(inputs: &Value, csrf: Settings) -> Settings {
    let mut csrf = csrf.mode(Mode::TokenAlways).format(Format::Django);
    for origin in inputs["CSRF_TRUSTED_ORIGINS"]
        .as_array()
        .into_iter()
        .flatten()
    {
        csrf = csrf.trust(origin.as_str().unwrap());
    }
    if let Some(name) = text(inputs, "CSRF_HEADER_NAME") {
        csrf = csrf.header(name.trim_start_matches("HTTP_").replace('_', "-"));
    }
    if inputs["CSRF_USE_SESSIONS"] == true {
        csrf = csrf.secret_in_session();
    }
    if inputs["exempt"] == true {
        csrf = csrf.exempt("/send");
    }
    // What Django learns of its own address in other ways, we are told.
    match own_origin(inputs) {
        Some(origin) => csrf.origin(&origin),
        None => csrf,
    }
}

/// Returns the site's origin where it is not the request's `Host`: behind a proxy, for a cookie of a
/// whole domain, and for hosts that are not the site's.
fn own_origin(inputs: &Value) -> Option<String> {
    let scheme = if is_secure(inputs) { "https" } else { "http" };
    let port = match text(inputs, "port") {
        Some(port) if port != "443" && port != "80" => format!(":{port}"),
        _ => String::new(),
    };
    if let Some(domain) = text(inputs, "CSRF_COOKIE_DOMAIN") {
        return Some(format!(
            "{scheme}://{}{port}",
            domain.trim_start_matches('.')
        ));
    }
    let forwarded = &inputs["meta"]["HTTP_X_FORWARDED_HOST"];
    if inputs["USE_X_FORWARDED_HOST"] == true && forwarded.is_string() {
        return Some(format!("{scheme}://{}", forwarded.as_str().unwrap()));
    }
    let host = text(inputs, "host").unwrap();
    if inputs["SECURE_PROXY_SSL_HEADER"].is_array() {
        return Some(format!("{scheme}://{host}"));
    }
    let allowed = |pattern: &Value| match pattern.as_str().unwrap() {
        "*" => true,
        domain if domain.starts_with('.') => host.ends_with(domain) || host == &domain[1..],
        name => host.split(':').next() == Some(name),
    };
    let hosts = inputs["ALLOWED_HOSTS"].as_array().unwrap();
    (!hosts.iter().any(allowed)).then(|| format!("{scheme}://testserver"))
}

/// Says whether Django takes the request for one over HTTPS.
fn is_secure(inputs: &Value) -> bool {
    let connection = inputs["secure"] == true;
    let Some([header, value]) = inputs["SECURE_PROXY_SSL_HEADER"]
        .as_array()
        .map(Vec::as_slice)
    else {
        return connection;
    };
    match inputs["meta"]
        .get(header.as_str().unwrap())
        .and_then(Value::as_str)
    {
        Some(sent) => sent.split(',').next().map(str::trim) == value.as_str(),
        None => connection,
    }
}

/// Opens a site with the case's settings, which notes why it refuses something.
fn site(inputs: &Value, refused: Arc<Mutex<Option<Reason>>>) -> Site {
    let routes = Router::new()
        .route("/send", any(|| async { "reached" }))
        .route(
            "/form",
            any(|csrf: CsrfToken| async move { csrf.to_string() }),
        )
        .route("/quiet", any(|_: CsrfToken| async {}));
    let plain = |builder: Builder| match is_secure(inputs) {
        true => builder,
        false => in_development(builder),
    };
    let domain = text(inputs, "CSRF_COOKIE_DOMAIN").map(|domain| {
        let port = text(inputs, "port").filter(|port| *port != "443");
        let port = port.map_or_else(String::new, |port| format!(":{port}"));
        format!("https://*{domain}{port}")
    });
    Site::with(routes, |builder| {
        plain(builder).csrf(|csrf| {
            let csrf = settings(inputs, csrf).on_refusal(move |refusal| {
                *refused.lock().unwrap() = Some(refusal.reason);
                None
            });
            domain.iter().fold(csrf, |csrf, domain| csrf.trust(domain))
        })
    })
}

/// Opens a browser that has what the case says.
async fn browser(site: &Site, inputs: &Value) -> Browser {
    let mut browser = site.browser.another();
    let prefix = if is_secure(inputs) { "__Host-" } else { "" };
    if let Some(cookie) = text(inputs, "cookie") {
        browser.set_cookie(&format!("{prefix}csrftoken"), cookie);
    }
    if let Some(secret) = text(inputs, "session_secret") {
        browser.set_cookie(
            &format!("{prefix}sessionid"),
            &session_with(site, secret).await,
        );
    }
    let header = text(inputs, "CSRF_HEADER_NAME").map_or("x-csrftoken", |name| {
        let name = name
            .trim_start_matches("HTTP_")
            .replace('_', "-")
            .to_lowercase();
        Box::leak(name.into_boxed_str())
    });
    let headers = [
        ("host", "host"),
        (header, "header"),
        ("origin", "origin"),
        ("referer", "referer"),
    ];
    for (name, input) in headers {
        if let Some(value) = text(inputs, input) {
            browser = browser.with_header(name, value);
        }
    }
    browser
}

/// Puts this secret into the session of a visitor, and returns the visitor's token.
async fn session_with(site: &Site, secret: &str) -> String {
    let visitor = site.browser.another();
    visitor.get("/form").await;
    let now = site.clock.now();
    let key = site.store.list(None, 1, now).await.unwrap()[0].key;
    let stored = site.store.load(&key, now).await.unwrap().unwrap();
    let Stored::Record(record) = stored.body else {
        panic!("nobody moved the session");
    };
    let mut entries = record.entries().clone();
    let value = Raw::from_json(format!("\"{secret}\""));
    entries.put(&Name::from_static("_csrftoken"), Some(value));
    let record = record.with_entries(entries);
    site.store
        .save(&key, &stored.version, &record)
        .await
        .unwrap();
    visitor.cookie("sessionid").unwrap()
}

async fn send(browser: &Browser, inputs: &Value) -> Page {
    let method = Method::from_bytes(text(inputs, "method").unwrap().as_bytes()).unwrap();
    let kind = Some("application/x-www-form-urlencoded");
    let body = text(inputs, "post").map(|token| format!("csrfmiddlewaretoken={token}"));
    let body = Body::from(body.unwrap_or_default());
    browser.send(method, "/send", body, kind).await
}

#[tokio::test]
async fn every_request_is_answered_as_django_answers_it_but_for_what_differs_on_purpose() {
    let mut differed = 0;
    for case in vectors("csrf_request") {
        let (id, inputs) = (case["id"].as_str().unwrap(), &case["inputs"]);
        let refused = Arc::new(Mutex::new(None));
        let site = site(inputs, refused.clone());
        let browser = browser(&site, inputs).await;
        let page = send(&browser, inputs).await;
        let reason = *refused.lock().unwrap();
        assert_eq!(page.status == 200, reason.is_none(), "{id}: {page:?}");
        let on_purpose = ON_PURPOSE.iter().find(|(known, ..)| *known == id);
        if let Some((_, expected, why)) = on_purpose {
            assert_eq!(reason, *expected, "{id}: {why}");
            differed += 1;
            continue;
        }
        let output = &case["output"];
        assert_eq!(
            output["accepted"] == true,
            reason.is_none(),
            "{id} {inputs}: {reason:?}"
        );
        if let Some(reason) = reason {
            let theirs = output["reason"].as_str().unwrap();
            assert!(
                ours(theirs).contains(&reason),
                "{id}: {reason:?} for {theirs}"
            );
        }
    }
    assert_eq!(differed, ON_PURPOSE.len());
}

/// Where the cookie differs on purpose: Django sends one with any answer to a request whose cookie is
/// damaged; we do when a page prints a token, since what nobody touches costs nothing.
const COOKIES_ON_PURPOSE: [&str; 1] = ["csrf_cookie-007"];

#[tokio::test]
async fn the_cookie_is_sent_when_django_sends_it() {
    for case in vectors("csrf_cookie") {
        let (id, inputs) = (case["id"].as_str().unwrap(), &case["inputs"]);
        assert_eq!(inputs["settings"], serde_json::json!({}), "{id}");
        assert_eq!(inputs["rotate_token_called"], false, "{id}");
        let site = site(
            &serde_json::json!({ "host": "testserver", "ALLOWED_HOSTS": ["*"] }),
            Arc::default(),
        );
        if let Some(cookie) = text(inputs, "request_cookie") {
            site.browser.set_cookie("csrftoken", cookie);
        }
        let path = match inputs["get_token_called"] == true {
            true => "/form",
            false => "/quiet",
        };
        let page = site.browser.get(path).await;
        let theirs = case["output"]["set_cookie"].as_array().unwrap();
        let Some(theirs) = theirs.first().filter(|_| !COOKIES_ON_PURPOSE.contains(&id)) else {
            assert!(page.set_cookies().is_empty(), "{id}");
            continue;
        };
        let cookie = page.set_cookie("csrftoken").unwrap();
        let drawn = site.browser.cookie("csrftoken").unwrap();
        let value = match theirs.as_str().unwrap().contains("NNNN") {
            true => {
                assert!(
                    drawn.len() == 32 && drawn.bytes().all(|byte| byte.is_ascii_alphanumeric())
                );
                &drawn
            }
            false => theirs.as_str().unwrap()["csrftoken=".len()..]
                .split(';')
                .next()
                .unwrap(),
        };
        // `Expires` says nothing that `Max-Age` does not, in browsers since 2011.
        let ours = format!("csrftoken={value}; Path=/; Max-Age=31449600; SameSite=Lax");
        assert_eq!(cookie, ours, "{id}");
        assert_eq!(
            page.headers["vary"],
            case["output"]["vary"].as_str().unwrap(),
            "{id}"
        );
    }
}
