//! A user's own sessions on all devices: seen, ended one by one or all others, on every node at once.
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Html;
use axum::routing::get;
use cloakroom::clock::Clock;
use cloakroom::session::Login;
use cloakroom::store::{AnyStore, MemoryStore, cached};
use cloakroom::testing::{Browser, Call, FaultyStore};
use cloakroom::{Cloakroom, CsrfToken, Session};

use crate::site::{START, Site, every_store, keys, memory, routes};

/// The pages of an account; they answer to GET, as those of the other tests do.
pub(crate) fn pages(cloakroom: &Cloakroom) -> Router {
    let all = |State(c): State<Cloakroom>, s: Session| async move {
        let own = c.own_sessions(&s).await?;
        Ok::<_, cloakroom::Error>(serde_json::to_string(&own).expect("it is data"))
    };
    let page = |State(c): State<Cloakroom>, s: Session, csrf: CsrfToken| async move {
        let own = c.own_sessions(&s).await?;
        Ok::<_, cloakroom::Error>(Html(own.html("/account/sessions", &csrf)))
    };
    let end = |State(c): State<Cloakroom>, s: Session, Path(handle): Path<String>| async move {
        c.end_own(&s, &handle).await.map(|ended| ended.to_string())
    };
    let others = |State(c): State<Cloakroom>, s: Session| async move {
        let ended = c.end_others(&s).await.map_err(cloakroom::Error::Store);
        ended.map(|ended| ended.to_string())
    };
    let by = |s: Session, Path((user, method)): Path<(String, String)>| async move {
        s.login(Login::user(user).method(method))
    };
    Router::new()
        .route("/account", get(all))
        .route("/account.html", get(page))
        .route("/end/{handle}", get(end))
        .route("/others", get(others))
        .with_state(cloakroom.clone())
        .merge(routes().route("/login/{user}/{method}", get(by)))
}

fn site_on(store: AnyStore) -> Site {
    Site::mounting(store, pages, |settings| settings)
}

async fn enter(site: &Site, user: &str) -> Browser {
    site.turn(1);
    let browser = site.browser.another();
    browser.get(&format!("/login/{user}/password")).await;
    browser
}

async fn own(browser: &Browser) -> Vec<serde_json::Value> {
    serde_json::from_str(&browser.get("/account").await.text).expect("it is a list")
}

fn handle(session: &serde_json::Value) -> &str {
    session["handle"].as_str().expect("it has a handle")
}

async fn who(browser: &Browser) -> String {
    browser.get("/who").await.text
}

#[tokio::test]
async fn a_user_sees_his_sessions_this_one_first_and_nobody_elses() {
    for (name, store, _folder) in every_store().await {
        let site = site_on(store);
        let first = enter(&site, "ada").await;
        let second = enter(&site, "ada").await;
        let other = enter(&site, "grace").await;
        for browser in [&first, &second] {
            let own = own(browser).await;
            assert_eq!(own.len(), 2, "{name}");
            assert_eq!(own[0]["is_this"], true, "{name}");
            assert_eq!(own[1]["is_this"], false, "{name}");
            assert_eq!(own[0]["method"], "password", "{name}");
        }
        assert_eq!(own(&other).await.len(), 1, "{name}");
        assert_eq!(own(&site.browser.another()).await.len(), 0, "{name}");
    }
}

#[tokio::test]
async fn one_session_is_ended_by_its_handle_and_never_by_another_user_or_a_forged_one() {
    for (name, store, _folder) in every_store().await {
        let site = site_on(store);
        let first = enter(&site, "ada").await;
        let second = enter(&site, "ada").await;
        let thief = enter(&site, "grace").await;
        let all = own(&first).await;
        let handle = handle(&all[1]).to_owned();
        let end = format!("/end/{handle}");
        assert_eq!(thief.get(&end).await.text, "false", "{name}");
        assert_eq!(
            site.browser.another().get(&end).await.text,
            "false",
            "{name}"
        );
        for forged in ["0000000000000000", "x", &handle[..15]] {
            let page = first.get(&format!("/end/{forged}")).await;
            assert_eq!(page.text, "false", "{name}: {forged}");
        }
        assert_eq!(who(&second).await, "ada", "{name}");
        assert_eq!(first.get(&end).await.text, "true", "{name}");
        assert_eq!(first.get(&end).await.text, "false", "{name}");
        assert_eq!(who(&second).await, "nobody", "{name}");
        assert_eq!(who(&first).await, "ada", "{name}");
        assert_eq!(who(&thief).await, "grace", "{name}");
    }
}

#[tokio::test]
async fn ones_own_session_is_ended_with_its_cookie() {
    let site = site_on(memory());
    let browser = enter(&site, "ada").await;
    let all = own(&browser).await;
    browser.get(&format!("/end/{}", handle(&all[0]))).await;
    assert_eq!(browser.cookie("sessionid"), None);
    assert_eq!(site.sessions().await, 0);
}

