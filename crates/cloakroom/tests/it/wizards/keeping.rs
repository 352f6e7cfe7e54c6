//! Where drafts are kept: in cookies, and as records of their own.
use axum::http::StatusCode;
use cloakroom::Cloakroom;
use cloakroom::store::{AnyStore, InCookie, MemoryStore};
use cloakroom::testing::{Browser, Call, FaultyStore};
use cloakroom::wizard::{Finish, Storage};

use super::{Office, Registration, Visit, Wizards};
use crate::site::{keys, memory};

pub(super) fn in_cookie() -> Wizards {
    Wizards::with::<Registration>(|mount| mount.storage(Storage::cookie()))
}

pub(super) fn draft_cookies(browser: &Browser) -> Vec<String> {
    let names = browser.cookie_names().into_iter();
    names
        .filter(|name| name.contains("wizard-registration-"))
        .collect()
}

#[tokio::test]
async fn a_draft_in_a_cookie_needs_no_store_and_its_answers_go_at_the_end() {
    let wizards = in_cookie();
    let visit = wizards.begin().await;
    visit.up_to_confirm().await;
    let names = draft_cookies(&visit.browser);
    assert_eq!(names.len(), 1);
    assert!(names[0].starts_with("__Host-"));
    assert!(visit.browser.outlives_window(&names[0]));
    assert_eq!(wizards.site.sessions().await, 0);
    let value = visit.browser.cookie(&names[0]).unwrap();
    assert!(!value.contains("London"));
    assert_eq!(visit.confirm().await.location(), Some("/welcome"));
    assert_eq!(draft_cookies(&visit.browser), names);
    let end = visit.browser.cookie(&names[0]).unwrap();
    assert!(end.len() < value.len(), "{} {}", end.len(), value.len());
    assert_eq!(wizards.office.done(), ["Ada London"]);
}

#[tokio::test]
async fn an_old_copy_of_the_cookie_ends_nothing_again() {
    let wizards = in_cookie();
    let visit = wizards.begin().await;
    visit.up_to_confirm().await;
    let name = draft_cookies(&visit.browser).remove(0);
    let copy = visit.browser.cookie(&name).unwrap();
    let shown = visit.get("confirm").await;
    visit.confirm().await;
    visit.browser.set_cookie(&name, &copy);
    let page = visit.confirm_on(&shown).await;
    assert_eq!(page.location(), Some("/welcome"));
    assert_eq!(visit.get("info").await.location(), Some("/welcome"));
    let start = visit.browser.get("/register").await;
    assert!(!start.location().unwrap().starts_with(&visit.run));
    assert_eq!(wizards.office.tries(), 1);
}

#[tokio::test]
async fn of_a_hundred_equal_submits_with_one_cookie_one_is_done() {
    let wizards = in_cookie();
    let visit = wizards.begin().await;
    let shown = visit.up_to_confirm().await;
    let sent: Vec<_> = (0..100).map(|_| visit.confirming_on(&shown)).collect();
    for page in sent {
        assert_eq!(page.await.unwrap().location(), Some("/welcome"));
    }
    assert_eq!(wizards.office.tries(), 1);
}

#[tokio::test]
async fn a_damaged_foreign_or_expired_cookie_is_a_blank_page() {
    let wizards = in_cookie();
    let visit = wizards.begin().await;
    visit.info("person").await;
    let name = draft_cookies(&visit.browser).remove(0);
    let genuine = visit.browser.cookie(&name).unwrap();
    let other = Visit::begin(wizards.browser(), "/register?new").await;
    other.info("person").await;
    let names = draft_cookies(&visit.browser);
    let foreign = names.iter().find(|one| **one != name).unwrap();
    let foreign = visit.browser.cookie(foreign).unwrap();
    let (cut, longer) = (
        genuine[..genuine.len() / 2].to_owned(),
        format!("{genuine}A"),
    );
    for damaged in ["", "1.", "9.x", "nonsense", &cut, &longer, &foreign] {
        visit.browser.set_cookie(&name, damaged);
        let page = visit.get("address").await;
        assert_eq!(visit.step_of(&page), "info?expired", "{damaged}");
    }
    visit.browser.set_cookie(&name, &genuine);
    assert_eq!(visit.get("address").await.status, StatusCode::OK);
    wizards.site.turn(31 * 86_400);
    visit.browser.set_cookie(&name, &genuine);
    assert_eq!(visit.step_of(&visit.get("address").await), "info?expired");
}

