//! A set of the same form: a visitor fills in as many as they need.
mod show;

use std::fmt;
use std::ops::RangeInclusive;

use crate::form::{Answers, Bound, Context, Errors, Fields, Problem, Received, Spec, Upload};

/// How many forms a set has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    allowed: RangeInclusive<usize>,
    shown: usize,
}

impl Count {
    /// Allows from `least` to `most` forms, and shows the least at first, but at least one.
    #[must_use]
    pub fn between(least: usize, most: usize) -> Self {
        Self {
            allowed: least..=most,
            shown: least.max(1).min(most),
        }
    }

    /// Shows so many blank forms at first.
    #[must_use]
    pub fn shown(mut self, shown: usize) -> Self {
        self.shown = shown.min(*self.allowed.end());
        self
    }
}

/// What a visitor asked for instead of being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// One more form.
    Add,
    /// One form less: the one at this place.
    Remove(usize),
}

/// A set of the same form.
///
/// In HTML a field is called `{prefix}-{place}-{field}`. Which forms there are is said by hidden inputs `{prefix}-row` and
/// by the fields themselves; there is no count that could be forged or go missing. A form in which nothing is
/// filled in is left out, if enough others are. The buttons `{prefix}-add` and `{prefix}-remove` work without JavaScript.
///
/// ```
/// use cloakroom::form::{Change, Context, Count, Form, Formset, Received};
///
/// #[derive(Form, Debug)]
/// struct Guest {
///     name: String,
/// }
///
/// let guests = || Context::new().prefix("guests");
/// let request = Received::urlencoded(b"guests-0-name=Ada&guests-7-name=Grace&guests-8-name=");
/// let set = Formset::<Guest>::receive(&request, Count::between(1, 5), guests());
/// let names: Vec<String> = set.into_valid().unwrap().into_iter().map(|guest| guest.name).collect();
/// assert_eq!(names, ["Ada", "Grace"]);
///
/// let request = Received::urlencoded(b"guests-0-name=Ada&guests-add=1");
/// let set = Formset::<Guest>::receive(&request, Count::between(1, 5), guests());
/// assert_eq!((set.change(), set.len()), (Some(Change::Add), 2));
/// ```
pub struct Formset<T> {
    rows: Vec<Bound<T>>,
    errors: Vec<Problem>,
    change: Option<Change>,
    is_checked: bool,
    count: Count,
    context: Box<Context>,
}

impl<T: Fields> Formset<T> {
    /// Returns the set as it is before anything is filled in.
    #[must_use]
    pub fn blank(count: Count, context: Context) -> Self {
        let rows = (0..count.shown).map(|place| Bound::blank(row(&context, place)));
        Self::unchecked(rows.collect(), None, count, context)
    }

    /// Returns the set with these answers, unchecked; a set without any is blank.
    #[must_use]
    pub fn fill(answers: Vec<Answers>, count: Count, context: Context) -> Self {
        if answers.is_empty() {
            return Self::blank(count, context);
        }
        let rows = answers.into_iter().enumerate();
        let rows = rows.map(|(place, answers)| Bound::fill(answers, row(&context, place)));
        Self::unchecked(rows.collect(), None, count, context)
    }

    /// Returns the set with these answers, checked.
    #[must_use]
    pub fn bind(answers: Vec<Answers>, count: Count, context: Context) -> Self {
        let all = answers.into_iter().map(|answers| (answers, Errors::new()));
        Self::check(all.collect(), count, context)
    }

    /// Returns the set with what a request brought: checked, or changed as the visitor asked; blank, when the URL of a GET
    /// brought nothing.
    #[must_use]
    pub fn receive(received: &Received, count: Count, context: Context) -> Self {
        if received.is_question() {
            return Self::blank(count, context);
        }
        Self::receive_again(received, &[], count, context).0
    }

