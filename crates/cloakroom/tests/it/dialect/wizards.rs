//! Wizards that django-formtools keeps as well, in the session and in its cookie.
mod ends;

use axum::Router;
use cloakroom::Cloakroom;
use cloakroom::django::cookie::{Morsel, SaltStyle, wsgi_text};
use cloakroom::django::signing::Keys;
use cloakroom::django::{Moment, Value, json, wizard};
use cloakroom::form::Form;
use cloakroom::testing::Page;
use cloakroom::wizard::{Done, Ending, Finish, Finished, Storage, Wizard};
use http::StatusCode;

use super::{KEY, START, Side, THEIRS};
use crate::site::Site;
use crate::wizards::{Mishap, Office, Registration, Wizards, hidden_inputs};

/// What formtools keeps once its first step was sent, with steps and values that only Django knows.
const BEGUN: &str = r#"{"cart":[1],"wizard_registration":{"step":"address","step_data":{"info":{"csrfmiddlewaretoken":["t"],"registration-current_step":["info"],"info-name":["Zo\u00eb"],"info-email":["zoe@example.com"],"info-kind":["person"]},"newsletter":{"newsletter-weekly":["on"]}},"step_files":{"info":{}},"extra_data":{"campaign":NaN}},"wizard_other":{"step":null}}"#;

/// A site beside a Django site with a wizard that both of them have.
struct Both {
    side: Side,
    office: Office,
}

impl Both {
    async fn keeping(storage: Storage) -> Self {
        Self::with(storage, Office::default()).await
    }

    async fn with(storage: Storage, office: Office) -> Self {
        let state = office.clone();
        let mount = move |cloakroom: &Cloakroom| {
            let mount = Registration::mount().storage(storage.formtools("registration"));
            let pages = mount.router(cloakroom).expect("the wizard is sound");
            Router::new().nest("/register", pages).with_state(state)
        };
        let side = Side::mounting(mount, |settings| settings).await;
        Self { side, office }
    }

    /// Follows redirects to a page.
    async fn open(&self, path: &str) -> (String, Page) {
        let (mut at, mut page) = (path.to_owned(), self.side.browser.get(path).await);
        while let Some(to) = page.location() {
            at = to.to_owned();
            page = self.side.browser.get(&at).await;
        }
        (at, page)
    }

    /// Fills in the step that a page shows.
    async fn send(&self, (at, page): &(String, Page), fields: &[(&str, &str)]) -> Page {
        let (_, step) = at.rsplit_once('/').expect("a step");
        let step = step.split('?').next().unwrap_or_default();
        let typed = fields
            .iter()
            .map(|(name, value)| (format!("{step}-{name}"), (*value).to_owned()));
        let all: Vec<_> = hidden_inputs(&page.text).into_iter().chain(typed).collect();
        let all: Vec<_> = all
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        self.side
            .browser
            .post(at.split('?').next().unwrap_or(at), &all)
            .await
    }

    /// Goes to where the wizard goes on, and fills that step in.
    async fn go_on(&self, step: &str, fields: &[(&str, &str)]) -> Page {
        let shown = self.open("/register").await;
        assert!(shown.0.ends_with(&format!("/{step}")), "{}", shown.0);
        self.send(&shown, fields).await
    }

    async fn address(&self) -> Page {
        self.go_on("address", &[("street", "1 Main St"), ("city", "London")])
            .await
    }

    async fn confirm(&self) -> Page {
        self.go_on("confirm", &[("accept", "on")]).await
    }

    /// Returns what formtools finds in the session.
    fn state(&self) -> Value {
        let session = json::parse(&self.side.session()).expect("it is JSON");
        session
            .get("wizard_registration")
            .cloned()
            .expect("there is a wizard")
    }

    /// Returns what formtools finds in its cookie.
    fn cookie(&self) -> Value {
        let value = self
            .side
            .browser
            .cookie("wizard_registration")
            .expect("there is a cookie");
        let header = format!("wizard_registration={value}");
        let (_, value) = cloakroom::django::cookie::parse(&wsgi_text(header.as_bytes())).remove(0);
        let state =
            wizard::from_cookie(&Keys::new(KEY), "registration", &value, SaltStyle::Counted);
        state.expect("formtools reads it")
    }

