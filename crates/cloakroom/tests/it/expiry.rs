//! How long a session lives, and its cookie.
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use cloakroom::clock::Timestamp;
use cloakroom::session::Policy;
use cloakroom::testing::{Call, Page};
use cloakroom::{Expiry, Session};

use crate::site::{START, Site, every_store, routes};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Over after 100 seconds of rest, and after 250 in any case.
fn short(policy: Policy) -> Policy {
    policy.idle(seconds(100)).absolute(seconds(250))
}

async fn is_known(site: &Site) -> bool {
    site.browser.get("/get/coat").await.text == "\"blue\""
}

#[tokio::test]
async fn a_session_that_rests_too_long_is_over_from_that_very_second() {
    for (name, store, _folder) in every_store().await {
        for (rest, known) in [(99, true), (100, false), (1_000, false)] {
            let site = Site::on(store.clone(), routes(), |s| s.session(short));
            site.browser.get("/set/coat/blue").await;
            site.turn(rest);
            assert_eq!(is_known(&site).await, known, "{name}, {rest} seconds");
        }
    }
}

#[tokio::test]
async fn a_session_in_use_lives_on_until_its_absolute_deadline() {
    for (name, store, _folder) in every_store().await {
        let site = Site::on(store, routes(), |s| s.session(short));
        site.browser.get("/set/coat/blue").await;
        for now in [90, 180, 249] {
            let rest = now - site.clock.now().since(START).as_secs();
            site.turn(rest);
            assert!(is_known(&site).await, "{name} at {now}");
        }
        site.turn(1);
        assert!(!is_known(&site).await, "{name}");
    }
}

#[tokio::test]
async fn a_login_begins_both_deadlines_anew() {
    let site = Site::with(routes(), |s| s.session(short));
    site.browser.get("/set/coat/blue").await;
    site.turn(90);
    site.browser.get("/login/ada").await;
    for _ in 0..4 {
        site.turn(60);
        assert!(is_known(&site).await);
    }
    site.turn(10);
    assert!(!is_known(&site).await);
}

#[tokio::test]
async fn pages_that_do_not_use_the_session_do_not_keep_it_alive() {
    let site = Site::with(routes(), |s| s.session(short));
    site.browser.get("/set/coat/blue").await;
    site.turn(99);
    site.browser.get("/plain").await;
    site.turn(1);
    assert!(!is_known(&site).await);
}

/// Visits once after each of these rests, and returns how many saves and cookies it took.
async fn visits(site: &Site, rests: &[u64]) -> (usize, usize) {
    let (before, mut cookies) = (site.faults.calls(Call::Save), 0);
    for rest in rests {
        site.turn(*rest);
        cookies += site.browser.get("/get/coat").await.set_cookies().len();
    }
    (site.faults.calls(Call::Save) - before, cookies)
}

#[tokio::test]
async fn reading_pushes_the_deadline_only_once_a_tenth_of_it_has_passed() {
    let rows: [(&[u64], usize); 5] = [
        (&[0, 1, 8], 0),
        (&[9, 1], 1),
        (&[10, 1, 8, 1], 2),
        (&[50], 1),
        (&[99, 99, 51], 2),
    ];
    for (rests, saves) in rows {
        let site = Site::with(routes(), |s| s.session(short));
        site.browser.get("/set/coat/blue").await;
        assert_eq!(visits(&site, rests).await, (saves, 0), "{rests:?}");
    }
}

#[tokio::test]
async fn a_cookie_with_a_deadline_of_its_own_is_sent_again_with_each_push() {
    let site = Site::with(routes(), |s| {
        s.session(|p| short(p).end_with_browser(false))
    });
    let page = site.browser.get("/set/coat/blue").await;
    assert_eq!(max_age(&page), Some(100));
    assert_eq!(visits(&site, &[0, 9, 1, 5, 5]).await, (2, 2));
    site.turn(60);
    assert_eq!(max_age(&site.browser.get("/get/coat").await), Some(100));
    site.turn(99);
    site.browser.get("/get/coat").await;
    site.turn(50);
    let last = site.browser.get("/set/coat/blue").await;
    assert_eq!(
        max_age(&last),
        None,
        "the absolute deadline moves for nobody"
    );
    assert!(site.browser.outlives_window("sessionid"));
}

