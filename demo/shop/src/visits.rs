//! Whole visits to the shop, in process, as a browser makes them.

mod account;
mod beside_django;
mod carts;
mod documents;
mod ops;
mod refusals;
mod wizards;

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use cloakroom::store::{AnyStore, MemoryStore};
use cloakroom::testing::{Browser, Call, FaultyStore, Page};
use cloakroom::{Builder, Cloakroom, KeyRing};
use cloakroom_ops::audit::AuditLog;
use serde_json::json;

use crate::archive::Archive;
use crate::headers;
use crate::shop::Shop;
use crate::users::Users;

const PASSWORD: &str = "wardrobe-under-test";

async fn browser_on(store: impl Into<AnyStore>) -> Browser {
    let here = "127.0.0.1:8000".parse().unwrap();
    browser_of(builder_on(store).allow_plain_http_on_localhost(here)).await
}

/// A browser as visitors of a site behind TLS have it, on a page that sends the token along.
async fn browser_over_https() -> Browser {
    let browser = browser_of(builder_on(MemoryStore::new())).await;
    browser.get("/login").await;
    let token = browser.cookie("__Host-csrftoken").unwrap();
    browser
        .with_header("sec-fetch-site", "same-origin")
        .with_header("x-csrftoken", &token)
}

fn builder_on(store: impl Into<AnyStore>) -> Builder {
    let keys = KeyRing::new(KeyRing::generate_secret()).unwrap();
    Cloakroom::builder(keys).store(store).sweep_every(None)
}

async fn browser_of(builder: Builder) -> Browser {
    browser_noting(builder, None).await
}

/// The same where it is noted what staff does.
async fn browser_noting(builder: Builder, log: Option<AuditLog>) -> Browser {
    let cloakroom = Shop::protected(builder)
        .headers(headers::set)
        .build()
        .unwrap();
    let users = Users::new(|_| io::Result::Ok(PASSWORD.to_owned())).unwrap();
    let mut shop = Shop::new(cloakroom, users, Archive::in_memory().await);
    if let Some(log) = log {
        shop = shop.noting_in(log);
    }
    let shop = Arc::new(shop);
    Browser::of(shop.router().unwrap())
}

/// Opens a browser that has been to the shop, and so has a CSRF cookie.
async fn browser() -> Browser {
    let browser = browser_on(MemoryStore::new()).await;
    browser.get("/").await;
    browser
}

async fn sign_in(browser: &Browser, more: &[(&str, &str)]) -> Page {
    let mut fields = vec![("username", "demo"), ("password", PASSWORD)];
    fields.extend_from_slice(more);
    browser.post("/login", &fields).await
}

async fn post_json(browser: &Browser, body: &str) -> Page {
    let token = browser.cookie("csrftoken").unwrap();
    let browser = browser.clone().with_header("x-csrftoken", &token);
    let body = Body::from(body.to_owned());
    let json = Some("application/json");
    browser.send(Method::POST, "/api/cart", body, json).await
}

async fn cart(browser: &Browser) -> serde_json::Value {
    serde_json::from_str(&browser.get("/api/cart").await.text).unwrap()
}

