//! New tokens: after a renewal, after a login, and what the old one is still worth.
use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use cloakroom::Session;
use cloakroom::testing::Call;
use tokio::sync::Barrier;
use tracing::Level;

use crate::site::{Gate, Site, every_store, routes};
use crate::watch::Watch;

/// A page that has loaded the session and changes it only when the gate opens.
fn slow_write(gate: &Gate) -> Router {
    let gate = gate.clone();
    let page = |session: Session| async move {
        gate.pass().await;
        session.set("late", true)
    };
    routes().route("/slow", get(page))
}

#[tokio::test]
async fn a_renewed_session_has_a_new_token_and_all_else_as_it_was() {
    for (name, store, _folder) in every_store().await {
        let site = Site::on(store, routes(), |settings| settings);
        site.browser.get("/login/ada").await;
        site.browser.get("/set/coat/blue").await;
        let old = site.token();
        let page = site.browser.get("/renew").await;
        assert_eq!(page.set_cookies().len(), 1);
        assert_ne!(site.token(), old, "{name}");
        assert_eq!(
            site.browser.get("/get/coat").await.text,
            "\"blue\"",
            "{name}"
        );
        assert_eq!(site.browser.get("/who").await.text, "ada", "{name}");
        assert_eq!(site.sessions().await, 1, "{name}");
    }
}

#[tokio::test]
async fn for_ten_seconds_the_old_token_reads_and_writes_and_gets_no_cookie() {
    for (name, store, _folder) in every_store().await {
        let site = Site::on(store, routes(), |settings| {
            settings.session(|s| s.end_with_browser(false).push_on_every_request(true))
        });
        site.browser.get("/set/coat/blue").await;
        let old = site.with_token(&site.token());
        site.browser.get("/renew").await;
        for turn in [0, 10] {
            site.turn(turn);
            let read = old.get("/get/coat").await;
            assert_eq!(read.text, "\"blue\"", "{name}");
            let write = old.get(&format!("/set/late{turn}/x")).await;
            for page in [read, write] {
                assert!(page.set_cookies().is_empty(), "{name}: {page:?}");
            }
        }
        let keys = site.browser.get("/keys").await.text;
        assert_eq!(keys, "coat late0 late10", "{name}");
    }
}

#[tokio::test]
async fn after_that_the_old_token_is_worth_nothing_and_its_use_is_a_sign_of_theft() {
    let watch = Watch::begin();
    let site = Site::of(routes());
    site.browser.get("/set/coat/blue").await;
    let old = site.with_token(&site.token());
    site.browser.get("/renew").await;
    site.turn(11);
    assert_eq!(watch.counted("cloakroom_suspicious_total"), 0);
    let page = old.get("/get/coat").await;
    assert_eq!(page.text, "nothing");
    assert!(page.set_cookie("sessionid").unwrap().contains("Max-Age=0"));
    assert_eq!(watch.counted("cloakroom_suspicious_total"), 1);
    assert!(watch.traced(Level::WARN, "it may be stolen"));
    assert_eq!(site.browser.get("/get/coat").await.text, "\"blue\"");
}

#[tokio::test]
async fn how_long_the_old_token_serves_is_a_setting() {
    let minute = std::time::Duration::from_secs(60);
    let site = Site::with(routes(), |s| s.session(|s| s.grace(minute)));
    site.browser.get("/set/coat/blue").await;
    let old = site.with_token(&site.token());
    site.browser.get("/renew").await;
    site.turn(60);
    assert_eq!(old.get("/get/coat").await.text, "\"blue\"");
    site.turn(1);
    assert_eq!(old.get("/get/coat").await.text, "nothing");
}

#[tokio::test]
async fn a_token_of_two_renewals_ago_still_serves_for_its_ten_seconds() {
    let site = Site::of(routes());
    site.browser.get("/set/coat/blue").await;
    let oldest = site.with_token(&site.token());
    site.browser.get("/renew").await;
    site.turn(5);
    site.browser.get("/renew").await;
    assert_eq!(oldest.get("/get/coat").await.text, "\"blue\"");
    site.turn(6);
    assert_eq!(oldest.get("/get/coat").await.text, "nothing");
    assert_eq!(site.browser.get("/get/coat").await.text, "\"blue\"");
}

#[tokio::test]
async fn a_write_under_way_during_a_renewal_or_a_login_is_not_lost() {
    for (name, store, _folder) in every_store().await {
        for moves in ["/renew", "/login/ada"] {
            let gate = Gate::default();
            let site = Site::on(store.clone(), slow_write(&gate), |settings| settings);
            site.browser.get("/set/coat/blue").await;
            let old = site.with_token(&site.token());
            let (page, ()) = tokio::join!(old.get("/slow"), async {
                gate.reached(1).await;
                site.browser.get(moves).await;
                gate.open();
            });
            assert_eq!(page.status, 200);
            assert!(page.set_cookies().is_empty(), "{name} {moves}: {page:?}");
            let keys = site.browser.get("/keys").await.text;
            assert_eq!(keys, "coat late", "{name} {moves}");
        }
    }
}

