//! The last page sent twice: the browser never sees the first answer, and the visitor misses nothing of it.
use std::sync::Arc;

use axum::http::StatusCode;
use cloakroom::form::Form;
use cloakroom::testing::{Browser, Call, Page};
use cloakroom::wizard::{Done, Ending, Finish, Finished, Mount, Storage, Wizard};
use tokio::sync::Semaphore;

use super::{Office, Registration, Visit, Wizards};
use crate::site::{memory, settle};

/// How the first answer is lost.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Loss {
    /// The visitor is gone while `done` runs.
    HangsUp,
    /// It was on its way already.
    OnTheWay,
}

const LOSSES: [Loss; 2] = [Loss::HangsUp, Loss::OnTheWay];

/// A site whose `done` waits, and the same in another process.
struct House<W: Finish<Office>> {
    here: Wizards,
    storage: Storage,
    gate: Arc<Semaphore>,
    _wizard: std::marker::PhantomData<W>,
}

impl<W: Finish<Office>> House<W> {
    fn of(storage: Storage) -> Self {
        let (office, gate) = Office::closed();
        let kept = storage.clone();
        let set = |mount: Mount<W, Office>| mount.storage(kept);
        Self {
            here: Wizards::of(office, set, |settings| settings),
            storage,
            gate,
            _wizard: std::marker::PhantomData,
        }
    }

    /// Opens the site in another process, with a copy of the browser.
    fn elsewhere(&self) -> Wizards {
        let storage = self.storage.clone();
        self.here
            .on_another_process_with::<W>(move |mount| mount.storage(storage))
    }

    /// Sends a page whose answer never arrives.
    async fn lose(&self, loss: Loss, sent: &Sent) {
        let other = copy(&sent.visit.browser);
        let (sent, tries) = (sent.on(other), self.here.office.tries());
        let sending = tokio::spawn(async move { sent.send().await });
        settle().await;
        assert_eq!(self.here.office.tries(), tries + 1, "it is being done");
        if loss == Loss::HangsUp {
            sending.abort();
            assert!(sending.await.is_err());
            self.gate.add_permits(1);
            settle().await;
        } else {
            self.gate.add_permits(1);
            sending.await.unwrap();
        }
    }
}

/// A page that is sent more than once.
#[derive(Clone)]
struct Sent {
    visit: Visit,
    shown: Page,
    step: &'static str,
    fields: &'static [(&'static str, &'static str)],
}

impl Sent {
    /// The same from another browser.
    fn on(&self, browser: Browser) -> Self {
        let run = self.visit.run.clone();
        Self {
            visit: Visit { browser, run },
            ..self.clone()
        }
    }

    async fn send(&self) -> Page {
        let visit = &self.visit;
        visit
            .press_on(&self.shown, self.step, "continue", self.fields)
            .await
    }
}

/// A browser with the same cookies, so that what it is answered changes nothing in the first.
fn copy(browser: &Browser) -> Browser {
    let copy = browser.another();
    for name in browser.cookie_names() {
        copy.set_cookie(&name, &browser.cookie(&name).expect("it has a value"));
    }
    copy
}

/// A guest to whom nothing but the last page is left.
async fn at_the_end(house: &House<Registration>) -> Sent {
    let visit = house.here.begin().await;
    Sent {
        shown: visit.up_to_confirm().await,
        visit,
        step: "confirm",
        fields: &[("accept", "on")],
    }
}

