//! How many sessions one user may have.
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use cloakroom::session::{Overflow, Policy};
use cloakroom::store::{AnyStore, InCookie, MemoryStore};
use cloakroom::testing::{Browser, Call};
use cloakroom::{Cloakroom, Error, Session};
use tokio::task::JoinSet;

use super::{pages, who};
use crate::site::{Gate, Site, every_store, keys, memory, sqlite};

const REFUSE: fn(Policy) -> Policy = |policy| policy.most_sessions(2, Overflow::Refuse);
const END_OLDEST: fn(Policy) -> Policy = |policy| policy.most_sessions(2, Overflow::EndOldest);

/// Signs in with a browser of its own, a second after everybody before.
async fn enter(site: &Site, user: &str) -> Browser {
    site.turn(1);
    let browser = site.browser.another();
    browser.get(&format!("/login/{user}")).await;
    browser
}

async fn sessions_of(site: &Site, user: &str) -> usize {
    let found = site.cloakroom.sessions_of(user).await;
    found.expect("the store finds sessions by user").len()
}

#[tokio::test]
async fn one_login_too_many_ends_the_session_that_began_first() {
    for (name, store, _folder) in every_store().await {
        let site = Site::on(store, pages(), |s| s.session(END_OLDEST));
        let first = enter(&site, "ada").await;
        let second = enter(&site, "ada").await;
        let grace = enter(&site, "grace").await;
        assert_eq!(who(&first).await, "ada", "{name}");
        let third = enter(&site, "ada").await;
        assert_eq!(who(&first).await, "nobody", "{name}");
        for (browser, user) in [(second, "ada"), (third, "ada"), (grace, "grace")] {
            assert_eq!(who(&browser).await, user, "{name}");
        }
        assert_eq!(sessions_of(&site, "ada").await, 2, "{name}");
    }
}

#[tokio::test]
async fn one_login_too_many_is_refused_and_changes_nothing() {
    for (name, store, _folder) in every_store().await {
        let site = Site::on(store, pages(), |s| s.session(REFUSE));
        let first = enter(&site, "ada").await;
        let second = enter(&site, "ada").await;
        let guest = site.browser.another();
        guest.get("/set/cart/hat").await;
        let token = guest.cookie("sessionid");
        let page = guest.get("/login/ada").await;
        assert_eq!(page.status, 409, "{name}");
        assert!(page.set_cookies().is_empty(), "{name}");
        assert_eq!(guest.cookie("sessionid"), token, "{name}");
        assert_eq!(guest.get("/get/cart").await.text, "\"hat\"", "{name}");
        assert_eq!(who(&guest).await, "nobody", "{name}");
        assert_eq!(who(&first).await, "ada", "{name}");
        second.get("/logout").await;
        assert_eq!(guest.get("/login/ada").await.status, 200, "{name}");
        assert_eq!(who(&guest).await, "ada", "{name}");
        assert_eq!(guest.get("/get/cart").await.text, "\"hat\"", "{name}");
    }
}

#[tokio::test]
async fn a_script_that_signs_in_once_too_often_is_told_so_in_json() {
    let login = |session: Session, Path(user): Path<String>| async move { session.login(user) };
    let routes = pages().route("/come-in/{user}", post(login));
    let site = Site::with(routes, |s| s.session(REFUSE));
    enter(&site, "ada").await;
    enter(&site, "ada").await;
    let signs_in = async |accept: &str| {
        let script = site.browser.another().with_header("accept", accept);
        let script = script.with_header("sec-fetch-site", "same-origin");
        script.post_raw("/come-in/ada", "").await
    };
    let json = signs_in("application/json").await;
    assert_eq!(json.status, 409);
    assert_eq!(json.headers["content-type"], "application/json");
    assert_eq!(json.headers["cache-control"], "no-store");
    let told: serde_json::Value = serde_json::from_str(&json.text).unwrap();
    let error = told["error"].as_str().unwrap();
    assert!(error.starts_with("You are signed in"), "{error}");
    assert!(json.set_cookies().is_empty());
    let page = signs_in("text/html, */*;q=0.1").await;
    assert_eq!(page.status, 409);
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    assert!(page.text.contains(error));
}

