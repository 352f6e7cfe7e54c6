//! What happens to sessions is told, and signs of an attack are answered as the site wants.
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use cloakroom::session::{Event, EventKind, Overflow, Policy, Reaction, Signal, forwarded_for};
use cloakroom::testing::Browser;
use cloakroom::{Builder, Session};
use http::HeaderName;

use crate::site::{Site, memory, routes};

/// What has the form of a token and is none.
const GUESS: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Everything that was told, in its order.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<Event>>>);

impl Told {
    fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    fn kinds(&self) -> Vec<EventKind> {
        self.take().into_iter().map(|event| event.kind).collect()
    }
}

fn pages() -> Router {
    let fresh = |session: Session| async move {
        let fresh = session.fresh_within(Duration::from_secs(3_600));
        format!("fresh {fresh} doubted {}", session.is_doubted())
    };
    let prove = |session: Session| async move { session.reauthenticated() };
    routes()
        .route("/fresh", get(fresh))
        .route("/prove", get(prove))
}

fn site(settings: impl FnOnce(Builder) -> Builder) -> (Site, Told) {
    let told = Told::default();
    let listener = told.clone();
    let site = Site::on(memory(), pages(), |builder| {
        let listen = move |event: &Event| listener.0.lock().unwrap().push(event.clone());
        settings(builder.on_event(listen))
    });
    (site, told)
}

fn reacting(signal: Signal, reaction: Reaction) -> (Site, Told) {
    site(|builder| {
        builder.session(|policy| {
            let find = forwarded_for(HeaderName::from_static("x-forwarded-for"), 1);
            policy.on_signal(signal, reaction).note_addresses(find)
        })
    })
}

