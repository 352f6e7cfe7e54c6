//! What caches on the way are told.
use axum::Router;
use axum::http::header::{CACHE_CONTROL, VARY};
use axum::routing::get;
use cloakroom::testing::Page;
use cloakroom::{CookieSpec, Cookies, CsrfToken, Error, LazySession, Messages, Session};

use crate::site::Site;

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
    const SECRET: Option<&str> = Some("no-store");
    let rows = [
        ("/plain", None, None),
        ("/lazy", None, None),
        ("/lazy/loaded", VARIES, None),
        ("/session", VARIES, None),
        ("/session/set", VARIES, SECRET),
        ("/messages", VARIES, None),
        ("/messages/add", VARIES, SECRET),
        ("/cookies", VARIES, None),
        ("/cookies/set", VARIES, SECRET),
        ("/csrf", None, None),
        ("/csrf/printed", VARIES, SECRET),
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
async fn with_all_cookies_there_reading_leaves_the_cache_header_alone() {
    let site = Site::of(pages());
    for path in ["/session/set", "/csrf/printed"] {
        site.browser.get(path).await;
    }
    for path in ["/session", "/session/set", "/csrf/printed", "/messages"] {
        let page = site.browser.get(path).await;
        assert_eq!(header(&page, &VARY), Some("Cookie"), "{path}");
        assert_eq!(header(&page, &CACHE_CONTROL), None, "{path}");
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
            "Accept,Cookie",
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

#[tokio::test]
async fn a_page_without_a_cookie_of_ours_may_be_cached_as_the_handler_says() {
    let page = |session: Session| async move {
        let name = session.get_or_default::<String>("name")?;
        Ok::<_, Error>(([(CACHE_CONTROL, "public, max-age=60")], name))
    };
    let site = Site::of(Router::new().route("/", get(page)));
    let page = site.browser.get("/").await;
    assert_eq!(page.headers[CACHE_CONTROL], "public, max-age=60");
    assert_eq!(page.headers[VARY], "Cookie");
}
