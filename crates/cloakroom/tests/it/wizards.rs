//! Wizards: what visitors see, what is kept of what they type, and how a run ends exactly once.
mod asked;
#[cfg(feature = "s3")]
mod bucket;
mod ending;
mod facts;
mod funnel;
mod keeping;
mod kept_or_not;
mod pages;
mod resuming;
mod room;
mod rules;
mod several_files;
mod submitted;
mod twice;
mod uploads;
mod waiting;
mod ways;
mod whose;
mod words;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use cloakroom::form::{Choice, Context, Email, Form, Problem};
use cloakroom::testing::{Browser, Page};
use cloakroom::wizard::{Broken, Done, Ending, Finish, Finished, Mount, Wizard};
use cloakroom::{Builder, Cloakroom};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::site::{Site, memory};

#[derive(Choice, Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Person,
    Business,
}

#[derive(Form, Debug)]
pub(crate) struct Info {
    #[field(max_length = 100)]
    pub(crate) name: String,
    pub(crate) email: Email,
    pub(crate) kind: Kind,
}

#[derive(Form, Debug)]
pub(crate) struct Address {
    pub(crate) street: String,
    pub(crate) city: String,
}

#[derive(Form, Debug)]
pub(crate) struct Company {
    pub(crate) name: String,
    pub(crate) vat: String,
}

#[derive(Form, Debug)]
pub(crate) struct Confirmation {
    #[field(required = "Say that it is right")]
    pub(crate) accept: bool,
}

/// The wizard that most tests visit.
#[derive(Wizard, Debug)]
pub(crate) struct Registration {
    #[step(title = "About you")]
    pub(crate) info: Info,
    #[step(title = "Your address")]
    pub(crate) address: Address,
    #[step(when = is_business, context = with_name)]
    pub(crate) company: Option<Company>,
    #[step(title = "Check your answers", review)]
    #[expect(dead_code, reason = "it is only asked for")]
    pub(crate) confirm: Confirmation,
}

fn is_business(so_far: &RegistrationSoFar) -> bool {
    let info = so_far.info.as_ref();
    info.is_some_and(|info| info.kind == Kind::Business)
}

fn with_name(so_far: &RegistrationSoFar, context: Context) -> Context {
    match &so_far.info {
        Some(info) => context.initial_text("name", format!("{} Ltd", info.name)),
        None => context,
    }
}

/// What `done` does, and what it has done.
#[derive(Clone, Default)]
pub(crate) struct Office {
    /// What was handed over, as text.
    pub(crate) done: Arc<Mutex<Vec<String>>>,
    pub(crate) tries: Arc<AtomicUsize>,
    /// What the next ones do instead.
    pub(crate) mishaps: Arc<Mutex<Vec<Mishap>>>,
    /// As long as it is closed, `done` does not end.
    pub(crate) gate: Option<Arc<Semaphore>>,
}

pub(crate) enum Mishap {
    Wrong(&'static str, &'static str),
    TryAgain,
    Fail,
    Panic,
}

impl Office {
    /// One in which `done` does not end before the gate is opened.
    pub(crate) fn closed() -> (Self, Arc<Semaphore>) {
        let gate = Arc::new(Semaphore::new(0));
        let office = Self {
            gate: Some(gate.clone()),
            ..Self::default()
        };
        (office, gate)
    }

    pub(crate) fn done(&self) -> Vec<String> {
        self.done.lock().unwrap().clone()
    }

    pub(crate) fn tries(&self) -> usize {
        self.tries.load(Ordering::SeqCst)
    }

    pub(crate) fn next_time(&self, mishap: Mishap) {
        self.mishaps.lock().unwrap().push(mishap);
    }