    /// As [`Formset::receive`], for a set that was answered before: each form keeps what [`Bound::receive_again`] says.
    ///
    /// Returns also the files that no form refers to any more, because others took their place or their form was
    /// removed.
    #[must_use]
    pub fn receive_again(
        received: &Received,
        before: &[Answers],
        count: Count,
        context: Context,
    ) -> (Self, Vec<Upload>) {
        let own = context.html_name("");
        let set = Self::receive_beside(received, before, count, context);
        let came = received.files().filter(|(name, _)| name.starts_with(&own));
        let all = before.iter().flat_map(Answers::all_files);
        let all = all.chain(came.map(|(_, file)| file));
        let kept = set.answers();
        let kept: Vec<&Upload> = kept.iter().flat_map(Answers::all_files).collect();
        let gone = all.filter(|file| !kept.iter().any(|kept| kept.id() == file.id()));
        let gone = gone.cloned().collect();
        (set, gone)
    }

    fn receive_beside(
        received: &Received,
        before: &[Answers],
        count: Count,
        context: Context,
    ) -> Self {
        let places = places::<T>(received, &context);
        let nothing = Answers::new();
        let answered = |place: &usize| {
            let before = before.get(*place).unwrap_or(&nothing);
            let row = row(&context, *place);
            let (answers, errors, _) = Bound::<T>::answered_again(received, before, &row);
            (answers, errors)
        };
        let mut all: Vec<(Answers, Errors)> = places.iter().map(answered).collect();
        let change = change(received, &context, &places);
        match change {
            None => return Self::check(all, count, context),
            Some(Change::Add) => all.push((Answers::new(), Errors::new())),
            Some(Change::Remove(place)) => {
                all.remove(place);
            }
        }
        let most = *count.allowed.end();
        let is_full = change == Some(Change::Add) && all.len() > most;
        if is_full {
            all.pop();
        }
        let rows = all.into_iter().enumerate();
        let rows: Vec<_> = rows
            .map(
                |(place, (answers, errors))| match answers.is_empty() && errors.is_empty() {
                    true => Bound::blank(row(&context, place)),
                    false => Bound::unchecked(answers, row(&context, place), errors),
                },
            )
            .collect();
        let mut set = Self::unchecked(rows, change, count, context);
        if is_full {
            set.errors
                .push(Problem::new("too_many_forms").with("limit", most));
        }
        set
    }

    fn unchecked(
        rows: Vec<Bound<T>>,
        change: Option<Change>,
        count: Count,
        context: Context,
    ) -> Self {
        Self {
            rows,
            errors: Vec::new(),
            change,
            is_checked: false,
            count,
            context: Box::new(context),
        }
    }

    fn check(all: Vec<(Answers, Errors)>, count: Count, context: Context) -> Self {
        let (least, most) = (*count.allowed.start(), *count.allowed.end());
        let blank = |(answers, errors): &(Answers, Errors)| {
            errors.is_empty() && is_untouched::<T>(answers, &context)
        };
        let filled = all.iter().filter(|one| !blank(one)).count();
        let mut spare = all.len() - filled.max(least).min(all.len());
        let kept = all.iter().rev().filter(|one| {
            let is_spare = spare > 0 && blank(one);
            spare -= usize::from(is_spare);
            !is_spare
        });
        let mut kept: Vec<_> = kept.cloned().collect();
        kept.reverse();
        let mut errors = Vec::new();
        if kept.len() < least {
            errors.push(Problem::new("too_few_forms").with("limit", least));
        } else if kept.len() > most {
            errors.push(Problem::new("too_many_forms").with("limit", most));
        }
        let rows = kept.into_iter().enumerate();
        let rows = rows
            .map(|(place, (answers, errors))| Bound::check(answers, row(&context, place), errors));
        Self {
            rows: rows.collect(),
            errors,
            change: None,
            is_checked: true,
            count,
            context: Box::new(context),
        }
    }

    /// Returns the field that takes the files of this name in HTML, in whichever form.
    #[must_use]
    pub fn file_field(context: &Context, html_name: &str) -> Option<&'static Spec> {
        let rest = html_name.strip_prefix(&context.html_name(""))?;
        let (digits, _) = rest.split_once('-')?;
        let place = digits.parse().ok()?;
        T::schema().file_field(&row(context, place), html_name)
    }

    /// Returns the values.
    ///
    /// # Errors
    /// When something is wrong, or the visitor asked for a form more or less: the set, to be shown again.
    pub fn into_valid(self) -> Result<Vec<T>, Self> {
        match self.is_valid() {
            true => Ok(self.rows.into_iter().flat_map(Bound::into_valid).collect()),
            false => Err(self),
        }
    }
}

