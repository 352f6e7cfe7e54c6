//! Many requests of one visitor at once: no update is lost.
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use cloakroom::store::{AnyStore, Saved, SqliteStore};
use cloakroom::testing::{Browser, Call, Page};
use cloakroom::{Key, Session};
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::site::{Gate, SavesBy, Site, every_store, memory, routes, settle};
use crate::watch::Watch;

async fn all_at_once(browser: &Browser, paths: impl Iterator<Item = String>) -> Vec<Page> {
    let mut requests = JoinSet::new();
    for path in paths {
        let tab = browser.clone();
        requests.spawn(async move { tab.get(&path).await });
    }
    requests.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_updates_at_once_all_get_through() {
    for (name, store, _folder) in every_store().await {
        let site = Site::on(store, routes(), |settings| settings);
        site.browser.get("/count/n").await;
        let mut expected = 1;
        for writers in [64, 1_000] {
            let paths = (0..writers).map(|_| "/count/n".to_owned());
            let pages = all_at_once(&site.browser, paths).await;
            assert!(pages.iter().all(|page| page.status == 200), "{name}");
            expected += writers;
            let count = site.browser.get("/get/n").await.text;
            assert_eq!(count, expected.to_string(), "{name}");
        }
        // A group tries the version that was loaded, and when that was outrun the one that it was told of.
        let saves = site.faults.calls(Call::Save);
        assert!(saves <= 2 * expected, "{name}: {saves} saves");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn different_values_set_at_once_are_all_kept() {
    for (name, store, _folder) in every_store().await {
        let site = Site::on(store, routes(), |settings| settings);
        site.browser.get("/set/first/x").await;
        let paths = (0..64).map(|number| format!("/set/key{number}/x"));
        all_at_once(&site.browser, paths).await;
        let keys = site.browser.get("/keys").await.text;
        assert_eq!(keys.split(' ').count(), 65, "{name}: {keys}");
    }
}

/// A page for two requests that have both loaded the session before either goes on.
fn two_at_once<F>(work: F) -> Router
where
    F: Fn(&Session, usize) -> cloakroom::Result<()> + Clone + Send + Sync + 'static,
{
    let both = Arc::new(Barrier::new(2));
    let page = |session: Session, Path(which): Path<usize>| async move {
        both.wait().await;
        work(&session, which)
    };
    routes().route("/both/{which}", get(page))
}

async fn both(site: &Site) -> [Page; 2] {
    let (one, other) = tokio::join!(site.browser.get("/both/0"), site.browser.get("/both/1"));
    [one, other]
}

#[tokio::test]
async fn values_that_were_read_and_then_set_are_merged() {
    let rows = [
        (
            json!({"a": 1}),
            json!({"a": 1, "b": 2}),
            json!({"a": 1, "c": 3}),
            json!({"a": 1, "b": 2, "c": 3}),
        ),
        (
            json!({"a": 1, "b": 2}),
            json!({"b": 2}),
            json!({"a": 1, "b": 3}),
            json!({"b": 3}),
        ),
        (
            json!({"a": {"x": 1}}),
            json!({"a": {"x": 1, "y": 2}}),
            json!({"a": {"x": 3}}),
            json!({"a": {"x": 3, "y": 2}}),
        ),
        (json!([1]), json!([1, 2]), json!([1, 3]), json!([1, 2, 3])),
        (
            json!({"l": []}),
            json!({"l": [2]}),
            json!({"l": [3], "n": 0}),
            json!({"l": [2, 3], "n": 0}),
        ),
        (json!(null), json!({"b": 2}), json!(null), json!({"b": 2})),
    ];
    for (store_name, store, _folder) in every_store().await {
        for (start, one, other, merged) in rows.clone() {
            let page =
                two_at_once(move |session, which| session.set("v", [&one, &other][which].clone()))
                    .route(
                        "/start",
                        get(|session: Session| async move { session.set("v", start) }),
                    );
            let site = Site::on(store.clone(), page, |settings| settings);
            site.browser.get("/start").await;
            for page in both(&site).await {
                assert_eq!(page.status, 200);
            }
            let text = site.browser.get("/get/v").await.text;
            let mut value: Value = serde_json::from_str(&text).unwrap();
            sort(&mut value);
            assert_eq!(value, merged, "{store_name}");
        }
    }
}

/// Which of two appended first is not promised.
fn sort(value: &mut Value) {
    match value {
        Value::Array(items) => items.sort_by_key(Value::to_string),
        Value::Object(members) => members.values_mut().for_each(sort),
        _ => {}
    }
}

#[tokio::test]
async fn where_two_truly_clash_the_last_wins_and_it_is_counted_and_traced() {
    let watch = Watch::begin();
    for (name, store, _folder) in every_store().await {
        let page = two_at_once(|session, which| session.set("v", which));
        let site = Site::on(store, page, |settings| settings);
        site.browser.get("/set/v/start").await;
        let pages = both(&site).await;
        assert!(pages.iter().all(|page| page.status == 200));
        let value = site.browser.get("/get/v").await.text;
        assert!(["0", "1"].contains(&value.as_str()), "{name}: {value}");
    }
    assert_eq!(watch.counted("cloakroom_clashes_total"), 2);
    assert!(watch.traced(
        tracing::Level::WARN,
        "two requests changed one session value"
    ));
}

#[tokio::test]
async fn a_key_that_refuses_clashes_answers_409_and_keeps_nothing_of_the_later_one() {
    const SEAT: Key<String> = Key::new("seat").refusing_clashes();
    for (name, store, _folder) in every_store().await {
        let page = two_at_once(|session, which| {
            session.set(["own0", "own1"][which], which)?;
            session.set(&SEAT, format!("seat {which}"))
        });
        let site = Site::on(store, page, |settings| settings);
        site.browser.get("/set/other/x").await;
        let pages = both(&site).await;
        let loser = pages.iter().position(|page| page.status == 409);
        let loser = loser.expect("one is refused");
        let winner = 1 - loser;
        assert_eq!(pages[winner].status, 200, "{name}");
        assert!(pages[loser].set_cookies().is_empty());
        let keys = site.browser.get("/keys").await.text;
        assert_eq!(keys, format!("other own{winner} seat"), "{name}");
        let seat = site.browser.get("/get/seat").await.text;
        assert_eq!(seat, format!("\"seat {winner}\""), "{name}");
    }
}

#[tokio::test]
async fn a_site_can_refuse_clashes_for_all_keys() {
    let page = two_at_once(|session, which| session.set("v", which));
    let refusing = cloakroom::session::OnClash::Refuse;
    let site = Site::with(page, |s| s.session(|s| s.on_clash(refusing)));
    site.browser.get("/set/v/start").await;
    let mut statuses = both(&site).await.map(|page| page.status.as_u16());
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_on_one_file_lose_no_update() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sessions.db");
    let open = async || AnyStore::inspectable(SqliteStore::file(&file).await.unwrap());
    let one = Site::on(open().await, routes(), |settings| settings);
    one.browser.get("/count/n").await;
    let other = Site::on(open().await, routes(), |settings| settings);
    other.browser.set_cookie("__Host-sessionid", &one.token());
    let paths = || (0..50).map(|_| "/count/n".to_owned());
    let (ones, others) = tokio::join!(
        all_at_once(&one.browser, paths()),
        all_at_once(&other.browser, paths())
    );
    for page in ones.iter().chain(&others) {
        assert_eq!(page.status, 200);
    }
    assert_eq!(one.browser.get("/get/n").await.text, "101");
}

#[tokio::test(start_paused = true)]
async fn when_others_always_save_first_the_visitor_gets_a_503_in_time_and_nothing_is_lost() {
    let shelf = memory();
    let conflicts = SavesBy::new(shelf.clone(), |store: AnyStore, key, _, _| async move {
        let there = store.load(&key, crate::site::START).await?;
        Ok(there.map_or(Saved::Gone, Saved::Conflict))
    });
    let site = Site::on(shelf.clone(), routes(), |settings| {
        settings
            .store(conflicts)
            .session(|s| s.save_within(Duration::from_secs(2)))
    });
    site.browser.get("/set/a/1").await;
    let begun = tokio::time::Instant::now();
    let page = site.browser.get("/set/a/2").await;
    assert_eq!(page.status, 503);
    assert_eq!(page.headers["retry-after"], "2");
    assert!(page.set_cookies().is_empty());
    let waited = begun.elapsed();
    assert!(waited > Duration::from_millis(1_900), "{waited:?}");
    assert!(waited <= Duration::from_secs(2), "{waited:?}");
    assert_eq!(site.browser.get("/get/a").await.text, "\"1\"");
}

#[tokio::test]
async fn a_request_that_is_cancelled_while_it_saves_for_others_loses_nobodys_change() {
    let shelf = memory();
    let gate = Gate::default();
    let before = gate.clone();
    let slow = SavesBy::new(
        shelf.clone(),
        move |store: AnyStore, key, version, record| {
            let before = before.clone();
            async move {
                before.pass().await;
                store.save(&key, &version, &record).await
            }
        },
    );
    let site = Site::on(shelf, routes(), |settings| settings.store(slow));
    site.browser.get("/set/start/x").await;
    let visit = |key: &str| {
        let (tab, path) = (site.browser.clone(), format!("/set/{key}/x"));
        tokio::spawn(async move { tab.get(&path).await })
    };
    let first = visit("a");
    gate.reached(1).await;
    // The next one to come will save for those behind it.
    let leader = visit("b");
    settle().await;
    let behind = [visit("c"), visit("d")];
    settle().await;
    gate.open();
    gate.reached(1).await;
    leader.abort();
    assert!(leader.await.unwrap_err().is_cancelled());
    gate.open();
    assert_eq!(first.await.unwrap().status, 200);
    for one in behind {
        assert_eq!(one.await.unwrap().status, 200);
    }
    let keys = site.browser.get("/keys").await.text;
    assert_eq!(keys, "a b c d start");
}

/// A page that does its work and then waits at the gate before it answers.
fn slow_page<F>(gate: &Gate, work: F) -> Router
where
    F: Fn(&Session) -> cloakroom::Result<()> + Clone + Send + Sync + 'static,
{
    let gate = gate.clone();
    let page = |session: Session| async move {
        work(&session)?;
        gate.pass().await;
        Ok::<_, cloakroom::Error>("done")
    };
    routes().route("/slow", get(page))
}

#[tokio::test]
async fn an_update_that_cannot_read_what_another_request_put_there_changes_nothing() {
    let watch = Watch::begin();
    for (name, store, _folder) in every_store().await {
        let gate = Gate::default();
        let page = slow_page(&gate, |session| {
            session.set("beside", 1)?;
            session.update("n", |count: &mut u32| *count += 1)
        });
        let site = Site::on(store, page, |settings| settings);
        site.browser.get("/count/n").await;
        let (slow, ()) = tokio::join!(site.browser.get("/slow"), async {
            gate.reached(1).await;
            site.browser.get("/set/n/text").await;
            gate.open();
        });
        assert_eq!(slow.status, 500, "{name}");
        assert!(slow.set_cookies().is_empty());
        assert_eq!(site.browser.get("/get/n").await.text, "\"text\"", "{name}");
        assert_eq!(site.browser.get("/keys").await.text, "n", "{name}");
    }
    let error = "session key `n` does not hold the type asked for";
    assert!(watch.traced(tracing::Level::ERROR, error));
}

#[tokio::test]
async fn an_update_of_what_was_removed_meanwhile_starts_from_the_default() {
    let gate = Gate::default();
    let page = slow_page(&gate, |session| {
        session.update("n", |count: &mut u32| *count += 1)
    });
    let site = Site::of(page.route(
        "/remove",
        get(|session: Session| async move { session.remove("n") }),
    ));
    for _ in 0..3 {
        site.browser.get("/count/n").await;
    }
    tokio::join!(site.browser.get("/slow"), async {
        gate.reached(1).await;
        site.browser.get("/remove").await;
        gate.open();
    });
    assert_eq!(site.browser.get("/get/n").await.text, "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn updates_that_cross_a_renewal_all_get_through() {
    for (name, store, _folder) in every_store().await {
        let site = Site::on(store, routes(), |settings| settings);
        site.browser.get("/count/n").await;
        let paths = (0..66).map(|number| match number {
            20 | 40 => "/renew".to_owned(),
            _ => "/count/n".to_owned(),
        });
        let pages = all_at_once(&site.browser, paths).await;
        assert!(pages.iter().all(|page| page.status == 200), "{name}");
        assert_eq!(site.browser.get("/get/n").await.text, "65", "{name}");
        assert_eq!(site.sessions().await, 1, "{name}");
    }
}

#[tokio::test]
async fn a_write_in_one_process_follows_a_renewal_in_another() {
    for moves in ["/renew", "/login/ada"] {
        for (name, store, _folder) in every_store().await {
            let gate = Gate::default();
            let page = slow_page(&gate, |session| session.set("late", 1));
            let one = Site::on(store, page, |settings| settings);
            one.browser.get("/set/first/x").await;
            let other = one.again(routes(), |settings| settings);
            let (page, ()) = tokio::join!(one.browser.get("/slow"), async {
                gate.reached(1).await;
                other.browser.get(moves).await;
                gate.open();
            });
            assert_eq!(page.status, 200);
            let keys = other.browser.get("/keys").await.text;
            assert_eq!(keys, "first late", "{name} {moves}");
        }
    }
}

#[tokio::test]
async fn an_update_may_look_at_the_rest_of_the_session() {
    let page = |session: Session| async move {
        let rest = session.clone();
        session.update("sum", move |sum: &mut u32| {
            *sum += rest.get_or_default::<u32>("n").unwrap_or_default();
            *sum
        })?;
        session
            .get_or_default::<u32>("sum")
            .map(|sum| sum.to_string())
    };
    let site = Site::of(routes().route("/sum", get(page)));
    site.browser.get("/count/n").await;
    site.browser.get("/count/n").await;
    assert_eq!(site.browser.get("/sum").await.text, "2");
}

#[tokio::test]
async fn an_update_that_panics_when_it_is_run_again_keeps_nobody_waiting() {
    let gate = Gate::default();
    let page = slow_page(&gate, |session| {
        session.update("n", |count: &mut u32| {
            assert!(*count < 2, "a mistake in the update");
            *count += 1;
        })
    });
    let site = Site::of(page);
    site.browser.get("/count/n").await;
    let tab = site.browser.clone();
    let broken = tokio::spawn(async move { tab.get("/slow").await });
    gate.reached(1).await;
    site.browser.get("/count/n").await;
    gate.open();
    assert!(broken.await.unwrap_err().is_panic());
    assert_eq!(site.browser.get("/count/n").await.text, "3");
}
