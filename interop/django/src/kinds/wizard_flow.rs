//! Ways through a wizard of django-formtools, taken through one of Cloakroom's: the same pages are sent, and it is compared where
//! the visitor is, what is wrong, what is kept and what was handed over.
use std::sync::{Arc, Mutex};

use axum::Router;
use cloakroom::django::Value;
use cloakroom::form::Form;
use cloakroom::testing::{Browser, Page};
use cloakroom::wizard::{self, Done, Ending, Finish, Finished, Shown, Steps, Wizard};
use cloakroom::{Cloakroom, KeyRing};

use crate::case::{Answer, Case, Checked, Unknown, dict, optional};

mod differs;

#[derive(Form)]
struct A {
    name: String,
}

#[derive(Form)]
struct B {
    age: i64,
}

#[derive(Form)]
struct C {
    #[field(required = "It has to be ticked")]
    ok: bool,
}

/// What was handed over at the end.
type Handed = Arc<Mutex<Option<Value>>>;

fn hand_over(to: &Handed, steps: &[(&str, Value)]) {
    let names = steps.iter().map(|(name, _)| Value::text(*name));
    let forms = steps.iter().map(|(_, form)| form.clone());
    let both = [
        ("forms", Value::List(forms.collect())),
        ("steps", Value::List(names.collect())),
    ];
    *to.lock().expect("nobody panics") = Some(dict(both));
}

/// The wizard of the cases; any step can be visited at any time, as there.
#[derive(Wizard)]
#[wizard(order = free)]
struct Plain {
    a: A,
    b: B,
    c: C,
}

impl Finish<Handed> for Plain {
    async fn done(self, visit: Done<Handed>) -> Ending {
        let steps = [
            ("a", dict([("name", Value::text(self.a.name))])),
            ("b", dict([("age", Value::Int(self.b.age))])),
            ("c", dict([("ok", Value::Bool(self.c.ok))])),
        ];
        hand_over(&visit.state, &steps);
        Ok(Finished::redirect("/done"))
    }
}

/// The one whose second step is asked for only when the first says so.
#[derive(Wizard)]
#[wizard(order = free)]
struct Conditional {
    a: A,
    #[step(when = says_yes)]
    b: Option<B>,
    c: C,
}

fn says_yes(so_far: &ConditionalSoFar) -> bool {
    so_far.a.as_ref().is_some_and(|a| a.name == "yes")
}

impl Finish<Handed> for Conditional {
    async fn done(self, visit: Done<Handed>) -> Ending {
        let mut steps = vec![("a", dict([("name", Value::text(self.a.name))]))];
        steps.extend(self.b.map(|b| ("b", dict([("age", Value::Int(b.age))]))));
        steps.push(("c", dict([("ok", Value::Bool(self.c.ok))])));
        hand_over(&visit.state, &steps);
        Ok(Finished::redirect("/done"))
    }
}

/// Takes the way of a case.
///
/// Where it is another one on purpose, [`differs`] says why; a reason that is not needed any more is a failure, too.
pub(super) fn check(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&[
        "steps",
        "wizard_prefix",
        "forms",
        "conditions",
        "url_name",
        "done_step_name",
    ])?;
    let forms =
        "a: name CharField required; b: age IntegerField required; c: ok BooleanField required";
    if inputs.text("forms")? != forms {
        return Err("the forms are others".into());
    }
    let sent = requests(inputs.value("steps")?)?;
    let prefix = inputs.text("wizard_prefix")?;
    let is_conditional = inputs.optional_text("conditions")?.is_some();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let theirs = case.output().as_list().ok_or("the output is no list")?;
    let mut ours = runtime.block_on(async {
        let mut visitor = Visitor::of(is_conditional)?;
        let mut ours = Vec::new();
        for one in &sent {
            ours.push(visitor.take(one, prefix).await?);
        }
        Ok::<_, Unknown>(ours)
    })?;
    let differs = differs::of(&case.id);
    let mut theirs: Vec<_> = theirs.iter().map(facts_of_theirs).collect();
    for (at, (ours, theirs)) in ours.iter_mut().zip(&mut theirs).enumerate() {
        only_what_is_known(ours, theirs);
        for fact in differs.map_or(&[][..], |differs| differs.after(at)) {
            level(fact, ours, theirs).map_err(|why| format!("request {at}: {why}"))?;
        }
    }
    let (ours, theirs) = (Value::List(ours), Value::List(theirs));
    Ok(match differs {
        Some(differs) => Answer::OnPurpose(ours, theirs, differs.why),
        None => Answer::Both(ours, theirs),
    })
}

/// Leaves of our facts those that formtools told as well: a redirect tells only where it leads.
fn only_what_is_known(ours: &mut Value, theirs: &Value) {
    if let Value::Dict(entries) = ours {
        entries.retain(|(name, _)| name.as_str().is_some_and(|name| theirs.get(name).is_some()));
    }
}

