//! *Save and come back later*: a page that can be loaded again, and a link that changes nothing until its visitor says so.
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::StatusCode;
use cloakroom::store::AnyStore;
use cloakroom::testing::{Browser, Page};
use cloakroom::wizard::{Finish, Mount, Saved, Storage};

use super::{Office, Registration, Visit, Wizards, hidden_inputs};
use crate::site::memory;

const ORIGIN: &str = "https://shop.example";

/// A wizard whose links are heard of.
struct House {
    wizards: Wizards,
    drafts: AnyStore,
    told: Arc<Mutex<Vec<Saved>>>,
}

impl House {
    fn new() -> Self {
        let (drafts, told) = (memory(), Arc::<Mutex<Vec<Saved>>>::default());
        let (storage, hears) = (Storage::drafts(drafts.clone()), told.clone());
        let wizards = Wizards::with::<Registration>(|mount| {
            let week = Duration::from_secs(7 * 86_400);
            let mount = mount.storage(storage).link_lifetime(week).origin(ORIGIN);
            mount.on_save(move |saved| {
                let hears = hears.clone();
                async move {
                    tokio::task::yield_now().await;
                    hears.lock().unwrap().push(saved);
                }
            })
        });
        Self {
            wizards,
            drafts,
            told,
        }
    }

    /// Saves a half-filled step; returns the page and the path of the link.
    async fn save(&self, visit: &Visit) -> (Page, String) {
        let page = visit
            .press("address", "save", &[("street", "half"), ("city", "")])
            .await;
        assert_eq!(page.status, StatusCode::SEE_OTHER);
        let shown = visit.get(&visit.step_of(&page)).await;
        let link = self.told.lock().unwrap().last().unwrap().link.clone();
        let path = link.strip_prefix(ORIGIN).expect("it is whole").to_owned();
        (shown, path)
    }

    /// Another device, in the same run.
    fn device(&self, visit: &Visit) -> Visit {
        Visit {
            browser: self.wizards.browser().another(),
            run: visit.run.clone(),
        }
    }
}

/// Presses the button on the page of a link.
async fn go_on(browser: &Browser, path: &str, page: &Page) -> Page {
    let hidden = hidden_inputs(&page.text);
    let hidden: Vec<_> = hidden
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    browser.post(path, &hidden).await
}

#[tokio::test]
async fn the_page_that_says_all_is_saved_shows_the_link_and_loads_again_without_another() {
    let house = House::new();
    let visit = house.wizards.begin().await;
    visit.info("person").await;
    let (page, path) = house.save(&visit).await;
    for _ in 0..2 {
        let page = visit.get("address?saved").await;
        let shown = format!("<code>{ORIGIN}{path}</code>");
        assert!(page.text.contains(&shown), "{}", page.text);
        assert!(page.text.contains("Your answers are saved"));
    }
    assert_eq!(house.told.lock().unwrap().len(), 1, "reloading makes none");
    let go_on = format!("href=\"{}/address\"", visit.run);
    assert!(page.text.contains(&go_on), "{}", page.text);
    // It is shown to this browser, for some minutes.
    let stranger = house.device(&visit);
    assert_eq!(
        stranger.get("address?saved").await.status,
        StatusCode::NOT_FOUND
    );
    let secret = path.rsplit_once('.').expect("a run and a secret").1;
    for name in visit.browser.cookie_names() {
        let value = visit.browser.cookie(&name).unwrap();
        assert!(!value.contains(secret), "{name} is sealed");
    }
    house.wizards.site.turn(10 * 60 + 1);
    let page = visit.get("address?saved").await;
    assert!(page.text.contains("Your answers are saved"));
    assert!(!page.text.contains("/resume/"), "{}", page.text);
}

#[tokio::test]
async fn who_saves_a_step_that_can_not_be_visited_yet_is_told_at_the_one_that_can() {
    let house = House::new();
    let visit = house.wizards.begin().await;
    visit.info("person").await;
    let shown = visit.get("address").await;
    let fields = [("accept", "on")];
    let page = visit.press_on(&shown, "confirm", "save", &fields).await;
    let led_on = visit.get(&visit.step_of(&page)).await;
    assert_eq!(visit.step_of(&led_on), "address?saved");
    let page = visit.get("address?saved").await;
    assert!(page.text.contains("/register/resume/"), "{}", page.text);
}

#[tokio::test]
async fn who_sends_the_link_hears_who_it_is_for() {
    let house = House::new();
    let visit = house.wizards.begin().await;
    visit.info("person").await;
    house.save(&visit).await;
    let told = house.told.lock().unwrap().pop().unwrap();
    assert_eq!(told.user, None);
    assert_eq!(told.text("info", "email"), "ada@example.com");
    assert_eq!(told.text("address", "street"), "half");
    assert_eq!(told.text("confirm", "accept"), "");
    assert!(!format!("{told:?}").contains(&told.link));
}