#[tokio::test]
async fn all_other_sessions_end_at_once_on_every_node_of_one_store() {
    for (name, store, _folder) in every_store().await {
        let here = site_on(store.clone());
        let there = site_on(store);
        let first = enter(&here, "ada").await;
        let second = enter(&there, "ada").await;
        assert_eq!(who(&second).await, "ada", "{name}");
        assert_eq!(first.get("/others").await.text, "1", "{name}");
        assert_eq!(who(&second).await, "nobody", "{name}");
        assert_eq!(who(&first).await, "ada", "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_ended_on_one_node_is_ended_on_another_that_has_it_in_its_cache() {
    let (db, cache) = (memory(), AnyStore::from(MemoryStore::new()));
    let node = || {
        let (to_cache, faults) = FaultyStore::before(cache.clone());
        (site_on(cached(db.clone(), to_cache)), faults)
    };
    let ((here, _), (there, of_there)) = (node(), node());
    let first = enter(&here, "ada").await;
    let second = enter(&there, "ada").await;
    // Until the other node serves from its cache, without a question to the database.
    let mut rounds = 0;
    while of_there.calls(Call::Create) == 0 {
        assert_eq!(who(&second).await, "ada");
        assert_eq!(who(&first).await, "ada");
        tokio::time::sleep(Duration::from_millis(100)).await;
        rounds += 1;
        assert!(rounds < 1_000, "the cache was never used");
    }
    assert_eq!(who(&second).await, "ada");
    let began = tokio::time::Instant::now();
    assert_eq!(first.get("/others").await.text, "1");
    assert_eq!(who(&second).await, "nobody");
    assert!(began.elapsed() <= Duration::from_secs(1));
}

#[tokio::test]
async fn nodes_whose_clocks_differ_show_and_end_the_same_sessions() {
    let store = memory();
    let at = |seconds: u64| {
        let clock = Clock::standing_at(START.plus(Duration::from_secs(seconds)));
        Site::mounting_at(clock, keys(), store.clone(), pages, |settings| settings)
    };
    let (here, behind) = (at(86_400), at(0));
    let first = enter(&here, "ada").await;
    let second = enter(&behind, "ada").await;
    let all = own(&second).await;
    assert_eq!(all.len(), 2);
    // It is still to begin, by this clock.
    assert_eq!(all[1]["began_ago"], "just now");
    assert_eq!(own(&first).await[1]["began_ago"], "1 day ago");
    let ended = second.get(&format!("/end/{}", handle(&all[1]))).await;
    assert_eq!(ended.text, "true");
    assert_eq!(who(&first).await, "nobody");
    assert_eq!(who(&second).await, "ada");
    // By a clock that jumped a year ahead it is over, and comes back with the right time.
    let ahead = at(365 * 86_400);
    let third = enter(&ahead, "ada").await;
    assert_eq!(own(&third).await.len(), 1);
    assert_eq!(own(&second).await.len(), 2);
}

#[tokio::test]
async fn where_a_store_cannot_find_users_one_sees_and_ends_the_own_session_alone() {
    let site = site_on(MemoryStore::new().into());
    let browser = enter(&site, "ada").await;
    let other = enter(&site, "ada").await;
    let own = own(&browser).await;
    assert_eq!(own.len(), 1);
    assert_eq!(own[0]["is_this"], true);
    let page = browser.get("/account.html").await.text;
    assert!(page.contains("can't show where else"), "{page}");
    for path in ["/others", "/end/0000000000000000"] {
        assert_eq!(browser.get(path).await.status, 503, "{path}");
    }
    let end = format!("/end/{}", handle(&own[0]));
    assert_eq!(browser.get(&end).await.text, "true");
    assert_eq!(who(&browser).await, "nobody");
    assert_eq!(who(&other).await, "ada");
}

#[tokio::test]
async fn the_list_is_escaped_and_has_a_button_for_each_session() {
    let site = site_on(memory());
    let browser = site.browser.another();
    browser.get("/login/ada/%3Cimg%20src=x%3E").await;
    let other = enter(&site, "ada").await;
    let page = browser.get("/account.html").await.text;
    assert!(!page.contains("<img"), "{page}");
    assert!(page.contains("by &lt;img src=x&gt;"), "{page}");
    assert_eq!(page.matches("/revoke\"").count(), 2, "{page}");
    assert!(page.contains("Sign out everywhere else"));
    assert!(page.contains("csrfmiddlewaretoken"));
    other.get("/others").await;
    let alone = enter(&site, "grace").await.get("/account.html").await.text;
    assert!(!alone.contains("everywhere else"), "{alone}");
}
