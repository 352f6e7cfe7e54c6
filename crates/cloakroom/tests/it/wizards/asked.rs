//! What only the application knows of a step is asked before a visitor goes on, and again before the end.
use std::sync::atomic::Ordering;

use cloakroom::form::{Form, Problem};
use cloakroom::wizard::{Caller, Done, Ending, Finish, Finished, Mount, Refusal, Storage, Wizard};
use cloakroom::{Cloakroom, Session};

use super::{Office, Registration, RegistrationSoFar, Wizards};
use crate::site::{keys, memory};

/// Refuses the addresses of `taken.example`, by asking somebody who may be out.
async fn is_free(so_far: &RegistrationSoFar, caller: Caller<Office>) -> Result<(), Refusal> {
    tokio::task::yield_now().await;
    caller.state.tries.fetch_add(1, Ordering::SeqCst);
    let info = so_far.info.as_ref().expect("it is the step that was sent");
    match info.email.as_str().split_once('@') {
        Some((_, "taken.example")) => Err(Refusal::field(
            "email",
            Problem::saying("taken", "Somebody has that address"),
        )),
        Some((_, "both.example")) => {
            let problem = || Problem::saying("odd", "That is odd");
            Err(Refusal::field("email", problem()).and("name", problem()))
        }
        Some((_, "out.example")) => Err(std::io::Error::other("the database is out").into()),
        _ => Ok(()),
    }
}

/// Keeps a code in the session, as if it had been sent.
async fn send_code(so_far: &RegistrationSoFar, mut caller: Caller<Office>) -> Result<(), Refusal> {
    let session: Session = caller.extract().await?;
    let info = so_far.info.as_ref().expect("it is the step that was sent");
    session.set("code", "1234")?;
    let run = caller.run.expect("something was sent to it");
    let sent = format!("{} {}", info.email, run.as_str().len());
    caller.state.done.lock().unwrap().push(sent);
    Ok(())
}

