//! Whose run it is, and who is told how it ended: two visitors at one address, two nodes, two languages.
use axum::Router;
use cloakroom::form::Form;
use cloakroom::testing::{Browser, Page};
use cloakroom::wizard::{Done, Ending, Finish, Finished, Mount, Storage, Wizard};

use super::{Office, Visit, Wizards};
use crate::site::{Site, memory, routes, settle};

#[derive(Form, Debug)]
struct Person {
    name: String,
}

#[derive(Form, Debug)]
struct Sure {
    sure: bool,
}

/// A wizard that says by its confirmation whose it was.
#[derive(Wizard, Debug)]
struct Membership {
    person: Person,
    #[expect(dead_code, reason = "it is only asked for")]
    last: Sure,
}

impl Finish<Office> for Membership {
    async fn done(self, visit: Done<Office>) -> Ending {
        let name = self.person.name;
        visit.state.take(format!("{name} {}", visit.run)).await?;
        Ok(Finished::confirmation(format!("Welcome, {name}")))
    }
}

fn without_store() -> [(&'static str, Storage); 2] {
    [
        ("session", Storage::session()),
        ("cookie", Storage::cookie()),
    ]
}

fn with(storage: &Storage) -> impl Fn(Mount<Membership, Office>) -> Mount<Membership, Office> {
    let storage = storage.clone();
    move |mount| mount.storage(storage.clone())
}

/// The same address in another browser.
fn copied(visit: &Visit) -> Visit {
    Visit {
        browser: visit.browser.another(),
        run: visit.run.clone(),
    }
}

async fn person(visit: &Visit, name: &str) -> Page {
    visit.send("person", &[("name", name)]).await
}

async fn last(visit: &Visit) -> Page {
    visit.send("last", &[("sure", "on")]).await
}

#[tokio::test]
async fn two_visitors_at_one_address_both_end_and_each_sees_their_own_end() {
    for (name, storage) in without_store() {
        let wizards = Wizards::with(with(&storage));
        let anna = wizards.begin().await;
        let bert = copied(&anna);
        assert_eq!(anna.step_of(&person(&anna, "Anna").await), "last", "{name}");
        let first = bert.get("person").await;
        assert!(!first.text.contains("Anna"), "{name}: {}", first.text);
        assert_eq!(bert.step_of(&person(&bert, "Bert").await), "last", "{name}");
        for visit in [&anna, &bert] {
            assert_eq!(visit.step_of(&last(visit).await), "finished", "{name}");
        }
        for (visit, said) in [(&anna, "Welcome, Anna"), (&bert, "Welcome, Bert")] {
            let page = visit.get("finished").await;
            assert!(page.text.contains(said), "{name}: {}", page.text);
        }
        let done = wizards.office.done();
        let keys: Vec<_> = done
            .iter()
            .map(|done| done.split_once(' ').unwrap())
            .collect();
        assert_eq!([keys[0].0, keys[1].0], ["Anna", "Bert"], "{name}");
        assert_ne!(keys[0].1, keys[1].1, "{name}: two runs, two keys");
    }
}

#[tokio::test]
async fn who_only_knows_the_address_of_an_ended_run_begins_there_and_loses_nothing() {
    for (name, storage) in without_store() {
        let wizards = Wizards::with(with(&storage));
        let anna = wizards.begin().await;
        person(&anna, "Anna").await;
        last(&anna).await;
        let bert = copied(&anna);
        for step in ["finished", "person", "last", ""] {
            let page = bert.get(step).await;
            assert!(!page.text.contains("Anna"), "{name} {step}: {}", page.text);
        }
        // What is posted there first is kept, and is the beginning of a run of their own.
        let page = person(&bert, "Bert").await;
        assert_eq!(bert.step_of(&page), "last", "{name}");
        assert!(bert.get("person").await.text.contains("value=\"Bert\""));
        assert_eq!(bert.step_of(&last(&bert).await), "finished", "{name}");
        let page = bert.get("finished").await;
        assert!(page.text.contains("Welcome, Bert"), "{name}: {}", page.text);
        assert_eq!(wizards.office.tries(), 2, "{name}");
        let page = anna.get("finished").await;
        assert!(page.text.contains("Welcome, Anna"), "{name}: {}", page.text);
    }
}

#[tokio::test]
async fn two_who_send_the_last_page_of_one_address_at_once_are_both_done() {
    for (name, storage) in without_store() {
        let (office, gate) = Office::closed();
        let wizards = Wizards::of(office, with(&storage), |settings| settings);
        let anna = wizards.begin().await;
        let bert = copied(&anna);
        person(&anna, "Anna").await;
        person(&bert, "Bert").await;
        let send = |visit: &Visit| {
            let visit = visit.clone();
            tokio::spawn(async move { last(&visit).await })
        };
        let sent = [send(&anna), send(&bert)];
        settle().await;
        gate.add_permits(2);
        for sent in sent {
            assert_eq!(anna.step_of(&sent.await.unwrap()), "finished", "{name}");
        }
        for (visit, said) in [(&anna, "Welcome, Anna"), (&bert, "Welcome, Bert")] {
            let page = visit.get("finished").await;
            assert!(page.text.contains(said), "{name}: {}", page.text);
        }
    }
}

fn draft_cookies(browser: &Browser) -> Vec<String> {
    let names = browser.cookie_names().into_iter();
    names
        .filter(|name| name.contains("wizard-membership-"))
        .collect()
}

#[tokio::test]
async fn every_process_that_has_the_keys_knows_how_a_run_in_a_cookie_ended() {
    let storage = Storage::cookie();
    let wizards = Wizards::with(with(&storage));
    let visit = wizards.begin().await;
    person(&visit, "Anna").await;
    let shown = visit.get("last").await;
    let page = last(&visit).await;
    assert_eq!(visit.step_of(&page), "finished");
    let [cookie] = &draft_cookies(&visit.browser)[..] else {
        panic!("{:?}", visit.browser.cookie_names());
    };
    let value = visit.browser.cookie(cookie).unwrap();
    assert!(value.len() < 600, "{}", value.len());
    // Another node, or this one after a restart.
    let other = wizards.on_another_process_with(with(&storage));
    let elsewhere = other.visit(&visit);
    for _ in 0..2 {
        let page = elsewhere.get("finished").await;
        assert!(page.text.contains("Welcome, Anna"), "{}", page.text);
    }
    let fields = [("sure", "on")];
    let again = elsewhere
        .press_on(&shown, "last", "continue", &fields)
        .await;
    assert_eq!(visit.step_of(&again), "finished", "the page sent twice");
    let old_tab = person(&elsewhere, "Eve").await;
    assert_eq!(visit.step_of(&old_tab), "finished");
    assert_eq!(wizards.office.tries(), 1);
    let next = elsewhere.browser.get("/register").await;
    assert!(!next.location().unwrap().starts_with(&visit.run));
    // It is not there for long.
    wizards.site.turn(60 * 60 + 1);
    let page = elsewhere.get("finished").await;
    assert_eq!(visit.step_of(&page), "person");
}

/// A wizard whose confirmation is too long for a cookie.
#[derive(Wizard, Debug)]
struct Wordy {
    last: Sure,
}

impl Finish<Office> for Wordy {
    async fn done(self, visit: Done<Office>) -> Ending {
        visit.state.take(self.last.sure.to_string()).await?;
        Ok(Finished::confirmation("Thank you. ".repeat(400)))
    }
}

#[tokio::test]
async fn a_confirmation_too_long_for_a_cookie_is_there_elsewhere_without_its_text() {
    let set = |mount: Mount<Wordy, Office>| mount.storage(Storage::cookie());
    let wizards = Wizards::with(set);
    let visit = wizards.begin().await;
    let page = last(&visit).await;
    assert_eq!(visit.step_of(&page), "finished");
    let here = visit.get("finished").await;
    let other = wizards.on_another_process_with(set);
    let elsewhere = other.visit(&visit).get("finished").await;
    for page in [&here, &elsewhere] {
        assert!(page.text.contains("<h1>Done</h1>"), "{}", page.text);
    }
    assert!(!elsewhere.text.contains("Thank you"), "{}", elsewhere.text);
    assert_eq!(wizards.office.tries(), 1);
}

#[tokio::test]
async fn what_has_ended_does_so_once_however_often_the_wizard_is_mounted() {
    let office = Office::default();
    let mounted = office.clone();
    let site = Site::mounting(
        memory(),
        move |cloakroom| {
            let mount = || Membership::mount().storage(Storage::cookie());
            let pages = || mount().router(cloakroom).expect("the wizard is sound");
            let both = Router::new().nest("/en", pages()).nest("/de", pages());
            routes().merge(both.with_state(mounted))
        },
        |settings| settings,
    );
    let english = Visit::begin(&site.browser, "/en").await;
    person(&english, "Anna").await;
    let name = draft_cookies(&site.browser).remove(0);
    let copy = site.browser.cookie(&name).unwrap();
    last(&english).await;
    let german = Visit {
        browser: site.browser.clone(),
        run: english.run.replace("/en/", "/de/"),
    };
    let before = site.browser.cookie(&name).unwrap();
    for cookie in [&copy, &before] {
        site.browser.set_cookie(&name, cookie);
        let page = last(&german).await;
        let end = format!("{}/finished", english.run);
        assert_eq!(page.location(), Some(&*end));
    }
    assert_eq!(office.tries(), 1);
}
