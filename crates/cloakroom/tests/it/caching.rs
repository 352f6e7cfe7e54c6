//! What caches on the way are told.
use axum::Router;
use axum::http::header::{CACHE_CONTROL, SET_COOKIE, VARY};
use axum::routing::get;
use cloakroom::testing::Page;
use cloakroom::{
    CookieSpec, Cookies, CspNonce, CsrfToken, Error, LazySession, Messages, Overshared, Session,
};
use tower::ServiceExt;
use tracing::Level;

use crate::site::Site;
use crate::watch::Watch;

fn pages() -> Router {
    let cookie = || CookieSpec::new("own");
    Router::new()
        .route("/plain", get(|| async {}))
        .route("/lazy", get(|_: LazySession| async {}))
        .route(
            "/lazy/loaded",
            get(|lazy: LazySession| async move { lazy.load().await.map(drop) }),
        )
        .route("/session", get(|_: Session| async {}))
        .route(
            "/session/set",
            get(|session: Session| async move { session.set("a", 1) }),
        )
        .route("/messages", get(|_: Messages| async {}))
        .route(
            "/messages/add",
            get(|messages: Messages| async move { messages.info("hi") }),
        )
        .route("/cookies", get(|_: Cookies| async {}))
        .route(
            "/cookies/set",
            get(move |cookies: Cookies| async move { cookies.set(&cookie(), "1") }),
        )
        .route(
            "/cookies/by-hand",
            get(|| async { [(SET_COOKIE, "own=1")] }),
        )
        .route("/nonce", get(|_: CspNonce| async {}))
        .route(
            "/nonce/printed",
            get(|nonce: CspNonce| async move { nonce.to_string() }),
        )
        .route("/csrf", get(|_: CsrfToken| async {}))
        .route(
            "/csrf/printed",
            get(|csrf: CsrfToken| async move { csrf.to_string() }),
        )
        .route(
            "/fails",
            get(|session: Session| async move {
                session.set("_own", 1)?;
                Ok::<_, Error>(())
            }),
        )
}

fn header<'a>(page: &'a Page, name: &axum::http::HeaderName) -> Option<&'a str> {
    let mut all = page.headers.get_all(name).iter();
    let first = all.next()?.to_str().ok();
    assert!(all.next().is_none(), "{name} stands twice");
    first
}

#[tokio::test]
async fn an_answer_varies_by_cookie_exactly_when_state_was_read_or_written() {
    const VARIES: Option<&str> = Some("Cookie");
    const PRIVATE: Option<&str> = Some("private");
    const SECRET: Option<&str> = Some("no-store");
    let rows = [
        ("/plain", None, None),
        ("/lazy", None, None),
        ("/lazy/loaded", VARIES, PRIVATE),
        ("/session", VARIES, PRIVATE),
        ("/session/set", VARIES, SECRET),
        ("/messages", VARIES, PRIVATE),
        ("/messages/add", VARIES, SECRET),
        ("/cookies", VARIES, None),
        ("/cookies/by-hand", VARIES, SECRET),
        ("/cookies/set", VARIES, SECRET),
        ("/csrf", None, None),
        ("/csrf/printed", VARIES, SECRET),
        ("/nonce", None, None),
        ("/nonce/printed", None, PRIVATE),
        ("/fails", VARIES, SECRET),
        ("/nowhere", None, None),
    ];
    let site = Site::of(pages());
    for (path, vary, cache_control) in rows {
        let page = site.browser.another().get(path).await;
        assert_eq!(header(&page, &VARY), vary, "{path}");
        assert_eq!(header(&page, &CACHE_CONTROL), cache_control, "{path}");
    }
}

#[tokio::test]
async fn with_all_cookies_there_reading_asks_caches_for_privacy_only() {
    let site = Site::of(pages());
    for path in ["/session/set", "/csrf/printed"] {
        site.browser.get(path).await;
    }
    for path in ["/session", "/session/set", "/csrf/printed", "/messages"] {
        let page = site.browser.get(path).await;
        assert_eq!(header(&page, &VARY), Some("Cookie"), "{path}");
        assert_eq!(header(&page, &CACHE_CONTROL), Some("private"), "{path}");
    }
}

