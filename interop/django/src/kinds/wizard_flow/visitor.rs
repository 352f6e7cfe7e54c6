//! A visitor on the way through our wizard.
use std::sync::{Arc, Mutex};

use axum::Router;
use cloakroom::django::Value;
use cloakroom::testing::{Browser, Page};
use cloakroom::wizard::{self, Finish, Shown, Steps};
use cloakroom::{Cloakroom, KeyRing};

use super::facts::facts;
use super::{Conditional, Handed, Plain, Sent};
use crate::case::{Unknown, dict, optional};

/// Who goes through it, with a browser.
pub(super) struct Visitor {
    browser: Browser,
    handed: Handed,
    /// What the page said that was made last.
    seen: Arc<Mutex<Value>>,
    run: String,
    /// The step at which the visitor is.
    at: String,
    is_over: bool,
}

impl Visitor {
    pub(super) fn of(is_conditional: bool) -> Result<Self, Unknown> {
        let keys = KeyRing::new(KeyRing::generate_secret()).map_err(|error| error.to_string())?;
        let builder = Cloakroom::builder(keys).store_in_memory().sweep_every(None);
        let cloakroom = builder.build().map_err(|error| error.to_string())?;
        let (handed, seen) = (Handed::default(), Arc::new(Mutex::new(Value::None)));
        let routes = match is_conditional {
            true => routes::<Conditional>(&cloakroom, &seen),
            false => routes::<Plain>(&cloakroom, &seen),
        }?;
        let routes = routes.with_state(handed.clone());
        Ok(Self {
            browser: Browser::of(routes.layer(cloakroom.layer())),
            handed,
            seen,
            run: String::new(),
            at: String::new(),
            is_over: false,
        })
    }

    /// Begins anew, as formtools has where this side has not.
    pub(super) async fn begin_anew(&mut self) -> Result<(), Unknown> {
        self.is_over = false;
        self.start("/w?new").await.map(|_| ())
    }

    /// Begins anew when the run is over, unless its end is asked for once more.
    pub(super) async fn begin_after_an_end(&mut self, sent: &Sent) -> Result<(), Unknown> {
        match self.is_over && sent.step() != Some("done") {
            true => self.begin_anew().await,
            false => Ok(()),
        }
    }

    /// Sends one request of a case and says what came of it.
    pub(super) async fn take(&mut self, sent: &Sent, prefix: &str) -> Result<Value, Unknown> {
        self.handed.lock().expect("nobody panics").take();
        let step = sent.step();
        if self.run.is_empty() {
            self.start("/w").await?;
        }
        let page = match (sent.is_post, step) {
            (true, step) => self.send(sent, step.map(str::to_owned), prefix).await?,
            // What formtools takes for a new beginning.
            (false, None) if sent.has("reset") => {
                return self.start("/w?new").await;
            }
            (false, None) => return self.start("/w").await,
            (false, Some("done")) => self.browser.get(&format!("{}/finished", self.run)).await,
            (false, Some(step)) => self.browser.get(&format!("{}/{step}", self.run)).await,
        };
        self.arrive(page).await
    }

    /// Comes to the wizard at its beginning.
    async fn start(&mut self, at: &str) -> Result<Value, Unknown> {
        let page = self.browser.get(at).await;
        let to = page.location().ok_or("the beginning leads nowhere")?;
        let (run, _) = to.rsplit_once('/').ok_or("it leads to no step")?;
        run.clone_into(&mut self.run);
        self.arrive(page.clone()).await
    }

    /// Sends a step's page: the one that its management data names, or that the visitor is at.
    async fn send(
        &mut self,
        sent: &Sent,
        step: Option<String>,
        prefix: &str,
    ) -> Result<Page, Unknown> {
        let named = format!("{prefix}-current_step");
        let of_form = sent.fields.iter().find(|(name, _)| *name == named);
        let step =
            of_form.map_or_else(|| step.unwrap_or(self.at.clone()), |(_, step)| step.clone());
        let url = format!("{}/{step}", self.run);
        // The page that was loaded before it is sent says which revision it has.
        self.browser.get(&url).await;
        let revision = self
            .seen
            .lock()
            .expect("nobody panics")
            .get("revision")
            .cloned();
        let revision = match revision {
            Some(Value::Int(revision)) => revision.to_string(),
            _ => String::new(),
        };
        let mut fields = vec![("wizard-revision", &*revision)];
        for (name, value) in &sent.fields {
            match name.as_str() {
                "wizard_goto_step" => fields.push(("goto", value)),
                name if name == named => {}
                name => fields.push((name, value)),
            }
        }
        Ok(self.browser.post(&url, &fields).await)
    }