    /// Gives the browser a cookie as formtools sets it.
    fn begin_in_cookie(&self, state: &str) {
        let state = json::parse(state).expect("it is JSON");
        let now = Moment::from_micros(START as i64 * 1_000_000);
        let value = wizard::to_cookie(
            &Keys::new(KEY),
            "registration",
            &state,
            now,
            SaltStyle::Counted,
        );
        let mut morsel = Morsel::new("wizard_registration").expect("the name is legal");
        let set = morsel.set(&value.expect("it is signed"), &Default::default(), now);
        set.expect("it is a cookie");
        let header = morsel.to_string();
        let (_, value) = header.split_once('=').expect("a value");
        let value = value.rsplit_once("; Path").expect("a path").0;
        self.side.browser.set_cookie("wizard_registration", value);
    }
}

fn wizard_of(session: &str) -> String {
    let session = json::parse(session).expect("it is JSON");
    json::to_string(session.get("wizard_registration").expect("there is one")).expect("it is JSON")
}

fn texts(state: &Value, step: &str) -> String {
    let steps = state.get("step_data").expect("formtools has steps");
    json::to_string(steps.get(step).unwrap_or(&Value::None)).expect("it is JSON")
}

/// What formtools finds of a wizard that nobody has begun.
const BLANK: &str = r#"{"step":null,"step_data":{},"step_files":{},"extra_data":{}"#;

