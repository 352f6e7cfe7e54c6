//! Wizards that django-formtools keeps as well, in the session and in its cookie.
mod cookie;
mod ends;
mod session;
mod start;

use axum::Router;
use cloakroom::Cloakroom;
use cloakroom::django::cookie::{Morsel, SaltStyle, wsgi_text};
use cloakroom::django::signing::Keys;
use cloakroom::django::{Moment, Value, json, wizard};
use cloakroom::testing::Page;
use cloakroom::wizard::{Finish, Storage};

use super::{KEY, START, Side};
use crate::wizards::{Office, Registration, hidden_inputs};

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
