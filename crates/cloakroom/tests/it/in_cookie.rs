//! The whole session in the visitor's cookie: what it keeps of the promises, and what it can't.
mod chunks;
mod epoch;
mod life;
mod opening;

use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::get;
use cloakroom::store::{AnyStore, InCookie, connect};
use cloakroom::testing::Browser;
use cloakroom::{Builder, CookieSpec, Cookies, Error, Expiry, Session};

use crate::site::{START, Site, assert_untouched, routes};

const COOKIE: &str = "__Host-sessionid";

/// A site whose visitors carry their sessions.
fn site() -> Site {
    site_with(|settings| settings)
}

fn in_cookie(settings: Builder) -> Builder {
    settings.store(InCookie::new())
}

fn site_with(settings: impl FnOnce(Builder) -> Builder) -> Site {
    Site::with(pages(), |s| settings(in_cookie(s)))
}

/// Pages that fill sessions, fail, and choose how long they live.
fn pages() -> Router {
    let fill = |session: Session, Path((key, bytes)): Path<(String, usize)>| async move {
        session.set(key.as_str(), "x".repeat(bytes))
    };
    let length = |session: Session, Path(key): Path<String>| async move {
        let value = session.get::<String>(key.as_str())?;
        Ok::<_, Error>(value.map_or("nothing".into(), |value| value.len().to_string()))
    };
    let forget = |session: Session, Path(key): Path<String>| async move {
        let taken = session.take::<String>(key.as_str())?;
        Ok::<_, Error>(taken.unwrap_or_default())
    };
    let fail = |session: Session, Path(does): Path<String>| async move {
        session.set("coat", "torn")?;
        match &*does {
            "logout" => session.logout()?,
            "renew" => session.renew()?,
            _ => {}
        }
        Ok::<_, Error>(StatusCode::INTERNAL_SERVER_ERROR)
    };
    let expiry = |session: Session, Path(choice): Path<String>| async move {
        session.set_expiry(match &*choice {
            "after50" => Expiry::After(Duration::from_secs(50)),
            "at70" => Expiry::At(START.plus(Duration::from_secs(70))),
            "past" => Expiry::At(START),
            "browser" => Expiry::WithBrowser,
            _ => Expiry::Default,
        })
    };
    let careless = |session: Session| async move { format!("{session:?}") };
    let name = |session: Session| async move { session.id_for_logs().unwrap_or_default() };
    let sealed = |cookies: Cookies| async move {
        cookies
            .sealed()
            .set(&CookieSpec::new(COOKIE), "not a session")
    };
    routes()
        .route("/fill/{key}/{bytes}", get(fill))
        .route("/length/{key}", get(length))
        .route("/forget/{key}", get(forget))
        .route("/clear", get(|s: Session| async move { s.clear() }))
        .route("/fail/{does}", get(fail))
        .route("/expiry/{choice}", get(expiry))
        .route("/debug", get(careless))
        .route("/name", get(name))
        .route("/sealed", get(sealed))
}

/// Copies the browser with all its cookies, as a thief or a second window would have them.
fn copy(browser: &Browser) -> Browser {
    let copy = browser.another();
    for name in browser.cookie_names() {
        copy.set_cookie(&name, &browser.cookie(&name).unwrap());
    }
    copy
}

async fn coat(browser: &Browser) -> String {
    browser.get("/get/coat").await.text
}

#[tokio::test]
async fn a_session_is_remembered_from_request_to_request_and_nobody_else_has_it() {
    let site = site();
    let page = site.browser.get("/set/coat/blue").await;
    assert_eq!(site.browser.cookie_names(), [COOKIE]);
    assert_eq!(page.headers["cache-control"], "no-store");
    assert_eq!(page.headers["vary"], "Cookie");
    let header = page.set_cookie("sessionid").unwrap();
    for flag in ["; Path=/", "; SameSite=Lax", "; Secure", "; HttpOnly"] {
        assert!(header.contains(flag), "{header}");
    }
    for (path, text) in [
        ("/count/n", "1"),
        ("/count/n", "2"),
        ("/get/coat", "\"blue\""),
        ("/keys", "coat n"),
        ("/forget/coat", "blue"),
        ("/get/coat", "nothing"),
        ("/get/n", "2"),
        ("/clear", ""),
        ("/keys", ""),
    ] {
        assert_eq!(site.browser.get(path).await.text, text, "{path}");
    }
    assert_eq!(site.browser.another().get("/keys").await.text, "");
}

#[tokio::test]
async fn what_is_only_read_sends_no_cookie_and_a_guest_gets_none() {
    let site = site();
    assert_untouched(&site.browser.get("/plain").await);
    assert!(coat(&site.browser).await == "nothing" && site.browser.cookie_names().is_empty());
    site.browser.get("/set/coat/blue").await;
    let page = site.browser.get("/get/coat").await;
    assert!(page.set_cookies().is_empty());
    assert_eq!(page.headers["vary"], "Cookie");
    assert_untouched(&site.browser.get("/plain").await);
}

#[tokio::test]
async fn the_url_gives_a_store_that_is_always_well_and_that_nobody_can_look_into() {
    let store = connect("cookie:").await.unwrap();
    assert_eq!((store.name(), store.is_inspectable()), ("cookie", false));
    let typed = AnyStore::from(InCookie::new());
    assert_eq!(format!("{typed:?}"), format!("{store:?}"));
    let site = Site::with(pages(), |s| {
        s.store(store).sweep_every(Some(Duration::from_secs(1)))
    });
    site.browser.get("/set/coat/blue").await;
    assert_eq!(coat(&site.browser).await, "\"blue\"");
    assert!(site.cloakroom.check_store().await.is_ok());
    let error = site.cloakroom.store().count(START).await.unwrap_err();
    assert!(error.to_string().starts_with("the cookie store could not"));
    assert_eq!(site.cloakroom.sweep_status().last_round, None);
    site.cloakroom.close().await;
}