impl<T> Formset<T> {
    /// Says whether the answers were checked and are right.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.is_checked && self.errors.is_empty() && self.rows.iter().all(Bound::is_valid)
    }

    /// Says whether something is wrong. A set that the visitor only asked to be longer or shorter is neither wrong nor
    /// [valid](Formset::is_valid).
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        !self.errors.is_empty() || self.rows.iter().any(|row| !row.errors().is_empty())
    }

    /// Returns what the visitor asked for instead of being done. It has been carried out.
    #[must_use]
    pub fn change(&self) -> Option<Change> {
        self.change
    }

    /// Returns the forms in the order of the page, the blank ones included.
    #[must_use]
    pub fn rows(&self) -> &[Bound<T>] {
        &self.rows
    }

    /// Returns how many forms there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Says whether there are no forms.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns what is wrong with the set as a whole: `too_few_forms`, `too_many_forms`.
    #[must_use]
    pub fn errors(&self) -> &[Problem] {
        &self.errors
    }

    /// Says that something is wrong with the set as a whole, as only the handler knows.
    pub fn refuse(&mut self, problem: Problem) {
        self.errors.push(problem);
    }

    /// Says that something is wrong with a field of the form at this place, counted from 0; of the set when there is none.
    pub fn refuse_row(&mut self, row: usize, field: &str, problem: Problem) {
        match self.rows.get_mut(row) {
            Some(row) => row.refuse(field, problem),
            None => self.refuse(problem),
        }
    }

    /// Returns what was typed, form by form.
    #[must_use]
    pub fn answers(&self) -> Vec<Answers> {
        self.rows.iter().map(|row| row.answers().clone()).collect()
    }
}

impl<T> fmt::Debug for Formset<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Formset")
            .field("rows", &self.rows)
            .field("errors", &self.errors)
            .field("change", &self.change)
            .finish_non_exhaustive()
    }
}

/// The context of the form at this place.
fn row(context: &Context, place: usize) -> Context {
    let prefix = context.html_name(&place.to_string());
    context.clone().prefix(prefix)
}

/// The places of the forms that were sent, each once, in the order in which they came.
fn places<T: Fields>(received: &Received, context: &Context) -> Vec<usize> {
    let mark = context.html_name("row");
    let begin = context.html_name("");
    let mut places: Vec<usize> = Vec::new();
    let mut see = |digits: &str| {
        let place = digits.parse().ok().filter(|place| !places.contains(place));
        places.extend(place);
    };
    for text in received.all_texts(&mark) {
        see(text);
    }
    let files = received.files().map(|(name, _)| name);
    for name in received.names().chain(files) {
        let rest = name.strip_prefix(begin.as_str());
        if let Some((digits, field)) = rest.and_then(|rest| rest.split_once('-'))
            && T::schema().field(field).is_some()
        {
            see(digits);
        }
    }
    places
}

fn change(received: &Received, context: &Context, places: &[usize]) -> Option<Change> {
    if received.has(&context.html_name("add")) {
        return Some(Change::Add);
    }
    let asked: usize = received.text(&context.html_name("remove"))?.parse().ok()?;
    let place = places.iter().position(|place| *place == asked)?;
    Some(Change::Remove(place))
}

/// Says whether the answers are what a blank form sends.
fn is_untouched<T: Fields>(answers: &Answers, context: &Context) -> bool {
    let blank = Bound::<T>::blank(context.clone());
    let is_same = |name: &str| {
        answers.files(name).is_empty()
            && (answers.text(name).trim().is_empty()
                || answers.texts(name) == blank.answers().texts(name))
    };
    T::schema().fields().iter().all(|spec| is_same(spec.name()))
}
