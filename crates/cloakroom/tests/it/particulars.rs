//! What is noted of a user's logins: for the user's own list of sessions and for operators.
use std::net::IpAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use cloakroom::Session;
use cloakroom::session::{Login, Particulars, Policy, forwarded_for};
use cloakroom::store::InCookie;
use cloakroom::testing::Call;
use http::HeaderName;

use crate::site::{START, Site, every_store, memory, routes};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0";
const HOUR: u64 = 3_600;

fn pages() -> Router {
    let by = |session: Session, Path((user, method)): Path<(String, String)>| async move {
        session.login(Login::user(user).method(method))
    };
    routes().route("/login/{user}/{method}", get(by))
}

fn proxied(policy: Policy) -> Policy {
    policy.note_addresses(forwarded_for(HeaderName::from_static("x-forwarded-for"), 1))
}

async fn noted(site: &Site, user: &str) -> Vec<Option<Particulars>> {
    let listed = site.cloakroom.sessions_of(user).await;
    let listed = listed.expect("the store finds sessions by user");
    listed
        .into_iter()
        .map(|listed| listed.particulars)
        .collect()
}

async fn seen(site: &Site, user: &str) -> u64 {
    let noted = noted(site, user).await;
    let [Some(noted)] = &noted[..] else {
        panic!("{} sessions", noted.len());
    };
    noted.seen().as_secs() - START.as_secs()
}

#[tokio::test]
async fn a_login_is_noted_with_its_method_device_and_network_and_nothing_else() {
    for (name, store, _folder) in every_store().await {
        let site = Site::on(store, pages(), |s| s.session(proxied));
        let browser = site.browser.another();
        let browser = browser
            .with_header("user-agent", FIREFOX)
            .with_header("x-forwarded-for", "198.51.100.9, 203.0.113.77");
        browser.get("/login/ada/passkey").await;
        let noted = noted(&site, "ada").await;
        let [Some(noted)] = &noted[..] else {
            panic!("{name}: {} sessions", noted.len());
        };
        assert_eq!(noted.method(), Some("passkey"), "{name}");
        assert_eq!(noted.network(), Some("203.0.113.0/24"), "{name}");
        let device = cfg!(feature = "devices").then_some("Firefox on Linux");
        assert_eq!(noted.device(), device, "{name}");
        assert_eq!(noted.seen(), START, "{name}");
        let digest = noted.address().unwrap();
        assert!(digest.len() == 16 && !digest.contains("113"), "{name}");
        assert_eq!(format!("{noted:?}"), "Particulars(..)");
    }
}

#[tokio::test]
async fn of_guests_and_of_sessions_in_cookies_nothing_is_noted() {
    let site = Site::with(pages(), |s| s.session(proxied));
    site.browser.get("/set/cart/hat").await;
    let now = site.clock.now();
    let listed = site.store.list(None, 9, now).await.unwrap();
    assert_eq!(listed[0].particulars, None);
    let site = Site::with(pages(), |s| s.store(InCookie::new()));
    site.browser.get("/login/ada/passkey").await;
    assert_eq!(site.browser.get("/who").await.text, "ada");
    assert!(site.cloakroom.sessions_of("ada").await.is_err());
}

#[tokio::test]
async fn a_session_in_use_is_noted_to_the_minute_by_what_changes_it_and_hourly_by_what_reads_it() {
    let site = Site::with(pages(), |s| s);
    site.browser.get("/login/ada").await;
    let rows = [
        // seconds later, page -> noted, saves
        (59, "/set/cart/hat", 0, 1),
        (1, "/set/cart/cap", 60, 1),
        (HOUR - 1, "/get/cart", 60, 0),
        (1, "/get/cart", 60 + HOUR, 1),
        (1, "/get/cart", 60 + HOUR, 0),
        (2 * HOUR, "/plain", 60 + HOUR, 0),
    ];
    for (later, page, expected, saves) in rows {
        site.turn(later);
        let before = site.faults.calls(Call::Save);
        site.browser.get(page).await;
        assert_eq!(seen(&site, "ada").await, expected, "{page} after {later}");
        assert_eq!(
            site.faults.calls(Call::Save) - before,
            saves,
            "{page} after {later}"
        );
    }
}

#[tokio::test]
async fn noting_a_visit_moves_no_deadline_and_says_nothing_to_the_browser() {
    let site = Site::with(pages(), |s| s);
    site.browser.get("/login/ada").await;
    let before = site.cloakroom.sessions_of("ada").await.unwrap();
    site.turn(HOUR);
    let page = site.browser.get("/who").await;
    assert!(page.set_cookies().is_empty());
    let after = site.cloakroom.sessions_of("ada").await.unwrap();
    assert_eq!(before[0].expires, after[0].expires);
    assert_ne!(before[0].particulars, after[0].particulars);
}

#[tokio::test]
async fn visits_and_devices_are_noted_only_where_the_site_wants_it() {
    let quiet = |p: Policy| p.note_visits(None).note_devices(false);
    let site = Site::with(pages(), |s| s.session(quiet));
    let browser = site.browser.another().with_header("user-agent", FIREFOX);
    browser.get("/login/ada").await;
    site.turn(HOUR);
    browser.get("/who").await;
    assert_eq!(seen(&site, "ada").await, 0);
    let noted = noted(&site, "ada").await.remove(0).unwrap();
    assert_eq!((noted.device(), noted.network()), (None, None));
}

#[tokio::test]
async fn device_and_address_are_forgotten_in_time_and_how_and_when_are_kept() {
    let day = Duration::from_secs(24 * HOUR);
    let site = Site::with(pages(), |s| {
        let fixed: IpAddr = "192.0.2.1".parse().unwrap();
        s.session(|p| p.note_addresses(move |_, _| Some(fixed)).keep_clients(day))
    });
    let browser = site.browser.another().with_header("user-agent", FIREFOX);
    browser.get("/login/ada/password").await;
    site.turn(24 * HOUR - 1);
    browser.get("/set/cart/hat").await;
    let network = |noted: &Particulars| noted.network().map(ToOwned::to_owned);
    let before = noted(&site, "ada").await.remove(0).unwrap();
    assert_eq!(network(&before).as_deref(), Some("192.0.2.0/24"));
    site.turn(1);
    browser.get("/set/cart/cap").await;
    let after = noted(&site, "ada").await.remove(0).unwrap();
    assert_eq!(
        (network(&after), after.device(), after.address()),
        (None, None, None)
    );
    assert_eq!(after.method(), Some("password"));
}

#[tokio::test]
async fn an_agent_of_any_bytes_stops_no_login() {
    let site = Site::on(memory(), pages(), |s| s);
    for (user, agent) in [
        ("a", "\u{ff}\u{fe}"),
        ("b", "<script>alert(1)</script>"),
        ("c", ""),
    ] {
        let browser = site.browser.another().with_header("user-agent", agent);
        browser.get(&format!("/login/{user}")).await;
        assert_eq!(browser.get("/who").await.text, user);
    }
}
