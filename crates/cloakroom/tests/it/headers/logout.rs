//! `Clear-Site-Data`: what a browser forgets at logout, and what it must not.
use axum::Router;
use axum::routing::get;
use cloakroom::headers::{ClearSiteData, Settings};
use cloakroom::testing::{Call, Page};
use cloakroom::{CookieSpec, Cookies, CsrfToken, Error, Messages, Session};

use super::one;
use crate::site::{Site, routes};

/// Ways to leave, with and without something for the road.
fn pages() -> Router {
    let farewell = |session: Session, messages: Messages| async move {
        session.logout()?;
        messages.success("You are signed out.");
        Ok::<_, Error>(())
    };
    let token = |session: Session, csrf: CsrfToken| async move {
        session.logout()?;
        Ok::<_, Error>(csrf.to_string())
    };
    let again = |session: Session| async move {
        session.logout()?;
        session.login("grace")
    };
    let begin = |session: Session| async move {
        session.end()?;
        session.set("coat", "red")
    };
    let own = |session: Session| async move {
        session.logout()?;
        Ok::<_, Error>([("clear-site-data", "\"cache\"")])
    };
    let keep = |cookies: Cookies| async move { cookies.set(&CookieSpec::new("theme"), "dark") };
    let shown = |messages: Messages| async move {
        let all: Vec<_> = messages.iter().map(|message| message.to_string()).collect();
        all.join(" ")
    };
    routes()
        .route("/farewell", get(farewell))
        .route("/token", get(token))
        .route("/again", get(again))
        .route("/begin", get(begin))
        .route("/own", get(own))
        .route("/theme", get(keep))
        .route("/messages", get(shown))
}

async fn leave(path: &str, change: impl FnOnce(Settings) -> Settings) -> (Site, Page) {
    let site = Site::with(pages(), |builder| builder.headers(change));
    site.browser.get("/login/ada").await;
    site.browser.get("/theme").await;
    let page = site.browser.get(path).await;
    (site, page)
}

fn cleared(page: &Page) -> Option<&str> {
    one(&page.headers, "clear-site-data")
}

#[tokio::test]
async fn a_logout_clears_cookies_and_storage() {
    let (site, page) = leave("/logout", |h| h).await;
    assert_eq!(cleared(&page), Some("\"cookies\", \"storage\""));
    assert_eq!(one(&page.headers, "cache-control"), Some("no-store"));
    assert!(page.set_cookie("sessionid").unwrap().contains("Max-Age=0"));
    assert!(site.browser.cookie_names().is_empty());
}

#[tokio::test]
async fn what_the_same_answer_gives_is_left_with_the_browser() {
    let (site, page) = leave("/farewell", |h| h).await;
    assert_eq!(cleared(&page), Some("\"storage\""));
    assert_eq!(site.browser.cookie("sessionid"), None);
    let shown = site.browser.get("/messages").await;
    assert_eq!(shown.text, "You are signed out.");
    let (site, page) = leave("/token", |h| h).await;
    assert_eq!(cleared(&page), Some("\"storage\""));
    assert!(site.browser.cookie("csrftoken").is_some());
    let (site, page) = leave("/begin", |h| h).await;
    assert_eq!(cleared(&page), Some("\"storage\""));
    assert_eq!(site.browser.get("/get/coat").await.text, "\"red\"");
}

#[tokio::test]
async fn only_who_leaves_is_cleared() {
    for path in [
        "/plain",
        "/who",
        "/renew",
        "/login/ada",
        "/login/grace",
        "/again",
    ] {
        let (_, page) = leave(path, |h| h).await;
        assert_eq!(cleared(&page), None, "{path}");
    }
    let site = Site::of(pages());
    let stale = || site.with_token(&"A".repeat(43));
    let page = stale().get("/who").await;
    assert_eq!(cleared(&page), None, "a dead cookie");
    let page = stale().get("/logout").await;
    assert!(cleared(&page).is_some(), "it was over already");
    let page = site.browser.another().get("/logout").await;
    assert_eq!(cleared(&page), None, "there was nothing to leave");
}

#[tokio::test]
async fn the_setting_says_what_goes_and_a_handlers_own_header_stays() {
    let all = ClearSiteData::cookies_and_storage().and_cache();
    let (_, page) = leave("/logout", |h| h.clear_site_data(all)).await;
    assert_eq!(cleared(&page), Some("\"cache\", \"cookies\", \"storage\""));
    let (site, page) = leave("/logout", |h| {
        h.clear_site_data(ClearSiteData::storage_only())
    })
    .await;
    assert_eq!(cleared(&page), Some("\"storage\""));
    assert_eq!(site.browser.cookie_names(), ["theme"]);
    let (_, page) = leave("/logout", |h| h.clear_site_data(None)).await;
    assert_eq!(cleared(&page), None);
    let (_, page) = leave("/own", |h| h).await;
    assert_eq!(cleared(&page), Some("\"cache\""));
}

#[tokio::test]
async fn over_plain_http_nothing_is_cleared() {
    let (_, page) = leave("/logout", |h| {
        h.trust_forwarded_proto("x-forwarded-proto", "https")
    })
    .await;
    assert_eq!(cleared(&page), None);
    let site = Site::with(pages(), |builder| {
        builder.allow_plain_http_on_localhost("127.0.0.1:8000".parse().unwrap())
    });
    site.browser.get("/login/ada").await;
    assert_eq!(cleared(&site.browser.get("/logout").await), None);
}

#[tokio::test]
async fn a_logout_that_could_not_be_done_clears_nothing() {
    let site = Site::of(pages());
    site.browser.get("/login/ada").await;
    site.faults.fail(Call::Delete, true);
    let page = site.browser.get("/logout").await;
    assert_eq!(page.status, 503);
    assert_eq!(cleared(&page), None);
}