#[tokio::test]
async fn what_a_handler_says_to_caches_is_kept_where_it_is_safe() {
    let rows = [
        // cache-control, vary -> cache-control and vary with a cookie of ours
        (
            "private, max-age=60",
            "Accept",
            "private, max-age=60",
            "Accept, Cookie",
        ),
        ("no-store", "*", "no-store", "*"),
        ("public, max-age=60", "cookie", "no-store", "cookie"),
        ("max-age=60", "Accept, Cookie", "no-store", "Accept, Cookie"),
    ];
    for (cache_control, vary, cache_control_after, vary_after) in rows {
        let page = move |session: Session| async move {
            session.set("a", 1)?;
            Ok::<_, Error>([(CACHE_CONTROL, cache_control), (VARY, vary)])
        };
        let site = Site::of(Router::new().route("/", get(page)));
        let page = site.browser.get("/").await;
        assert_eq!(page.headers[CACHE_CONTROL], cache_control_after);
        let all = page.headers.get_all(VARY).iter();
        let all: Vec<_> = all.map(|value| value.to_str().unwrap()).collect();
        assert_eq!(all.join(","), vary_after);
    }
}

/// A page that greets by name and lets everybody keep it.
fn greeting(said: &'static str) -> Router {
    let page = move |session: Session| async move {
        session.set("asked", true)?;
        let name = session.get_or_default::<String>("name")?;
        Ok::<_, Error>(([(CACHE_CONTROL, said)], name))
    };
    let plain = move || async move { [(CACHE_CONTROL, said)] };
    Router::new()
        .route("/", get(page))
        .route("/plain", get(plain))
        .route(
            "/set",
            get(|s: Session| async move { s.set("name", "Ada") }),
        )
}

#[tokio::test]
async fn in_production_a_page_that_would_be_shared_is_corrected_and_a_warning_is_traced() {
    let watch = Watch::begin();
    let site = Site::of(greeting("public, max-age=60"));
    site.browser.get("/set").await;
    site.browser.get("/").await;
    let page = site.browser.get("/").await;
    assert_eq!(page.text, "Ada");
    assert_eq!(page.headers[CACHE_CONTROL], "private, max-age=60");
    assert_eq!(page.headers[VARY], "Cookie");
    assert!(watch.traced(Level::WARN, "the visitor's session in it"));
    assert_eq!(watch.counted("cloakroom_overshared_total"), 2);
    let plain = site.browser.get("/plain").await;
    assert_eq!(plain.headers[CACHE_CONTROL], "public, max-age=60");
    assert_eq!(watch.counted("cloakroom_overshared_total"), 2);
}

#[tokio::test]
async fn in_development_a_page_that_would_be_shared_is_refused_and_says_what_to_do() {
    for said in ["public, max-age=60", "PUBLIC", "s-maxage=60"] {
        let site = Site::with(greeting(said), |settings| {
            settings.allow_plain_http_on_localhost("127.0.0.1:8000".parse().unwrap())
        });
        site.browser.get("/set").await;
        let page = site.browser.get("/").await;
        assert_eq!(page.status, 500);
        assert_eq!(page.headers[CACHE_CONTROL], "no-store");
        for part in ["cache-control", "the visitor's session", "say private"] {
            assert!(page.text.contains(part), "{part} in {}", page.text);
        }
        assert!(!page.text.contains("Ada"));
        let plain = site.browser.get("/plain").await;
        assert_eq!(
            (plain.status.as_u16(), &plain.headers[CACHE_CONTROL]),
            (200, &said.parse().unwrap())
        );
    }
}

#[tokio::test]
async fn a_refused_page_keeps_nothing_of_what_its_handler_did_and_says_why_to_layers_around_it() {
    let page = |session: Session| async move {
        session.set("a", 1)?;
        Ok::<_, Error>([(CACHE_CONTROL, "public")])
    };
    let site = Site::with(Router::new().route("/", get(page)), |settings| {
        settings.allow_plain_http_on_localhost("127.0.0.1:8000".parse().unwrap())
    });
    site.browser.get("/").await;
    assert_eq!(site.sessions().await, 0);
    let around = Router::new()
        .route("/", get(page))
        .layer(site.cloakroom.layer());
    let request = axum::http::Request::new(axum::body::Body::empty());
    let response = around.oneshot(request).await.unwrap();
    let why = response.extensions().get::<Overshared>().unwrap();
    assert!(why.to_string().contains("by the header cache-control"));
}
