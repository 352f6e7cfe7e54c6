//! Who is signed in, what that was proved by, and how long ago.
mod limits;
mod presets;
mod remembered;
mod stamps;

use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use cloakroom::session::Login;
use cloakroom::testing::Browser;
use cloakroom::{Error, Session};

use crate::site::{Gate, START, Site, every_store, routes, told};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Pages about signing in.
fn pages() -> Router {
    async fn alone(session: Session, Path(user): Path<String>) -> cloakroom::Result<()> {
        session.set("before", true)?;
        session.login(Login::user(user).drop_guest_data())?;
        session.set("after", true)
    }
    async fn fresh(session: Session, Path(limit): Path<u64>) -> String {
        session.fresh_within(seconds(limit)).to_string()
    }
    routes()
        .route("/login-alone/{user}", get(alone))
        .route("/fresh/{limit}", get(fresh))
        .route(
            "/prove",
            get(|s: Session| async move { s.reauthenticated() }),
        )
}

async fn who(browser: &Browser) -> String {
    browser.get("/who").await.text
}

#[tokio::test]
async fn a_login_leaves_behind_what_the_guest_did_where_it_is_asked_to() {
    for (name, store, _folder) in every_store().await {
        let site = Site::on(store, pages(), |settings| settings);
        site.browser.get("/set/cart/hat").await;
        let token = site.token();
        site.browser.get("/login-alone/ada").await;
        assert_ne!(site.token(), token, "{name}");
        assert_eq!(site.browser.get("/keys").await.text, "after", "{name}");
        assert_eq!(who(&site.browser).await, "ada", "{name}");
        assert_eq!(
            site.with_token(&token).get("/keys").await.text,
            "",
            "{name}"
        );
        assert_eq!(site.sessions().await, 1, "{name}");
    }
}

#[tokio::test]
async fn what_a_guest_was_writing_does_not_reach_who_left_it_behind() {
    let gate = Gate::default();
    let slow = gate.clone();
    let write = |session: Session| async move {
        slow.pass().await;
        session.set("late", true)
    };
    let site = Site::of(pages().route("/slow", get(write)));
    site.browser.get("/set/cart/hat").await;
    let guest = site.with_token(&site.token());
    tokio::join!(guest.get("/slow"), async {
        gate.reached(1).await;
        site.browser.get("/login-alone/ada").await;
        gate.open();
    });
    assert_eq!(site.browser.get("/keys").await.text, "after");
}

#[tokio::test]
async fn who_signs_in_once_more_is_no_guest_and_keeps_what_is_his() {
    let site = Site::of(pages());
    site.browser.get("/login/ada").await;
    site.browser.get("/set/cart/hat").await;
    let token = site.token();
    site.browser.get("/login-alone/ada").await;
    assert_ne!(site.token(), token);
    assert_eq!(site.browser.get("/keys").await.text, "after before cart");
}

#[tokio::test]
async fn another_users_values_are_never_kept_however_the_login_is_asked_for() {
    for path in ["/login/grace", "/login-alone/grace"] {
        for (name, store, _folder) in every_store().await {
            let site = Site::on(store, pages(), |settings| settings);
            site.browser.get("/login/ada").await;
            site.browser.get("/set/cart/hat").await;
            site.browser.get(path).await;
            assert_eq!(who(&site.browser).await, "grace", "{name}");
            assert!(!site.browser.get("/keys").await.text.contains("cart"));
            assert_eq!(site.sessions().await, 1, "{name} {path}");
        }
    }
}

#[tokio::test]
async fn a_login_is_fresh_for_as_long_as_the_page_asks_for_and_not_a_second_longer() {
    for (name, store, _folder) in every_store().await {
        let site = Site::on(store, pages(), |settings| settings);
        let fresh = async || site.browser.get("/fresh/300").await.text;
        assert_eq!(fresh().await, "false", "{name}: nobody");
        site.browser.get("/set/cart/hat").await;
        assert_eq!(fresh().await, "false", "{name}: a guest");
        site.browser.get("/login/ada").await;
        site.turn(299);
        assert_eq!(fresh().await, "true", "{name}");
        site.browser.get("/renew").await;
        site.turn(1);
        assert_eq!(fresh().await, "false", "{name}: a new token is no proof");
        assert_eq!(site.browser.get("/fresh/301").await.text, "true", "{name}");
        site.browser.get("/prove").await;
        site.turn(299);
        assert_eq!(fresh().await, "true", "{name}");
        site.browser.get("/logout").await;
        assert_eq!(fresh().await, "false", "{name}");
    }
}

