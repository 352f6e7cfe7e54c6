//! The ways through a wizard: on, back, elsewhere, out of order, around conditions.
use axum::http::StatusCode;
use cloakroom::Builder;
use cloakroom::csrf::Mode;
use cloakroom::testing::Call;

use super::{Office, Registration, Visit, Wizards, hidden_inputs};

#[tokio::test]
async fn a_visitor_goes_from_step_to_step_and_ends_where_done_says() {
    let wizards = Wizards::new();
    let visit = wizards.begin().await;
    assert_eq!(visit.step_of(&visit.info("person").await), "address");
    assert_eq!(visit.step_of(&visit.address().await), "confirm");
    let review = visit.get("confirm").await.text;
    for shown in ["Ada", "London", "address?change"] {
        assert!(review.contains(shown), "{review}");
    }
    let done = visit.confirm().await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert_eq!(done.location(), Some("/welcome"));
    assert_eq!(wizards.office.done(), ["Ada London"]);
    assert_eq!(wizards.browser().get("/get/welcomed").await.text, "true");
}

#[tokio::test]
async fn a_conditional_step_comes_and_goes_with_its_condition_and_keeps_its_answers() {
    let wizards = Wizards::new();
    let visit = wizards.begin().await;
    visit.info("business").await;
    assert_eq!(visit.step_of(&visit.address().await), "company");
    let page = visit.get("company").await;
    assert!(page.text.contains("value=\"Ada Ltd\""), "{}", page.text);
    visit
        .send("company", &[("name", "Engines"), ("vat", "GB1")])
        .await;
    // The branch is left, and its answers are not handed over.
    visit.info("person").await;
    assert_eq!(visit.step_of(&visit.address().await), "confirm");
    assert_eq!(visit.step_of(&visit.get("company").await), "confirm");
    // It is taken again, and they are still there.
    visit.info("business").await;
    let page = visit.get("company").await;
    assert!(page.text.contains("value=\"Engines\""), "{}", page.text);
    visit.info("person").await;
    visit.confirm().await;
    assert_eq!(wizards.office.done(), ["Ada London"]);
}

#[tokio::test]
async fn steps_that_are_unknown_inactive_or_too_far_lead_to_the_right_one() {
    let wizards = Wizards::new();
    let visit = wizards.begin().await;
    visit.info("person").await;
    for step in ["confirm", "company", "nonsense", "finished"] {
        let page = visit.get(step).await;
        assert_eq!(visit.step_of(&page), "address", "{step}");
    }
    // Sent all the same, the answers are kept, but the order too.
    let page = visit
        .press_on(
            &visit.get("address").await,
            "confirm",
            "continue",
            &[("accept", "on")],
        )
        .await;
    assert_eq!(visit.step_of(&page), "address");
    let page = visit
        .browser
        .post(&format!("{}/nonsense", visit.run), &[])
        .await;
    assert_eq!(page.location(), Some(&*visit.run));
    assert_eq!(wizards.office.tries(), 0);
}

#[tokio::test]
async fn back_goto_and_save_keep_what_was_typed_right_or_wrong() {
    let wizards = Wizards::new();
    let visit = wizards.begin().await;
    visit.info("person").await;
    for (button, leads_to) in [
        ("back", "info"),
        ("goto=info", "info"),
        ("goto=confirm", "address"),
        ("goto=nowhere", "address"),
    ] {
        let street = format!("{button} street");
        let page = visit
            .press("address", button, &[("street", &street), ("city", "")])
            .await;
        assert_eq!(visit.step_of(&page), leads_to, "{button}");
        let page = visit.get("address").await;
        let shown = format!("value=\"{street}\"");
        assert!(page.text.contains(&shown), "{button}: {}", page.text);
        assert!(!page.text.contains("There is a problem"), "{button}");
    }
    let page = visit
        .press("address", "save", &[("street", "saved"), ("city", "")])
        .await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let page = visit.get(&visit.step_of(&page)).await;
    assert!(
        page.text.contains("Your answers are saved"),
        "{}",
        page.text
    );
    assert!(visit.get("address").await.text.contains("value=\"saved\""));
}

#[tokio::test]
async fn what_is_wrong_is_shown_with_what_was_typed_and_kept() {
    let wizards = Wizards::new();
    let visit = wizards.begin().await;
    let page = visit
        .send("info", &[("name", "Ada"), ("email", "nonsense")])
        .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for shown in [
        "<title>Error: ",
        "There is a problem",
        "value=\"nonsense\"",
        "href=\"#info-email\"",
    ] {
        assert!(page.text.contains(shown), "{shown}: {}", page.text);
    }
    assert!(visit.get("info").await.text.contains("value=\"nonsense\""));
}

