//! Flash messages: each is shown once, on the next page that shows any.
mod cookie;
mod looks;

use axum::Router;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Redirect;
use axum::routing::get;
use cloakroom::messages::{Settings, Storage};
use cloakroom::testing::Browser;
use cloakroom::{Error, Messages, Session};
use tokio::task::JoinSet;

use crate::site::{Gate, Site, routes};

const STORAGES: [Storage; 4] = [
    Storage::Cookie,
    Storage::Fallback,
    Storage::FallbackSessionFirst,
    Storage::Session,
];

fn shown(messages: &Messages) -> String {
    let texts: Vec<_> = messages.iter().map(|message| message.to_string()).collect();
    texts.join(",")
}

/// Pages that say, show, count and hand on.
fn pages() -> Router {
    let say = |messages: Messages, Path(text): Path<String>| async move { messages.info(text) };
    let hop = |messages: Messages, Path(hops): Path<usize>| async move {
        messages.info(format!("hop {hops}"));
        match hops.checked_sub(1) {
            Some(left) => Redirect::to(&format!("/hop/{left}")),
            None => Redirect::to("/show"),
        }
    };
    let look = |messages: Messages| async move {
        let peeked: Vec<_> = messages
            .peek()
            .iter()
            .map(|m| m.text().as_str().to_owned())
            .collect();
        format!(
            "{} {} {}",
            messages.len(),
            messages.is_empty(),
            peeked.join(",")
        )
    };
    let both = |messages: Messages, Path(text): Path<String>| async move {
        messages.info(text);
        shown(&messages)
    };
    let broken = |messages: Messages, Path(text): Path<String>| async move {
        messages.info(text);
        (StatusCode::INTERNAL_SERVER_ERROR, shown(&messages))
    };
    let many = |messages: Messages, Query(what): Query<Vec<(String, usize)>>| async move {
        for (text, times) in what {
            messages.info(text.repeat(times));
        }
    };
    routes()
        .route("/say/{text}", get(say))
        .route("/hop/{hops}", get(hop))
        .route("/look", get(look))
        .route("/both/{text}", get(both))
        .route("/broken/{text}", get(broken))
        .route("/many", get(many))
        .route(
            "/show",
            get(|messages: Messages| async move { shown(&messages) }),
        )
}

fn site(settings: impl Into<Settings>) -> Site {
    Site::with(pages(), |builder| builder.messages(settings))
}

#[tokio::test]
async fn a_message_is_shown_once_and_on_a_later_page() {
    for storage in STORAGES {
        let site = site(storage);
        site.browser.get("/say/hello").await;
        assert_eq!(site.browser.get("/show").await.text, "hello", "{storage:?}");
        assert_eq!(site.browser.get("/show").await.text, "", "{storage:?}");
        let leftover = site.browser.cookie_names().join(" ");
        assert!(!leftover.contains("messages"), "{storage:?}: {leftover}");
    }
}

#[tokio::test]
async fn unread_messages_survive_any_number_of_redirects_in_their_order() {
    for storage in STORAGES {
        for mode in [None, Some("navigate"), Some("cors")] {
            let site = site(storage);
            let browser = in_mode(&site.browser, mode);
            let page = browser.visit("/hop/7").await;
            let expected = "hop 7,hop 6,hop 5,hop 4,hop 3,hop 2,hop 1,hop 0";
            assert_eq!(page.text, expected, "{storage:?} {mode:?}");
            assert_eq!(browser.get("/show").await.text, "", "{storage:?}");
        }
    }
}

fn in_mode(browser: &Browser, mode: Option<&str>) -> Browser {
    match mode {
        Some(mode) => browser.clone().with_header("sec-fetch-mode", mode),
        None => browser.clone(),
    }
}

#[tokio::test]
async fn a_message_is_shown_on_the_very_page_that_says_it_and_not_again() {
    for storage in STORAGES {
        let site = site(storage);
        site.browser.get("/say/before").await;
        let page = site.browser.get("/both/now").await;
        assert_eq!(page.text, "before,now", "{storage:?}");
        assert_eq!(site.browser.get("/show").await.text, "", "{storage:?}");
    }
}

