//! Flash messages: each is shown once, on the next page that shows any.
use axum::Router;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Redirect;
use axum::routing::get;
use cloakroom::messages::{Settings, Storage, TrustedHtml};
use cloakroom::testing::{Browser, Call};
use cloakroom::{Builder, Error, KeyRing, Level, Messages, Session};
use tokio::task::JoinSet;
use tracing::Level as TraceLevel;

use crate::site::{Gate, SECRET, Site, routes};
use crate::watch::Watch;

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
async fn what_does_not_fit_into_the_cookie_waits_in_the_session() {
    let site = site(Storage::Fallback);
    site.browser.get("/many?a=10&b=1600&c=10&d=400").await;
    assert_eq!(site.faults.calls(Call::Create), 1);
    let page = site.browser.get("/show").await;
    let lengths: Vec<_> = page.text.split(',').map(str::len).collect();
    assert_eq!(lengths, [10, 1600, 10, 400]);
    assert_eq!(site.browser.get("/show").await.text, "");
}

#[tokio::test]
async fn messages_that_fit_into_the_cookie_cost_no_store_call() {
    let site = site(Storage::Fallback);
    site.browser.get("/many?a=10&b=100").await;
    assert_eq!(
        site.browser.get("/look").await.text.split(' ').next(),
        Some("2")
    );
    site.browser.get("/show").await;
    assert_eq!(site.faults.all_calls(), 0);
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
async fn with_cookies_only_what_does_not_fit_is_counted_and_traced() {
    let watch = Watch::begin();
    let site = site(Storage::Cookie);
    site.browser.get("/many?a=10&b=3000&c=10").await;
    assert_eq!(site.browser.get("/show").await.text, "a".repeat(10));
    assert_eq!(watch.counted("cloakroom_messages_dropped_total"), 2);
    assert!(watch.traced(TraceLevel::ERROR, "messages did not fit into their cookie"));
    assert_eq!(site.faults.all_calls(), 0);
}

#[tokio::test]
async fn messages_that_fit_nowhere_are_counted_and_traced_and_the_page_is_kept() {
    let watch = Watch::begin();
    let site = Site::with(pages(), |settings| {
        settings
            .messages(Storage::Session)
            .session(|s| s.max_bytes(200))
    });
    let page = site.browser.get("/many?a=1000").await;
    assert_eq!(page.status, 200);
    assert_eq!(watch.counted("cloakroom_messages_dropped_total"), 1);
    assert!(watch.traced(TraceLevel::ERROR, "messages did not fit into the session"));
}

#[tokio::test]
async fn the_cookies_of_many_responses_stay_within_the_budget_together() {
    for budget in [600, 2_048, 4_000] {
        let site = site(Settings::default().budget(budget));
        for number in 0..30 {
            site.browser.get(&format!("/say/message{number}")).await;
        }
        let names = site.browser.cookie_names();
        let sizes = names.iter().filter(|name| name.contains("messages"));
        let sum: usize = sizes
            .map(|name| site.browser.cookie(name).unwrap().len())
            .sum();
        // A client that does not say what kind of request it sends gets a message twice.
        assert!(sum <= 2 * budget, "{sum} of {budget}");
        let page = site.browser.get("/show").await;
        assert_eq!(page.text.split(',').count(), 30, "{budget}: {}", page.text);
    }
}

#[tokio::test]
async fn a_cookie_that_does_not_open_is_counted_taken_back_and_costs_nobody_the_page() {
    let watch = Watch::begin();
    let giver = site(Storage::Cookie);
    giver.browser.get("/say/hello").await;
    let genuine = giver.browser.cookie("messages").unwrap();
    let flipped = genuine.replacen(|_| true, "B", 1);
    let damaged = [
        String::new(),
        "rubbish".into(),
        flipped,
        genuine[..genuine.len() - 1].into(),
        genuine[..20].into(),
        format!("{genuine}A"),
        sealed_elsewhere().await,
        "A".repeat(4 << 10),
        "A".repeat(64 << 10),
        "A".repeat(1 << 20),
    ];
    for (count, value) in (1..).zip(&damaged) {
        let begin: String = value.chars().take(50).collect();
        let browser = giver.browser.another();
        browser.set_cookie("__Host-messages", value);
        let page = browser.get("/both/now").await;
        assert_eq!((page.status.as_u16(), &*page.text), (200, "now"), "{begin}");
        assert_eq!(browser.cookie("messages"), None, "{begin}");
        assert_eq!(
            watch.counted("cloakroom_damaged_messages_total"),
            count,
            "{begin}"
        );
    }
}

/// A cookie of a site with another key.
async fn sealed_elsewhere() -> String {
    let keys = KeyRing::new("another secret that is long enough").unwrap();
    let store = cloakroom::store::MemoryStore::new();
    let cloakroom = cloakroom::Cloakroom::builder(keys)
        .store(store)
        .sweep_every(None);
    let cloakroom = cloakroom.build().unwrap();
    let browser = Browser::of(pages().layer(cloakroom.layer()));
    browser.get("/say/foreign").await;
    browser.cookie("messages").unwrap()
}

#[tokio::test]
async fn a_damaged_cookie_does_not_take_others_along() {
    let site = site(Storage::Fallback);
    let browser = &site.browser;
    browser.get("/say/one").await;
    browser.set_cookie("__Host-messages-abcdef", "damaged");
    browser.set_cookie("__Host-messagesof", "somebody else's");
    browser.get("/say/two").await;
    browser.set_cookie("__Host-messages-ghijkl", "damaged");
    assert_eq!(browser.get("/show").await.text, "one,two");
    assert_eq!(site.browser.cookie_names(), ["__Host-messagesof"]);
}

#[tokio::test]
async fn a_cookie_of_messages_is_worth_nothing_under_another_name() {
    let site = site(Storage::Cookie);
    site.browser.get("/say/hello").await;
    let value = site.browser.cookie("messages").unwrap();
    let other = site.browser.another();
    other.set_cookie("__Host-messages-abcdef", &value);
    assert_eq!(other.get("/show").await.text, "");
}

#[tokio::test]
async fn more_cookies_than_anybody_honest_has_are_not_all_read() {
    let site = site(Storage::Cookie);
    site.browser.get("/say/hello").await;
    for number in 0..3_000 {
        site.browser
            .set_cookie(&format!("__Host-messages-{number}"), "x");
    }
    let page = site.browser.get("/show").await;
    assert_eq!((page.status.as_u16(), &*page.text), (200, "hello"));
    assert!(page.set_cookies().len() <= 64);
}

#[tokio::test]
async fn messages_that_nobody_looked_at_for_a_day_are_forgotten() {
    for (rest, text) in [(24 * 3_600, "hello"), (24 * 3_600 + 1, "")] {
        let site = site(Storage::Cookie);
        site.browser.get("/say/hello").await;
        site.turn(rest);
        assert_eq!(site.browser.get("/show").await.text, text);
        assert_eq!(site.browser.cookie("messages"), None);
    }
}

#[tokio::test]
async fn after_a_key_rotation_waiting_messages_are_shown_and_sealed_anew() {
    let before = site(Storage::Cookie);
    before.browser.get("/say/hello").await;
    let sealed = before.browser.cookie("messages").unwrap();
    let rotated = |settings: Builder| settings.messages(Storage::Cookie);
    let after = before.again_with_keys(new_keys(), pages(), rotated);
    assert_eq!(after.browser.get("/look").await.text, "1 false hello");
    let resealed = after.browser.cookie("messages").unwrap();
    assert_ne!(resealed, sealed);
    assert!(after.browser.get("/look").await.set_cookies().is_empty());
    let only_new = KeyRing::new("the next secret of the tests, long").unwrap();
    let later = after.again_with_keys(only_new, pages(), rotated);
    assert_eq!(later.browser.get("/show").await.text, "hello");
}

fn new_keys() -> KeyRing {
    let keys = KeyRing::new("the next secret of the tests, long").unwrap();
    keys.retire(SECRET).unwrap()
}

/// A page that says one thing of every level and shows them with their tags.
fn levels() -> Router {
    let say = |messages: Messages| async move {
        messages.debug("a");
        messages.info("b");
        messages.success("c");
        messages.warning("d");
        messages.error("e");
        messages.add(Level::new(33), "f").tags("toast  big");
        messages.add(Level::new(5), "g");
        messages.add(Level::SUCCESS, "h").tags("toast");
        messages.info("");
    };
    let show = |messages: Messages| async move {
        let lines: Vec<_> = messages
            .iter()
            .map(|m| format!("{m}|{}|{}|{}", m.level().number(), m.level_tag(), m.tags()))
            .collect();
        lines.join("\n")
    };
    Router::new()
        .route("/say", get(say))
        .route("/show", get(show))
}

#[tokio::test]
async fn levels_and_tags_are_those_that_were_given() {
    for storage in STORAGES {
        let site = Site::with(levels(), |settings| settings.messages(storage));
        site.browser.get("/say").await;
        let page = site.browser.get("/show").await;
        let lines: Vec<_> = page.text.lines().collect();
        assert_eq!(
            lines,
            [
                "b|20|info|info",
                "c|25|success|success",
                "d|30|warning|warning",
                "e|40|error|error",
                "f|33||toast  big",
                "h|25|success|toast success",
            ],
            "{storage:?}"
        );
    }
}

#[tokio::test]
async fn a_site_has_its_own_minimum_and_its_own_tags() {
    let settings = Settings::default()
        .minimum(Level::new(5))
        .tag(Level::ERROR, "danger")
        .tag(Level::new(33), "odd");
    let site = Site::with(levels(), |builder| builder.messages(settings));
    site.browser.get("/say").await;
    let page = site.browser.get("/show").await;
    let tags: Vec<_> = page
        .text
        .lines()
        .map(|line| line.rsplit('|').next().unwrap())
        .collect();
    let expected = [
        "debug",
        "info",
        "success",
        "warning",
        "danger",
        "toast  big odd",
        "",
        "toast success",
    ];
    assert_eq!(tags, expected);
}

#[tokio::test]
async fn one_request_can_have_a_minimum_of_its_own() {
    let say = |messages: Messages| async move {
        messages.set_minimum(Some(Level::ERROR));
        messages.info("a");
        messages.error("b");
        messages.set_minimum(Some(Level::DEBUG));
        messages.debug("c");
        messages.set_minimum(None);
        messages.debug("d");
        messages.info("e");
    };
    let site = Site::of(pages().route("/minimum", get(say)));
    site.browser.get("/minimum").await;
    assert_eq!(site.browser.get("/show").await.text, "b,c,e");
}

#[tokio::test]
async fn text_is_escaped_and_trusted_html_is_not_wherever_it_waited() {
    let say = |messages: Messages| async move {
        messages.info("<b>\"Tom's\" & co</b>");
        messages.info(TrustedHtml("<b>bold</b>".into()));
    };
    for storage in STORAGES {
        let site = Site::with(pages().route("/html", get(say)), |s| s.messages(storage));
        site.browser.get("/html").await;
        assert_eq!(
            site.browser.get("/show").await.text,
            "&lt;b&gt;&quot;Tom&#39;s&quot; &amp; co&lt;/b&gt;,<b>bold</b>",
            "{storage:?}"
        );
    }
}

#[tokio::test]
async fn texts_of_any_kind_come_through() {
    let texts = [
        "\u{0}\r\n\t;=,\"\\",
        "ключ 🧥",
        " ",
        "Set-Cookie: a=b\r\n\r\n",
    ];
    let say = move |messages: Messages| async move {
        for text in texts {
            messages.info(text);
        }
    };
    let check = move |messages: Messages| async move {
        let all: Vec<_> = messages
            .take()
            .iter()
            .map(|m| m.text().as_str().to_owned())
            .collect();
        (all == texts).to_string()
    };
    for storage in STORAGES {
        let pages = Router::new()
            .route("/say", get(say))
            .route("/check", get(check));
        let site = Site::with(pages, |settings| settings.messages(storage));
        site.browser.get("/say").await;
        assert_eq!(site.browser.get("/check").await.text, "true", "{storage:?}");
    }
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

#[tokio::test]
async fn debug_shows_how_many_wait_and_not_what() {
    let debug = |messages: Messages| async move {
        messages.info("secret");
        format!("{messages:?}")
    };
    let site = Site::of(pages().route("/debug", get(debug)));
    assert_eq!(site.browser.get("/debug").await.text, "Messages(1 waiting)");
}
