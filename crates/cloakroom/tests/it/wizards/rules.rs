//! The rules of a wizard, without HTTP.
use std::sync::Arc;

use cloakroom::form::{Answers, Fields, Form, Received, Schema};
use cloakroom::wizard::flow::{Fate, Press};
use cloakroom::wizard::{Draft, Ended, Plan, Posted, RunId, Safe, Standing, Survey, Wizard};

use super::{Address, Company, Confirmation, Info, Kind, Registration};
use crate::site::{START, keys};

fn info(kind: Kind) -> Info {
    Info {
        name: "Ada".into(),
        email: "ada@example.com".parse().unwrap(),
        kind,
    }
}

fn address() -> Address {
    Address {
        street: "1 Main St".into(),
        city: "London".into(),
    }
}

fn company() -> Company {
    Company {
        name: "Ada Ltd".into(),
        vat: "GB1".into(),
    }
}

fn confirmation() -> Confirmation {
    Confirmation { accept: true }
}

#[test]
fn a_wizard_is_tried_out_without_http() {
    let person = Registration::test()
        .step(info(Kind::Person))
        .step(address())
        .step(confirmation())
        .finish()
        .unwrap();
    assert_eq!(person.info.name, "Ada");
    assert!(person.company.is_none());
    let business = Registration::test()
        .step(info(Kind::Business))
        .step(address())
        .step(company())
        .step(confirmation())
        .finish()
        .unwrap();
    assert_eq!(business.company.unwrap().vat, "GB1");
}

#[test]
fn a_trial_says_what_is_wrong_missing_or_not_to_be_visited() {
    let skipped = Registration::test()
        .step(info(Kind::Business))
        .step(address())
        .step(confirmation())
        .finish()
        .unwrap_err();
    let at = "company";
    let form = "Confirmation";
    assert_eq!(skipped, Ended::NoSuchStep { form, at });
    let missing = Registration::test().step(info(Kind::Person)).finish();
    assert_eq!(missing.unwrap_err(), Ended::Missing { step: "address" });
    let nothing = Registration::test().finish().unwrap_err();
    assert_eq!(nothing.to_string(), "step `info` has not been filled in");
    let wrong = Registration::test()
        .step(info(Kind::Person))
        .step(Address {
            street: String::new(),
            city: "London".into(),
        })
        .finish();
    let text = wrong.unwrap_err().to_string();
    assert_eq!(text, "step `address`: field `street`: required");
}

#[derive(Form, Debug)]
struct Guest {
    name: String,
}

#[derive(Form, Debug)]
struct Account {
    login: String,
    #[field(secret)]
    password: String,
}

#[derive(Form, Debug)]
struct Pin {
    #[field(sealed)]
    pin: String,
}

#[derive(Wizard, Debug)]
#[expect(dead_code, reason = "only its steps matter")]
#[wizard(order = free, title = "A party", name = "party")]
struct Party {
    #[step(min = 1, max = 3)]
    guests: Vec<Guest>,
    account: Account,
    #[step(name = "your-pin", was = "code")]
    pin: Pin,
}

#[test]
fn a_repeated_step_takes_its_form_several_times() {
    let guest = |name: &str| Guest { name: name.into() };
    let party = Party::test()
        .steps([guest("Ada"), guest("Grace")])
        .step(Account {
            login: "ada".into(),
            password: "hunter2".into(),
        })
        .step(Pin { pin: "1234".into() })
        .finish();
    // A password is not kept, so it is asked for once more at the end.
    assert_eq!(party.unwrap_err(), Ended::Missing { step: "account" });
    let many = Party::test().steps((0..4).map(|_| guest("Ada"))).finish();
    assert_eq!(
        many.unwrap_err().to_string(),
        "step `guests`: too_many_forms"
    );
}

fn run() -> (RunId, Safe) {
    let run = RunId::generate();
    let until = START.plus(std::time::Duration::from_secs(60));
    (run, Safe::new(keys(), "party", run, START, until))
}

fn posted(place: usize, fields: &[(&str, &str)], revision: Option<u32>) -> Posted {
    let mut received = Received::new();
    for (name, text) in fields {
        received.add_text(*name, *text);
    }
    Posted {
        place,
        received,
        revision,
        aside: None,
        seen: None,
        press: Press::Continue,
    }
}

fn receive<W: Wizard>(draft: &mut Draft, posted: &Posted, safe: &Safe) -> (Survey<W>, Fate) {
    let (survey, receipt) = Survey::receive(W::plan(), draft, posted, &Arc::default(), safe);
    (survey, receipt.fate)
}

