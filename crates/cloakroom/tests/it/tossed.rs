//! Tossed cookies: somebody planted a second session cookie beside the visitor's own.
use axum::Router;
use cloakroom::KeyRing;
use cloakroom::testing::{Browser, Call, Page};
use tracing::Level;

use crate::site::{Site, every_store, routes};
use crate::watch::Watch;

/// A token as the library makes them, but of nobody.
fn unknown() -> String {
    format!("A{}", KeyRing::generate_secret())
}

/// Opens a browser that sends session cookies of these values.
fn sends(site: &Site, tokens: &[&str]) -> Browser {
    let pairs = tokens
        .iter()
        .map(|token| format!("__Host-sessionid={token}"));
    let cookies = pairs.collect::<Vec<_>>().join("; ");
    site.browser.another().with_header("cookie", &cookies)
}

fn loads(site: &Site) -> usize {
    site.faults.calls(Call::Load)
}

/// Begins a session with a coat of this colour, and returns its token.
async fn begin(site: &Site, colour: &str) -> String {
    let browser = site.browser.another();
    browser.get(&format!("/set/coat/{colour}")).await;
    browser.cookie("sessionid").expect("there is a cookie")
}

fn assert_nobody(page: &Page) {
    assert_eq!((page.status.as_u16(), &*page.text), (200, "nothing"));
    assert!(page.set_cookies().is_empty(), "{page:?}");
}

#[tokio::test]
async fn each_cookie_is_tried_and_the_genuine_one_is_found_wherever_it_stands() {
    let site = Site::of(routes());
    let ours = begin(&site, "blue").await;
    let (one, two, three) = (unknown(), unknown(), unknown());
    for (tokens, tried) in [
        (&[&*ours, &one][..], 2),
        (&[&one, &ours], 2),
        (&[&one, &two, &three, &ours], 4),
        (&[&ours, &three, &two, &one], 4),
        (&["rubbish", &ours, ""], 1),
    ] {
        let watch = Watch::begin();
        let before = loads(&site);
        let page = sends(&site, tokens).get("/get/coat").await;
        assert_eq!(page.text, "\"blue\"", "{tried} tried");
        assert!(page.set_cookies().is_empty());
        assert_eq!(loads(&site) - before, tried);
        assert!(watch.traced(Level::WARN, "several session cookies came"));
        assert!(watch.counted("cloakroom_suspicious_total") > 0);
    }
}

#[tokio::test]
async fn the_same_value_twice_is_no_signal() {
    let watch = Watch::begin();
    let site = Site::of(routes());
    let ours = begin(&site, "blue").await;
    let page = sends(&site, &[&ours, &ours]).get("/get/coat").await;
    assert_eq!(page.text, "\"blue\"");
    assert_eq!(watch.counted("cloakroom_suspicious_total"), 0);
}

#[tokio::test]
async fn the_event_names_sessions_as_logs_do_and_shows_no_token() {
    let watch = Watch::begin();
    let id = |session: cloakroom::Session| async move { session.id_for_logs().unwrap_or_default() };
    let site = Site::of(routes().route("/id", axum::routing::get(id)));
    let (ours, planted) = (begin(&site, "blue").await, unknown());
    let name = site.with_token(&ours).get("/id").await.text;
    sends(&site, &[&planted, &ours]).get("/get/coat").await;
    assert!(watch.traced(Level::WARN, &format!("sessions={name}")));
    for token in [ours, planted] {
        assert!(!watch.log().contains(&token));
    }
}

#[tokio::test]
async fn of_two_genuine_sessions_neither_counts_in_whichever_order_and_ours_is_not_taken_back() {
    for (name, store, _folder) in every_store().await {
        let watch = Watch::begin();
        let site = Site::on(store, routes(), |settings| settings);
        let (ours, planted) = (begin(&site, "blue").await, begin(&site, "red").await);
        for tokens in [[&*ours, &planted], [&planted, &ours]] {
            assert_nobody(&sends(&site, &tokens).get("/get/coat").await);
        }
        assert!(watch.traced(Level::WARN, "several genuine"), "{name}");
        assert_eq!(
            site.with_token(&ours).get("/get/coat").await.text,
            "\"blue\""
        );
        assert_eq!(site.sessions().await, 2, "{name}");
    }
}

#[tokio::test]
async fn who_writes_beside_a_planted_session_gets_one_of_their_own() {
    let site = Site::of(routes());
    let (ours, planted) = (begin(&site, "blue").await, begin(&site, "red").await);
    let page = sends(&site, &[&planted, &ours])
        .get("/set/coat/green")
        .await;
    assert!(page.set_cookie("sessionid").is_some());
    for (token, colour) in [(ours, "\"blue\""), (planted, "\"red\"")] {
        assert_eq!(site.with_token(&token).get("/get/coat").await.text, colour);
    }
}

#[tokio::test]
async fn a_token_and_the_one_before_it_are_one_session() {
    let site = Site::of(routes());
    site.browser.get("/set/coat/blue").await;
    let before = site.token();
    site.browser.get("/renew").await;
    let after = site.token();
    assert_ne!(before, after);
    for tokens in [[&*before, &after], [&after, &before]] {
        let page = sends(&site, &tokens).get("/set/coat/red").await;
        assert_eq!(page.status, 200);
        let page = sends(&site, &tokens).get("/get/coat").await;
        assert_eq!(page.text, "\"red\"");
    }
}

#[tokio::test]
async fn more_cookies_than_are_tried_cost_no_load_and_lead_nowhere() {
    let watch = Watch::begin();
    let site = Site::of(routes());
    let ours = begin(&site, "blue").await;
    let others: Vec<_> = (0..3_000).map(|_| unknown()).collect();
    for few in [4, 3_000] {
        let mut tokens: Vec<_> = others.iter().take(few).map(String::as_str).collect();
        for at in [0, few] {
            tokens.insert(at, &ours);
            let before = loads(&site);
            assert_nobody(&sends(&site, &tokens).get("/get/coat").await);
            assert_eq!(loads(&site), before);
            tokens.remove(at);
        }
    }
    assert!(watch.traced(Level::WARN, "too many"));
}

#[tokio::test]
async fn when_all_are_dead_the_cookie_is_taken_back() {
    let site = Site::of(routes());
    let page = sends(&site, &[&unknown(), &unknown()])
        .get("/get/coat")
        .await;
    assert_eq!(page.text, "nothing");
    assert!(page.set_cookie("sessionid").unwrap().contains("Max-Age=0"));
}

#[tokio::test]
async fn the_cookies_names_keep_other_hosts_and_paths_from_planting_any() {
    let site = Site::of(Router::new().merge(routes()));
    let page = site.browser.get("/set/coat/blue").await;
    let cookie = page.set_cookie("sessionid").unwrap();
    assert!(cookie.starts_with("__Host-sessionid="), "{cookie}");
    assert!(
        cookie.contains("; Secure") && cookie.contains("; Path=/;"),
        "{cookie}"
    );
    assert!(!cookie.contains("Domain"), "{cookie}");
}