    /// Follows to the page at which the visitor arrives, and says what is known then.
    async fn arrive(&mut self, mut page: Page) -> Result<Value, Unknown> {
        while let Some(to) = page.location().map(str::to_owned) {
            if to == "/done" {
                let handed = self.handed.lock().expect("nobody panics").clone();
                self.at.clear();
                self.is_over = true;
                let done = handed.unwrap_or_else(|| Value::text("done before"));
                return Ok(facts(&Value::None, done, Value::None));
            }
            page = self.browser.get(&to).await;
        }
        let seen = self.seen.lock().expect("nobody panics").clone();
        let kept = self.kept(&seen).await;
        if let Some(step) = seen.get("current").and_then(Value::as_str) {
            step.clone_into(&mut self.at);
        }
        Ok(facts(&seen, Value::None, kept))
    }

    /// Looks at all steps and says which answers are kept; looking changes nothing.
    async fn kept(&self, seen: &Value) -> Value {
        let mut kept = Vec::new();
        for step in seen.get("all").and_then(Value::as_list).unwrap_or_default() {
            let name = step.as_str().unwrap_or_default();
            self.browser.get(&format!("{}/{name}", self.run)).await;
            let answers = self
                .seen
                .lock()
                .expect("nobody panics")
                .get("answers")
                .cloned();
            match answers {
                Some(Value::Dict(answers)) if !answers.is_empty() => {
                    kept.push((Value::text(name), Value::Dict(answers)));
                }
                _ => {}
            }
        }
        Value::Dict(kept)
    }
}

fn routes<W: Finish<Handed>>(
    cloakroom: &Cloakroom,
    seen: &Arc<Mutex<Value>>,
) -> Result<Router<Handed>, Unknown> {
    let seen = seen.clone();
    let mount = W::mount().page(move |page: &wizard::Page| {
        *seen.lock().expect("nobody panics") = told(page);
        Ok::<_, std::convert::Infallible>(page.html())
    });
    let wizard = mount.router(cloakroom).map_err(|error| error.to_string())?;
    Ok(Router::new().nest("/w", wizard))
}

/// What one of our pages tells.
fn told(page: &wizard::Page) -> Value {
    let steps: &Steps = page.steps();
    let name = |view: Option<&wizard::StepView>| optional(view.map(|view| view.name));
    let number = |number: usize| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
    let all = steps.all().iter().map(|view| Value::text(view.name));
    let (mut errors, mut answers) = (Vec::new(), Vec::new());
    let sheets = page.shown().map(Shown::sheets).unwrap_or_default();
    for field in sheets.iter().flat_map(|sheet| sheet.fields()) {
        let key = || Value::text(field.spec().name());
        if field.is_wrong() {
            errors.push(key());
        }
        if !field.values().is_empty() {
            let values = field
                .values()
                .iter()
                .map(|value| Value::text(value.as_str()));
            answers.push((key(), Value::List(values.collect())));
        }
    }
    let revision = page.hidden();
    let revision = revision
        .split_once("wizard-revision\" value=\"")
        .map(|(_, rest)| rest);
    let revision = revision.and_then(|rest| rest.split('"').next()?.parse().ok());
    dict([
        ("current", name(steps.current())),
        ("first", name(steps.first())),
        ("last", name(steps.last())),
        ("next", name(steps.next())),
        ("prev", name(steps.prev())),
        ("index", number(steps.index())),
        ("step1", number(steps.number())),
        ("count", number(steps.count())),
        ("all", Value::List(all.collect())),
        ("errors", Value::List(errors)),
        ("answers", Value::Dict(answers)),
        ("revision", Value::Int(revision.unwrap_or_default())),
    ])
}
