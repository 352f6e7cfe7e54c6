//! How long a session in a cookie lives, and how it ends.
use std::time::Duration;

use axum::extract::Path;
use axum::routing::get;
use cloakroom::messages::Storage;
use cloakroom::session::Policy;
use cloakroom::testing::Browser;
use cloakroom::{Error, Messages, Session};

use super::{coat, copy, in_cookie, pages, site, site_with};
use crate::site::{Gate, Site};

/// Over after 100 seconds of rest, and after 250 in any case.
fn short(policy: Policy) -> Policy {
    let seconds = Duration::from_secs;
    policy.idle(seconds(100)).absolute(seconds(250))
}

#[tokio::test]
async fn a_copy_of_the_cookie_is_worth_nothing_from_the_deadline_on() {
    for (rest, known) in [(99, true), (100, false), (101, false), (10_000, false)] {
        let site = site_with(|s| s.session(short));
        site.browser.get("/set/coat/blue").await;
        let thief = copy(&site.browser);
        site.turn(rest);
        assert_eq!(coat(&thief).await == "\"blue\"", known, "{rest} seconds");
        assert_eq!(thief.cookie("sessionid").is_some(), known);
    }
}

#[tokio::test]
async fn a_session_in_use_lives_on_until_its_absolute_deadline() {
    let site = site_with(|s| s.session(short));
    site.browser.get("/set/coat/blue").await;
    for rest in [90, 90, 69] {
        site.turn(rest);
        assert_eq!(coat(&site.browser).await, "\"blue\"");
    }
    site.turn(1);
    assert_eq!(coat(&site.browser).await, "nothing");
}

#[tokio::test]
async fn reading_sends_the_cookie_again_only_once_a_tenth_of_its_time_has_passed() {
    let rows: [(&[u64], usize); 4] = [
        (&[0, 1, 8], 0),
        (&[9, 1], 1),
        (&[10, 1, 8, 1], 2),
        (&[99, 99, 51], 2),
    ];
    for (rests, cookies) in rows {
        let site = site_with(|s| s.session(short));
        site.browser.get("/set/coat/blue").await;
        let mut sent = 0;
        for rest in rests {
            site.turn(*rest);
            sent += site.browser.get("/get/coat").await.set_cookies().len();
        }
        assert_eq!(sent, cookies, "{rests:?}");
    }
}

#[tokio::test]
async fn tighter_rules_hold_for_cookies_that_are_out_already() {
    let before = site();
    before.browser.get("/set/coat/blue").await;
    let after = before.again(pages(), |s| in_cookie(s).session(short));
    after.turn(99);
    assert_eq!(coat(&copy(&after.browser)).await, "\"blue\"");
    after.turn(1);
    assert_eq!(coat(&after.browser).await, "nothing");
}

#[tokio::test]
async fn a_session_can_choose_how_long_it_lives_and_all_its_cookies_go_with_it() {
    let rows = [
        // choice, cookies end with the browser by default -> outlives the window, last second
        ("after50", true, true, 49),
        ("at70", true, true, 69),
        ("browser", false, false, 99),
        ("default", true, false, 99),
        ("default", false, true, 99),
    ];
    for (choice, with_browser, lasts, last) in rows {
        let site = site_with(|s| s.session(|p| short(p).end_with_browser(with_browser)));
        site.browser.get("/fill/coat/9000").await;
        site.browser.get(&format!("/expiry/{choice}")).await;
        for name in ["sessionid", "sessionid-1", "sessionid-2"] {
            assert_eq!(site.browser.outlives_window(name), lasts, "{choice} {name}");
        }
        let copies = [copy(&site.browser), copy(&site.browser)];
        for (copied, turn, length) in [(&copies[0], last, "9000"), (&copies[1], 1, "nothing")] {
            site.turn(turn);
            assert_eq!(copied.get("/length/coat").await.text, length, "{choice}");
        }
    }
}

#[tokio::test]
async fn a_session_that_is_over_as_soon_as_it_was_sealed_leaves_no_cookie() {
    let site = site();
    site.browser.get("/set/coat/blue").await;
    site.browser.get("/expiry/past").await;
    assert!(site.browser.cookie_names().is_empty());
}

#[tokio::test]
async fn a_login_keeps_the_values_and_changes_the_number_and_a_renewal_does_as_well() {
    let site = site();
    site.browser.get("/set/coat/blue").await;
    let mut names = vec![site.browser.get("/name").await.text];
    for path in ["/login/ada", "/renew", "/login/ada"] {
        site.browser.get(path).await;
        assert_eq!(site.browser.get("/get/coat").await.text, "\"blue\"");
        assert_eq!(site.browser.get("/who").await.text, "ada");
        names.push(site.browser.get("/name").await.text);
    }
    site.browser.get("/count/n").await;
    assert_eq!(
        site.browser.get("/name").await.text,
        names[3],
        "a save keeps it"
    );
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 4);
    site.browser.get("/login/grace").await;
    assert_eq!(
        coat(&site.browser).await,
        "nothing",
        "the other user's values"
    );
    assert_eq!(site.browser.get("/who").await.text, "grace");
}

