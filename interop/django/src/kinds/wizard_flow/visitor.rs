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
    site: Router,
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
        let site = routes.with_state(handed.clone()).layer(cloakroom.layer());
        Ok(Self {
            browser: Browser::of(site.clone()),
            site,
            handed,
            seen,
            run: String::new(),
            at: String::new(),
            is_over: false,
        })
    }

    /// Begins where formtools' visitor is after an answer, with the same things kept.
    pub(super) async fn at(is_conditional: bool, theirs: &Value) -> Result<Self, Unknown> {
        let mut visitor = Self::of(is_conditional)?;
        visitor.start("/w").await?;
        let stored = theirs.get("stored").ok_or("it isn't told what is stored")?;
        let kept = stored.get("step_data");
        let of = |step: &str| fields_of(kept?.get(step)?);
        if is_conditional && of("a").is_some() && of("b").is_some() {
            // So that the second step can be filled in, whatever the first says now.
            let yes = ("a-name".to_owned(), "yes".to_owned());
            visitor.fill("a", vec![yes], None).await?;
        }
        for step in ["b", "a"] {
            if let Some(fields) = of(step) {
                visitor.fill(step, fields, None).await?;
            }
        }
        let at = stored.get("step").and_then(Value::as_str).unwrap_or("a");
        // To send the last page would be the end.
        let (left, fields) = match of("c") {
            Some(fields) => ("c", fields),
            None => (at, of(at).unwrap_or_default()),
        };
        visitor.fill(left, fields, Some(at)).await?;
        at.clone_into(&mut visitor.at);
        Ok(visitor)
    }

    /// Fills in a step and sends it, or leaves it for another.
    async fn fill(
        &mut self,
        step: &str,
        fields: Vec<(String, String)>,
        goto: Option<&str>,
    ) -> Result<(), Unknown> {
        let goto = goto.map(|to| ("goto".to_owned(), to.to_owned()));
        let fields: Vec<_> = fields.into_iter().chain(goto).collect();
        let page = self.post(step, &fields, true).await;
        self.arrive(page).await.map(|_| ())
    }

    /// Says whether the ways have parted, before a request that is still to come: one has ended, or they differ.
    pub(super) fn has_parted(&self, differs: bool, next: &Sent) -> bool {
        match self.is_over {
            // The answer of the end is still to be compared.
            true => !next.is_for_the_end(),
            false => differs,
        }
    }

    /// Sends one request of a case and says what came of it.
    pub(super) async fn take(&mut self, sent: &Sent, prefix: &str) -> Result<Value, Unknown> {
        let step = sent.step();
        if !sent.is_for_the_end() {
            self.handed.lock().expect("nobody panics").take();
        }
        if self.run.is_empty() {
            self.start("/w").await?;
        }
        let page = match (sent.is_post, step) {
            (true, step) => self.send(sent, step, prefix).await,
            // What formtools takes for a new beginning.
            (false, None) if sent.has("reset") => {
                self.browser = Browser::of(self.site.clone());
                return self.start("/w").await;
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
    async fn send(&mut self, sent: &Sent, step: Option<&str>, prefix: &str) -> Page {
        let management = format!("{prefix}-current_step");
        let page = sent.field(|name| name == management);
        let step = page.or(step).unwrap_or(&self.at).to_owned();
        let to_a_step = sent.goto().is_some_and(|to| super::STEPS.contains(&to));
        let fields = sent.fields.iter().filter(|(name, _)| *name != management);
        let fields = fields.map(|(name, value)| match name.as_str() {
            "wizard_goto_step" => ("goto".to_owned(), value.clone()),
            name => (name.to_owned(), value.clone()),
        });
        let fields: Vec<_> = fields.collect();
        // What formtools asks for as management data is our revision.
        self.post(&step, &fields, page.is_some() || to_a_step).await
    }

    /// Sends a step, with the revision that its page has, or without.
    async fn post(&mut self, step: &str, fields: &[(String, String)], with_revision: bool) -> Page {
        let url = format!("{}/{step}", self.run);
        self.browser.get(&url).await;
        let revision = {
            let seen = self.seen.lock().expect("nobody panics");
            match seen.get("revision") {
                Some(Value::Int(revision)) => revision.to_string(),
                _ => String::new(),
            }
        };
        let fields = fields.iter().map(|(name, value)| (&**name, &**value));
        let revision = with_revision.then_some(("wizard-revision", &*revision));
        let fields: Vec<_> = revision.into_iter().chain(fields).collect();
        self.browser.post(&url, &fields).await
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

/// Reads the fields that formtools keeps of a step, without its management data.
fn fields_of(data: &Value) -> Option<Vec<(String, String)>> {
    let field = |(name, values): &(Value, Value)| {
        let (name, value) = (name.as_str()?, values.as_list()?.last()?);
        let is_own = super::STEPS
            .iter()
            .any(|step| name.starts_with(&format!("{step}-")));
        is_own.then_some((name.to_owned(), value.as_str()?.to_owned()))
    };
    Some(data.as_dict()?.iter().filter_map(field).collect())
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