fn storages() -> [(&'static str, Storage); 3] {
    [
        ("session", Storage::session()),
        ("cookie", Storage::cookie()),
        ("drafts", Storage::drafts(memory())),
    ]
}

/// Says whether only the process in which a run ended knows that it did.
fn is_forgotten_elsewhere(storage: &str) -> bool {
    storage == "cookie"
}

#[tokio::test]
async fn what_done_kept_for_a_guest_is_there_although_the_first_answer_was_lost() {
    for (name, storage) in storages() {
        for loss in LOSSES {
            for elsewhere in [false, true] {
                if elsewhere && is_forgotten_elsewhere(name) {
                    continue;
                }
                let case = format!("{name}, {loss:?}, elsewhere: {elsewhere}");
                let house = House::<Registration>::of(storage.clone());
                let sent = at_the_end(&house).await;
                house.lose(loss, &sent).await;
                let other = elsewhere.then(|| house.elsewhere());
                let browser = other.as_ref().unwrap_or(&house.here).browser();
                let again = sent.on(browser.clone()).send().await;
                assert_eq!(again.location(), Some("/welcome"), "{case}");
                assert_eq!(browser.get("/get/welcomed").await.text, "true", "{case}");
                assert_eq!(house.here.office.tries(), 1, "{case}");
                assert_eq!(house.here.site.sessions().await, 1, "{case}");
            }
        }
    }
}

#[tokio::test]
async fn who_comes_back_to_the_run_by_a_link_finds_what_done_kept_as_well() {
    for (name, storage) in storages() {
        let house = House::<Registration>::of(storage);
        let sent = at_the_end(&house).await;
        house.lose(Loss::HangsUp, &sent).await;
        let page = sent.visit.get("finished").await;
        assert_eq!(page.location(), Some("/welcome"), "{name}");
        let browser = &sent.visit.browser;
        assert_eq!(browser.get("/get/welcomed").await.text, "true", "{name}");
    }
}

#[derive(Form, Debug)]
struct Entry {
    name: String,
}

/// A wizard whose first page is its last.
#[derive(Wizard, Debug)]
struct Guestbook {
    entry: Entry,
}

impl Finish<Office> for Guestbook {
    async fn done(self, visit: Done<Office>) -> Ending {
        visit.session.set("welcomed", true)?;
        visit.state.take(self.entry.name).await?;
        Ok(Finished::redirect("/welcome"))
    }
}

async fn at_the_guestbook(house: &House<Guestbook>) -> Sent {
    let visit = house.here.begin().await;
    Sent {
        shown: visit.get("entry").await,
        visit,
        step: "entry",
        fields: &[("name", "Ada")],
    }
}

#[tokio::test]
async fn a_wizard_of_one_page_is_done_once_for_a_guest_whom_nobody_has_seen_before() {
    for (name, storage) in storages() {
        for loss in LOSSES {
            for elsewhere in [false, true] {
                if elsewhere && is_forgotten_elsewhere(name) {
                    continue;
                }
                let case = format!("{name}, {loss:?}, elsewhere: {elsewhere}");
                let house = House::<Guestbook>::of(storage.clone());
                let sent = at_the_guestbook(&house).await;
                house.lose(loss, &sent).await;
                let other = elsewhere.then(|| house.elsewhere());
                let browser = other.as_ref().unwrap_or(&house.here).browser();
                let again = sent.on(browser.clone()).send().await;
                assert_eq!(house.here.office.tries(), 1, "{case}: {}", again.text);
                let to = again.location().map(ToOwned::to_owned).expect(&case);
                if to != "/welcome" {
                    let at_run = browser.get(&to).await;
                    assert_eq!(at_run.location(), Some("/welcome"), "{case}");
                }
                assert_eq!(browser.get("/get/welcomed").await.text, "true", "{case}");
            }
        }
    }
}

#[tokio::test]
async fn a_first_page_whose_answer_was_lost_is_taken_in_again() {
    for (name, storage) in storages() {
        let wizards = Wizards::with::<Registration>(|mount| mount.storage(storage));
        let visit = wizards.begin().await;
        let fields = [
            ("name", "Ada"),
            ("email", "ada@example.com"),
            ("kind", "person"),
        ];
        let shown = visit.get("info").await;
        let lost = Visit {
            browser: copy(&visit.browser),
            run: visit.run.clone(),
        };
        let page = lost.press_on(&shown, "info", "continue", &fields).await;
        assert_eq!(visit.step_of(&page), "address", "{name}");
        let page = visit.press_on(&shown, "info", "continue", &fields).await;
        assert_eq!(visit.step_of(&page), "address", "{name}");
        assert_eq!(visit.step_of(&visit.address().await), "confirm", "{name}");
    }
}

/// Says which of the cookies that an answer gives is the session's.
fn session_cookie(page: &Page) -> Option<String> {
    page.set_cookie("__Host-sessionid")
}

#[tokio::test]
async fn who_knows_only_the_address_of_a_run_gets_nothing_of_its_guests() {
    for (name, storage) in storages() {
        let house = House::<Registration>::of(storage);
        let sent = at_the_end(&house).await;
        house.lose(Loss::OnTheWay, &sent).await;
        let strangers = [sent.visit.browser.another(), sent.visit.browser.another()];
        // One has been here before, and so has a token of their own.
        strangers[1].get("/register?new").await;
        Visit::begin(&strangers[1], "/register?new").await;
        for stranger in strangers {
            let sent = sent.on(stranger.clone());
            let page = sent.visit.get("finished").await;
            assert_eq!(session_cookie(&page), None, "{name}: {page:?}");
            assert_ne!(sent.send().await.location(), Some("/welcome"), "{name}");
            assert_eq!(
                stranger.get("/get/welcomed").await.text,
                "nothing",
                "{name}"
            );
        }
    }
}

#[tokio::test]
async fn what_others_saved_while_done_ran_is_kept_beside_what_done_saved() {
    for (name, storage) in storages() {
        let house = House::<Registration>::of(storage);
        let sent = at_the_end(&house).await;
        let browser = sent.visit.browser.clone();
        browser.get("/count/visits").await;
        let sending = tokio::spawn(async move { sent.send().await });
        settle().await;
        browser.get("/count/visits").await;
        house.gate.add_permits(1);
        assert_eq!(
            sending.await.unwrap().location(),
            Some("/welcome"),
            "{name}"
        );
        assert_eq!(browser.get("/get/welcomed").await.text, "true", "{name}");
        assert_eq!(browser.get("/get/visits").await.text, "2", "{name}");
    }
}

#[tokio::test]
async fn a_session_that_can_not_be_saved_after_done_is_told_and_nothing_is_done_again() {
    for (name, storage) in storages() {
        for call in [Call::Save, Call::Create] {
            let house = House::<Registration>::of(storage.clone());
            let sent = at_the_end(&house).await;
            let browser = &sent.visit.browser;
            if call == Call::Save {
                browser.get("/count/visits").await;
            } else if name == "session" {
                continue; // It has begun long before.
            }
            let first = sent.clone();
            let sending = tokio::spawn(async move { first.send().await });
            settle().await;
            house.here.site.faults.fail(call, true);
            house.gate.add_permits(1);
            let page = sending.await.unwrap();
            let case = format!("{name}, {call:?}");
            assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{case}");
            assert_eq!(session_cookie(&page), None, "{case}");
            house.here.site.faults.fail(call, false);
            let again = sent.send().await;
            assert_eq!(again.location(), Some("/welcome"), "{case}");
            assert_eq!(house.here.office.tries(), 1, "{case}");
        }
    }
}

/// A wizard that signs its visitor in.
#[derive(Wizard, Debug)]
struct Account {
    entry: Entry,
    last: Entry,
}

impl Finish<Office> for Account {
    async fn done(self, visit: Done<Office>) -> Ending {
        visit.session.login(&self.entry.name)?;
        visit.session.set("welcomed", true)?;
        visit.state.take(self.last.name).await?;
        Ok(Finished::redirect("/welcome"))
    }
}

async fn at_the_account(house: &House<Account>) -> Sent {
    let visit = house.here.begin().await;
    visit.browser.get("/set/cart/shirt").await;
    visit.send("entry", &[("name", "ada")]).await;
    Sent {
        shown: visit.get("last").await,
        visit,
        step: "last",
        fields: &[("name", "Ada")],
    }
}

#[tokio::test]
async fn a_login_by_done_goes_with_its_answer_and_to_nobody_else() {
    for (name, storage) in storages() {
        for (loss, cart) in [(Loss::HangsUp, "\"shirt\""), (Loss::OnTheWay, "nothing")] {
            for elsewhere in [false, true] {
                if elsewhere && is_forgotten_elsewhere(name) {
                    continue;
                }
                let case = format!("{name}, {loss:?}, elsewhere: {elsewhere}");
                let house = House::<Account>::of(storage.clone());
                let sent = at_the_account(&house).await;
                house.lose(loss, &sent).await;
                let other = elsewhere.then(|| house.elsewhere());
                let browser = other.as_ref().unwrap_or(&house.here).browser();
                let again = sent.on(browser.clone()).send().await;
                assert_eq!(session_cookie(&again), None, "{case}");
                assert_eq!(house.here.office.tries(), 1, "{case}");
                // A token from before the login reads nothing of what came with it, ...
                assert_eq!(browser.get("/who").await.text, "nobody", "{case}");
                assert_eq!(browser.get("/get/welcomed").await.text, "nothing", "{case}");
                // ... and where nobody was there to be signed in, the guest goes on as before.
                assert_eq!(browser.get("/get/cart").await.text, cart, "{case}");
                if loss == Loss::HangsUp {
                    assert_eq!(again.location(), Some("/welcome"), "{case}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_login_by_done_reaches_the_visitor_who_waits() {
    for (name, storage) in storages() {
        let house = House::<Account>::of(storage);
        let sent = at_the_account(&house).await;
        house.gate.add_permits(1);
        assert_eq!(sent.send().await.location(), Some("/welcome"), "{name}");
        let browser = &sent.visit.browser;
        for (at, text) in [
            ("/who", "ada"),
            ("/get/welcomed", "true"),
            ("/get/cart", "\"shirt\""),
        ] {
            assert_eq!(browser.get(at).await.text, text, "{name}");
        }
    }
}