#[tokio::test]
async fn who_signs_in_once_more_in_the_same_session_needs_no_more_room() {
    for policy in [REFUSE, END_OLDEST] {
        let site = Site::with(pages(), |s| s.session(policy));
        let first = enter(&site, "ada").await;
        let second = enter(&site, "ada").await;
        assert_eq!(second.get("/login/ada").await.status, 200);
        assert_eq!(second.get("/prove").await.status, 200);
        assert_eq!(
            (who(&first).await, who(&second).await),
            ("ada".into(), "ada".into())
        );
        assert_eq!(sessions_of(&site, "ada").await, 2);
    }
}

#[tokio::test]
async fn another_user_who_signs_in_leaves_room_for_the_former_one() {
    let site = Site::with(pages(), |s| s.session(REFUSE));
    enter(&site, "ada").await;
    let desk = enter(&site, "ada").await;
    assert_eq!(desk.get("/login/grace").await.status, 200);
    assert_eq!(who(&enter(&site, "ada").await).await, "ada");
}

#[tokio::test]
async fn sessions_that_are_over_take_up_no_room() {
    let site = Site::with(pages(), |s| s.session(REFUSE));
    let first = enter(&site, "ada").await;
    enter(&site, "ada").await;
    site.turn(14 * 24 * 3_600);
    assert_eq!(who(&first).await, "nobody");
    assert_eq!(who(&enter(&site, "ada").await).await, "ada");
}

#[tokio::test]
async fn after_the_limit_was_lowered_the_next_login_brings_their_number_down() {
    let site = Site::with(pages(), |s| s);
    for _ in 0..5 {
        enter(&site, "ada").await;
    }
    let stricter = site.again(pages(), |s| s.session(END_OLDEST));
    let last = enter(&stricter, "ada").await;
    assert_eq!(sessions_of(&stricter, "ada").await, 2);
    assert_eq!(who(&last).await, "ada");
}

#[tokio::test]
async fn a_store_that_fails_at_the_limit_lets_nobody_in_and_leaves_everything_as_it_was() {
    for policy in [REFUSE, END_OLDEST] {
        for (name, store, _folder) in every_store().await {
            let site = Site::on(store, pages(), |s| s.session(policy));
            let first = enter(&site, "ada").await;
            let guest = site.browser.another();
            guest.get("/set/cart/hat").await;
            site.faults.fail(Call::OfUser, true);
            let page = guest.get("/login/ada").await;
            assert_eq!(page.status, 503, "{name}");
            assert!(page.set_cookies().is_empty(), "{name}");
            site.faults.fail(Call::OfUser, false);
            assert_eq!(who(&guest).await, "nobody", "{name}");
            assert_eq!(guest.get("/get/cart").await.text, "\"hat\"", "{name}");
            assert_eq!(who(&first).await, "ada", "{name}");
            assert_eq!(sessions_of(&site, "ada").await, 1, "{name}");
        }
    }
}

#[tokio::test]
async fn a_store_that_can_not_end_the_oldest_lets_nobody_in() {
    let site = Site::with(pages(), |s| s.session(END_OLDEST));
    let first = enter(&site, "ada").await;
    enter(&site, "ada").await;
    site.faults.fail(Call::Delete, true);
    let third = site.browser.another();
    assert_eq!(third.get("/login/ada").await.status, 503);
    assert_eq!(third.cookie("sessionid"), None);
    assert_eq!(who(&first).await, "ada");
    assert_eq!(sessions_of(&site, "ada").await, 2);
}