#[tokio::test]
async fn a_login_gives_a_new_token_keeps_the_cart_and_makes_the_old_token_worthless_at_once() {
    let watch = Watch::begin();
    for (name, store, _folder) in every_store().await {
        let site = Site::on(store, routes(), |settings| settings);
        site.browser.get("/set/cart/hat").await;
        let planted = site.token();
        site.browser.get("/login/ada").await;
        assert_ne!(site.token(), planted, "{name}");
        assert_eq!(
            site.browser.get("/get/cart").await.text,
            "\"hat\"",
            "{name}"
        );
        assert_eq!(site.browser.get("/who").await.text, "ada", "{name}");
        let thief = site.with_token(&planted);
        assert_eq!(thief.get("/get/cart").await.text, "nothing", "{name}");
        site.turn(11);
        assert_eq!(thief.get("/get/cart").await.text, "nothing", "{name}");
    }
    assert!(watch.traced(Level::WARN, "it may be stolen"));
}

#[tokio::test]
async fn a_page_that_was_on_its_way_during_the_login_does_not_take_the_new_cookie_away() {
    let site = Site::of(routes());
    site.browser.get("/set/cart/hat").await;
    let straggler = site.with_token(&site.token());
    site.browser.get("/login/ada").await;
    let page = straggler.get("/get/cart").await;
    assert_eq!(page.text, "nothing");
    assert!(page.set_cookies().is_empty(), "{page:?}");
    site.turn(11);
    let page = straggler.get("/get/cart").await;
    assert!(page.set_cookie("sessionid").unwrap().contains("Max-Age=0"));
}

#[tokio::test]
async fn a_write_that_comes_with_the_old_token_just_after_the_login_may_be_tried_again() {
    let site = Site::of(routes());
    site.browser.get("/set/cart/hat").await;
    let straggler = site.with_token(&site.token());
    site.browser.get("/login/ada").await;
    let page = straggler.get("/set/cart/scarf").await;
    assert_eq!(page.status, 503);
    assert_eq!(page.headers["retry-after"], "2");
    assert!(page.set_cookies().is_empty(), "{page:?}");
    assert_eq!(site.browser.get("/get/cart").await.text, "\"hat\"");
    assert_eq!(site.sessions().await, 1);
}

#[tokio::test]
async fn a_second_press_on_the_login_button_keeps_the_cart_and_another_users_login_gets_none_of_it()
{
    for (name, store, _folder) in every_store().await {
        let site = Site::on(store, routes(), |settings| settings);
        site.browser.get("/set/cart/hat").await;
        let [second, other] = [(); 2].map(|()| site.with_token(&site.token()));
        site.browser.get("/login/ada").await;
        second.get("/login/ada").await;
        other.get("/login/grace").await;
        assert_eq!(second.get("/get/cart").await.text, "\"hat\"", "{name}");
        assert_eq!(other.get("/get/cart").await.text, "nothing", "{name}");
        assert_eq!(other.get("/who").await.text, "grace", "{name}");
    }
}

#[tokio::test]
async fn a_second_press_on_the_login_button_signs_in_as_well() {
    let site = Site::of(routes());
    site.browser.get("/set/cart/hat").await;
    let second = site.with_token(&site.token());
    site.browser.get("/login/ada").await;
    second.get("/login/ada").await;
    for browser in [&site.browser, &second] {
        assert_eq!(browser.get("/who").await.text, "ada");
    }
}

#[tokio::test]
async fn a_login_without_a_session_begins_one() {
    let site = Site::of(routes());
    site.browser.get("/login/ada").await;
    assert_eq!(site.browser.get("/who").await.text, "ada");
    assert_eq!(site.calls([Call::Create, Call::Rename]), [1, 0]);
}

#[tokio::test]
async fn a_login_of_somebody_else_drops_what_the_former_user_had() {
    for (name, store, _folder) in every_store().await {
        let site = Site::on(store, routes(), |settings| settings);
        site.browser.get("/login/ada").await;
        site.browser.get("/set/diary/secret").await;
        let former = site.with_token(&site.token());
        site.browser.get("/login/ada").await;
        assert_eq!(site.browser.get("/keys").await.text, "diary", "{name}");
        site.browser.get("/login/grace").await;
        assert_eq!(site.browser.get("/keys").await.text, "", "{name}");
        assert_eq!(site.browser.get("/who").await.text, "grace", "{name}");
        assert_eq!(former.get("/who").await.text, "nobody", "{name}");
    }
}

