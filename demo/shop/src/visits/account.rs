//! `/account`: one person on several devices, and nobody else.

use axum::http::StatusCode;
use cloakroom::store::{AnyStore, InCookie, MemoryStore};
use cloakroom::testing::{Browser, Page};

use super::{PASSWORD, browser_on};

const LAPTOP: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0";

/// A shop whose sessions can be found by their users, and a device in it.
pub(super) async fn shop() -> Browser {
    browser_on(AnyStore::inspectable(MemoryStore::new())).await
}

/// Opens another device on which this person signs in.
pub(super) async fn device(browser: &Browser, name: &str) -> Browser {
    let browser = browser.another();
    browser.get("/login").await;
    let fields = [("username", name), ("password", PASSWORD)];
    let answer = browser.post("/login", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    browser.visit("/").await;
    browser
}

pub(super) async fn is_in(browser: &Browser) -> bool {
    browser.get("/").await.text.contains(r#"action="/logout""#)
}

/// Returns the handles on an account page, this session's first.
fn handles(page: &Page) -> Vec<String> {
    let actions = page.text.split(r#"action="/account/sessions/"#).skip(1);
    actions
        .filter_map(|rest| Some(rest.split_once("/revoke\"")?.0.to_owned()))
        .collect()
}

fn revoke(handle: &str) -> String {
    format!("/account/sessions/{handle}/revoke")
}

#[tokio::test]
async fn who_is_not_signed_in_is_asked_to_and_comes_back() {
    let browser = shop().await;
    browser.get("/login").await;
    let others = "/account/sessions/revoke-others";
    for answer in [
        browser.get("/account").await,
        browser.post(&revoke("0123456789abcdef"), &[]).await,
        browser.post(others, &[("password", PASSWORD)]).await,
    ] {
        assert_eq!(answer.location(), Some("/login?next=/account"));
    }
}

#[tokio::test]
async fn a_session_is_ended_from_another_device_at_once_and_with_it_nothing_else() {
    let shop = shop().await;
    let laptop = device(&shop.clone().with_header("user-agent", LAPTOP), "demo").await;
    let phone = device(&shop, "demo").await;
    let page = phone.get("/account").await;
    assert!(
        page.text.contains("<b>Firefox on Linux</b>"),
        "{}",
        page.text
    );
    let [_, other] = &handles(&page)[..] else {
        panic!("{}", page.text);
    };
    let answer = phone.post(&revoke(other), &[]).await;
    assert_eq!(answer.location(), Some("/account"));
    let page = phone.visit("/account").await;
    assert!(page.text.contains("Signed out there."), "{}", page.text);
    assert_eq!(handles(&page).len(), 1);
    assert!(!is_in(&laptop).await && is_in(&phone).await);
    // That it was over already is no error.
    phone.post(&revoke(other), &[]).await;
    let page = phone.visit("/account").await;
    assert!(page.text.contains("was over already"), "{}", page.text);
}

#[tokio::test]
async fn nobody_ends_a_session_of_somebody_else_or_one_that_was_made_up() {
    let shop = shop().await;
    let demo = device(&shop, "demo").await;
    let own = handles(&demo.get("/account").await).remove(0);
    let staff = device(&shop, "staff").await;
    let whole = "0".repeat(64);
    for handle in [&*own, "0123456789abcdef", "x", &whole, "..%2F..", "%00"] {
        let answer = staff.post(&revoke(handle), &[]).await;
        assert_eq!(answer.location(), Some("/account"), "{handle}");
        let page = staff.visit("/account").await;
        assert!(page.text.contains("was over already"), "{handle}");
    }
    assert!(is_in(&demo).await && is_in(&staff).await);
}

#[tokio::test]
async fn everywhere_else_is_signed_out_after_the_password_and_not_without() {
    let shop = shop().await;
    let laptop = device(&shop, "demo").await;
    let phone = device(&shop, "demo").await;
    let staff = device(&shop, "staff").await;
    let others = "/account/sessions/revoke-others";
    for (password, said) in [
        ("", "Enter your password"),
        ("guess", "That password is wrong"),
    ] {
        let page = laptop.post(others, &[("password", password)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.text.contains(said), "{}", page.text);
        assert!(is_in(&phone).await);
    }
    let answer = laptop.post(others, &[("password", PASSWORD)]).await;
    assert_eq!(answer.location(), Some("/account"));
    assert!(!is_in(&phone).await && is_in(&laptop).await && is_in(&staff).await);
    let page = laptop.visit("/account").await;
    assert!(!page.text.contains("revoke-others"), "there is no other");
}

#[tokio::test]
async fn neither_act_is_done_without_the_forms_token() {
    let shop = shop().await;
    let laptop = device(&shop, "demo").await;
    let phone = device(&shop, "demo").await;
    let other = handles(&laptop.get("/account").await).remove(1);
    let own_site = laptop.with_header("sec-fetch-site", "same-origin");
    for path in [revoke(&other), "/account/sessions/revoke-others".into()] {
        let body = format!("password={PASSWORD}");
        let page = own_site.post_raw(&path, body).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert!(is_in(&phone).await);
}

#[tokio::test]
async fn where_sessions_are_not_found_by_their_users_one_sees_this_one_and_is_told_so() {
    for store in [
        AnyStore::from(MemoryStore::new()),
        AnyStore::from(InCookie::new()),
    ] {
        let browser = browser_on(store).await;
        let demo = device(&browser, "demo").await;
        let page = demo.get("/account").await;
        assert_eq!(page.status, StatusCode::OK);
        let said = "can&#x27;t show where else you are signed in";
        assert!(page.text.contains(said), "{}", page.text);
        assert!(!page.text.contains("revoke-others"), "{}", page.text);
        if let [own] = &handles(&page)[..] {
            demo.post(&revoke(own), &[]).await;
            assert!(!is_in(&demo).await);
        }
    }
}

#[tokio::test]
async fn more_sessions_than_are_shown_are_counted_and_ended_with_the_others() {
    let shop = shop().await;
    for _ in 0..101 {
        device(&shop, "demo").await;
    }
    let demo = device(&shop, "demo").await;
    let page = demo.get("/account").await;
    assert_eq!(handles(&page).len(), 100);
    assert!(page.text.contains("And 2 more"), "{}", page.text);
    let proof = [("password", PASSWORD)];
    demo.post("/account/sessions/revoke-others", &proof).await;
    let page = demo.visit("/account").await;
    assert_eq!(handles(&page).len(), 1);
    assert!(page.text.contains("nowhere else"), "{}", page.text);
}