#[tokio::test]
async fn the_life_of_a_session_is_told_without_token_or_value() {
    let (site, told) = site(|builder| builder);
    let secret = "value-that-nobody-may-read";
    site.browser.get(&format!("/set/coat/{secret}")).await;
    let mut tokens = vec![site.token()];
    for page in ["/get/coat", "/renew", "/login/ada", "/logout"] {
        site.browser.get(page).await;
        tokens.extend(site.browser.cookie("sessionid"));
    }
    let events = told.take();
    let lives: Vec<_> = events
        .iter()
        .map(|event| (event.kind, event.user.as_deref()))
        .collect();
    let expected = [
        (EventKind::Created, None),
        (EventKind::Renewed, None),
        (EventKind::Renewed, Some("ada")),
        (EventKind::Ended, Some("ada")),
    ];
    assert_eq!(lives, expected);
    let json = serde_json::to_string(&events).unwrap();
    for unseen in tokens.iter().map(String::as_str).chain([secret]) {
        assert!(!json.contains(unseen), "{json}");
    }
    assert!(json.contains(r#""kind":"renewed""#), "{json}");
}

#[tokio::test]
async fn who_is_ended_from_elsewhere_or_refused_is_told_with_the_user() {
    let (site, told) = site(|b| b.session(|p| p.most_sessions(1, Overflow::Refuse)));
    site.browser.get("/login/ada").await;
    site.browser.another().get("/login/ada").await;
    assert_eq!(told.kinds(), [EventKind::Created, EventKind::Refused]);
    assert_eq!(site.cloakroom.end_all("ada").await.unwrap(), 1);
    let events = told.take();
    assert_eq!(events[0].kind, EventKind::Revoked);
    assert_eq!(events[0].user.as_deref(), Some("ada"));
    assert!(events[0].session.is_some());
}

/// A session of ada's whose old token is used when its grace is long over.
async fn reused(reaction: Reaction) -> (Site, Told) {
    let (site, told) = reacting(Signal::ReusedToken, reaction);
    site.browser.get("/login/ada").await;
    let old = site.token();
    site.turn(1);
    site.browser.get("/renew").await;
    site.turn(60);
    told.take();
    site.with_token(&old).get("/who").await;
    (site, told)
}

async fn fresh(browser: &Browser) -> String {
    browser.get("/fresh").await.text
}

#[tokio::test]
async fn a_renewed_sessions_old_token_is_answered_as_the_site_wants() {
    let rows = [
        (Reaction::Ignore, 0, "fresh true doubted false", "ada"),
        (Reaction::Observe, 1, "fresh true doubted false", "ada"),
        (Reaction::AskAgain, 1, "fresh false doubted true", "ada"),
        (Reaction::End, 2, "fresh false doubted false", "nobody"),
    ];
    for (reaction, events, expected, user) in rows {
        let (site, told) = reused(reaction).await;
        let told = told.take();
        assert_eq!(told.len(), events, "{reaction:?}: {told:?}");
        if let Some(first) = told.first() {
            assert_eq!(first.kind, EventKind::Suspicious);
            assert_eq!(first.signal, Some(Signal::ReusedToken));
        }
        assert_eq!(fresh(&site.browser).await, expected, "{reaction:?}");
        assert_eq!(site.browser.get("/who").await.text, user, "{reaction:?}");
    }
}

#[tokio::test]
async fn a_doubt_is_over_when_the_user_has_proved_who_he_is() {
    for page in ["/prove", "/login/ada"] {
        let (site, _told) = reused(Reaction::AskAgain).await;
        assert_eq!(fresh(&site.browser).await, "fresh false doubted true");
        assert_eq!(site.browser.get("/keys").await.text, "", "it is no value");
        site.browser.get(page).await;
        assert_eq!(fresh(&site.browser).await, "fresh true doubted false");
    }
}

#[tokio::test]
async fn a_session_in_two_networks_in_turn_is_ended_and_one_that_travels_is_not() {
    let (site, told) = reacting(Signal::TwoPlaces, Reaction::End);
    let from = |address: &str| site.browser.clone().with_header("x-forwarded-for", address);
    let (home, train) = ("192.0.2.1", "198.51.100.1");
    from(home).get("/login/ada").await;
    for address in [home, home, train, train] {
        assert_eq!(from(address).get("/who").await.text, "ada", "{address}");
    }
    from(home).get("/who").await;
    assert_eq!(site.browser.get("/who").await.text, "nobody");
    let kinds = told.kinds();
    assert_eq!(kinds[1..], [EventKind::Suspicious, EventKind::Revoked]);
}

#[cfg(feature = "devices")]
#[tokio::test]
async fn a_session_on_another_device_than_its_user_signed_in_with_is_doubted() {
    let (site, _told) = reacting(Signal::TwoPlaces, Reaction::AskAgain);
    let on = |agent: &str| site.browser.clone().with_header("user-agent", agent);
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0";
    let newer = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";
    on(firefox).get("/login/ada").await;
    assert_eq!(fresh(&on(newer)).await, "fresh true doubted false");
    on("curl/8.5.0").get("/who").await;
    on("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko/20100101 Firefox/131.0")
        .get("/who")
        .await;
    assert_eq!(fresh(&on(firefox)).await, "fresh false doubted true");
}

#[tokio::test]
async fn of_two_genuine_cookies_both_sessions_end_where_the_site_wants_it() {
    let (site, told) = reacting(Signal::TossedCookies, Reaction::End);
    site.browser.get("/login/ada").await;
    let other = site.browser.another();
    other.get("/login/eve").await;
    told.take();
    let (mine, planted) = (site.token(), other.cookie("sessionid").unwrap());
    let both = format!("__Host-sessionid={mine}; __Host-sessionid={planted}");
    site.browser
        .another()
        .with_header("cookie", &both)
        .get("/who")
        .await;
    let ended = told.take();
    let signals = ended
        .iter()
        .filter(|it| it.signal == Some(Signal::TossedCookies));
    assert_eq!(signals.count(), 2, "{ended:?}");
    assert_eq!(site.browser.get("/who").await.text, "nobody");
    assert_eq!(other.get("/who").await.text, "nobody");
}

#[tokio::test]
async fn many_cookies_that_lead_to_nothing_are_told_once_a_minute() {
    let limit = |policy: Policy| policy.guesses(3);
    let (site, told) = site(|builder| builder.session(limit));
    let guess = site.with_token(GUESS);
    for round in 0..2 {
        for _ in 0..5 {
            guess.set_cookie("__Host-sessionid", GUESS);
            guess.get("/who").await;
        }
        let events = told.take();
        assert_eq!(events.len(), 1, "{round}: {events:?}");
        assert_eq!(events[0].signal, Some(Signal::Guessing));
        site.turn(60);
    }
}