#[tokio::test]
async fn what_the_former_user_was_writing_does_not_reach_the_next_one() {
    for (name, store, _folder) in every_store().await {
        for quick in [true, false] {
            let gate = Gate::default();
            let slow = gate.clone();
            let login = |session: Session| async move {
                slow.pass().await;
                session.login("grace")
            };
            let pages = slow_write(&gate).route("/slow/login", get(login));
            let site = Site::on(store.clone(), pages, |settings| settings);
            site.browser.get("/login/ada").await;
            let ada = site.with_token(&site.token());
            if quick {
                // Ada's write is saved between the load and the end of Grace's login.
                tokio::join!(site.browser.get("/slow/login"), async {
                    gate.reached(1).await;
                    ada.get("/set/late/secret").await;
                    gate.open();
                });
            } else {
                // Ada's write is saved after Grace has signed in.
                tokio::join!(ada.get("/slow"), async {
                    gate.reached(1).await;
                    site.browser.get("/login/grace").await;
                    gate.open();
                });
            }
            assert_eq!(site.browser.get("/who").await.text, "grace", "{name}");
            assert_eq!(site.browser.get("/keys").await.text, "", "{name} {quick}");
        }
    }
}

/// A page for two requests that have both loaded the session before either goes on.
fn two_at_once(work: fn(&Session, &str) -> cloakroom::Result<()>) -> Router {
    let both = Arc::new(Barrier::new(2));
    let page = move |session: Session, Path(who): Path<String>| async move {
        both.wait().await;
        session.set(who.as_str(), true)?;
        work(&session, &who)
    };
    routes().route("/both/{who}", get(page))
}

#[tokio::test]
async fn two_logins_at_the_same_time_leave_both_cookies_working() {
    for (name, store, _folder) in every_store().await {
        let pages = two_at_once(|session, _| session.login("ada"));
        let site = Site::on(store, pages, |settings| settings);
        site.browser.get("/set/cart/hat").await;
        let [one, other] = [0, 1].map(|_| site.with_token(&site.token()));
        tokio::join!(one.get("/both/one"), other.get("/both/other"));
        assert_ne!(one.cookie("sessionid"), other.cookie("sessionid"), "{name}");
        for browser in [one, other] {
            assert_eq!(browser.get("/who").await.text, "ada", "{name}");
            assert_eq!(browser.get("/get/cart").await.text, "\"hat\"", "{name}");
        }
        let planted = site.browser.get("/who").await;
        assert_eq!(planted.text, "nobody", "{name}");
    }
}

#[tokio::test]
async fn a_login_that_meets_renewals_leaves_nothing_open_to_the_tokens_from_before() {
    for (name, store, _folder) in every_store().await {
        let gate = Gate::default();
        let slow = gate.clone();
        let login = |session: Session| async move {
            slow.pass().await;
            session.login("ada")
        };
        let pages = routes().route("/slow/login", get(login));
        let site = Site::on(store, pages, |settings| settings);
        site.browser.get("/set/cart/hat").await;
        let other = site.with_token(&site.token());
        tokio::join!(site.browser.get("/slow/login"), async {
            gate.reached(1).await;
            other.get("/renew").await;
            other.get("/renew").await;
            other.get("/set/late/glove").await;
            gate.open();
        });
        assert_eq!(site.browser.get("/who").await.text, "ada", "{name}");
        assert_eq!(site.browser.get("/keys").await.text, "cart late", "{name}");
        let before = other.cookie("sessionid").expect("it was renewed");
        let before = site.with_token(&before);
        assert_eq!(before.get("/keys").await.text, "", "{name}");
        assert_eq!(site.sessions().await, 1, "{name}");
    }
}

#[tokio::test]
async fn two_different_users_who_sign_in_at_the_same_time_share_nothing() {
    for (name, store, _folder) in every_store().await {
        let pages = two_at_once(|session, who| session.login(who));
        let site = Site::on(store, pages, |settings| settings);
        site.browser.get("/set/cart/hat").await;
        let [ada, grace] = [0, 1].map(|_| site.with_token(&site.token()));
        tokio::join!(ada.get("/both/ada"), grace.get("/both/grace"));
        for (browser, user, not) in [(ada, "ada", "grace"), (grace, "grace", "ada")] {
            assert_eq!(browser.get("/who").await.text, user, "{name}");
            let keys = browser.get("/keys").await.text;
            assert!(!keys.contains(not), "{name}: {user} has {keys}");
        }
    }
}

#[tokio::test]
async fn of_two_renewals_at_the_same_time_one_gives_a_cookie_and_both_save() {
    for (name, store, _folder) in every_store().await {
        let pages = two_at_once(|session, _| session.renew());
        let site = Site::on(store, pages, |settings| settings);
        site.browser.get("/set/cart/hat").await;
        let (one, other) = tokio::join!(
            site.browser.get("/both/one"),
            site.browser.get("/both/other")
        );
        let cookies = one.set_cookies().len() + other.set_cookies().len();
        assert_eq!(cookies, 1, "{name}");
        let keys = site.browser.get("/keys").await.text;
        assert_eq!(keys, "cart one other", "{name}");
        assert_eq!(site.sessions().await, 1, "{name}");
    }
}