#[tokio::test]
async fn a_proof_counts_in_the_very_request_that_brings_it() {
    let prove = |session: Session| async move {
        let fresh = || session.fresh_within(seconds(1));
        let before = fresh();
        session.reauthenticated()?;
        Ok::<_, Error>(format!("{before} {}", fresh()))
    };
    let site = Site::of(pages().route("/both", get(prove)));
    site.browser.get("/login/ada").await;
    site.turn(100);
    assert_eq!(site.browser.get("/both").await.text, "false true");
}

#[tokio::test]
async fn who_proves_it_once_more_gets_a_new_token_and_the_old_one_finds_nothing() {
    for (name, store, _folder) in every_store().await {
        let site = Site::on(store, pages(), |settings| settings);
        site.browser.get("/login/ada").await;
        site.browser.get("/set/cart/hat").await;
        let old = site.token();
        site.browser.get("/prove").await;
        assert_ne!(site.token(), old, "{name}");
        assert_eq!(who(&site.with_token(&old)).await, "nobody", "{name}");
        assert_eq!(who(&site.browser).await, "ada", "{name}");
        assert_eq!(site.browser.get("/keys").await.text, "cart", "{name}");
        assert_eq!(site.sessions().await, 1, "{name}");
    }
}

#[tokio::test]
async fn both_deadlines_begin_anew_with_a_proof_and_only_one_with_a_visit() {
    for (proves, known) in [(true, true), (false, false)] {
        let site = Site::with(pages(), |s| {
            s.session(|p| p.idle(seconds(100)).absolute(seconds(250)))
        });
        site.browser.get("/login/ada").await;
        for _ in 0..2 {
            site.turn(90);
            site.browser.get("/who").await;
        }
        if proves {
            site.browser.get("/prove").await;
        }
        for _ in 0..2 {
            site.turn(90);
            site.browser.get("/who").await;
        }
        assert_eq!(site.clock.now(), START.plus(seconds(360)));
        let who = who(&site.browser).await;
        assert_eq!(who == "ada", known, "{proves}");
    }
}

#[tokio::test]
async fn nobody_can_prove_once_more_who_has_not_signed_in() {
    let prove = |session: Session| async move {
        let restamped = told(session.restamp("hash"));
        assert_eq!(restamped, told(session.reauthenticated()));
        restamped
    };
    let site = Site::of(pages().route("/try", get(prove)));
    for path in ["/plain", "/set/cart/hat"] {
        site.browser.get(path).await;
        let told = site.browser.get("/try").await.text;
        assert!(told.starts_with("nobody is signed in"), "{told}");
    }
    assert_eq!(site.browser.get("/prove").await.status, 500);
    assert_eq!(site.browser.get("/keys").await.text, "cart");
}

#[tokio::test]
async fn a_proof_under_way_during_a_logout_brings_nothing_back() {
    for (name, store, _folder) in every_store().await {
        let gate = Gate::default();
        let slow = gate.clone();
        let prove = |session: Session| async move {
            slow.pass().await;
            session.reauthenticated()
        };
        let site = Site::on(store, pages().route("/slow", get(prove)), |s| s);
        site.browser.get("/login/ada").await;
        let other = site.with_token(&site.token());
        tokio::join!(other.get("/slow"), async {
            gate.reached(1).await;
            site.browser.get("/logout").await;
            gate.open();
        });
        assert_eq!(site.sessions().await, 0, "{name}");
        assert_eq!(who(&other).await, "nobody", "{name}");
    }
}

#[tokio::test]
async fn a_page_that_failed_has_proved_nothing() {
    let fail = |session: Session| async move {
        session.reauthenticated()?;
        Err::<(), _>(Error::NobodySignedIn)
    };
    let site = Site::of(pages().route("/fail", get(fail)));
    site.browser.get("/login/ada").await;
    site.turn(300);
    site.browser.get("/fail").await;
    assert_eq!(site.browser.get("/fresh/300").await.text, "false");
    assert_eq!(who(&site.browser).await, "ada");
}