#[tokio::test]
async fn what_is_said_after_showing_waits_for_the_next_page() {
    let late = |messages: Messages| async move {
        let shown = shown(&messages);
        messages.info("late");
        format!("{shown} {}", messages.len())
    };
    for storage in STORAGES {
        let site = Site::with(pages().route("/late", get(late)), |s| s.messages(storage));
        site.browser.get("/say/early").await;
        assert_eq!(
            site.browser.get("/late").await.text,
            "early 1",
            "{storage:?}"
        );
        assert_eq!(site.browser.get("/show").await.text, "late", "{storage:?}");
        assert_eq!(site.browser.get("/show").await.text, "", "{storage:?}");
    }
}

#[tokio::test]
async fn looking_is_not_showing() {
    for storage in STORAGES {
        let site = site(storage);
        assert_eq!(site.browser.get("/look").await.text, "0 true ");
        site.browser.get("/say/hello").await;
        for _ in 0..2 {
            let page = site.browser.get("/look").await;
            assert_eq!(page.text, "1 false hello", "{storage:?}");
            assert!(page.set_cookies().is_empty(), "{storage:?}");
        }
        assert_eq!(site.browser.get("/show").await.text, "hello", "{storage:?}");
    }
}

#[tokio::test]
async fn an_error_page_that_showed_messages_has_not_shown_them() {
    for storage in STORAGES {
        let site = site(storage);
        site.browser.get("/say/before").await;
        let page = site.browser.get("/broken/now").await;
        assert_eq!(page.text, "before,now", "{storage:?}");
        assert_eq!(
            site.browser.get("/show").await.text,
            "before,now",
            "{storage:?}"
        );
        assert_eq!(site.browser.get("/show").await.text, "", "{storage:?}");
    }
}

/// Pages that say something once the gate opens.
fn slow_pages(gate: &Gate) -> Router {
    let gate = gate.clone();
    let say = |messages: Messages, Path(text): Path<String>| async move {
        gate.pass().await;
        messages.info(text);
    };
    pages().route("/slow/{text}", get(say))
}

/// Says `m0`, `m1` and so on, each under one of these paths, after all have read what waits.
async fn say_at_once(gate: &Gate, browser: &Browser, paths: &[&str]) {
    let mut visits = JoinSet::new();
    for (number, path) in paths.iter().enumerate() {
        let (tab, path) = (browser.clone(), format!("{path}/m{number}"));
        visits.spawn(async move { tab.get(&path).await });
    }
    let all = u32::try_from(visits.len()).unwrap();
    gate.reached(all).await;
    (0..all).for_each(|_| gate.open());
    visits.join_all().await;
}

/// Makes sure that each of so many messages is shown once, and then none.
async fn assert_each_once(browser: &Browser, number: usize, what: &str) {
    let page = browser.get("/show").await.text;
    let mut all: Vec<_> = page.split(',').collect();
    all.sort_unstable();
    let expected: Vec<_> = (0..number).map(|number| format!("m{number}")).collect();
    assert_eq!(all, expected, "{what}");
    assert_eq!(browser.get("/show").await.text, "", "{what}");
}

#[tokio::test]
async fn each_of_many_messages_said_at_once_is_shown_exactly_once() {
    for storage in STORAGES {
        for mode in [None, Some("cors")] {
            let gate = Gate::default();
            let site = Site::with(slow_pages(&gate), |s| s.messages(storage));
            site.browser.get("/set/coat/blue").await;
            say_at_once(&gate, &in_mode(&site.browser, mode), &["/slow"; 8]).await;
            assert_each_once(&site.browser, 8, &format!("{storage:?} {mode:?}")).await;
        }
    }
}

#[tokio::test]
async fn each_of_many_messages_said_at_once_to_a_guest_is_shown_exactly_once() {
    // A guest has no session yet in which they could meet.
    for storage in [
        Storage::Cookie,
        Storage::Fallback,
        Storage::FallbackSessionFirst,
    ] {
        for mode in [None, Some("cors")] {
            let gate = Gate::default();
            let site = Site::with(slow_pages(&gate), |s| s.messages(storage));
            say_at_once(&gate, &in_mode(&site.browser, mode), &["/slow"; 8]).await;
            assert_each_once(&site.browser, 8, &format!("{storage:?} {mode:?}")).await;
        }
    }
}