/// Makes a fact that differs on purpose the same, or says that it is.
fn level(fact: &str, ours: &mut Value, theirs: &Value) -> Result<(), Unknown> {
    let is_same = ours.get(fact) == theirs.get(fact);
    let (Value::Dict(entries), Some(theirs)) = (ours, theirs.get(fact)) else {
        return Err(format!("there is no fact {fact}"));
    };
    match is_same {
        true => Err(format!("{fact} does not differ, but a reason is listed")),
        false => {
            let fact = entries
                .iter_mut()
                .find(|(key, _)| key.as_str() == Some(fact));
            fact.expect("it is there").1 = theirs.clone();
            Ok(())
        }
    }
}

/// A request of a case: whether it sends something, where to, and what.
struct Sent {
    is_post: bool,
    path: String,
    fields: Vec<(String, String)>,
}

fn requests(steps: &Value) -> Result<Vec<Sent>, Unknown> {
    let request = |step: &Value| {
        let [method, path, fields] = step.as_list()? else {
            return None;
        };
        let text = |(key, value): &(Value, Value)| {
            Some((key.as_str()?.to_owned(), value.as_str()?.to_owned()))
        };
        Some(Sent {
            is_post: method.as_str()? == "post",
            path: path.as_str()?.to_owned(),
            fields: fields.as_dict()?.iter().map(text).collect::<Option<_>>()?,
        })
    };
    let steps = steps.as_list().ok_or("the steps are no list")?;
    let requests: Option<Vec<_>> = steps.iter().map(request).collect();
    requests.ok_or_else(|| "a step is no request".into())
}

/// A visitor on the way through our wizard.
struct Visitor {
    browser: Browser,
    handed: Handed,
    /// What the page said that was made last.
    seen: Arc<Mutex<Value>>,
    run: String,
    /// The step at which the visitor is.
    at: String,
}

impl Visitor {
    fn of(is_conditional: bool) -> Result<Self, Unknown> {
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
        })
    }

    /// Sends one request of a case and says what came of it.
    async fn take(&mut self, sent: &Sent, prefix: &str) -> Result<Value, Unknown> {
        self.handed.lock().expect("nobody panics").take();
        // `/n/a/`: behind the wizard's own path stands the step.
        let step = sent
            .path
            .trim_matches('/')
            .split_once('/')
            .map(|(_, step)| step);
        if self.run.is_empty() {
            self.start("/w").await?;
        }
        let page = match (sent.is_post, step) {
            (true, step) => self.send(sent, step.map(str::to_owned), prefix).await?,
            // What formtools takes for a new beginning.
            (false, None) if sent.fields.iter().any(|(name, _)| name == "reset") => {
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

const OF_PAGES: [&str; 9] = [
    "current", "first", "last", "next", "prev", "index", "step1", "count", "all",
];

/// What is compared: where the visitor is among the steps, what is wrong, what was handed over, what is kept.
fn facts(page: &Value, done: Value, kept: Value) -> Value {
    let known = OF_PAGES.iter().map(|name| {
        let fact = page.get(name).cloned().unwrap_or(Value::None);
        (Value::text(*name), fact)
    });
    let errors = page.get("errors").cloned().unwrap_or(Value::None);
    let more = [("errors", errors), ("done", done), ("kept", kept)];
    let more = more.map(|(name, fact)| (Value::text(name), fact));
    Value::Dict(known.chain(more).collect())
}

/// The same of what formtools answered. Where it redirects, the visitor is at the step to which that leads.
fn facts_of_theirs(output: &Value) -> Value {
    let body = output.get("body").cloned().unwrap_or(Value::None);
    if body.get("forms").is_some() {
        return facts(&Value::None, body, Value::None);
    }
    let kept = kept_of_theirs(output);
    if let Some(to) = output.get("location").and_then(Value::as_str) {
        let path = to.split('?').next().unwrap_or_default();
        let step = path.trim_end_matches('/').rsplit('/').next();
        return dict([("current", optional(step)), ("kept", kept)]);
    }
    let mut entries: Vec<_> = OF_PAGES
        .iter()
        .filter_map(|name| Some((Value::text(*name), body.get(name)?.clone())))
        .collect();
    let wrong = body
        .get("errors")
        .and_then(Value::as_dict)
        .unwrap_or_default();
    let wrong = wrong.iter().map(|(name, _)| name.clone()).collect();
    entries.push((Value::text("errors"), Value::List(wrong)));
    facts(&Value::Dict(entries), Value::None, kept)
}

/// What formtools keeps, by the names of steps and fields, without its management data.
fn kept_of_theirs(output: &Value) -> Value {
    let stored = output
        .get("stored")
        .and_then(|stored| stored.get("step_data"));
    let mut kept = Vec::new();
    for (step, data) in stored.and_then(Value::as_dict).unwrap_or_default() {
        let own = format!("{}-", step.as_str().unwrap_or_default());
        let field = |(name, values): &(Value, Value)| {
            let name = name.as_str()?.strip_prefix(&own)?;
            Some((Value::text(name), values.clone()))
        };
        let fields: Vec<_> = data
            .as_dict()
            .unwrap_or_default()
            .iter()
            .filter_map(field)
            .collect();
        if !fields.is_empty() {
            kept.push((step.clone(), Value::Dict(fields)));
        }
    }
    Value::Dict(kept)
}
