//! Visitors who asked to be remembered.
use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use cloakroom::session::{Login, Policy};
use cloakroom::store::InCookie;
use cloakroom::testing::Page;
use cloakroom::{Expiry, Session};

use super::{pages, seconds, who};
use crate::site::{Site, every_store};

fn doors() -> Router {
    async fn enter(session: Session, Path(remember): Path<bool>) -> cloakroom::Result<()> {
        session.login(Login::user("ada").remember(remember))
    }
    async fn choose(session: Session) -> cloakroom::Result<()> {
        session.set("cart", "hat")?;
        session.set_expiry(Expiry::Remembered)
    }
    pages()
        .route("/remember/{remember}", get(enter))
        .route("/remember-guest", get(choose))
}

/// 100 seconds of rest and 250 in all; who is remembered: 1,000 and 3,000.
fn short(policy: Policy) -> Policy {
    policy
        .idle(seconds(100))
        .absolute(seconds(250))
        .remember(seconds(1_000), seconds(3_000))
}

fn max_age(page: &Page) -> Option<u64> {
    let cookie = page.set_cookie("sessionid")?;
    let age = cookie.split("Max-Age=").nth(1)?.split(';').next()?;
    age.parse().ok()
}

#[tokio::test]
async fn who_asked_for_it_is_known_after_the_browser_closed_and_others_are_not() {
    for (name, store, _folder) in every_store().await {
        for (path, age, after) in [
            ("/remember/true", Some(1_000), "ada"),
            ("/remember/false", None, "nobody"),
        ] {
            let site = Site::on(store.clone(), doors(), |s| s.session(short));
            let page = site.browser.get(path).await;
            assert_eq!(max_age(&page), age, "{name}");
            site.browser.close_window();
            site.turn(50);
            assert_eq!(who(&site.browser).await, after, "{name}");
        }
    }
}

#[tokio::test]
async fn who_is_remembered_has_deadlines_of_his_own() {
    let rows: [(&str, &[u64], &str); 7] = [
        // how he came in, after which rests he visits, and who he is in the end
        ("/remember/true", &[999], "ada"),
        ("/remember/true", &[1_000], "nobody"),
        ("/remember/true", &[999, 999, 999], "ada"),
        ("/remember/true", &[999, 999, 999, 3], "nobody"),
        ("/remember/false", &[99], "ada"),
        ("/remember/false", &[100], "nobody"),
        ("/remember/false", &[99, 99, 52], "nobody"),
    ];
    for (name, store, _folder) in every_store().await {
        for (path, rests, expected) in rows {
            let site = Site::on(store.clone(), doors(), |s| s.session(short));
            site.browser.get(path).await;
            let mut found = String::new();
            for rest in rests {
                site.turn(*rest);
                found = who(&site.browser).await;
            }
            assert_eq!(found, expected, "{name} {path} {rests:?}");
        }
    }
}

#[tokio::test]
async fn the_same_holds_where_visitors_carry_their_sessions() {
    let site = Site::with(doors(), |s| s.store(InCookie::new()).session(short));
    let page = site.browser.get("/remember/true").await;
    assert_eq!(max_age(&page), Some(1_000));
    site.browser.close_window();
    site.turn(999);
    assert_eq!(who(&site.browser).await, "ada");
    site.turn(1_000);
    assert_eq!(who(&site.browser).await, "nobody");
}

#[tokio::test]
async fn the_cookie_of_who_is_remembered_is_sent_again_when_its_deadline_moves() {
    let site = Site::with(doors(), |s| s.session(short));
    site.browser.get("/remember/true").await;
    site.turn(99);
    assert!(site.browser.get("/who").await.set_cookies().is_empty());
    site.turn(1);
    assert_eq!(max_age(&site.browser.get("/who").await), Some(1_000));
}

#[tokio::test]
async fn a_login_that_does_not_ask_for_it_ends_being_remembered() {
    let site = Site::with(doors(), |s| s.session(short));
    for before in ["/remember/true", "/remember-guest"] {
        site.browser.get(before).await;
        assert!(site.browser.outlives_window("sessionid"), "{before}");
        site.browser.get("/remember/false").await;
        assert!(!site.browser.outlives_window("sessionid"), "{before}");
        site.browser.get("/logout").await;
    }
}

#[tokio::test]
async fn a_proof_keeps_being_remembered() {
    let site = Site::with(doors(), |s| s.session(short));
    site.browser.get("/remember/true").await;
    site.turn(500);
    let page = site.browser.get("/prove").await;
    assert_eq!(max_age(&page), Some(1_000));
}

#[tokio::test]
async fn a_site_that_remembers_nobody_forgets_also_those_whom_it_had_remembered() {
    let site = Site::with(doors(), |s| s.session(short));
    site.browser.get("/remember/true").await;
    let strict = site.again(doors(), |s| s.session(|p| short(p).remember_nobody()));
    strict.turn(99);
    assert_eq!(who(&strict.browser).await, "ada");
    assert!(max_age(&strict.browser.get("/remember/true").await).is_none());
    assert!(!strict.browser.outlives_window("sessionid"));
    strict.turn(100);
    assert_eq!(who(&strict.browser).await, "nobody");
}

#[tokio::test]
async fn being_remembered_is_not_having_proved_who_one_is() {
    let site = Site::with(doors(), |s| s.session(short));
    site.browser.get("/remember/true").await;
    site.browser.close_window();
    site.turn(300);
    assert_eq!(who(&site.browser).await, "ada");
    assert_eq!(site.browser.get("/fresh/300").await.text, "false");
}