#[tokio::test]
async fn messages_said_at_once_by_two_processes_are_all_shown() {
    for storage in STORAGES {
        for mode in [None, Some("cors")] {
            let gate = Gate::default();
            let one = Site::with(Router::new(), |s| s.messages(storage));
            let other = one.again(Router::new(), |s| s.messages(storage));
            let processes = Router::new()
                .nest("/other", slow_pages(&gate).layer(other.cloakroom.layer()))
                .merge(slow_pages(&gate).layer(one.cloakroom.layer()));
            let browser = Browser::of(processes).with_clock(one.clock.clone());
            browser.get("/set/coat/blue").await;
            say_at_once(&gate, &in_mode(&browser, mode), &["/slow", "/other/slow"]).await;
            assert_each_once(&browser, 2, &format!("{storage:?} {mode:?}")).await;
        }
    }
}

#[tokio::test]
async fn a_page_that_shows_does_not_swallow_what_another_request_says_meanwhile() {
    for storage in STORAGES {
        for mode in [None, Some("navigate"), Some("cors")] {
            let gate = Gate::default();
            let slow = gate.clone();
            let show = |messages: Messages| async move {
                let shown = shown(&messages);
                slow.pass().await;
                shown
            };
            let site = Site::with(pages().route("/slow", get(show)), |s| s.messages(storage));
            site.browser.get("/set/coat/blue").await;
            site.browser.get("/say/first").await;
            let slow_tab = site.browser.clone();
            let (page, ()) = tokio::join!(slow_tab.get("/slow"), async {
                gate.reached(1).await;
                in_mode(&site.browser, mode).get("/say/second").await;
                gate.open();
            });
            assert_eq!(page.text, "first", "{storage:?} {mode:?}");
            let next = site.browser.get("/show").await.text;
            assert_eq!(next, "second", "{storage:?} {mode:?}");
        }
    }
}

#[tokio::test]
async fn a_visitor_with_a_session_keeps_messages_there_where_the_site_wants_it() {
    let site = site(Storage::FallbackSessionFirst);
    site.browser.get("/say/guest").await;
    assert!(site.browser.cookie("messages").is_some());
    assert_eq!(site.faults.all_calls(), 0);
    site.browser.get("/show").await;
    site.browser.get("/set/coat/blue").await;
    site.browser.get("/say/member").await;
    assert!(site.browser.cookie("messages").is_none());
    assert_eq!(site.browser.get("/show").await.text, "member");
}

#[tokio::test]
async fn equal_messages_are_as_many_as_were_said() {
    let site = site(Storage::Fallback);
    for _ in 0..3 {
        site.browser.get("/say/same").await;
    }
    assert_eq!(site.browser.get("/show").await.text, "same,same,same");
}

#[tokio::test]
async fn a_farewell_outlives_the_session_that_it_ends() {
    let leave = |session: Session, messages: Messages| async move {
        session.logout()?;
        messages.info("goodbye");
        Ok::<_, Error>(())
    };
    for storage in STORAGES {
        let site = Site::with(pages().route("/leave", get(leave)), |s| s.messages(storage));
        site.browser.get("/login/ada").await;
        site.browser.get("/leave").await;
        assert_eq!(site.browser.get("/who").await.text, "nobody", "{storage:?}");
        assert_eq!(
            site.browser.get("/show").await.text,
            "goodbye",
            "{storage:?}"
        );
    }
}

#[tokio::test]
async fn a_welcome_is_shown_after_the_login_that_it_greets() {
    let enter = |session: Session, messages: Messages| async move {
        messages.info("welcome");
        session.login("ada")
    };
    for storage in STORAGES {
        let site = Site::with(pages().route("/enter", get(enter)), |s| s.messages(storage));
        site.browser.get("/say/before").await;
        site.browser.get("/enter").await;
        assert_eq!(
            site.browser.get("/show").await.text,
            "before,welcome",
            "{storage:?}"
        );
    }
}

#[tokio::test]
async fn messages_do_not_stand_among_the_sessions_own_values() {
    let site = site(Storage::Session);
    site.browser.get("/set/coat/blue").await;
    site.browser.get("/say/hello").await;
    assert_eq!(site.browser.get("/keys").await.text, "coat");
}

#[tokio::test]
async fn several_handles_in_one_request_share_what_waits() {
    let two = |one: Messages, two: Messages| async move {
        one.info("a");
        let seen = two.len();
        let first = shown(&two);
        format!("{seen} {first} {}", one.len())
    };
    let site = Site::of(pages().route("/two", get(two)));
    assert_eq!(site.browser.get("/two").await.text, "1 a 0");
}
