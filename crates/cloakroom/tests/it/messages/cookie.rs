//! Messages in cookies: what fits, what is damaged, and what a key rotation does to them.
use cloakroom::messages::{Settings, Storage};
use cloakroom::testing::{Browser, Call};
use cloakroom::{Builder, KeyRing};
use tracing::Level;

use super::{in_mode, pages, site};
use crate::site::{SECRET, Site};
use crate::watch::Watch;

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
async fn a_visitor_with_a_session_does_not_load_it_for_messages_that_fit_into_the_cookie() {
    let site = site(Storage::Fallback);
    site.browser.get("/set/coat/blue").await;
    let before = site.faults.all_calls();
    site.browser.get("/say/hello").await;
    assert_eq!(site.browser.get("/show").await.text, "hello");
    assert_eq!(site.browser.get("/show").await.text, "");
    assert_eq!(site.faults.all_calls(), before);
}

#[tokio::test]
async fn what_waits_in_the_session_is_shown_though_other_pages_said_more_and_looked_meanwhile() {
    for mode in [None, Some("navigate"), Some("cors")] {
        let site = site(Storage::Fallback);
        let browser = in_mode(&site.browser, mode);
        browser.get("/many?a=1600").await;
        browser.get("/many?b=1600&c=10").await;
        browser.get("/say/last").await;
        assert_eq!(
            browser.get("/look").await.text.split(' ').next(),
            Some("4"),
            "{mode:?}"
        );
        let page = browser.get("/show").await;
        let lengths: Vec<_> = page.text.split(',').map(str::len).collect();
        assert_eq!(lengths, [1600, 1600, 10, 4], "{mode:?}");
        assert_eq!(browser.get("/show").await.text, "", "{mode:?}");
        let before = site.faults.all_calls();
        browser.get("/show").await;
        assert_eq!(
            site.faults.all_calls(),
            before,
            "{mode:?}: nothing waits in the session any more"
        );
    }
}

#[tokio::test]
async fn a_message_that_needs_a_store_that_is_down_is_counted_and_the_page_is_kept() {
    let watch = Watch::begin();
    let site = site(Storage::Fallback);
    site.browser.get("/set/coat/blue").await;
    site.faults.fail(Call::Load, true);
    let page = site.browser.get("/many?a=10&b=3000").await;
    assert_eq!(page.status, 200);
    assert_eq!(watch.counted("cloakroom_messages_dropped_total"), 1);
    assert!(watch.traced(Level::ERROR, "could not be loaded for messages"));
    site.faults.fail(Call::Load, false);
    assert_eq!(site.browser.get("/show").await.text, "a".repeat(10));
}

#[tokio::test]
async fn a_damaged_cookie_hides_nothing_that_waits_in_the_session() {
    let site = site(Storage::Fallback);
    site.browser.get("/many?a=3000").await;
    let name = site
        .browser
        .cookie_names()
        .into_iter()
        .find(|name| name.contains("messages"));
    site.browser.set_cookie(&name.unwrap(), "damaged");
    assert_eq!(site.browser.get("/show").await.text, "a".repeat(3000));
}

#[tokio::test]
async fn with_cookies_only_what_does_not_fit_is_counted_and_traced() {
    let watch = Watch::begin();
    let site = site(Storage::Cookie);
    site.browser.get("/many?a=10&b=3000&c=10").await;
    assert_eq!(site.browser.get("/show").await.text, "a".repeat(10));
    assert_eq!(watch.counted("cloakroom_messages_dropped_total"), 2);
    assert!(watch.traced(Level::ERROR, "messages did not fit into their cookie"));
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
    assert!(watch.traced(Level::ERROR, "messages did not fit into the session"));
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
