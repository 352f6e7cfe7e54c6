//! Ways through a wizard of django-formtools, taken through one of Cloakroom's: the same pages are sent, and it is compared where
//! the visitor is, what is wrong, what is kept and what was handed over.
use std::sync::{Arc, Mutex};

use cloakroom::django::Value;
use cloakroom::form::Form;
use cloakroom::wizard::{Done, Ending, Finish, Finished, Wizard};

use crate::case::{Answer, Case, Checked, Unknown, dict};

mod differs;
mod facts;
mod visitor;

use facts::facts_of_theirs;
use visitor::Visitor;

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

/// The steps of the cases, in order.
const STEPS: [&str; 3] = ["a", "b", "c"];

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
/// Where it is another one on purpose, [`differs`] says in which facts and why; all others have to be the same, and so has what
/// comes after, for which ours is taken to the place where formtools' visitor is.
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
    let is_named = inputs.optional_text("url_name")?.is_some();
    let theirs = case.output().as_list().ok_or("the output is no list")?;
    if theirs.len() != sent.len() {
        return Err("not every request was answered".into());
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let walk = async {
        let mut visitor = Visitor::of(is_conditional)?;
        let (mut both, mut why) = ((Vec::new(), Vec::new()), None);
        for (at, one) in sent.iter().enumerate() {
            let before = at.checked_sub(1).map(|at| &theirs[at]);
            let differs = differs::of(one, is_named, before, &theirs[at]);
            let mut ours = visitor.take(one, prefix).await?;
            let known = facts_of_theirs(&theirs[at]);
            only_what_is_known(&mut ours, &known);
            let differs = differs.filter(|differs| level(differs.facts, &mut ours, &known));
            why = why.or(differs.map(|differs| differs.why));
            let next = sent.get(at + 1);
            // What formtools refused with an error, ours may have kept where no page shows it yet.
            let parted = differs.is_some() || differs::was_refused(&theirs[at]);
            if next.is_some_and(|next| visitor.has_parted(parted, next)) {
                visitor = Visitor::at(is_conditional, &theirs[at]).await?;
            }
            both.0.push(ours);
            both.1.push(known);
        }
        Ok::<_, Unknown>((both, why))
    };
    let ((ours, theirs), why) = runtime.block_on(walk)?;
    let (ours, theirs) = (Value::List(ours), Value::List(theirs));
    Ok(match why {
        Some(why) => Answer::OnPurpose(ours, theirs, why),
        None => Answer::Both(ours, theirs),
    })
}

/// Leaves of our facts those that formtools told as well: a redirect tells only where it leads.
fn only_what_is_known(ours: &mut Value, theirs: &Value) {
    if let Value::Dict(entries) = ours {
        entries.retain(|(name, _)| name.as_str().is_some_and(|name| theirs.get(name).is_some()));
    }
}

/// Makes the facts that may differ the same, and says whether one did.
fn level(facts: &[&str], ours: &mut Value, theirs: &Value) -> bool {
    let Value::Dict(entries) = ours else {
        return false;
    };
    let mut any = false;
    for (name, ours) in entries {
        let theirs = name.as_str().and_then(|name| theirs.get(name));
        let may = name.as_str().is_some_and(|name| facts.contains(&name));
        if let Some(theirs) = theirs.filter(|theirs| may && *theirs != ours) {
            *ours = theirs.clone();
            any = true;
        }
    }
    any
}

/// A request of a case: whether it sends something, where to, and what.
struct Sent {
    is_post: bool,
    path: String,
    fields: Vec<(String, String)>,
}

impl Sent {
    /// Returns the step that a named address names: `/n/a/`, behind the wizard's own path.
    fn step(&self) -> Option<&str> {
        let (_, step) = self.path.trim_matches('/').split_once('/')?;
        Some(step)
    }

    /// Returns the step that its page says it is.
    fn page(&self) -> Option<&str> {
        self.field(|name| name.ends_with("-current_step"))
    }

    /// Returns the step to which the visitor wants to go.
    fn goto(&self) -> Option<&str> {
        self.field(|name| name == "wizard_goto_step")
    }

    fn has(&self, field: &str) -> bool {
        self.field(|name| name == field).is_some()
    }

    fn is_for_the_end(&self) -> bool {
        !self.is_post && self.step() == Some("done")
    }

    fn field(&self, is: impl Fn(&str) -> bool) -> Option<&str> {
        let mut fields = self.fields.iter();
        fields.find(|(name, _)| is(name)).map(|(_, value)| &**value)
    }
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