    pub(crate) async fn take(&self, what: String) -> Result<(), Broken> {
        self.tries.fetch_add(1, Ordering::SeqCst);
        if let Some(gate) = &self.gate {
            gate.acquire().await.unwrap().forget();
        }
        let mishap = self.mishaps.lock().unwrap().pop();
        match mishap {
            Some(Mishap::Wrong(step, field)) => Err(Broken::wrong(
                step,
                field,
                Problem::saying("taken", "That is taken"),
            )),
            Some(Mishap::TryAgain) => Err(Broken::try_again("The office is closed for lunch")),
            Some(Mishap::Fail) => Err("the office burnt down".into()),
            Some(Mishap::Panic) => panic!("the office panics"),
            None => {
                self.done.lock().unwrap().push(what);
                Ok(())
            }
        }
    }
}

impl Finish<Office> for Registration {
    async fn done(self, visit: Done<Office>) -> Ending {
        visit.session.set("welcomed", true)?;
        visit.messages.success("Welcome");
        let company = self
            .company
            .map_or_else(String::new, |company| company.name);
        let what = format!("{} {} {}", self.info.name, self.address.city, company);
        visit.state.take(what.trim().to_owned()).await?;
        Ok(Finished::redirect("/welcome"))
    }
}

/// A site with a wizard under `/register`.
pub(crate) struct Wizards {
    pub(crate) site: Site,
    pub(crate) office: Office,
}

impl Wizards {
    pub(crate) fn new() -> Self {
        Self::with::<Registration>(|mount| mount)
    }

    pub(crate) fn with<W: Finish<Office>>(
        set: impl FnOnce(Mount<W, Office>) -> Mount<W, Office>,
    ) -> Self {
        Self::of::<W>(Office::default(), set, |settings| settings)
    }

    pub(crate) fn of<W: Finish<Office>>(
        office: Office,
        set: impl FnOnce(Mount<W, Office>) -> Mount<W, Office>,
        settings: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        Self {
            site: Site::mounting(memory(), mounting(&office, set), settings),
            office,
        }
    }

    /// Opens the same wizard in another process, on the same store and clock.
    pub(crate) fn on_another_process(&self) -> Self {
        self.on_another_process_with::<Registration>(|mount| mount)
    }

    pub(crate) fn on_another_process_with<W: Finish<Office>>(
        &self,
        set: impl FnOnce(Mount<W, Office>) -> Mount<W, Office>,
    ) -> Self {
        let office = self.office.clone();
        let mount = mounting(&office, set);
        let (clock, store) = (self.site.clock.clone(), self.site.store.clone());
        let site = Site::mounting_at(clock, crate::site::keys(), store, mount, |settings| {
            settings
        });
        for name in self.browser().cookie_names() {
            let value = self.browser().cookie(&name).expect("it has a value");
            site.browser.set_cookie(&name, &value);
        }
        Self { site, office }
    }

    /// Goes on with a run here, with the cookies that this browser has.
    pub(crate) fn visit(&self, visit: &Visit) -> Visit {
        Visit {
            browser: self.browser().clone(),
            run: visit.run.clone(),
        }
    }

    pub(crate) fn browser(&self) -> &Browser {
        &self.site.browser
    }

    /// Begins a run; returns its address.
    pub(crate) async fn begin(&self) -> Visit {
        Visit::begin(self.browser(), "/register").await
    }
}

/// Puts a wizard among the pages of a site.
fn mounting<W: Finish<Office>>(
    office: &Office,
    set: impl FnOnce(Mount<W, Office>) -> Mount<W, Office>,
) -> impl FnOnce(&Cloakroom) -> Router {
    let office = office.clone();
    move |cloakroom| {
        let wizard = set(W::mount()).router(cloakroom);
        let wizard = Router::new().nest("/register", wizard.expect("the wizard is sound"));
        crate::site::routes().merge(wizard.with_state(office))
    }
}

/// A browser in the middle of a run.
#[derive(Clone)]
pub(crate) struct Visit {
    pub(crate) browser: Browser,
    pub(crate) run: String,
}