#[test]
fn what_is_secret_is_never_kept_and_what_is_sealed_can_not_be_read() {
    let (run, safe) = run();
    let mut draft = Draft::new("party", 1, run, START);
    let account = [("account-login", "ada"), ("account-password", "hunter2")];
    let (survey, _) = receive::<Party>(&mut draft, &posted(1, &account, None), &safe);
    assert_eq!(survey.standings[1], Standing::Complete);
    assert_eq!(survey.so_far.account.unwrap().password, "hunter2");
    let pin = [
        ("your-pin-pin", "1234"),
        ("undeclared", "x"),
        ("your-pin-x", "y"),
    ];
    let (survey, _) = receive::<Party>(&mut draft, &posted(2, &pin, None), &safe);
    assert_eq!(survey.standings[1], Standing::AskAgain);
    assert_eq!(survey.standings[2], Standing::Complete);
    let json = serde_json::to_string(&draft).unwrap();
    for hidden in ["hunter2", "1234", "undeclared", "\"y\"", "csrf"] {
        assert!(!json.contains(hidden), "{json}");
    }
    // A blank answer keeps the sealed one, as it is never shown again.
    let again = posted(2, &[("your-pin-pin", "")], Some(1));
    let (survey, fate) = receive::<Party>(&mut draft, &again, &safe);
    assert_eq!(fate, Fate::Same);
    assert_eq!(survey.so_far.pin.unwrap().pin, "1234");
    let elsewhere = Safe::new(keys(), "party", RunId::generate(), START, START);
    assert_eq!(
        draft.answers("your-pin", &elsewhere).unwrap()[0],
        Answers::new()
    );
}

#[test]
fn a_sealed_answer_of_a_stale_page_is_kept_for_the_page_that_shows_both() {
    let (run, safe) = run();
    let mut draft = Draft::new("party", 1, run, START);
    let pin = |pin: &str, revision| posted(2, &[("your-pin-pin", pin)], revision);
    receive::<Party>(&mut draft, &pin("1234", None), &safe);
    let (_, receipt) = Survey::<Party>::receive(
        Party::plan(),
        &mut draft,
        &pin("99", Some(0)),
        &Arc::default(),
        &safe,
    );
    assert_eq!((receipt.fate, receipt.aside), (Fate::Conflict, Some(1)));
    assert!(!serde_json::to_string(&draft).unwrap().contains("99\""));
    let mut taken = pin("", Some(1));
    taken.aside = receipt.aside;
    let (survey, fate) = receive::<Party>(&mut draft, &taken, &safe);
    assert_eq!(fate, Fate::Stored);
    assert_eq!(survey.so_far.pin.unwrap().pin, "99");
    // What was put aside is gone now.
    let (_, fate) = receive::<Party>(&mut draft, &taken, &safe);
    assert_eq!(fate, Fate::Conflict);
    // So may the whole draft be, and then there is nothing to choose from.
    let mut anew = Draft::new("party", 1, run, START);
    let (_, fate) = receive::<Party>(&mut anew, &taken, &safe);
    assert_eq!(fate, Fate::Stored);
}

#[test]
fn a_deploy_that_renames_a_step_or_drops_a_field_strands_nobody() {
    let (run, safe) = run();
    let mut draft = Draft::new("party", 1, run, START);
    static OLD: Schema = Schema::new("Pin", &[]);
    let mut old = Answers::new();
    old.add_text("pin", "1234");
    old.add_text("hint", "my birthday");
    draft.store("code", &OLD, vec![old], &safe);
    Party::plan().settle(&mut draft);
    let kept = draft.answers("your-pin", &safe).unwrap();
    assert_eq!(kept[0].text("pin"), "1234");
    let pin = posted(2, &[("your-pin-pin", "99")], Some(1));
    receive::<Party>(&mut draft, &pin, &safe);
    let kept = draft.answers("your-pin", &safe).unwrap();
    assert_eq!(kept[0].text("pin"), "99");
    assert_eq!(kept[0].text("hint"), "my birthday");
}

#[derive(Wizard, Debug)]
#[expect(dead_code, reason = "only its steps matter")]
#[wizard(version = 3, migrate = split_names)]
struct Versioned {
    guest: Guest,
}

fn split_names(from: u32, draft: &mut Draft) {
    if from < 3
        && let Some(step) = draft.step_mut("guest")
    {
        for answers in step.answers_mut() {
            let name = answers.text("name").to_uppercase();
            answers.remove("name");
            answers.add_text("name", name);
        }
    }
}

#[test]
fn drafts_of_an_older_version_are_brought_into_todays_shape_once() {
    let (run, safe) = run();
    let mut draft = Draft::new("versioned", 1, run, START);
    let mut answers = Answers::new();
    answers.add_text("name", "ada");
    let plan: &Plan<Versioned> = Versioned::plan();
    draft.store("guest", <Guest as Fields>::schema(), vec![answers], &safe);
    plan.settle(&mut draft);
    assert_eq!(draft.version(), 3);
    assert_eq!(
        draft.answers("guest", &safe).unwrap()[0].text("name"),
        "ADA"
    );
    draft.step_mut("guest").unwrap().answers_mut()[0].add_text("name", "later");
    plan.settle(&mut draft);
    assert_eq!(
        draft.answers("guest", &safe).unwrap()[0].text("name"),
        "later"
    );
}
