//! What is refused before a handler sees it: in the shop's frame, and in the visitor's language.

use axum::http::StatusCode;
use cloakroom::store::MemoryStore;
use cloakroom::testing::{Browser, Call, FaultyStore, Page};

use super::{browser, browser_on};

/// More than is searched for a token.
async fn send_too_much(browser: &Browser) -> Page {
    let body = "x".repeat(3 << 20);
    let note = [("title", "Hello"), ("body", &*body)];
    browser.post("/posts/new", &note).await
}

#[tokio::test]
async fn a_form_that_is_too_large_is_told_so_in_the_visitors_language_and_led_back() {
    for (language, heading, back) in [
        ("en", "That is more than we can hang up", "Back to the form"),
        ("hi", "इतना हम टाँग नहीं सकते", "फ़ॉर्म पर वापस"),
        (
            "ko",
            "저희가 걸어 둘 수 있는 것보다 큽니다",
            "양식으로 돌아가기",
        ),
        (
            "de",
            "Das ist mehr, als wir aufhängen können",
            "Zurück zum Formular",
        ),
    ] {
        let browser = browser().await;
        let chosen = [("theme", "dark"), ("language", language)];
        browser.post("/preferences", &chosen).await;
        browser.post("/cart/add/1", &[]).await;
        let page = send_too_much(&browser).await;
        assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
        let link = format!("data-back href=\"/posts/new\">{back}</a>");
        let lang = format!("lang=\"{language}\" data-theme=\"dark\"");
        for part in [heading, &link, &lang, "<b data-cart-count>1</b>"] {
            assert!(page.text.contains(part), "{part}: {}", page.text);
        }
        assert_eq!(page.headers["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn while_the_store_is_away_a_refusal_is_told_without_it() {
    let (store, faults) = FaultyStore::before(MemoryStore::new());
    let browser = browser_on(store).await;
    browser.get("/posts/new").await;
    faults.fail(Call::Load, true);
    let page = send_too_much(&browser).await;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
    for part in [
        "hang up",
        "href=\"/posts/new\">Back to the form</a>",
        "style.css",
    ] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
}

#[tokio::test]
async fn who_asks_for_the_page_of_refusals_finds_nothing_there() {
    let page = browser().await.get("/refused").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.text.contains("There is nothing on this hanger"));
}