impl Visit {
    pub(crate) async fn begin(browser: &Browser, at: &str) -> Self {
        let page = browser.get(at).await;
        let to = page.location().expect("it leads to a step").to_owned();
        let (run, _) = to.rsplit_once('/').expect("a run and a step");
        browser.get(&to).await;
        Self {
            browser: browser.clone(),
            run: run.to_owned(),
        }
    }

    /// Loads a step's page.
    pub(crate) async fn get(&self, step: &str) -> Page {
        let url = format!("{}/{step}", self.run);
        self.browser.get(url.trim_end_matches('/')).await
    }

    /// Fills a step in on a page that was just loaded, and presses Continue.
    pub(crate) async fn send(&self, step: &str, fields: &[(&str, &str)]) -> Page {
        self.press(step, "continue", fields).await
    }

    /// The same with another button.
    pub(crate) async fn press(&self, step: &str, button: &str, fields: &[(&str, &str)]) -> Page {
        let shown = self.get(step).await;
        self.press_on(&shown, step, button, fields).await
    }

    /// The same on a page that was loaded earlier.
    pub(crate) async fn press_on(
        &self,
        shown: &Page,
        step: &str,
        button: &str,
        fields: &[(&str, &str)],
    ) -> Page {
        let (name, value) = button.split_once('=').unwrap_or((button, "1"));
        let names: Vec<String> = fields
            .iter()
            .map(|(name, _)| format!("{step}-{name}"))
            .collect();
        let hidden = hidden_inputs(&shown.text);
        let mut all: Vec<(&str, &str)> = vec![(name, value)];
        let mine = hidden
            .iter()
            .filter(|(name, _)| name.starts_with("wizard-"));
        all.extend(mine.map(|(name, value)| (name.as_str(), value.as_str())));
        all.extend(
            names
                .iter()
                .zip(fields)
                .map(|(name, (_, value))| (name.as_str(), *value)),
        );
        self.browser
            .post(&format!("{}/{step}", self.run), &all)
            .await
    }

    pub(crate) async fn info(&self, kind: &str) -> Page {
        let fields = [
            ("name", "Ada"),
            ("email", "ada@example.com"),
            ("kind", kind),
        ];
        self.send("info", &fields).await
    }

    pub(crate) async fn address(&self) -> Page {
        self.send("address", &[("street", "1 Main St"), ("city", "London")])
            .await
    }

    /// Sends the last step on a page that was loaded earlier.
    pub(crate) async fn confirm_on(&self, shown: &Page) -> Page {
        let fields = [("accept", "on")];
        self.press_on(shown, "confirm", "continue", &fields).await
    }

    /// The same in a task of its own.
    pub(crate) fn confirming_on(&self, shown: &Page) -> JoinHandle<Page> {
        let (visit, shown) = (self.clone(), shown.clone());
        tokio::spawn(async move { visit.confirm_on(&shown).await })
    }

    pub(crate) async fn confirm(&self) -> Page {
        self.send("confirm", &[("accept", "on")]).await
    }

    /// Fills everything in but the last step, and returns the page of that.
    pub(crate) async fn up_to_confirm(&self) -> Page {
        self.info("person").await;
        self.address().await;
        self.get("confirm").await
    }

    /// Says to which step a page redirects, with what stands behind `?`.
    pub(crate) fn step_of(&self, page: &Page) -> String {
        let to = page
            .location()
            .unwrap_or_else(|| panic!("{} {}", page.status, page.text));
        let step = to.strip_prefix(&format!("{}/", self.run));
        step.unwrap_or(to).to_owned()
    }
}

/// Returns the names and values of a page's hidden inputs.
pub(crate) fn hidden_inputs(html: &str) -> Vec<(String, String)> {
    let inputs = html
        .split("<input ")
        .skip(1)
        .filter(|tag| tag.contains("type=\"hidden\""));
    let attribute = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!("{name}=\""))?;
        Some(rest.split('"').next()?.to_owned())
    };
    inputs
        .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?)))
        .collect()
}
