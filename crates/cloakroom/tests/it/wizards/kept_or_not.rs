//! Answers that can't be kept: their place is out of reach, or newer ones need it.
use axum::http::StatusCode;
use cloakroom::store::AnyStore;
use cloakroom::testing::{Call, FaultyStore};

use super::keeping::{draft_cookies, in_cookie, in_drafts};
use super::{Visit, Wizards};
use crate::site::memory;

#[tokio::test]
async fn what_can_not_be_kept_just_now_stays_on_its_page_and_can_be_sent_again() {
    for down in [vec![Call::Load], vec![Call::Save, Call::Create]] {
        let (faulty, faults) = FaultyStore::before(memory());
        let wizards = in_drafts(&AnyStore::inspectable(faulty));
        let visit = wizards.begin().await;
        visit.info("person").await;
        let fields = [("street", "1 Main St"), ("city", "London")];
        for button in ["continue", "save", "back"] {
            let shown = visit.get("address").await;
            down.iter().for_each(|call| faults.fail(*call, true));
            let page = visit.press_on(&shown, "address", button, &fields).await;
            down.iter().for_each(|call| faults.fail(*call, false));
            assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{button}");
            assert!(page.headers.contains_key("retry-after"), "{button}");
            for shown in [
                "could not keep this just now",
                "value=\"1 Main St\"",
                "value=\"London\"",
                "Your address",
            ] {
                assert!(page.text.contains(shown), "{button} {shown}: {}", page.text);
            }
            let kept = visit.get("address").await;
            assert!(!kept.text.contains("1 Main St"), "{button}");
            let sent = visit.press_on(&page, "address", "continue", &fields).await;
            assert_eq!(visit.step_of(&sent), "confirm", "{button}");
            let blank = [("street", ""), ("city", "")];
            visit.press("address", "save", &blank).await;
        }
    }
}

#[tokio::test]
async fn a_session_that_can_not_be_saved_shows_the_step_again_too() {
    let wizards = Wizards::new();
    let visit = wizards.begin().await;
    visit.info("person").await;
    let shown = visit.get("address").await;
    let fields = [("street", "1 Main St"), ("city", "")];
    wizards.site.faults.fail(Call::Save, true);
    let page = visit.press_on(&shown, "address", "continue", &fields).await;
    wizards.site.faults.fail(Call::Save, false);
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    for shown in ["could not keep this just now", "value=\"1 Main St\""] {
        assert!(page.text.contains(shown), "{shown}: {}", page.text);
    }
    let page = visit.press_on(&page, "address", "continue", &fields).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_fifth_draft_in_cookies_takes_the_place_of_one_that_nobody_saved() {
    let wizards = in_cookie();
    let fields = [
        ("name", "Ada"),
        ("email", "a@example.com"),
        ("kind", "person"),
    ];
    let mut runs = Vec::new();
    for place in 0..5 {
        let run = Visit::begin(wizards.browser(), "/register?new").await;
        let button = if place == 0 { "save" } else { "continue" };
        run.press("info", button, &fields).await;
        runs.push(run);
    }
    let kept = runs[0].get("info").await;
    assert!(kept.text.contains("value=\"Ada\""), "{}", kept.text);
    for (place, kept) in [(1, false), (2, true), (3, true), (4, true)] {
        let page = runs[place].get("info").await;
        assert_eq!(page.text.contains("value=\"Ada\""), kept, "{place}");
        let why = "you have begun others since";
        assert_eq!(page.text.contains(why), !kept, "{place}");
        assert!(!page.text.contains("kept for too long"), "{place}");
    }
    // When all were saved, the oldest goes.
    for run in &runs[2..] {
        run.press("info", "save", &fields).await;
    }
    let sixth = Visit::begin(wizards.browser(), "/register?new").await;
    sixth.press("info", "save", &fields).await;
    let page = runs[0].get("address").await;
    let page = runs[0].get(&runs[0].step_of(&page)).await;
    assert!(page.text.contains("begun others since"), "{}", page.text);
    assert_eq!(draft_cookies(wizards.browser()).len(), 4);
}

#[tokio::test]
async fn a_seventeenth_run_in_a_session_takes_the_place_of_one_that_has_ended_and_else_tells_why_one_is_gone()
 {
    let wizards = Wizards::new();
    let mut runs = Vec::new();
    for _ in 0..15 {
        let run = Visit::begin(wizards.browser(), "/register?new").await;
        run.info("person").await;
        runs.push(run);
    }
    let ended = Visit::begin(wizards.browser(), "/register?new").await;
    ended.up_to_confirm().await;
    assert_eq!(ended.confirm().await.location(), Some("/welcome"));
    let begin = async || {
        let run = Visit::begin(wizards.browser(), "/register?new").await;
        run.info("person").await;
    };
    begin().await;
    let oldest = async || runs[0].get("info").await.text;
    assert!(oldest().await.contains("value=\"Ada\""));
    begin().await;
    let told = oldest().await;
    assert!(!told.contains("value=\"Ada\""), "{told}");
    assert!(told.contains("you have begun others since"), "{told}");
    assert!(!told.contains("kept for too long"), "{told}");
    let kept = runs[1].get("info").await;
    assert!(kept.text.contains("value=\"Ada\""), "{}", kept.text);
    assert!(!kept.text.contains("begun others"), "{}", kept.text);
}