#[tokio::test]
async fn what_does_not_fit_into_cookies_is_refused_and_nothing_is_lost() {
    let wizards = in_cookie();
    let visit = wizards.begin().await;
    visit.info("person").await;
    let long = "x".repeat(3_000);
    let page = visit
        .send("address", &[("street", &long), ("city", "London")])
        .await;
    assert_eq!(visit.step_of(&page), "confirm");
    assert_eq!(
        draft_cookies(&visit.browser).len(),
        2,
        "it goes over two cookies"
    );
    assert!(visit.get("address").await.text.contains(&long));
    let longer = "y".repeat(20_000);
    let page = visit
        .send("address", &[("street", &longer), ("city", "London")])
        .await;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(visit.get("address").await.text.contains(&long));
    visit.address().await;
    assert_eq!(draft_cookies(&visit.browser).len(), 1, "and back into one");
}

#[tokio::test]
async fn a_browser_carries_four_runs_and_the_oldest_goes_first() {
    let wizards = in_cookie();
    let mut visits = Vec::new();
    for _ in 0..5 {
        let visit = Visit::begin(wizards.browser(), "/register?new").await;
        visit.info("person").await;
        wizards.site.turn(1);
        visits.push(visit);
    }
    assert_eq!(draft_cookies(wizards.browser()).len(), 4);
    assert_eq!(
        visits[0].step_of(&visits[0].get("address").await),
        "info?expired"
    );
    assert_eq!(visits[1].get("address").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_old_copy_of_the_cookie_before_the_end_goes_back_in_time_and_ends_nothing() {
    let wizards = in_cookie();
    let visit = wizards.begin().await;
    visit.info("person").await;
    let name = draft_cookies(&visit.browser).remove(0);
    let copy = visit.browser.cookie(&name).unwrap();
    let shown = visit.up_to_confirm().await;
    visit.browser.set_cookie(&name, &copy);
    let page = visit.confirm_on(&shown).await;
    assert_eq!(visit.step_of(&page), "address");
    assert_eq!(wizards.office.tries(), 0);
    assert!(visit.get("info").await.text.contains("value=\"Ada\""));
}

pub(super) fn in_drafts(store: &AnyStore) -> Wizards {
    let storage = Storage::drafts(store.clone());
    Wizards::with::<Registration>(|mount| mount.storage(storage))
}

async fn drafts_of(store: &AnyStore, wizards: &Wizards) -> u64 {
    store.count(wizards.site.clock.now()).await.unwrap().live
}

#[tokio::test]
async fn a_draft_of_its_own_survives_the_session() {
    let store = memory();
    let wizards = in_drafts(&store);
    let visit = wizards.begin().await;
    assert_eq!(drafts_of(&store, &wizards).await, 0);
    visit.info("person").await;
    assert_eq!(drafts_of(&store, &wizards).await, 1);
    assert_eq!(wizards.site.sessions().await, 0);
    visit.browser.close_window();
    wizards.site.turn(20 * 86_400);
    let start = visit.browser.get("/register").await;
    assert_eq!(visit.step_of(&start), "address");
    assert_eq!(visit.step_of(&visit.address().await), "confirm");
    assert_eq!(visit.confirm().await.location(), Some("/welcome"));
    assert_eq!(visit.get("confirm").await.location(), Some("/welcome"));
    assert_eq!(wizards.office.done(), ["Ada London"]);
}

#[tokio::test]
async fn drafts_are_refused_in_a_store_in_which_they_can_not_be_found() {
    let cloakroom = Cloakroom::builder(keys())
        .store_in_memory()
        .sweep_every(None)
        .build()
        .unwrap();
    let plain = AnyStore::from(MemoryStore::new());
    for store in [plain, InCookie::new().into()] {
        let mount = <Registration as Finish<Office>>::mount().storage(Storage::drafts(store));
        let error = mount.router(&cloakroom).unwrap_err().to_string();
        assert!(
            error.starts_with("wizard.registration.storage: "),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_page_sent_is_one_load_and_one_save_of_the_draft() {
    let (faulty, calls) = FaultyStore::before(memory());
    let wizards = in_drafts(&AnyStore::inspectable(faulty));
    let visit = wizards.begin().await;
    let counted = || [Call::Load, Call::Create, Call::Save].map(|call| calls.calls(call));
    let mut before = counted();
    let mut cost = || {
        let now = counted();
        let cost = [0, 1, 2].map(|call| now[call] - before[call]);
        before = now;
        cost
    };
    let shown = visit.get("info").await;
    cost();
    let fields = [
        ("name", "Ada"),
        ("email", "a@example.com"),
        ("kind", "person"),
    ];
    visit.press_on(&shown, "info", "continue", &fields).await;
    assert_eq!(cost(), [1, 1, 0]);
    let shown = visit.get("address").await;
    assert_eq!(cost(), [1, 0, 0]);
    let fields = [("street", "1 Main St"), ("city", "London")];
    visit.press_on(&shown, "address", "continue", &fields).await;
    assert_eq!(cost(), [1, 0, 1]);
    let shown = visit.get("confirm").await;
    cost();
    visit.confirm_on(&shown).await;
    assert_eq!(
        cost(),
        [1, 0, 2],
        "the claim before `done`, and the end after it"
    );
}

#[tokio::test]
async fn nobody_else_can_open_a_draft_or_learn_that_it_is_there() {
    let store = memory();
    let wizards = in_drafts(&store);
    let visit = wizards.begin().await;
    visit.info("person").await;
    let stranger = Visit {
        browser: wizards.browser().another(),
        run: visit.run.clone(),
    };
    stranger.browser.get("/register").await;
    for step in ["info", "address", "finished", ""] {
        let page = stranger.get(step).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{step}");
        assert!(!page.text.contains("Ada"));
    }
    let other = Visit::begin(&stranger.browser, "/register").await;
    let shown = other.get("info").await;
    let page = stranger
        .press_on(&shown, "info", "continue", &[("name", "Eve")])
        .await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(visit.get("info").await.text.contains("value=\"Ada\""));
}

#[tokio::test]
async fn a_draft_is_adopted_at_login_and_found_on_another_device() {
    let store = memory();
    let wizards = in_drafts(&store);
    let visit = wizards.begin().await;
    visit.info("person").await;
    wizards.browser().get("/login/ada").await;
    visit.address().await;
    let phone = wizards.browser().another();
    let nobody = phone.get("/register").await;
    assert!(!nobody.location().unwrap().starts_with(&visit.run));
    phone.get("/login/ada").await;
    let found = phone.get("/register").await;
    assert_eq!(visit.step_of(&found), "confirm");
    // It is the user's now, and not the device's.
    wizards.browser().get("/logout").await;
    assert_eq!(visit.get("confirm").await.status, StatusCode::NOT_FOUND);
    wizards.browser().get("/login/eve").await;
    assert_eq!(visit.get("confirm").await.status, StatusCode::NOT_FOUND);
    let on_phone = Visit {
        browser: phone,
        run: visit.run.clone(),
    };
    assert_eq!(on_phone.confirm().await.location(), Some("/welcome"));
}

#[tokio::test]
async fn of_runs_sent_within_one_second_the_last_is_the_newest_and_the_first_goes_first() {
    let wizards = Wizards::new();
    let mut visits = Vec::new();
    for _ in 0..20 {
        let visit = Visit::begin(wizards.browser(), "/register?new").await;
        visit.info("person").await;
        visits.push(visit);
    }
    let newest = wizards.browser().get("/register").await;
    assert_eq!(visits[19].step_of(&newest), "address");
    for (number, visit) in visits.iter().enumerate() {
        let page = visit.get("address").await;
        let is_kept = page.status == StatusCode::OK;
        assert_eq!(is_kept, number >= 4, "the newest 16 stay: {number}");
    }
}

#[tokio::test]
async fn two_processes_end_a_draft_of_its_own_once() {
    let store = memory();
    let wizards = in_drafts(&store);
    let visit = wizards.begin().await;
    visit.up_to_confirm().await;
    let storage = || Storage::drafts(store.clone());
    let other = wizards.on_another_process_with::<Registration>(|mount| mount.storage(storage()));
    let elsewhere = other.visit(&visit);
    let shown = visit.get("confirm").await;
    let fields = [("accept", "on")];
    let (here, there) = tokio::join!(
        visit.press_on(&shown, "confirm", "continue", &fields),
        elsewhere.press_on(&shown, "confirm", "continue", &fields)
    );
    assert_eq!(wizards.office.tries(), 1);
    let answers = [here, there];
    assert!(
        answers
            .iter()
            .any(|page| page.location() == Some("/welcome"))
    );
    assert!(
        answers
            .iter()
            .all(|page| page.status != StatusCode::INTERNAL_SERVER_ERROR)
    );
}

#[tokio::test]
async fn drafts_that_nobody_comes_back_to_are_swept() {
    let store = memory();
    let wizards = in_drafts(&store);
    let visit = wizards.begin().await;
    visit.info("person").await;
    wizards.site.turn(31 * 86_400);
    let now = wizards.site.clock.now();
    assert_eq!(drafts_of(&store, &wizards).await, 0);
    assert_eq!(store.sweep(now, 100).await.unwrap().removed, 1);
}