#[tokio::test]
async fn the_start_leads_to_the_newest_open_run_and_new_begins_another() {
    let wizards = Wizards::new();
    let first = wizards.begin().await;
    let other = wizards.begin().await;
    assert_ne!(first.run, other.run, "nothing was sent, so nothing is kept");
    first.info("person").await;
    wizards.site.turn(5);
    other.info("business").await;
    other.address().await;
    let newest = wizards.browser().get("/register").await;
    assert_eq!(newest.location(), Some(&*format!("{}/company", other.run)));
    let fresh = wizards.browser().get("/register?new").await;
    assert!(fresh.location().unwrap().ends_with("/info"));
    let go_on = wizards.browser().get(&first.run).await;
    assert_eq!(first.step_of(&go_on), "address");
}

#[tokio::test]
async fn looking_saves_nothing_and_a_page_sent_is_one_load_and_one_save() {
    let wizards = Wizards::new();
    let visit = wizards.begin().await;
    assert_eq!(wizards.site.calls([Call::Create, Call::Save]), [0, 0]);
    visit.info("person").await;
    visit.get("address").await;
    visit.get("").await;
    wizards.browser().visit("/register").await;
    let shown = visit.get("address").await;
    let counted = [Call::Load, Call::Create, Call::Save];
    let before = wizards.site.calls(counted);
    assert_eq!(before[1..], [1, 0]);
    let fields = [("street", "1 Main St"), ("city", "London")];
    visit.press_on(&shown, "address", "continue", &fields).await;
    let after = wizards.site.calls(counted);
    assert_eq!([0, 1, 2].map(|call| after[call] - before[call]), [1, 0, 1]);
    let shown = visit.get("confirm").await;
    let before = wizards.site.calls(counted);
    visit
        .press_on(&shown, "confirm", "continue", &[("accept", "on")])
        .await;
    let after = wizards.site.calls(counted);
    // The claim before `done`, and the end after it.
    assert_eq!([0, 1, 2].map(|call| after[call] - before[call]), [1, 0, 2]);
}

#[tokio::test]
async fn a_change_leads_back_to_the_review_unless_new_questions_arise() {
    let wizards = Wizards::new();
    let visit = wizards.begin().await;
    visit.up_to_confirm().await;
    let shown = visit.get("address?change").await;
    let fields = [("street", "2 Main St"), ("city", "Paris")];
    let page = visit.press_on(&shown, "address", "continue", &fields).await;
    assert_eq!(visit.step_of(&page), "confirm");
    let shown = visit.get("info?change").await;
    let fields = [
        ("name", "Ada"),
        ("email", "ada@example.com"),
        ("kind", "business"),
    ];
    let page = visit.press_on(&shown, "info", "continue", &fields).await;
    assert_eq!(visit.step_of(&page), "company?change");
    let shown = visit.get("company?change").await;
    let page = visit
        .press_on(
            &shown,
            "company",
            "continue",
            &[("name", "X"), ("vat", "1")],
        )
        .await;
    assert_eq!(visit.step_of(&page), "confirm");
    visit.confirm().await;
    assert_eq!(wizards.office.done(), ["Ada Paris X"]);
}

#[tokio::test]
async fn a_stale_tab_overwrites_nothing_and_sees_both_versions() {
    let wizards = Wizards::new();
    let visit = wizards.begin().await;
    visit.info("person").await;
    let stale = visit.get("address").await;
    visit.address().await;
    let mine = [("street", "9 Old Rd"), ("city", "Rome")];
    let page = visit.press_on(&stale, "address", "continue", &mine).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    for shown in ["London", "value=\"Rome\"", "Keep what is saved"] {
        assert!(page.text.contains(shown), "{shown}: {}", page.text);
    }
    assert!(visit.get("address").await.text.contains("value=\"London\""));
    // Who presses on takes what they have sent.
    let page = visit.press_on(&page, "address", "continue", &mine).await;
    assert_eq!(visit.step_of(&page), "confirm");
    visit.confirm().await;
    assert_eq!(wizards.office.done(), ["Ada Rome"]);
}

#[tokio::test]
async fn nothing_is_sent_but_what_the_visitor_has_checked() {
    let wizards = Wizards::new();
    let visit = wizards.begin().await;
    visit.info("person").await;
    visit.address().await;
    let checked = visit.get("confirm").await;
    let other = [("street", "1 Main St"), ("city", "Rome")];
    visit.send("address", &other).await;
    let page = visit.confirm_on(&checked).await;
    assert_eq!(visit.step_of(&page), "confirm?changed");
    assert_eq!(wizards.office.tries(), 0);
    let page = visit.get("confirm?changed").await;
    assert!(page.text.contains("check them once more") && page.text.contains("Rome"));
    assert_eq!(visit.confirm_on(&page).await.location(), Some("/welcome"));
    assert_eq!(wizards.office.done(), ["Ada Rome"]);
}

#[tokio::test]
async fn the_same_page_sent_twice_is_no_conflict() {
    let wizards = Wizards::new();
    let visit = wizards.begin().await;
    visit.info("person").await;
    let shown = visit.get("address").await;
    let fields = [("street", "1 Main St"), ("city", "London")];
    for _ in 0..2 {
        let page = visit.press_on(&shown, "address", "continue", &fields).await;
        assert_eq!(visit.step_of(&page), "confirm");
    }
}

