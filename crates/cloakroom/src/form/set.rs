//! A set of the same form: a visitor fills in as many as they need.
use std::fmt;
use std::ops::RangeInclusive;

use crate::form::render::{self, Escaped};
use crate::form::{Answers, Bound, Context, Errors, Fields, Part, Problem, Received, Wanted};

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

    /// Returns the set with what a request brought: checked, or changed as the visitor asked.
    #[must_use]
    pub fn receive(received: &Received, count: Count, context: Context) -> Self {
        let places = places::<T>(received, &context);
        let mut all: Vec<(Answers, Errors)> = places
            .iter()
            .map(|place| received.answers(T::schema(), &row(&context, *place)))
            .collect();
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
            .map(|(place, (answers, _))| match answers.is_empty() {
                true => Bound::blank(row(&context, place)),
                false => Bound::fill(answers, row(&context, place)),
            })
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

    /// Returns what the visitor asked for instead of being done. It has been carried out.
    #[must_use]
    pub fn change(&self) -> Option<Change> {
        self.change
    }

    /// Returns the forms.
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

    /// Returns what was typed, form by form.
    #[must_use]
    pub fn answers(&self) -> Vec<Answers> {
        self.rows.iter().map(|row| row.answers().clone()).collect()
    }

    /// Returns the list of all that is wrong, as HTML; nothing when all is well.
    #[must_use]
    pub fn summary(&self) -> impl fmt::Display {
        render::show(move |f| {
            let sheets = self.rows.iter().map(Bound::sheet);
            render::summary_of_set(f, &self.errors, &self.context, sheets)
        })
    }

    /// Returns the hidden inputs that say which forms there are, as HTML; for a template that prints the rows itself.
    #[must_use]
    pub fn hidden(&self) -> impl fmt::Display {
        render::show(move |f| (0..self.rows.len()).try_for_each(|place| self.mark(f, place)))
    }

    /// What a form of the set is called.
    fn name_of(&self, row: &Bound<T>, number: usize) -> String {
        let parameters = [("number", number.to_string())];
        let form = row.schema().name();
        let wanted = Wanted::of_whole(form, Part::Row, &parameters);
        let found = self.context.look_up(&wanted);
        found.unwrap_or_else(|| format!("{form} {number}"))
    }

    fn mark(&self, f: &mut fmt::Formatter<'_>, place: usize) -> fmt::Result {
        let name = self.context.html_name("row");
        let name = Escaped(&name);
        writeln!(
            f,
            "<input type=\"hidden\" name=\"{name}\" value=\"{place}\">"
        )
    }
}

impl<T> fmt::Display for Formset<T> {
    /// Writes all forms, each in a fieldset, and the buttons to add and remove one.
    ///
    /// A button without a name comes first, unseen: it is the one that Enter presses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let css = self.context.css();
        let (least, most) = (*self.count.allowed.start(), *self.count.allowed.end());
        let word = |part| render::word(&self.context, part);
        f.write_str("<button hidden></button>\n")?;
        for (place, row) in self.rows.iter().enumerate() {
            let name_of_row = self.name_of(row, place + 1);
            let number = Escaped(&name_of_row);
            write!(f, "<fieldset{}>", render::class(css.row))?;
            write!(f, "<legend{}>{number}</legend>", render::class(css.legend))?;
            self.mark(f, place)?;
            write!(f, "{row}")?;
            if self.rows.len() > least {
                let (name, remove) = (self.context.html_name("remove"), word(Part::Remove));
                write!(
                    f,
                    "<button{} name=\"{}\" value=\"{place}\" formnovalidate>{} <span{}>{number}</span></button>",
                    render::class(css.button),
                    Escaped(&name),
                    Escaped(&remove),
                    render::class(css.hidden),
                )?;
            }
            f.write_str("</fieldset>\n")?;
        }
        if self.rows.len() < most {
            let (name, add) = (self.context.html_name("add"), word(Part::AddAnother));
            writeln!(
                f,
                "<button{} name=\"{}\" value=\"1\" formnovalidate>{}</button>",
                render::class(css.button),
                Escaped(&name),
                Escaped(&add),
            )?;
        }
        Ok(())
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