#[tokio::test]
async fn a_planted_cookie_reads_nothing_of_the_login_after_it() {
    let site = site();
    site.browser.get("/set/coat/planted").await;
    let planter = copy(&site.browser);
    site.browser.get("/login/ada").await;
    site.browser.get("/set/coat/hers").await;
    assert_eq!(planter.get("/who").await.text, "nobody");
    assert_eq!(coat(&planter).await, "\"planted\"");
}

#[tokio::test]
async fn a_logout_takes_all_cookies_back_from_this_browser_and_from_no_other() {
    let site = site();
    site.browser.get("/login/ada").await;
    site.browser.get("/fill/coat/9000").await;
    assert_eq!(site.browser.cookie_names().len(), 3);
    let copied = copy(&site.browser);
    site.browser.get("/logout").await;
    assert!(site.browser.cookie_names().is_empty());
    assert_eq!(site.browser.get("/who").await.text, "nobody");
    // As the docs say: nobody on the server knows that it is over.
    assert_eq!(copied.get("/who").await.text, "ada");
}

#[tokio::test]
async fn what_a_handler_changed_before_it_failed_is_dropped_but_a_logout_is_not() {
    for (path, after) in [
        ("/fail/now", "\"blue\""),
        ("/fail/renew", "\"blue\""),
        ("/fail/logout", "nothing"),
    ] {
        let site = site();
        site.browser.get("/set/coat/blue").await;
        assert_eq!(site.browser.get(path).await.status, 500);
        assert_eq!(coat(&site.browser).await, after, "{path}");
    }
}

#[tokio::test]
async fn of_two_requests_under_way_together_the_last_response_wins_whole() {
    let gate = Gate::default();
    let slow = gate.clone();
    let page = |session: Session, Path((key, bytes)): Path<(String, usize)>| async move {
        slow.pass().await;
        session.set(key.as_str(), "y".repeat(bytes))
    };
    let routes = pages().route("/slow/{key}/{bytes}", get(page));
    // Bytes before, of the quick response and of the slow one, which comes last.
    for (before, quick, last) in [
        (1, 1, 1),
        (1, 9_000, 1),
        (9_000, 1, 9_000),
        (9_000, 9_000, 1),
        (4_000, 11_000, 7_000),
        (4_000, 7_000, 11_000),
    ] {
        let site = Site::with(routes.clone(), in_cookie);
        site.browser.get(&format!("/fill/coat/{before}")).await;
        let (slow, ()) = tokio::join!(site.browser.get("/slow/coat/0"), async {
            gate.reached(1).await;
            site.browser.get("/set/hat/red").await;
            site.browser.get(&format!("/fill/coat/{quick}")).await;
            gate.open();
        });
        assert_eq!(slow.status, 200);
        assert_eq!(site.browser.get("/length/coat").await.text, "0");
        assert_eq!(
            site.browser.get("/get/hat").await.text,
            "nothing",
            "it is the last one's, whole"
        );
        site.browser.get(&format!("/fill/coat/{last}")).await;
        assert_eq!(
            site.browser.get("/length/coat").await.text,
            last.to_string()
        );
    }
}

#[tokio::test]
async fn messages_wait_in_the_session_where_they_shall_or_where_they_fit() {
    let say = |messages: Messages, Path(bytes): Path<usize>| async move {
        messages.info("m".repeat(bytes));
    };
    let show = |messages: Messages| async move {
        let all: Vec<_> = messages
            .iter()
            .map(|message| message.to_string().len().to_string())
            .collect();
        Ok::<_, Error>(all.join(" "))
    };
    let routes = || {
        pages()
            .route("/say/{bytes}", get(say))
            .route("/show", get(show))
    };
    let cookies = |browser: &Browser| {
        let mut names = browser.cookie_names();
        names.sort();
        names.join(" ").replace("__Host-", "")
    };
    for (storage, bytes, waits_in) in [
        (Storage::Session, 10, "sessionid"),
        (Storage::Fallback, 3_000, "messages sessionid sessionid-1"),
        (
            Storage::FallbackSessionFirst,
            3_000,
            "sessionid sessionid-1",
        ),
    ] {
        let site = Site::with(routes(), |s| in_cookie(s).messages(storage));
        let browser = site.browser.with_header("sec-fetch-mode", "navigate");
        browser.get(&format!("/say/{bytes}")).await;
        assert_eq!(cookies(&browser), waits_in, "{storage:?}");
        assert_eq!(browser.get("/show").await.text, bytes.to_string());
        assert_eq!(browser.get("/show").await.text, "", "{storage:?}");
        assert_eq!(cookies(&browser), "sessionid");
    }
}
