//! Logged out stays logged out, whatever else is under way.
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use cloakroom::testing::{Browser, Call};
use cloakroom::{Error, Session};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::site::{Gate, Site, every_store, memory, routes, sqlite};

/// A page that has loaded the session and changes it only when the gate opens.
fn slow_write(gate: &Gate) -> Router {
    let gate = gate.clone();
    let page = |session: Session| async move {
        gate.pass().await;
        session.set("late", true)?;
        Ok::<_, Error>("the page")
    };
    routes().route("/slow", get(page))
}

#[tokio::test]
async fn a_write_under_way_during_a_logout_brings_nothing_back() {
    for (name, store, _folder) in every_store().await {
        let gate = Gate::default();
        let site = Site::on(store, slow_write(&gate), |settings| settings);
        site.browser.get("/login/ada").await;
        let token = site.token();
        let stale = site.with_token(&token);
        let (page, ()) = tokio::join!(stale.get("/slow"), async {
            gate.reached(1).await;
            site.browser.get("/logout").await;
            gate.open();
        });
        assert_eq!(
            (page.status.as_u16(), &*page.text),
            (200, "the page"),
            "{name}"
        );
        assert!(page.set_cookie("sessionid").unwrap().contains("Max-Age=0"));
        assert_eq!(stale.cookie("sessionid"), None, "{name}");
        assert_eq!(site.sessions().await, 0, "{name}");
        assert_eq!(site.with_token(&token).get("/who").await.text, "nobody");
    }
}

#[tokio::test]
async fn a_save_that_the_store_holds_up_brings_back_nothing_that_another_process_ended() {
    let site = Site::of(routes());
    site.browser.get("/login/ada").await;
    let other = site.again(routes(), |settings| settings);
    site.faults.hold(Call::Save);
    let (page, ()) = tokio::join!(site.browser.get("/count/n"), async {
        site.faults.reached(Call::Save, 1).await;
        other.browser.get("/logout").await;
        site.faults.release(Call::Save);
    });
    assert_eq!((page.status.as_u16(), &*page.text), (200, "1"));
    assert!(page.set_cookie("sessionid").unwrap().contains("Max-Age=0"));
    assert_eq!(site.sessions().await, 0);
}

/// Pages that have both loaded the session before one writes and the other logs out.
fn race() -> Router {
    let start = Arc::new(Barrier::new(2));
    let gun = start.clone();
    let write = |session: Session| async move {
        gun.wait().await;
        session.update("n", |count: &mut u32| *count += 1)
    };
    let logout = |session: Session| async move {
        start.wait().await;
        session.logout()
    };
    Router::new()
        .route("/race/write", get(write))
        .route("/race/logout", get(logout))
        .merge(routes())
}