fn info(email: &str) -> [(&'static str, &str); 3] {
    [("name", "Ada"), ("email", email), ("kind", "person")]
}

fn places() -> [fn() -> Storage; 3] {
    [Storage::session, Storage::cookie, || {
        Storage::drafts(memory())
    }]
}

fn asking(storage: Storage) -> Wizards {
    Wizards::with::<Registration>(|mount| mount.storage(storage).check("info", is_free))
}

#[tokio::test]
async fn what_is_refused_is_told_at_its_field_and_keeps_what_was_typed() {
    for storage in places() {
        let wizards = asking(storage());
        let visit = wizards.begin().await;
        let page = visit.send("info", &info("ada@taken.example")).await;
        assert_eq!(page.status, 422);
        for there in ["Somebody has that address", "ada@taken.example", "Ada"] {
            assert!(page.text.contains(there), "{there}: {}", page.text);
        }
        let ahead = visit.get("address").await;
        assert_eq!(visit.step_of(&ahead), "info");
        let page = visit.get("info").await;
        assert!(page.text.contains("ada@taken.example"), "{}", page.text);
        let page = visit.send("info", &info("ada@example.com")).await;
        assert_eq!(visit.step_of(&page), "address");
    }
}

#[tokio::test]
async fn several_fields_may_be_refused_at_once() {
    let wizards = asking(Storage::session());
    let visit = wizards.begin().await;
    let page = visit.send("info", &info("ada@both.example")).await;
    assert_eq!(page.status, 422);
    for field in ["#info-name", "#info-email"] {
        assert!(page.text.contains(field), "{field}: {}", page.text);
    }
}

#[tokio::test]
async fn what_can_not_be_checked_is_kept_to_be_tried_again() {
    for storage in places() {
        let wizards = asking(storage());
        let visit = wizards.begin().await;
        let page = visit.send("info", &info("ada@out.example")).await;
        assert_eq!(page.status, 503);
        assert!(page.text.contains("please try again"), "{}", page.text);
        assert!(!page.text.contains("the database is out"), "{}", page.text);
        assert!(page.text.contains("ada@out.example"), "{}", page.text);
        let page = visit.get("info").await;
        assert!(page.text.contains("ada@out.example"), "{}", page.text);
    }
}

#[tokio::test]
async fn a_step_that_was_right_is_open_again_when_its_new_answers_are_refused() {
    let wizards = asking(Storage::session());
    let visit = wizards.begin().await;
    visit.up_to_confirm().await;
    let page = visit.send("info", &info("ada@taken.example")).await;
    assert_eq!(page.status, 422);
    let ahead = visit.get("confirm").await;
    assert_eq!(visit.step_of(&ahead), "info");
}

#[tokio::test]
async fn only_continue_asks_and_only_when_the_form_is_right_by_itself() {
    let wizards = asking(Storage::session());
    let visit = wizards.begin().await;
    visit.send("info", &[("name", "Ada")]).await;
    visit
        .press("info", "save", &info("ada@taken.example"))
        .await;
    visit
        .press("info", "back", &info("ada@taken.example"))
        .await;
    assert_eq!(wizards.office.tries(), 0);
    visit.send("info", &info("ada@example.com")).await;
    assert_eq!(wizards.office.tries(), 1);
    visit.address().await;
    assert_eq!(wizards.office.tries(), 1);
}

#[tokio::test]
async fn all_steps_are_asked_about_once_more_before_the_end() {
    for storage in places() {
        let wizards = Wizards::with::<Registration>(|mount| {
            mount.storage(storage()).check("info", is_still_free)
        });
        let visit = wizards.begin().await;
        let shown = visit.up_to_confirm().await;
        wizards.office.next_time(super::Mishap::Fail);
        let page = visit.confirm_on(&shown).await;
        assert_eq!(page.status, 422, "{}", page.text);
        assert!(page.text.contains("Somebody was faster"), "{}", page.text);
        assert!(page.text.contains("name=\"info-email\""), "{}", page.text);
        assert_eq!(wizards.office.done(), Vec::<String>::new());
        // Nothing was claimed, so that the run goes on once the answer is another one.
        wizards.office.mishaps.lock().unwrap().clear();
        let page = visit
            .press_on(&page, "info", "continue", &info("b@example.com"))
            .await;
        assert_eq!(page.location(), Some("/welcome"), "{}", page.text);
        assert_eq!(wizards.office.done(), ["Ada London"]);
    }
}

/// Is free until somebody is faster.
async fn is_still_free(_: &RegistrationSoFar, caller: Caller<Office>) -> Result<(), Refusal> {
    match caller.state.mishaps.lock().unwrap().is_empty() {
        true => Ok(()),
        false => Err(Refusal::field(
            "email",
            Problem::saying("taken", "Somebody was faster"),
        )),
    }
}

#[tokio::test]
async fn going_on_from_a_step_is_told_once_for_each_answer() {
    for storage in places() {
        let wizards = Wizards::with::<Registration>(|mount| {
            let mount = mount.storage(storage()).check("info", is_free);
            mount.accepted("info", send_code)
        });
        let sent = || wizards.office.done().len();
        let visit = wizards.begin().await;
        visit.send("info", &info("ada@taken.example")).await;
        assert_eq!(sent(), 0);
        let shown = visit.get("info").await;
        let first = visit
            .press_on(&shown, "info", "continue", &info("ada@example.com"))
            .await;
        assert_eq!(visit.step_of(&first), "address");
        let again = visit
            .press_on(&shown, "info", "continue", &info("ada@example.com"))
            .await;
        assert_eq!(visit.step_of(&again), "address");
        assert_eq!(wizards.office.done(), ["ada@example.com 24"]);
        visit.send("info", &info("ada@example.com")).await;
        assert_eq!(sent(), 1);
        visit.send("info", &info("bo@example.com")).await;
        assert_eq!(sent(), 2);
        visit.address().await;
        visit.confirm().await;
        assert_eq!(wizards.office.done()[2], "Ada London");
        assert_eq!(sent(), 3);
    }
}

#[derive(Form, Debug)]
struct Guest {
    name: String,
}

#[derive(Wizard, Debug)]
struct Party {
    #[step(min = 1, max = 3)]
    guests: Vec<Guest>,
}

impl Finish<Office> for Party {
    async fn done(self, visit: Done<Office>) -> Ending {
        visit.state.take(format!("{}", self.guests.len())).await?;
        Ok(Finished::redirect("/party"))
    }
}

async fn is_invited(so_far: &PartySoFar, _: Caller<Office>) -> Result<(), Refusal> {
    let guests = so_far.guests.iter().flatten();
    let stranger = guests
        .map(|guest| guest.name.as_str())
        .position(|name| name != "Ada");
    match stranger {
        Some(row) => Err(Refusal::field(
            format!("{row}-name"),
            Problem::saying("stranger", "Not invited"),
        )),
        None => Ok(()),
    }
}

#[tokio::test]
async fn in_a_repeated_step_the_form_is_named() {
    let wizards = Wizards::with::<Party>(|mount| mount.check("guests", is_invited));
    let visit = wizards.begin().await;
    let rows = |second| {
        [
            ("row", "0"),
            ("0-name", "Ada"),
            ("row", "1"),
            ("1-name", second),
        ]
    };
    let page = visit.send("guests", &rows("Eve")).await;
    assert_eq!(page.status, 422);
    assert!(page.text.contains("#guests-1-name"), "{}", page.text);
    let page = visit.send("guests", &rows("Ada")).await;
    assert_eq!(page.location(), Some("/party"));
}

#[test]
fn a_question_about_a_step_that_is_none_does_not_start() {
    let site = Cloakroom::builder(keys())
        .store_in_memory()
        .build()
        .unwrap();
    let mount: Mount<Registration, Office> = Registration::mount();
    let error = mount
        .check("inof", is_free)
        .router(&site)
        .unwrap_err()
        .to_string();
    assert!(error.contains("wizard.registration.check"), "{error}");
    assert!(
        error.contains("`inof`") && error.contains("`info`"),
        "{error}"
    );
}