#[tokio::test]
async fn a_login_stands_although_nobody_can_look_a_second_time() {
    let site = Site::with(pages(), |s| s.session(END_OLDEST));
    site.faults.fail_after(Call::OfUser, 1);
    assert_eq!(who(&enter(&site, "ada").await).await, "ada");
}

/// Signs in so many times at once, through the sites in turn, and returns who came in.
async fn crowd(sites: &[&Site], number: usize) -> Vec<Browser> {
    let mut logins = JoinSet::new();
    for index in 0..number {
        let browser = sites[index % sites.len()].browser.another();
        logins.spawn(async move {
            let page = browser.get("/login/ada").await;
            (page.status == 200).then_some(browser)
        });
    }
    logins.join_all().await.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_logins_at_once_as_many_come_in_as_there_is_room() {
    let (sqlite, _folder) = sqlite().await;
    for store in [memory(), sqlite] {
        let site = Site::on(store.clone(), pages(), |s| s.session(REFUSE));
        let came_in = crowd(&[&site], 16).await;
        assert_eq!(came_in.len(), 2);
        for browser in came_in {
            assert_eq!(who(&browser).await, "ada");
        }
        let site = Site::on(store, pages(), |s| s.session(END_OLDEST));
        crowd(&[&site], 16).await;
        assert_eq!(sessions_of(&site, "ada").await, 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logins_through_several_nodes_at_once_never_leave_more_than_there_is_room_for() {
    for policy in [REFUSE, END_OLDEST] {
        let (sqlite, _folder) = sqlite().await;
        for store in [memory(), sqlite] {
            let nodes: [_; 3] =
                std::array::from_fn(|_| Site::on(store.clone(), pages(), |s| s.session(policy)));
            for _ in 0..10 {
                crowd(&nodes.each_ref(), 12).await;
                let left = sessions_of(&nodes[0], "ada").await;
                assert!(left <= 2, "{left} are left");
            }
        }
    }
}

#[tokio::test]
async fn a_login_that_another_node_let_in_meanwhile_is_seen_afterwards() {
    for (overflow, came_in) in [(Overflow::Refuse, false), (Overflow::EndOldest, true)] {
        let one = |policy: Policy| policy.most_sessions(1, overflow);
        let site = Site::with(pages(), |s| s.session(one));
        let other = site.again(pages(), |s| s.session(one));
        site.faults.hold(Call::Create);
        let late = site.browser.another();
        let (page, early) = tokio::join!(late.get("/login/ada"), async {
            site.faults.reached(Call::Create, 1).await;
            let early = enter(&other, "ada").await;
            site.faults.release(Call::Create);
            early
        });
        assert_eq!(page.status == 200, came_in);
        assert_eq!(who(&late).await == "ada", came_in);
        assert_eq!(who(&early).await == "ada", !came_in);
        assert_eq!(sessions_of(&site, "ada").await, 1);
    }
}

#[tokio::test]
async fn a_limit_that_the_store_can_not_keep_does_not_start() {
    let blind: AnyStore = MemoryStore::new().into();
    for (store, name) in [(blind, "memory"), (InCookie::new().into(), "cookie")] {
        let built = Cloakroom::builder(keys())
            .store(store)
            .session(END_OLDEST)
            .build();
        let text = built.unwrap_err().to_string();
        let expected = format!(
            "session.most_sessions: needs a store that finds sessions by user, which {name} does not"
        );
        assert_eq!(text, expected);
    }
}

#[tokio::test]
async fn a_login_page_can_ask_for_room_before_it_signs_in() {
    async fn room(
        State(cloakroom): State<Cloakroom>,
        session: Session,
        Path(user): Path<String>,
    ) -> cloakroom::Result<String> {
        let room = cloakroom.has_room_for(&user, &session).await?;
        Ok(room.to_string())
    }
    for (policy, expected) in [(REFUSE, "false"), (END_OLDEST, "true")] {
        let site = Site::with(pages(), |s| s.session(policy));
        let asking: Router = Router::new()
            .route("/room/{user}", get(room))
            .with_state(site.cloakroom.clone());
        let site = site.again(pages().merge(asking), |s| s.session(policy));
        let first = enter(&site, "ada").await;
        enter(&site, "ada").await;
        let guest = site.browser.another();
        assert_eq!(guest.get("/room/ada").await.text, expected);
        assert_eq!(guest.get("/room/grace").await.text, "true");
        assert_eq!(
            first.get("/room/ada").await.text,
            "true",
            "it has its place"
        );
    }
}

#[tokio::test]
async fn all_sessions_of_a_user_end_at_once_and_nobody_elses() {
    for (name, store, _folder) in every_store().await {
        let site = Site::on(store, pages(), |s| s);
        let [first, second] = [enter(&site, "ada").await, enter(&site, "ada").await];
        let grace = enter(&site, "grace").await;
        second.get("/renew").await;
        assert_eq!(site.cloakroom.end_all("ada").await.unwrap(), 2, "{name}");
        for browser in [first, second] {
            assert_eq!(who(&browser).await, "nobody", "{name}");
        }
        assert_eq!(who(&grace).await, "grace", "{name}");
        assert_eq!(site.cloakroom.end_all("ada").await.unwrap(), 0, "{name}");
    }
}

#[tokio::test]
async fn a_write_under_way_brings_back_no_session_that_was_ended_for_all() {
    let gate = Gate::default();
    let slow = gate.clone();
    let write = |session: Session| async move {
        slow.pass().await;
        session.set("late", true)
    };
    let site = Site::of(pages().route("/slow", get(write)));
    let desk = enter(&site, "ada").await;
    tokio::join!(desk.get("/slow"), async {
        gate.reached(1).await;
        site.cloakroom.end_all("ada").await.unwrap();
        gate.open();
    });
    assert_eq!(site.sessions().await, 0);
}

#[tokio::test]
async fn a_user_ends_all_other_sessions_and_keeps_this_one() {
    async fn leave_others(
        State(cloakroom): State<Arc<Cloakroom>>,
        session: Session,
        Path(renews): Path<bool>,
    ) -> Result<String, Error> {
        if renews {
            session.reauthenticated()?;
        }
        Ok(cloakroom.end_others(&session).await?.to_string())
    }
    for (name, store, _folder) in every_store().await {
        for renews in [true, false] {
            let site = Site::on(store.clone(), pages(), |s| s);
            let others: Router = Router::new()
                .route("/others/{renews}", get(leave_others))
                .with_state(Arc::new(site.cloakroom.clone()));
            let site = site.again(pages().merge(others), |s| s);
            let [desk, phone] = [enter(&site, "ada").await, enter(&site, "ada").await];
            let grace = enter(&site, "grace").await;
            let path = format!("/others/{renews}");
            assert_eq!(desk.get(&path).await.text, "1", "{name}");
            assert_eq!(who(&desk).await, "ada", "{name}");
            assert_eq!(who(&phone).await, "nobody", "{name}");
            assert_eq!(who(&grace).await, "grace", "{name}");
            assert_eq!(site.browser.another().get("/others/false").await.text, "0");
            for browser in [desk, grace] {
                browser.get("/logout").await;
            }
        }
    }
}

#[tokio::test]
async fn an_outage_is_never_no_sessions() {
    let site = Site::of(pages());
    enter(&site, "ada").await;
    site.faults.fail(Call::OfUser, true);
    assert!(site.cloakroom.sessions_of("ada").await.is_err());
    assert!(site.cloakroom.end_all("ada").await.is_err());
    let blind = Site::with(pages(), |s| s.store(InCookie::new()));
    let error = blind.cloakroom.end_all("ada").await.unwrap_err();
    assert!(
        error.to_string().contains("can't look into them"),
        "{error}"
    );
}