#[tokio::test]
async fn two_runs_side_by_side_never_mix() {
    let wizards = Wizards::new();
    let (one, other) = (wizards.begin().await, wizards.begin().await);
    one.info("person").await;
    let fields = [
        ("name", "Grace"),
        ("email", "grace@example.com"),
        ("kind", "person"),
    ];
    other.send("info", &fields).await;
    for visit in [&one, &other] {
        visit.address().await;
        visit.confirm().await;
    }
    assert_eq!(wizards.office.done(), ["Ada London", "Grace London"]);
}

#[tokio::test]
async fn an_expired_session_is_told_and_what_was_sent_last_is_kept() {
    let wizards = Wizards::new();
    let visit = wizards.begin().await;
    visit.info("person").await;
    let shown = visit.get("address").await;
    wizards.site.turn(15 * 86_400);
    let fields = [("street", "1 Main St"), ("city", "London")];
    let page = visit.press_on(&shown, "address", "continue", &fields).await;
    assert_eq!(visit.step_of(&page), "info?expired");
    assert!(
        visit
            .get("info?expired")
            .await
            .text
            .contains("no longer here")
    );
    visit.info("person").await;
    assert!(visit.get("address").await.text.contains("value=\"London\""));
}

#[tokio::test]
async fn a_wizard_in_the_middle_of_a_login_goes_on() {
    let wizards = Wizards::new();
    let visit = wizards.begin().await;
    visit.info("person").await;
    wizards.browser().get("/login/ada").await;
    assert_eq!(visit.step_of(&visit.address().await), "confirm");
    wizards.browser().get("/logout").await;
    assert_eq!(visit.step_of(&visit.get("confirm").await), "info?expired");
}

#[tokio::test]
async fn bad_requests_lose_nothing_and_break_nothing() {
    let wizards = Wizards::with::<Registration>(|mount| mount);
    let visit = wizards.begin().await;
    visit.info("person").await;
    // A field sent twice: the last counts.
    let page = visit
        .send(
            "info",
            &[
                ("name", "Eve"),
                ("name", "Bob"),
                ("email", "b@example.com"),
                ("kind", "person"),
            ],
        )
        .await;
    assert_eq!(visit.step_of(&page), "address");
    assert!(visit.get("info").await.text.contains("value=\"Bob\""));
    // Missing management data: what differs is shown beside what is there, what is new is taken.
    let target = format!("{}/info", visit.run);
    let page = visit
        .browser
        .post(&target, &[("info-name", "Mallory")])
        .await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    let target = format!("{}/address", visit.run);
    let page = visit
        .browser
        .post(&target, &[("address-street", "x"), ("address-city", "y")])
        .await;
    assert_eq!(visit.step_of(&page), "confirm");
    // 10,000 fields.
    let names: Vec<String> = (0..10_000)
        .map(|number| format!("address-f{number}"))
        .collect();
    let many: Vec<_> = names.iter().map(|name| (name.as_str(), "1")).collect();
    let page = visit.browser.post(&target, &many).await;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
    // Runs that are none.
    for run in ["/register/nonsense", "/register/nonsense/info"] {
        assert_eq!(visit.browser.get(run).await.location(), Some("/register"));
    }
    let page = visit.browser.post("/register/nonsense/info", &[]).await;
    assert_eq!(page.location(), Some("/register"));
    // Without a token nothing is taken.
    let page = visit
        .browser
        .another()
        .post(&target, &[("address-city", "z")])
        .await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(visit.get("address").await.text.contains("value=\"y\""));
}

#[tokio::test]
async fn a_run_of_another_visitor_is_only_a_blank_page() {
    let wizards = Wizards::new();
    let visit = wizards.begin().await;
    visit.info("person").await;
    let stranger = Visit {
        browser: wizards.browser().another(),
        run: visit.run.clone(),
    };
    let page = stranger.get("info").await;
    assert!(!page.text.contains("Ada"), "{}", page.text);
    assert_eq!(
        stranger.step_of(&stranger.get("address").await),
        "info?expired"
    );
}

#[tokio::test]
async fn a_form_in_another_tab_is_taken_in_after_the_wizard_has_begun_the_session() {
    let always = |settings: Builder| settings.csrf(|csrf| csrf.mode(Mode::TokenAlways));
    let wizards = Wizards::of::<Registration>(Office::default(), |mount| mount, always);
    let browser = wizards.browser().clone();
    let browser = browser.with_header("sec-fetch-site", "same-origin");
    let visit = Visit::begin(&browser, "/register").await;
    let other = Visit::begin(&browser, "/register?new").await;
    let open = other.get("info").await;
    visit.info("person").await;
    let hidden = hidden_inputs(&open.text);
    let mut fields: Vec<String> = hidden
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    fields.push("info-name=Grace&info-email=grace@example.com&info-kind=person".to_owned());
    let target = format!("{}/info", other.run);
    let sent = other.browser.post_raw(&target, fields.join("&")).await;
    assert_eq!(other.step_of(&sent), "address", "{}", sent.text);
}
