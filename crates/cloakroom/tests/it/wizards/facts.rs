//! What conditions and contexts know of a visitor beside their answers.
use std::sync::atomic::Ordering;

use cloakroom::form::{Context, Email, Form};
use cloakroom::wizard::{Caller, Done, Ending, Finish, Finished, Mount, Storage, Wizard};
use cloakroom::{Cloakroom, Session};
use http::StatusCode;

use super::{Office, Visit, Wizards};
use crate::site::keys;

/// What is known of somebody who books.
#[derive(Debug, Default)]
struct Known {
    user: Option<String>,
    rooms: Vec<String>,
}

#[derive(Form, Debug)]
struct Contact {
    email: Email,
}

#[derive(Form, Debug)]
struct Room {
    #[field(choices)]
    room: String,
}

#[derive(Wizard, Debug)]
#[wizard(facts = Known)]
struct Booking {
    #[step(when = is_guest)]
    contact: Option<Contact>,
    #[step(context = with_rooms)]
    room: Room,
}

fn is_guest(so_far: &BookingSoFar) -> bool {
    so_far.facts.user.is_none()
}

fn with_rooms(so_far: &BookingSoFar, context: Context) -> Context {
    let rooms = so_far.facts.rooms.iter();
    context.choices("room", rooms.map(|room| (room.clone(), room.clone())))
}

impl Finish<Office> for Booking {
    async fn done(self, visit: Done<Office>) -> Ending {
        let email = self.contact.map(|contact| contact.email.to_string());
        visit
            .state
            .take(format!("{email:?} {}", self.room.room))
            .await?;
        Ok(Finished::redirect("/booked"))
    }
}

/// Asks the session, the state and a header, and counts how often it was asked.
async fn learn(mut caller: Caller<Office>) -> axum::response::Result<Known> {
    caller.state.tries.fetch_add(1, Ordering::SeqCst);
    if caller.parts.headers.contains_key("x-outage") {
        return Err(StatusCode::BAD_GATEWAY.into());
    }
    let session: Session = caller.extract().await?;
    Ok(Known {
        user: session.user_id(),
        rooms: vec!["blue".into(), "green".into()],
    })
}

fn booking(storage: Storage) -> Wizards {
    Wizards::with::<Booking>(|mount| mount.storage(storage).facts(learn))
}

#[tokio::test]
async fn a_step_for_guests_is_not_asked_of_who_is_signed_in() {
    for storage in [Storage::session(), Storage::cookie()] {
        let wizards = booking(storage);
        let guest = wizards.begin().await;
        let page = guest.send("contact", &[("email", "a@example.com")]).await;
        assert_eq!(guest.step_of(&page), "room");
        wizards.browser().get("/login/ada").await;
        let ada = Visit::begin(wizards.browser(), "/register?new").await;
        let asked = ada.get("contact").await;
        assert_eq!(ada.step_of(&asked), "room");
        let page = ada.send("room", &[("room", "blue")]).await;
        assert_eq!(page.location(), Some("/booked"), "{}", page.text);
        assert_eq!(wizards.office.done(), ["None blue"]);
    }
}

#[tokio::test]
async fn choices_come_from_what_is_known_and_nothing_else_is_taken() {
    let wizards = booking(Storage::session());
    let visit = wizards.begin().await;
    visit.send("contact", &[("email", "a@example.com")]).await;
    let page = visit.get("room").await;
    assert!(page.text.contains("green"), "{}", page.text);
    let page = visit.send("room", &[("room", "red")]).await;
    assert_eq!(page.status, 422);
    let page = visit.send("room", &[("room", "green")]).await;
    assert_eq!(page.location(), Some("/booked"));
}

#[tokio::test]
async fn facts_are_learnt_once_for_each_request() {
    let wizards = booking(Storage::session());
    let visit = wizards.begin().await;
    let before = wizards.office.tries();
    let shown = visit.get("contact").await;
    assert_eq!(wizards.office.tries(), before + 1);
    let sent = [("email", "a@example.com")];
    visit.press_on(&shown, "contact", "continue", &sent).await;
    assert_eq!(wizards.office.tries(), before + 2);
}

#[tokio::test]
async fn what_can_not_be_learnt_is_answered_as_the_application_says_and_loses_nothing() {
    let wizards = booking(Storage::session());
    let visit = wizards.begin().await;
    visit.send("contact", &[("email", "a@example.com")]).await;
    let out = Visit {
        browser: visit.browser.clone().with_header("x-outage", "1"),
        run: visit.run.clone(),
    };
    let page = out.get("room").await;
    assert_eq!(page.status, StatusCode::BAD_GATEWAY);
    assert_eq!(visit.get("room").await.status, 200);
}

#[test]
fn a_trial_may_be_told_facts() {
    let known = Known {
        user: Some("ada".into()),
        rooms: vec!["blue".into()],
    };
    let room = |room: &str| Room { room: room.into() };
    let booking = Booking::test().facts(known).step(room("blue")).finish();
    assert!(booking.unwrap().contact.is_none());
    let nothing_known = Booking::test().step(room("blue")).finish().unwrap_err();
    let text = "no step takes the form `Room` here: the visitor is at step `contact`";
    assert_eq!(nothing_known.to_string(), text);
}

#[test]
fn a_wizard_that_looks_at_facts_is_told_how_to_learn_them_or_does_not_start() {
    let site = Cloakroom::builder(keys())
        .store_in_memory()
        .build()
        .unwrap();
    let mount: Mount<Booking, Office> = Booking::mount();
    let error = mount.router(&site).unwrap_err().to_string();
    assert!(error.contains("wizard.booking.facts"), "{error}");
}