async fn run_the_race(site: &Site, rounds: usize) {
    let mut stale = Vec::new();
    for _ in 0..rounds {
        let browser = site.browser.another();
        browser.get("/login/ada").await;
        stale.push(browser.cookie("sessionid").unwrap());
        let mut racers = JoinSet::new();
        for path in ["/race/write", "/race/logout"] {
            let tab: Browser = browser.clone();
            racers.spawn(async move { tab.get(path).await });
        }
        for page in racers.join_all().await {
            assert_eq!(page.status, 200);
        }
        assert_eq!(browser.cookie("sessionid"), None);
    }
    assert_eq!(site.sessions().await, 0);
    for token in stale {
        assert_eq!(site.with_token(&token).get("/who").await.text, "nobody");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_thousand_logouts_that_race_a_write_none_is_undone_in_memory() {
    let site = Site::on(memory(), race(), |settings| settings);
    run_the_race(&site, 1_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_three_hundred_logouts_that_race_a_write_none_is_undone_in_sqlite() {
    let (store, _folder) = sqlite().await;
    let site = Site::on(store, race(), |settings| settings);
    run_the_race(&site, 300).await;
}

#[tokio::test]
async fn a_logout_ends_the_session_also_when_another_request_renewed_it_meanwhile() {
    for moves in ["/renew", "/login/ada", "/login/grace"] {
        for (name, store, _folder) in every_store().await {
            let gate = Gate::default();
            let slow = gate.clone();
            let logout = |session: Session| async move {
                slow.pass().await;
                session.logout()
            };
            let pages = routes().route("/slow/logout", get(logout));
            let site = Site::on(store, pages, |settings| settings);
            site.browser.get("/login/ada").await;
            let old = site.with_token(&site.token());
            tokio::join!(old.get("/slow/logout"), async {
                gate.reached(1).await;
                site.browser.get(moves).await;
                gate.open();
            });
            if moves == "/login/grace" {
                // That is another visitor's session, which began when the former's ended.
                assert_eq!(site.browser.get("/who").await.text, "grace", "{name}");
            } else {
                assert_eq!(site.sessions().await, 0, "{name} {moves}");
                assert_eq!(site.browser.get("/who").await.text, "nobody");
            }
        }
    }
}

#[tokio::test]
async fn a_logout_with_the_token_of_a_moment_ago_ends_the_renewed_session() {
    let site = Site::of(routes());
    site.browser.get("/login/ada").await;
    let old = site.with_token(&site.token());
    site.browser.get("/renew").await;
    old.get("/logout").await;
    assert_eq!(site.sessions().await, 0);
    assert_eq!(site.browser.get("/who").await.text, "nobody");
}

#[tokio::test]
async fn a_replayed_cookie_is_worth_nothing_after_the_logout() {
    for (name, store, _folder) in every_store().await {
        let site = Site::on(store, routes(), |settings| settings);
        site.browser.get("/login/ada").await;
        site.browser.get("/set/coat/blue").await;
        let token = site.token();
        let page = site.browser.get("/logout").await;
        let deleted = page.set_cookie("sessionid").unwrap();
        assert_eq!(
            deleted,
            "__Host-sessionid=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; \
             SameSite=Lax; Secure; HttpOnly"
        );
        let thief = site.with_token(&token);
        assert_eq!(thief.get("/who").await.text, "nobody", "{name}");
        let thief = site.with_token(&token);
        thief.get("/set/mine/x").await;
        assert_ne!(thief.cookie("sessionid").unwrap(), token, "{name}");
        assert_eq!(thief.get("/keys").await.text, "mine", "{name}");
    }
}

#[tokio::test]
async fn what_is_set_after_the_end_belongs_to_a_new_session() {
    let again = |session: Session| async move {
        session.end()?;
        session.set("new", true)?;
        Ok::<_, Error>(format!("{:?} {:?}", session.keys(), session.user_id()))
    };
    let site = Site::of(routes().route("/again", get(again)));
    site.browser.get("/login/ada").await;
    site.browser.get("/set/old/x").await;
    let token = site.token();
    let page = site.browser.get("/again").await;
    assert_eq!(page.text, "[\"new\"] None");
    assert_eq!(page.set_cookies().len(), 1);
    assert_ne!(site.token(), token);
    assert_eq!(site.browser.get("/keys").await.text, "new");
    assert_eq!(site.sessions().await, 1);
}

#[tokio::test]
async fn a_logout_of_nobody_is_no_mistake() {
    let site = Site::of(routes());
    let page = site.browser.get("/logout").await;
    assert_eq!(page.status, 200);
    assert!(page.set_cookies().is_empty());
    assert_eq!(site.faults.all_calls(), 0);
}

#[tokio::test]
async fn a_logout_that_fails_half_way_has_dropped_no_write() {
    for (name, store, _folder) in every_store().await {
        let [gate, door] = [Gate::default(), Gate::default()];
        let slow = door.clone();
        let logout = |session: Session| async move {
            slow.pass().await;
            session.logout()
        };
        let pages = slow_write(&gate).route("/slow/logout", get(logout));
        let site = Site::on(store, pages, |settings| settings);
        site.browser.get("/login/ada").await;
        let [leaving, writing] = [0, 1].map(|_| site.with_token(&site.token()));
        let (left, _, ()) = tokio::join!(
            async {
                let left = leaving.get("/slow/logout").await;
                gate.open();
                left
            },
            writing.get("/slow"),
            async {
                gate.reached(1).await;
                door.reached(1).await;
                site.browser.get("/renew").await;
                // The sign can be asked for, the session itself can't be ended.
                site.faults.fail_after(Call::Delete, 1);
                door.open();
            }
        );
        assert_eq!(left.status, 503, "{name}");
        assert_eq!(site.browser.get("/get/late").await.text, "true", "{name}");
        site.faults.fail(Call::Delete, false);
        assert_eq!(site.browser.get("/logout").await.status, 200, "{name}");
        assert_eq!(site.sessions().await, 0, "{name}");
    }
}