#[tokio::test]
async fn a_wizard_begun_in_django_ends_here_and_leaves_the_rest_of_the_session_alone() {
    let both = Both::keeping(Storage::session()).await;
    both.side.begin(BEGUN);
    let (_, info) = both.open("/register/info").await;
    assert!(info.text.contains("value=\"Zoë\""), "{}", info.text);
    assert_eq!(both.side.session(), BEGUN);
    both.address().await;
    let state = both.state();
    let newsletter = r#"{"newsletter-weekly":["on"]}"#;
    assert_eq!(texts(&state, "newsletter"), newsletter);
    assert!(
        both.side
            .session()
            .contains(r#""extra_data":{"campaign":NaN}"#)
    );
    assert_eq!(state.get("step").and_then(Value::as_str), Some("confirm"));
    assert_eq!(both.confirm().await.location(), Some("/welcome"));
    assert_eq!(both.office.done(), ["Zoë London"]);
    let session = both.side.session();
    assert!(session.starts_with(r#"{"cart":[1],"wizard_registration":{"step":null,"step_data":{},"step_files":{},"extra_data":{}"#), "{session}");
    assert!(session.contains(r#""wizard_other":{"step":null}"#));
}

#[tokio::test]
async fn a_wizard_begun_here_stands_in_the_session_as_formtools_keeps_it() {
    let both = Both::keeping(Storage::session()).await;
    let fields = [
        ("name", "Zoë"),
        ("email", "zoe@example.com"),
        ("kind", "business"),
    ];
    both.go_on("info", &fields).await;
    let session = both.side.session();
    let state = r#""wizard_registration":{"step":"address","step_data":{"info":{"registration-current_step":["info"],"info-email":["zoe@example.com"],"info-kind":["business"],"info-name":["Zo\u00eb"]}},"step_files":{"info":{}},"extra_data":{},"#;
    assert!(session.contains(state), "{session}");
    // Formtools takes in the next two steps.
    let filled = session.replace(
        r#"},"step_files""#,
        r#","address":{"registration-current_step":["address"],"address-street":["1 Main St"],"address-city":["London"]},"company":{"company-name":["Hangers"],"company-vat":["DK1"]}},"step_files""#,
    );
    let key = both.side.browser.cookie("sessionid").expect("a session");
    both.side.write(&key, &filled);
    assert_eq!(both.confirm().await.location(), Some("/welcome"));
    assert_eq!(both.office.done(), ["Zoë London Hangers"]);
}

#[tokio::test]
async fn what_django_took_in_wrong_or_not_at_all_is_asked_for_before_the_end() {
    let both = Both::keeping(Storage::session()).await;
    let by_hand = r#"{"wizard_registration":{"step":"confirm","step_data":{"info":{"info-name":["Zoe"],"info-email":["no address"],"info-kind":["person"]},"confirm":{"confirm-accept":["on"]}},"step_files":{},"extra_data":{}}}"#;
    both.side.begin(by_hand);
    let (at, page) = both.open("/register").await;
    assert!(at.ends_with("/info"), "{at}");
    assert!(page.text.contains("no address"));
    let fields = [
        ("name", "Zoe"),
        ("email", "zoe@example.com"),
        ("kind", "person"),
    ];
    both.go_on("info", &fields).await;
    both.address().await;
    assert_eq!(both.confirm().await.location(), Some("/welcome"));
    assert_eq!(both.office.done(), ["Zoe London"]);
}

#[tokio::test]
async fn a_page_older_than_what_django_took_in_overwrites_nothing() {
    let both = Both::keeping(Storage::session()).await;
    both.side.begin(BEGUN);
    let stale = both.open("/register/info").await;
    both.side.write(THEIRS, &BEGUN.replace("zoe@", "z@"));
    let fields = [
        ("name", "Zoe"),
        ("email", "other@example.com"),
        ("kind", "person"),
    ];
    let page = both.send(&stale, &fields).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    assert!(texts(&both.state(), "info").contains("z@example.com"));
}

#[tokio::test]
async fn while_done_runs_django_finds_nothing_that_it_could_end_and_of_many_submits_one_is_done() {
    let (office, gate) = Office::closed();
    let both = Both::with(Storage::session(), office).await;
    both.side.begin(BEGUN);
    both.address().await;
    let shown = both.open("/register").await;
    let first = both.send(&shown, &[("accept", "on")]);
    let look = async {
        while both.office.tries() == 0 {
            tokio::task::yield_now().await;
        }
        let state = wizard_of(&both.side.session());
        gate.add_permits(1);
        state
    };
    let (first, state) = tokio::join!(first, look);
    assert_eq!(first.location(), Some("/welcome"));
    assert!(state.starts_with(BLANK), "{state}");
    let again = both.send(&shown, &[("accept", "on")]).await;
    assert_eq!(again.location(), Some("/welcome"));
    assert_eq!(both.office.tries(), 1);
}

#[tokio::test]
async fn what_could_not_be_done_goes_on_on_either_side() {
    let both = Both::keeping(Storage::session()).await;
    both.side.begin(BEGUN);
    both.address().await;
    let before = texts(&both.state(), "address");
    both.office.next_time(Mishap::TryAgain);
    assert_eq!(both.confirm().await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(texts(&both.state(), "address"), before);
    assert_eq!(
        texts(&both.state(), "newsletter"),
        r#"{"newsletter-weekly":["on"]}"#
    );
    assert!(
        both.side
            .session()
            .contains(r#""extra_data":{"campaign":NaN}"#)
    );
    assert_eq!(both.confirm().await.location(), Some("/welcome"));
}

#[tokio::test]
async fn a_run_that_django_begins_afterwards_is_another_one() {
    let both = Both::keeping(Storage::session()).await;
    both.side.begin(BEGUN);
    both.address().await;
    let shown = both.open("/register").await;
    both.send(&shown, &[("accept", "on")]).await;
    let begun = wizard_of(BEGUN).replace("\"t\"", "\"u\"");
    let session = format!(r#"{{"wizard_registration":{begun}}}"#);
    both.side.write(THEIRS, &session);
    assert_eq!(
        both.open("/register").await.0.rsplit('/').next(),
        Some("address")
    );
    assert_eq!(
        both.send(&shown, &[("accept", "on")]).await.location(),
        Some("/welcome")
    );
    assert_eq!(both.side.session(), session);
    assert_eq!(both.office.tries(), 1);
}

#[tokio::test]
async fn a_form_of_djangos_page_is_taken_in_at_its_own_address() {
    let both = Both::keeping(Storage::session()).await;
    both.side.begin(BEGUN);
    let (_, page) = both.open("/register/address").await;
    let token = hidden_inputs(&page.text)
        .into_iter()
        .find(|(name, _)| name == "csrfmiddlewaretoken");
    let token = token.expect("a token").1;
    let fields = [
        ("csrfmiddlewaretoken", &*token),
        ("registration-current_step", "address"),
        ("address-street", "1 Main St"),
        ("address-city", "London"),
    ];
    let sent = both.side.browser.post("/register/address", &fields).await;
    assert!(sent.location().expect("it went on").ends_with("/confirm"));
    let back = [
        ("csrfmiddlewaretoken", &*token),
        ("wizard_goto_step", "info"),
    ];
    let sent = both.side.browser.post("/register/confirm", &back).await;
    assert!(sent.location().expect("it went back").ends_with("/info"));
    let done = both.side.browser.get("/register/done").await;
    assert_eq!(done.location(), Some("/register"));
    assert_eq!(both.office.tries(), 0);
}

#[tokio::test]
async fn a_cookie_begun_in_django_ends_here_and_an_old_copy_of_it_ends_nothing_again() {
    let both = Both::keeping(Storage::cookie()).await;
    both.begin_in_cookie(&wizard_of(BEGUN).replace("NaN", "1"));
    let theirs = both.side.browser.cookie("wizard_registration").unwrap();
    both.address().await;
    let state = both.cookie();
    assert_eq!(
        texts(&state, "newsletter"),
        r#"{"newsletter-weekly":["on"]}"#
    );
    assert!(texts(&state, "address").contains(r#""address-city":["London"]"#));
    let shown = both.open("/register").await;
    let ours = both.side.browser.cookie("wizard_registration").unwrap();
    assert_eq!(
        both.send(&shown, &[("accept", "on")]).await.location(),
        Some("/welcome")
    );
    assert_eq!(both.side.browser.cookie("wizard_registration"), None);
    both.side.browser.set_cookie("wizard_registration", &ours);
    assert_eq!(
        both.send(&shown, &[("accept", "on")]).await.location(),
        Some("/welcome")
    );
    assert_eq!(both.office.done(), ["Zoë London"]);
    // A copy from before this side had written anything is known as well, and keeps nobody from beginning anew.
    both.side.browser.set_cookie("wizard_registration", &theirs);
    let fields = [
        ("name", "Ada"),
        ("email", "ada@example.com"),
        ("kind", "person"),
    ];
    both.go_on("info", &fields).await;
    assert_eq!(texts(&both.cookie(), "newsletter"), "null");
    assert_eq!(both.office.tries(), 1);
}

#[tokio::test]
async fn a_cookie_that_nobody_here_signed_or_that_grew_too_long_loses_nothing_else() {
    let both = Both::keeping(Storage::cookie()).await;
    both.side
        .browser
        .set_cookie("wizard_registration", "{}:1vb66i:forged");
    assert!(both.open("/register").await.0.ends_with("/info"));
    let long = "x".repeat(99);
    let fields = [
        ("name", &*long),
        ("email", "zoe@example.com"),
        ("kind", "person"),
    ];
    both.go_on("info", &fields).await;
    let shown = both.open("/register").await;
    let long = "x".repeat(5_000);
    let page = both
        .send(&shown, &[("street", &*long), ("city", "London")])
        .await;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(texts(&both.cookie(), "info").contains("zoe@example.com"));
}

#[tokio::test]
async fn elsewhere_than_beside_django_a_shared_wizard_is_kept_as_ever() {
    let wizards = Wizards::with::<Registration>(|mount| {
        mount.storage(Storage::session().formtools("registration"))
    });
    let visit = wizards.begin().await;
    visit.up_to_confirm().await;
    assert_eq!(visit.confirm().await.location(), Some("/welcome"));
}

#[derive(Form, Debug)]
struct Sealed {
    #[field(sealed)]
    number: String,
}

#[derive(Wizard, Debug)]
#[expect(dead_code, reason = "it is only asked for")]
struct Payment {
    card: Sealed,
}

impl Finish<Office> for Payment {
    async fn done(self, _: Done<Office>) -> Ending {
        Ok(Finished::redirect("/"))
    }
}

#[tokio::test]
async fn what_formtools_can_t_share_is_said_at_the_start() {
    let site = Site::of(Router::new());
    let drafts = || Storage::drafts(crate::site::memory());
    for (storage, says) in [
        (drafts(), "wizard.payment.formtools: shares"),
        (
            Storage::session(),
            "wizard.payment.card: has a field marked `sealed`",
        ),
    ] {
        let mount = Payment::mount().storage(storage.formtools("payment"));
        let error = mount.router(&site.cloakroom).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    let mount = Registration::mount().storage(Storage::cookie().formtools("a b"));
    let error = mount.router(&site.cloakroom).unwrap_err().to_string();
    assert!(
        error.contains("wizard.registration.formtools: is no prefix"),
        "{error}"
    );
}
