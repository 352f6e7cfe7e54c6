//! A step that is the same form several times.
use crate::form::{Answers, Context, Count, Fields, Formset, Problem, Received, Spec};
use crate::wizard::single::{are_only_secrets_missing, context_of, problems};
use crate::wizard::{Filled, Shown, Stage, StepSpec, Wizard, is_active};

/// A step that is a form of type `T` several times.
pub struct Many<W: Wizard, T> {
    /// Its description; without a count there may be up to 100.
    pub spec: StepSpec,
    /// When it is to be visited; `None`: always.
    pub when: Option<fn(&W::SoFar) -> bool>,
    /// What a visit brings along.
    pub context: Option<fn(&W::SoFar, Context) -> Context>,
    /// Puts its values where conditions see them.
    pub keep: fn(&mut W::SoFar, Vec<T>),
}

impl<W: Wizard, T: Fields> Many<W, T> {
    fn count(&self) -> Count {
        let (least, most) = self.spec.count().unwrap_or((0, 100));
        Count::between(least, most)
    }

    fn filled(&self, set: Formset<T>) -> Box<dyn Filled<W>> {
        Box::new(Several::<W, T> {
            set,
            keep: self.keep,
        })
    }
}

impl<W: Wizard, T: Fields> Stage<W> for Many<W, T> {
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
        self.filled(Formset::blank(self.count(), context))
    }

    fn fill(&self, answers: Vec<Answers>, context: Context) -> Box<dyn Filled<W>> {
        self.filled(Formset::fill(answers, self.count(), context))
    }

    fn bind(&self, answers: Vec<Answers>, context: Context) -> Box<dyn Filled<W>> {
        self.filled(Formset::bind(answers, self.count(), context))
    }

    fn file_field(&self, html_name: &str) -> Option<&'static Spec> {
        Formset::<T>::file_field(&Context::new().prefix(self.spec.name()), html_name)
    }

    fn receive(
        &self,
        received: &Received,
        before: &[Answers],
        context: Context,
    ) -> Box<dyn Filled<W>> {
        let (set, _) = Formset::receive_again(received, before, self.count(), context);
        self.filled(set)
    }
}

struct Several<W: Wizard, T> {
    set: Formset<T>,
    keep: fn(&mut W::SoFar, Vec<T>),
}

impl<W: Wizard, T: Fields> Filled<W> for Several<W, T> {
    fn is_valid(&self) -> bool {
        self.set.is_valid()
    }

    fn misses_only_secrets(&self) -> bool {
        let rows = self.set.rows();
        let mut errors = rows.iter().map(|row| row.errors());
        self.is_valid()
            || (self.set.errors().is_empty()
                && errors.all(|errors| are_only_secrets_missing(errors, T::schema())))
    }

    fn is_change(&self) -> bool {
        let mut rows = self.set.rows().iter();
        // A file that could not be taken in is told before the page is shown anew.
        self.set.change().is_some()
            && self.set.errors().is_empty()
            && rows.all(|row| row.errors().is_empty())
    }

    fn answers(&self) -> Vec<Answers> {
        self.set.answers()
    }

    fn problems(&self) -> Vec<(Option<String>, Problem)> {
        let whole = self.set.errors().iter();
        let mut all: Vec<_> = whole.map(|problem| (None, problem.clone())).collect();
        for (place, row) in self.set.rows().iter().enumerate() {
            let of_row = problems(row.errors()).into_iter();
            all.extend(of_row.map(|(field, problem)| {
                let field = field.map(|field| format!("{place}-{field}"));
                (field, problem)
            }));
        }
        all
    }

    fn shown(&self) -> Shown {
        let rows = self.set.rows();
        Shown::Several {
            html: self.set.to_string(),
            summary: self.set.summary().to_string(),
            hidden: self.set.hidden().to_string(),
            names: self.set.names(),
            rows: rows.iter().map(|row| row.sheet().clone()).collect(),
            is_wrong: self.set.is_wrong(),
        }
    }

    fn keep(self: Box<Self>, so_far: &mut W::SoFar) {
        if let Ok(values) = self.set.into_valid() {
            (self.keep)(so_far, values);
        }
    }

    fn refuse(&mut self, field: Option<&str>, problem: Problem) {
        let of_row = field.and_then(|field| field.split_once('-'));
        let of_row = of_row.and_then(|(row, field)| Some((row.parse().ok()?, field)));
        match of_row {
            Some((row, field)) => self.set.refuse_row(row, field, problem),
            None => self.set.refuse(problem),
        }
    }
}