#[tokio::test]
async fn a_product_that_does_not_exist_is_not_found_anywhere() {
    let browser = browser().await;
    for id in ["0", "1001", "scarf", "4294967296"] {
        let page = browser.get(&format!("/products/{id}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{id}");
        assert!(page.text.contains("There is nothing on this hanger"));
        let answer = browser.post(&format!("/cart/add/{id}"), &[]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{id}");
    }
}

#[tokio::test]
async fn what_was_looked_at_is_shown_again_newest_first() {
    let browser = browser().await;
    browser.get("/products/2").await;
    browser.get("/products/9").await;
    let page = browser.get("/").await;
    let strip = page.text.split("Recently viewed").nth(1).unwrap();
    let place = |name: &str| strip.find(name).unwrap();
    assert!(place("Wool blanket") < place("Waxed raincoat"));
}

#[tokio::test]
async fn visits_are_counted_whatever_the_cookie_says() {
    let browser = browser().await;
    browser.get("/").await;
    assert_eq!(browser.cookie("visited").as_deref(), Some("2"));
    assert!(browser.outlives_window("visited"));
    browser.set_cookie("visited", "a great many");
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
    assert_eq!(browser.cookie("visited").as_deref(), Some("1"));
}

#[tokio::test]
async fn signing_in_keeps_the_cart_and_lasts_as_long_as_was_asked() {
    let browser = browser().await;
    browser.post("/cart/add/1", &[]).await;
    let before = browser.cookie("sessionid");
    let answer = sign_in(&browser, &[]).await;
    assert_eq!(answer.location(), Some("/"));
    assert_ne!(browser.cookie("sessionid"), before, "the token is renewed");
    assert!(!browser.outlives_window("sessionid"));
    let page = browser.visit("/").await;
    assert!(page.text.contains("Welcome, demo."));
    assert_eq!(cart(&browser).await["items"], json!({"1": 1}));

    sign_in(&browser, &[("remember", "on")]).await;
    assert!(browser.outlives_window("sessionid"));
}

#[tokio::test]
async fn a_wrong_password_gets_the_form_back_and_no_hint() {
    let browser = browser().await;
    let wrong = [("username", "demo"), ("password", "guess")];
    let unknown = [("username", "nobody"), ("password", PASSWORD)];
    for fields in [wrong, unknown] {
        let page = browser.post("/login", &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.text.contains("<title>Error: Sign in"));
        assert!(
            page.text
                .contains("That name and password don&#x27;t go together")
        );
    }
    assert_eq!(browser.cookie("sessionid"), None);
}

#[tokio::test]
async fn after_signing_in_one_goes_on_where_one_was_in_this_shop() {
    let browser = browser().await;
    let cases = [
        ("/cart", "/cart"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
    ];
    for (next, expected) in cases {
        let answer = sign_in(&browser, &[("next", next)]).await;
        assert_eq!(answer.location(), Some(expected), "{next}");
    }
}

#[tokio::test]
async fn the_farewell_is_seen_after_the_session_is_gone() {
    let browser = browser().await;
    sign_in(&browser, &[]).await;
    browser.visit("/").await;
    browser.post("/logout", &[]).await;
    let page = browser.visit("/").await;
    assert!(page.text.contains("You are signed out."));
    assert!(!page.text.contains(r#"action="/logout""#));
    assert_eq!(browser.cookie("sessionid"), None);
}

#[tokio::test]
async fn every_page_speaks_the_chosen_language_in_the_chosen_theme() {
    let browser = browser().await;
    browser.post("/cart/add/1", &[]).await;
    for (language, cart) in [
        ("en", "Your cart"),
        ("hi", "आपकी कार्ट"),
        ("ko", "장바구니"),
        ("de", "Ihr Warenkorb"),
    ] {
        browser
            .post("/preferences", &[("theme", "dark"), ("language", language)])
            .await;
        let start = format!(r#"<html lang="{language}" data-theme="dark">"#);
        for path in [
            "/",
            "/products/7",
            "/cart",
            "/login",
            "/posts",
            "/posts/new",
            "/preferences",
            "/nowhere",
        ] {
            let page = browser.get(path).await;
            assert!(
                page.text.contains(&start),
                "{path} in {language}: {}",
                page.text
            );
        }
        assert!(
            browser
                .get("/cart")
                .await
                .text
                .contains(&format!("<h1>{cart}</h1>"))
        );
    }
}

#[tokio::test]
async fn a_preference_that_is_none_changes_nothing() {
    let browser = browser().await;
    let page = browser
        .post("/preferences", &[("theme", "purple"), ("language", "tlh")])
        .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.text.contains(r##"<a href="#theme">"##)
            && page.text.contains(r##"<a href="#language">"##)
    );
    assert_eq!(browser.cookie("sessionid"), None);
}

#[tokio::test]
async fn a_note_is_announced_by_its_title_and_shown_as_text() {
    let browser = browser().await;
    let note = [("title", "Hello"), ("body", "<script>alert(1)</script>")];
    let answer = browser.post("/posts/new", &note).await;
    assert_eq!(answer.location(), Some("/posts"));
    let page = browser.another().get("/posts").await;
    assert!(page.text.contains("&lt;script&gt;"));
    assert!(!page.text.contains("<script>alert"));
    let page = browser.visit("/posts").await;
    assert!(page.text.contains("Hello post saved."));
}

#[tokio::test]
async fn a_form_without_its_token_is_refused_in_the_shops_style() {
    let browser = browser().await;
    let page = browser.post_raw("/cart/add/1", "quantity=1").await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.text.contains("Please send that again"));
    assert!(page.text.contains("style.css"));
}

#[tokio::test]
async fn a_form_with_its_hidden_field_in_the_wrong_place_is_told_so_in_the_shops_style() {
    let browser = browser().await;
    browser.get("/products/1").await;
    let upload = format!(
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n{}\r\n",
        "y".repeat(70_000)
    );
    let kind = Some("multipart/form-data; boundary=x");
    let page = browser
        .send(Method::POST, "/cart/add/1", Body::from(upload), kind)
        .await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.text.contains("must be put first"), "{}", page.text);
    assert!(page.text.contains("style.css"));
}

#[tokio::test]
async fn when_the_store_is_away_the_shop_says_so_and_loses_nothing() {
    let (store, faults) = FaultyStore::before(MemoryStore::new());
    let browser = browser_on(store).await;
    browser.get("/").await;
    browser.post("/cart/add/1", &[]).await;

    faults.fail(Call::Load, true);
    let page = browser.get("/cart").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text.contains("closed for a moment"));
    assert!(page.text.contains("style.css"));

    faults.fail(Call::Load, false);
    assert_eq!(cart(&browser).await["count"], 1);
}

#[tokio::test]
async fn the_shop_is_well_while_its_store_answers() {
    let page = browser().await.get("/healthz").await;
    assert_eq!((page.status, page.text.as_str()), (StatusCode::OK, "ok"));
}

#[tokio::test]
async fn looking_at_a_form_starts_no_session() {
    let browser = browser_on(MemoryStore::new()).await;
    for path in ["/", "/cart", "/login", "/posts", "/preferences", "/nowhere"] {
        browser.get(path).await;
    }
    assert_eq!(browser.cookie("sessionid"), None);
}

#[tokio::test]
async fn no_page_has_a_script_or_a_style_in_it_that_its_policy_would_refuse() {
    let browser = browser().await;
    sign_in(&browser, &[]).await;
    for path in [
        "/",
        "/products/1",
        "/cart",
        "/preferences",
        "/login",
        "/posts/new",
        "/nothing",
    ] {
        let page = browser.get(path).await;
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("default-src 'none'; script-src 'self'"),
            "{policy}"
        );
        for inline in ["<style", "style=", "<script>", " onclick", "javascript:"] {
            assert!(!page.text.contains(inline), "{inline} on {path}");
        }
    }
}

#[tokio::test]
async fn who_leaves_is_told_so_and_leaves_nothing_stored() {
    let browser = browser_over_https().await;
    sign_in(&browser, &[]).await;
    let left = browser.post("/logout", &[]).await;
    assert_eq!(left.status, StatusCode::SEE_OTHER);
    assert_eq!(left.headers["clear-site-data"], "\"storage\"");
    assert_eq!(browser.cookie("__Host-sessionid"), None);
    let page = browser.visit("/").await;
    assert!(page.text.contains("You are signed out."), "{}", page.text);
}

#[tokio::test]
async fn every_form_needs_its_token_and_scripts_are_told_in_json() {
    let browser = browser().await;
    let own = browser.clone().with_header("sec-fetch-site", "same-origin");
    for path in [
        "/cart/add/1",
        "/preferences",
        "/login",
        "/logout",
        "/posts/new",
    ] {
        let page = own.post_raw(path, "product=1").await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
        assert!(page.text.contains("Please send that again"), "{path}");
    }
    let order = r#"{"product":1,"quantity":1}"#;
    let json = Some("application/json");
    let refused = own
        .send(Method::POST, "/api/cart", Body::from(order), json)
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.headers["content-type"], "application/json");
    let body: serde_json::Value = serde_json::from_str(&refused.text).unwrap();
    assert_eq!(body["error"], "the CSRF token is missing or wrong");
    assert_eq!(cart(&browser).await["count"], 0);
    let forged = browser.clone().with_header("sec-fetch-site", "same-site");
    assert_eq!(
        post_json(&forged, order).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(post_json(&own, order).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_page_loads_the_script_that_sends_the_token() {
    let browser = browser().await;
    let home = browser.get("/").await.text;
    let at = home.find("/static/csrf.js").unwrap();
    assert!(at < home.find("/static/shop.js").unwrap());
    let script = browser.get("/static/csrf.js").await;
    assert_eq!(
        script.headers["content-type"],
        "text/javascript; charset=utf-8"
    );
}
