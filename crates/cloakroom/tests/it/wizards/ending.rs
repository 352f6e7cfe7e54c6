//! The end of a run: once, whatever happens.
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use cloakroom::form::Form;
use cloakroom::testing::{Call, Page};
use cloakroom::wizard::{Done, Ending, Finish, Finished, Mount, RunId, Storage, Wizard};
use tokio::sync::Semaphore;

use super::{Mishap, Office, Registration, Visit, Wizards};

/// A visitor to whom nothing but the last step is left, with its page.
async fn at_the_end() -> (Wizards, Visit, Page) {
    let wizards = Wizards::new();
    let visit = wizards.begin().await;
    let shown = visit.up_to_confirm().await;
    (wizards, visit, shown)
}

/// The same, where `done` waits before a gate.
async fn behind_a_gate(
    set: impl FnOnce(Mount<Registration, Office>) -> Mount<Registration, Office>,
) -> (Wizards, Visit, Page, Arc<Semaphore>) {
    let (office, gate) = Office::closed();
    let wizards = Wizards::of(office, set, |settings| settings);
    let visit = wizards.begin().await;
    let shown = visit.up_to_confirm().await;
    (wizards, visit, shown, gate)
}

#[tokio::test]
async fn of_a_hundred_equal_submits_one_is_done_and_all_get_its_answer() {
    for storage in [Storage::session(), Storage::drafts(crate::site::memory())] {
        let wizards = Wizards::with::<Registration>(|mount| mount.storage(storage));
        let visit = wizards.begin().await;
        let shown = visit.up_to_confirm().await;
        let sent: Vec<_> = (0..100).map(|_| visit.confirming_on(&shown)).collect();
        for page in sent {
            assert_eq!(page.await.unwrap().location(), Some("/welcome"));
        }
        assert_eq!(wizards.office.tries(), 1);
        assert_eq!(wizards.browser().get("/get/welcomed").await.text, "true");
    }
}

#[tokio::test]
async fn an_ended_run_leads_to_its_answer_and_a_new_one_can_begin() {
    let (wizards, visit, shown) = at_the_end().await;
    visit.confirm().await;
    for step in ["info", "confirm", "finished", ""] {
        assert_eq!(visit.get(step).await.location(), Some("/welcome"), "{step}");
    }
    let again = visit.confirm_on(&shown).await;
    assert_eq!(again.location(), Some("/welcome"));
    let changed = visit
        .press_on(&shown, "info", "continue", &[("name", "Eve")])
        .await;
    assert_eq!(changed.location(), Some("/welcome"));
    assert_eq!(wizards.office.tries(), 1);
    let next = wizards.begin().await;
    assert_ne!(next.run, visit.run);
    assert!(!next.get("info").await.text.contains("Ada"));
}

#[tokio::test]
async fn another_process_knows_that_a_run_has_ended() {
    let (wizards, visit, shown) = at_the_end().await;
    visit.confirm().await;
    let other = wizards.on_another_process();
    let visit = other.visit(&visit);
    assert_eq!(visit.get("confirm").await.location(), Some("/welcome"));
    let again = visit.confirm_on(&shown).await;
    assert_eq!(again.location(), Some("/welcome"));
    assert_eq!(wizards.office.tries(), 1);
}

