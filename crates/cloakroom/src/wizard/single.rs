//! A step that is one form.
use crate::form::{
    Answers, Bound, Context, Errors, Fields, Problem, Received, Schema, Secrecy, Spec,
};
use crate::wizard::{Filled, Shown, Stage, StepSpec, Wizard, is_active};

/// A step that is one form of type `T`.
pub struct Single<W: Wizard, T> {
    /// Its description.
    pub spec: StepSpec,
    /// When it is to be visited; `None`: always.
    pub when: Option<fn(&W::SoFar) -> bool>,
    /// What a visit brings along.
    pub context: Option<fn(&W::SoFar, Context) -> Context>,
    /// Puts its value where conditions see it.
    pub keep: fn(&mut W::SoFar, T),
}

impl<W: Wizard, T: Fields> Single<W, T> {
    fn filled(&self, bound: Bound<T>) -> Box<dyn Filled<W>> {
        Box::new(One::<W, T> {
            bound,
            keep: self.keep,
        })
    }
}

impl<W: Wizard, T: Fields> Stage<W> for Single<W, T> {
    fn spec(&self) -> &StepSpec {
        &self.spec
    }

    fn is_active(&self, so_far: &W::SoFar) -> bool {
        is_active(self.when, so_far)
    }

    fn context(&self, so_far: &W::SoFar) -> Context {
        context_of(self.context, so_far, &self.spec)
    }

    fn begin(&self, context: Context) -> Box<dyn Filled<W>> {
        self.filled(Bound::blank(context))
    }

    fn fill(&self, answers: Vec<Answers>, context: Context) -> Box<dyn Filled<W>> {
        match answers.into_iter().next() {
            Some(answers) => self.filled(Bound::fill(answers, context)),
            None => self.begin(context),
        }
    }

    fn bind(&self, answers: Vec<Answers>, context: Context) -> Box<dyn Filled<W>> {
        let answers = answers.into_iter().next().unwrap_or_default();
        self.filled(Bound::bind(answers, context))
    }

    fn file_field(&self, html_name: &str) -> Option<&'static Spec> {
        T::schema().file_field(&Context::new().prefix(self.spec.name()), html_name)
    }

    fn receive(
        &self,
        received: &Received,
        before: &[Answers],
        context: Context,
    ) -> Box<dyn Filled<W>> {
        let nothing = Answers::new();
        let before = before.first().unwrap_or(&nothing);
        let (bound, _) = Bound::receive_again(received, before, context);
        self.filled(bound)
    }
}

struct One<W: Wizard, T> {
    bound: Bound<T>,
    keep: fn(&mut W::SoFar, T),
}

impl<W: Wizard, T: Fields> Filled<W> for One<W, T> {
    fn is_valid(&self) -> bool {
        self.bound.is_valid()
    }

    fn misses_only_secrets(&self) -> bool {
        self.is_valid() || are_only_secrets_missing(self.bound.errors(), T::schema())
    }

    fn is_change(&self) -> bool {
        false
    }

    fn answers(&self) -> Vec<Answers> {
        vec![self.bound.answers().clone()]
    }

    fn problems(&self) -> Vec<(Option<String>, Problem)> {
        problems(self.bound.errors())
    }

    fn shown(&self) -> Shown {
        Shown::One(self.bound.sheet().clone())
    }

    fn keep(self: Box<Self>, so_far: &mut W::SoFar) {
        if let Ok(value) = self.bound.into_valid() {
            (self.keep)(so_far, value);
        }
    }

    fn refuse(&mut self, field: Option<&str>, problem: Problem) {
        match field {
            Some(field) => self.bound.refuse(field, problem),
            None => self.bound.refuse_whole(problem),
        }
    }
}

/// Returns what a visit brings along for a step's form, whose fields are called after the step.
pub(super) fn context_of<S>(
    given: Option<fn(&S, Context) -> Context>,
    so_far: &S,
    spec: &StepSpec,
) -> Context {
    let context = match given {
        Some(given) => given(so_far, Context::new()),
        None => Context::new(),
    };
    context.prefix(spec.name())
}

/// Returns all that is wrong with a form, each with its field.
pub(super) fn problems(errors: &Errors) -> Vec<(Option<String>, Problem)> {
    let whole = errors.of_whole().iter();
    let mut all: Vec<_> = whole.map(|problem| (None, problem.clone())).collect();
    for (name, problems) in errors.fields() {
        let problems = problems.iter();
        all.extend(problems.map(|problem| (Some(name.to_owned()), problem.clone())));
    }
    all
}

/// Says whether nothing is wrong but that fields marked `secret` have no answer.
pub(super) fn are_only_secrets_missing(errors: &Errors, schema: &Schema) -> bool {
    let is_secret = |name: &str| {
        let spec = schema.field(name);
        spec.is_some_and(|spec| spec.secrecy() == Secrecy::Secret)
    };
    let mut fields = errors.fields();
    errors.of_whole().is_empty()
        && fields.all(|(name, problems)| {
            is_secret(name) && problems.iter().all(|problem| problem.code() == "required")
        })
}