#[tokio::test]
async fn a_site_can_push_the_deadline_with_every_request() {
    let site = Site::with(routes(), |s| {
        s.session(|p| short(p).push_on_every_request(true))
    });
    site.browser.get("/set/coat/blue").await;
    assert_eq!(visits(&site, &[1, 1, 0, 1]).await, (3, 0));
}

#[tokio::test]
async fn a_lasting_cookie_goes_out_with_every_request_that_pushes_the_deadline() {
    for (every, with_browser, cookies) in [(true, false, 3), (true, true, 0), (false, false, 0)] {
        let site = Site::with(routes(), |s| {
            let policy = |p| {
                short(p)
                    .push_on_every_request(every)
                    .end_with_browser(with_browser)
            };
            s.session(policy)
        });
        site.browser.get("/set/coat/blue").await;
        let (_, sent) = visits(&site, &[1, 1, 1]).await;
        assert_eq!(sent, cookies, "{every} {with_browser}");
    }
}

#[tokio::test]
async fn a_change_does_not_push_the_deadline_before_its_time() {
    let site = Site::with(routes(), |s| s.session(short));
    site.browser.get("/set/coat/blue").await;
    site.turn(9);
    site.browser.get("/set/hat/red").await;
    site.turn(91);
    assert!(!is_known(&site).await);
}

fn max_age(page: &Page) -> Option<u64> {
    let cookie = page.set_cookie("sessionid")?;
    let age = cookie.split("Max-Age=").nth(1)?.split(';').next()?;
    age.parse().ok()
}

/// Pages that choose how long the session lives.
fn choices() -> Router {
    async fn choose(session: Session, Path(choice): Path<String>) -> cloakroom::Result<()> {
        session.set_expiry(match &*choice {
            "after50" => Expiry::After(seconds(50)),
            "after400" => Expiry::After(seconds(400)),
            "at70" => Expiry::At(START.plus(seconds(70))),
            "past" => Expiry::At(Timestamp::from_secs(5)),
            "browser" => Expiry::WithBrowser,
            _ => Expiry::Default,
        })
    }
    routes().route("/expiry/{choice}", get(choose))
}

#[tokio::test]
async fn a_session_can_choose_how_long_it_lives() {
    let rows = [
        // choice, cookies end with the browser by default -> Max-Age, the last second of its life
        ("after50", true, Some(50), 49),
        ("after50", false, Some(50), 49),
        ("after400", true, Some(400), 399),
        ("at70", true, Some(70), 69),
        ("browser", false, None, 99),
        ("default", false, None, 99),
    ];
    for (name, store, _folder) in every_store().await {
        for (choice, with_browser, age, last) in rows {
            let site = Site::on(store.clone(), choices(), |s| {
                s.session(|p| short(p).end_with_browser(with_browser))
            });
            site.browser.get("/set/coat/blue").await;
            let page = site.browser.get(&format!("/expiry/{choice}")).await;
            assert_eq!(max_age(&page), age, "{choice}");
            let lasts = age.is_some() || (choice == "default" && !with_browser);
            assert_eq!(site.browser.outlives_window("sessionid"), lasts, "{choice}");
            let token = site.token();
            site.turn(last);
            let other = site.with_token(&token);
            let known = other.get("/get/coat").await.text;
            assert_eq!(known, "\"blue\"", "{name} {choice}");
            if choice == "at70" {
                site.turn(1);
            } else {
                // That visit has pushed the deadline.
                site.turn(last + 1);
            }
            let known = site.with_token(&token).get("/get/coat").await.text;
            assert_eq!(known, "nothing", "{name} {choice}");
        }
    }
}

#[tokio::test]
async fn a_new_session_can_choose_at_once() {
    let choose = |session: Session| async move {
        session.set("coat", "blue")?;
        session.set_expiry(Expiry::After(seconds(50)))
    };
    let site = Site::with(routes().route("/new", get(choose)), |s| s.session(short));
    let page = site.browser.get("/new").await;
    assert_eq!(max_age(&page), Some(50));
    site.turn(49);
    assert!(is_known(&site).await);
    site.turn(50);
    assert!(!is_known(&site).await);
}