#[tokio::test]
async fn looking_at_a_link_changes_nothing_and_its_button_takes_the_run_up() {
    let house = House::new();
    let visit = house.wizards.begin().await;
    visit.info("person").await;
    let (_, path) = house.save(&visit).await;
    let phone = house.device(&visit);
    let mut shown = None;
    // More programs than there may be devices.
    for _ in 0..10 {
        let scanner = house.wizards.browser().another();
        let page = scanner.get(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.contains("Go on with these answers?"));
        assert!(!page.text.contains("half"), "{}", page.text);
        let run = Visit {
            browser: scanner,
            run: visit.run.clone(),
        };
        assert_eq!(run.get("address").await.status, StatusCode::NOT_FOUND);
        shown = Some(phone.browser.get(&path).await);
    }
    let shown = shown.unwrap();
    assert!(!shown.text.contains("answers of your own"));
    let forged = phone.browser.another().post(&path, &[]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    let page = go_on(&phone.browser, &path, &shown).await;
    assert_eq!(page.location(), Some(&*visit.run));
    assert!(phone.get("address").await.text.contains("value=\"half\""));
    assert!(visit.get("address").await.text.contains("value=\"half\""));
    // Who has the run already is led on.
    let again = phone.browser.get(&path).await;
    assert_eq!(again.location(), Some(&*visit.run));
}

#[tokio::test]
async fn who_has_a_run_of_their_own_is_told_and_keeps_it() {
    let house = House::new();
    let visit = house.wizards.begin().await;
    visit.info("person").await;
    let (_, path) = house.save(&visit).await;
    let phone = house.wizards.browser().another();
    let own = Visit::begin(&phone, "/register").await;
    own.info("business").await;
    let page = phone.get(&path).await;
    for shown in ["answers of your own", &format!("href=\"{}\"", own.run)] {
        assert!(page.text.contains(shown), "{shown}: {}", page.text);
    }
    go_on(&phone, &path, &page).await;
    let page = own.get("info").await;
    assert!(page.text.contains("value=\"Ada\""), "{}", page.text);
}

#[tokio::test]
async fn a_link_leads_to_the_draft_on_another_device_until_it_is_over_or_replaced() {
    let house = House::new();
    let visit = house.wizards.begin().await;
    visit.info("person").await;
    let (_, first) = house.save(&visit).await;
    let phone = house.device(&visit);
    let shown = phone.browser.get(&first).await;
    let page = go_on(&phone.browser, &first, &shown).await;
    assert_eq!(page.location(), Some(&*visit.run));
    // Another link takes the place of the first.
    let (_, second) = house.save(&visit).await;
    let tablet = house.wizards.browser().another();
    let shown = tablet.get(&second).await;
    let wrong = [
        first.clone(),
        format!("{second}x"),
        second[..second.len() - 2].to_owned(),
        "/register/resume/x.y".into(),
        "/register/resume/x".into(),
    ];
    for link in wrong {
        assert_eq!(
            tablet.get(&link).await.status,
            StatusCode::NOT_FOUND,
            "{link}"
        );
        let sent = go_on(&tablet, &link, &shown).await;
        assert_eq!(sent.status, StatusCode::NOT_FOUND, "{link}");
    }
    house.wizards.site.turn(7 * 86_400 + 1);
    assert_eq!(tablet.get(&second).await.status, StatusCode::NOT_FOUND);
    // Who came by the link stays in.
    assert_eq!(phone.step_of(&phone.address().await), "confirm");
    let live = house.drafts.count(house.wizards.site.clock.now()).await;
    assert_eq!(live.unwrap().live, 1);
}

#[tokio::test]
async fn the_link_of_a_run_that_has_ended_leads_its_owner_to_the_end_and_others_nowhere() {
    let house = House::new();
    let visit = house.wizards.begin().await;
    visit.info("person").await;
    let (_, path) = house.save(&visit).await;
    let phone = house.device(&visit);
    let asked = phone.browser.get(&path).await;
    visit.address().await;
    assert_eq!(visit.confirm().await.location(), Some("/welcome"));
    let own = visit.browser.get(&path).await;
    assert_eq!(own.location(), Some(&*visit.run));
    assert_eq!(visit.get("").await.location(), Some("/welcome"));
    let seen = phone.browser.get(&path).await;
    let sent = go_on(&phone.browser, &path, &asked).await;
    for page in [seen, sent] {
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        assert!(page.text.contains("href=\"/register\""), "{}", page.text);
    }
    assert_eq!(phone.get("finished").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_origin_that_is_none_is_told_before_the_site_starts() {
    let cloakroom = cloakroom::Cloakroom::builder(crate::site::keys())
        .store_in_memory()
        .sweep_every(None)
        .build()
        .unwrap();
    let mount = || -> Mount<Registration, Office> { Registration::mount() };
    for origin in [
        "shop.example",
        "https://",
        "https://shop.example/",
        "ftp://x",
        "https://a b",
    ] {
        let error = mount().origin(origin).router(&cloakroom).unwrap_err();
        let error = error.to_string();
        assert!(error.starts_with("wizard.registration.origin: "), "{error}");
        assert!(!error.contains("a b"), "{error}");
    }
    for origin in [
        "https://shop.example",
        "http://localhost:8000",
        "https://[::1]:443",
    ] {
        assert!(
            mount().origin(origin).router(&cloakroom).is_ok(),
            "{origin}"
        );
    }
}