#[tokio::test]
async fn two_processes_end_a_run_once() {
    let (wizards, visit, shown, gate) = behind_a_gate(|mount| mount).await;
    let first = visit.confirming_on(&shown);
    crate::site::settle().await;
    assert_eq!(wizards.office.tries(), 1);
    let other = wizards.on_another_process();
    let elsewhere = other.visit(&visit);
    let page = elsewhere.confirm_on(&shown).await;
    assert_eq!(page.status, StatusCode::ACCEPTED);
    assert!(
        page.headers["refresh"]
            .to_str()
            .unwrap()
            .ends_with("/finished")
    );
    gate.add_permits(1);
    assert_eq!(first.await.unwrap().location(), Some("/welcome"));
    assert_eq!(elsewhere.get("finished").await.location(), Some("/welcome"));
    assert_eq!(wizards.office.tries(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_waits_too_long_is_told_that_it_is_still_being_worked_on() {
    let patience = Duration::from_secs(1);
    let (_wizards, visit, shown, gate) = behind_a_gate(|mount| mount.patience(patience)).await;
    let send = || visit.confirming_on(&shown);
    let first = send();
    crate::site::settle().await;
    let second = send().await.unwrap();
    assert_eq!(second.status, StatusCode::ACCEPTED);
    assert!(second.text.contains("are being sent"), "{}", second.text);
    gate.add_permits(1);
    assert_eq!(first.await.unwrap().location(), Some("/welcome"));
}

#[tokio::test]
async fn done_runs_to_its_end_although_the_visitor_hangs_up() {
    let (wizards, visit, shown, gate) = behind_a_gate(|mount| mount).await;
    let sending = visit.confirming_on(&shown);
    crate::site::settle().await;
    sending.abort();
    assert!(sending.await.is_err());
    gate.add_permits(1);
    let again = visit.confirm_on(&shown).await;
    assert_eq!(again.location(), Some("/welcome"));
    assert_eq!(wizards.office.done(), ["Ada London"]);
    assert_eq!(wizards.browser().get("/get/welcomed").await.text, "true");
}

#[tokio::test]
async fn an_error_at_a_field_shows_that_step_and_the_run_goes_on() {
    let wizards = Wizards::new();
    let visit = wizards.begin().await;
    visit.up_to_confirm().await;
    wizards.office.next_time(Mishap::Wrong("info", "email"));
    let page = visit.confirm().await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for shown in [
        "That is taken",
        "href=\"#info-email\"",
        "<title>Error: About you",
        "/info\"",
    ] {
        assert!(page.text.contains(shown), "{shown}: {}", page.text);
    }
    assert_eq!(wizards.browser().get("/get/welcomed").await.text, "nothing");
    let fields = [
        ("name", "Ada"),
        ("email", "b@example.com"),
        ("kind", "person"),
    ];
    let page = visit.press_on(&page, "info", "continue", &fields).await;
    assert_eq!(page.location(), Some("/welcome"));
    assert_eq!(wizards.office.tries(), 2);
}

#[tokio::test]
async fn an_end_that_did_nothing_can_be_tried_again() {
    let wizards = Wizards::new();
    let visit = wizards.begin().await;
    visit.up_to_confirm().await;
    wizards.office.next_time(Mishap::TryAgain);
    let page = visit.confirm().await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text.contains("closed for lunch"), "{}", page.text);
    assert_eq!(visit.confirm().await.location(), Some("/welcome"));
}

#[tokio::test]
async fn an_end_that_failed_half_way_is_not_repeated() {
    for mishap in [Mishap::Fail, Mishap::Panic] {
        let wizards = Wizards::new();
        let visit = wizards.begin().await;
        visit.up_to_confirm().await;
        wizards.office.next_time(mishap);
        let shown = visit.get("confirm").await;
        for _ in 0..2 {
            let page = visit.confirm_on(&shown).await;
            assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
            assert!(page.text.contains("We can’t tell"), "{}", page.text);
            let run = visit.run.rsplit('/').next().and_then(RunId::parse).unwrap();
            let reference = format!("Your reference: {}", run.reference());
            assert!(page.text.contains(&reference), "{}", page.text);
        }
        assert_eq!(wizards.office.tries(), 1);
        assert_eq!(wizards.browser().get("/get/welcomed").await.text, "nothing");
        let other = wizards.begin().await;
        assert_ne!(other.run, visit.run);
    }
}

#[tokio::test]
async fn a_process_that_ends_between_any_two_requests_loses_nothing() {
    let drafts = Storage::drafts(crate::site::memory());
    for storage in [Storage::session(), Storage::cookie(), drafts] {
        let set = |mount: Mount<Registration, Office>| mount.storage(storage.clone());
        let mut wizards = Wizards::with::<Registration>(set);
        let mut visit = wizards.begin().await;
        for (step, field, next) in [
            ("info", "", ""),
            ("info", "Ada", "address"),
            ("address", "London", "confirm"),
            ("confirm", "on", "/welcome"),
        ] {
            wizards = wizards.on_another_process_with::<Registration>(set);
            visit = wizards.visit(&visit);
            let fields = match step {
                "info" => vec![
                    ("name", field),
                    ("email", "a@example.com"),
                    ("kind", "person"),
                ],
                "address" => vec![("street", "1 Main St"), ("city", field)],
                _ => vec![("accept", field)],
            };
            let page = visit.send(step, &fields).await;
            match next {
                "" => assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY),
                next => assert_eq!(visit.step_of(&page), next),
            }
        }
        assert_eq!(wizards.office.done(), ["Ada London"]);
    }
}

#[derive(Form, Debug)]
struct Stars {
    stars: u8,
}

#[derive(Wizard, Debug)]
#[wizard(retry)]
struct Feedback {
    rating: Stars,
}

impl Finish<Office> for Feedback {
    async fn done(self, visit: Done<Office>) -> Ending {
        visit.state.take(self.rating.stars.to_string()).await?;
        Ok(Finished::confirmation("Your number is <7>"))
    }
}

#[tokio::test]
async fn a_wizard_that_says_so_runs_its_end_again_after_a_failure() {
    let wizards = Wizards::with::<Feedback>(|mount| mount);
    let visit = wizards.begin().await;
    wizards.office.next_time(Mishap::Fail);
    let page = visit.send("rating", &[("stars", "5")]).await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(page.text.contains("Try again"), "{}", page.text);
    let page = visit.send("rating", &[("stars", "5")]).await;
    assert_eq!(visit.step_of(&page), "finished");
    assert_eq!(wizards.office.done(), ["5"]);
}

#[tokio::test]
async fn a_confirmation_can_be_loaded_again() {
    let wizards = Wizards::with::<Feedback>(|mount| mount);
    let visit = wizards.begin().await;
    let page = visit.send("rating", &[("stars", "5")]).await;
    assert_eq!(visit.step_of(&page), "finished");
    for _ in 0..2 {
        let page = visit.get("finished").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(
            page.text.contains("Your number is &lt;7&gt;"),
            "{}",
            page.text
        );
    }
    assert_eq!(visit.step_of(&visit.get("rating").await), "finished");
}

#[tokio::test]
async fn a_store_that_fails_before_the_end_ends_nothing() {
    let (wizards, visit, shown) = at_the_end().await;
    wizards.site.faults.fail(Call::Save, true);
    let page = visit.confirm_on(&shown).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(wizards.office.tries(), 0);
    wizards.site.faults.fail(Call::Save, false);
    let page = visit.confirm_on(&shown).await;
    assert_eq!(page.location(), Some("/welcome"));
    assert_eq!(wizards.office.tries(), 1);
}

#[tokio::test]
async fn a_process_that_dies_during_the_end_leaves_a_run_that_nobody_ends_again() {
    let (wizards, visit, shown, _gate) = behind_a_gate(|mount| mount).await;
    visit.confirming_on(&shown);
    crate::site::settle().await;
    let other = wizards.on_another_process();
    let elsewhere = other.visit(&visit);
    other.site.turn(61);
    for _ in 0..2 {
        let page = elsewhere.confirm_on(&shown).await;
        assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    }
    assert_eq!(wizards.office.tries(), 1);
}