#[tokio::test]
async fn a_choice_is_kept_over_later_visits_and_can_be_taken_back() {
    let site = Site::with(choices(), |s| s.session(short));
    site.browser.get("/set/coat/blue").await;
    site.browser.get("/expiry/after50").await;
    site.turn(40);
    assert_eq!(max_age(&site.browser.get("/get/coat").await), Some(50));
    let saves = site.faults.calls(Call::Save);
    let page = site.browser.get("/expiry/after50").await;
    assert!(page.set_cookies().is_empty());
    assert_eq!(
        site.faults.calls(Call::Save),
        saves,
        "the same choice is no change"
    );
    let page = site.browser.get("/expiry/default").await;
    assert_eq!(page.set_cookies().len(), 1);
    assert!(!site.browser.outlives_window("sessionid"));
    site.turn(99);
    assert!(is_known(&site).await);
}

#[tokio::test]
async fn a_cookie_that_was_to_go_with_the_browser_still_does_after_a_push() {
    for (name, store, _folder) in every_store().await {
        let site = Site::on(store, choices(), |s| {
            s.session(|p| short(p).end_with_browser(false))
        });
        site.browser.get("/set/coat/blue").await;
        site.browser.get("/expiry/browser").await;
        site.turn(50);
        site.browser.get("/set/hat/red").await;
        assert!(!site.browser.outlives_window("sessionid"), "{name}");
    }
}

#[tokio::test]
async fn a_choice_alone_makes_no_session_of_a_guest() {
    let site = Site::of(choices());
    assert!(
        site.browser
            .get("/expiry/after50")
            .await
            .set_cookies()
            .is_empty()
    );
    assert_eq!(site.faults.all_calls(), 0);
}

#[tokio::test]
async fn a_deadline_in_the_past_is_over_at_once() {
    let site = Site::of(choices());
    site.browser.get("/set/coat/blue").await;
    let token = site.token();
    site.browser.get("/expiry/past").await;
    assert_eq!(site.browser.cookie("sessionid"), None);
    assert_eq!(
        site.with_token(&token).get("/get/coat").await.text,
        "nothing"
    );
}

#[tokio::test]
async fn a_session_that_goes_with_the_browser_goes_with_the_browser() {
    for stays in [true, false] {
        let site = Site::with(routes(), |s| s.session(|p| p.end_with_browser(!stays)));
        site.browser.get("/set/coat/blue").await;
        site.browser.close_window();
        assert_eq!(is_known(&site).await, stays);
    }
}

#[tokio::test]
async fn a_cookie_edited_to_the_far_future_does_not_help() {
    let site = Site::with(routes(), |s| {
        s.session(|p| short(p).end_with_browser(false))
    });
    site.browser.get("/set/coat/blue").await;
    let edited = site.with_token(&site.token());
    site.turn(100);
    let page = edited.get("/get/coat").await;
    assert_eq!(page.text, "nothing");
    assert_eq!(max_age(&page), Some(0));
}

#[tokio::test]
async fn whoever_comes_back_too_late_gets_a_new_token() {
    let site = Site::with(routes(), |s| s.session(short));
    site.browser.get("/set/coat/blue").await;
    let old = site.token();
    site.turn(100);
    site.browser.get("/set/hat/red").await;
    assert_ne!(site.token(), old);
    assert_eq!(site.browser.get("/keys").await.text, "hat");
}

#[tokio::test]
async fn tighter_rules_hold_for_sessions_that_were_begun_under_looser_ones() {
    let loose = |p: Policy| p.idle(seconds(1_000)).absolute(seconds(2_000));
    let rows = [
        // idle, absolute, and after how many seconds of rest the session is over
        (100, 2_000, 100),
        (100, 150, 100),
        (1_000, 1_000, 1_000),
    ];
    for (idle, absolute, over) in rows {
        for (rest, known) in [(over - 1, true), (over, false)] {
            let site = Site::with(routes(), |s| s.session(loose));
            site.browser.get("/set/coat/blue").await;
            let tight = site.again(routes(), |s| {
                s.session(|p| p.idle(seconds(idle)).absolute(seconds(absolute)))
            });
            tight.turn(rest);
            assert_eq!(is_known(&tight).await, known, "{idle} {absolute} {rest}");
        }
    }
}

#[tokio::test]
async fn a_visitor_in_the_middle_of_a_visit_does_not_notice_tighter_rules() {
    let site = Site::with(routes(), |s| s.session(|p| p.idle(seconds(10_000))));
    site.browser.get("/set/coat/blue").await;
    let tight = site.again(routes(), |s| s.session(|p| p.idle(seconds(100))));
    for _ in 0..5 {
        tight.turn(50);
        assert!(is_known(&tight).await);
    }
    tight.turn(100);
    assert!(!is_known(&tight).await);
}
