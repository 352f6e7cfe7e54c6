//! Trying a wizard out without HTTP: its steps are filled in one after the other, by its own rules.
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::form::{Answers, Fields, Problem, Received, every_answer};
use crate::keys::KeyRing;
use crate::wizard::flow::{Next, Press, Return, Sent, after};
use crate::wizard::{Draft, Filled, Plan, Posted, RunId, Safe, Standing, Survey, Wizard};

/// A run through a wizard without HTTP; [`Wizard::test`] begins one.
///
/// It takes the same way as a visitor: a step that is not to be visited, or not yet, is refused, and so is one
/// in which something is wrong.
///
/// ```
/// use cloakroom::form::Form;
/// use cloakroom::wizard::Wizard;
///
/// #[derive(Form, Debug)]
/// struct Stars {
///     #[field(min = 1, max = 5)]
///     stars: u8,
/// }
///
/// #[derive(Form, Debug)]
/// struct Comments {
///     text: Option<String>,
/// }
///
/// #[derive(Wizard, Debug)]
/// struct Feedback {
///     rating: Stars,
///     comments: Comments,
/// }
///
/// let feedback = Feedback::test()
///     .step(Stars { stars: 5 })
///     .step(Comments { text: None })
///     .finish()
///     .unwrap();
/// assert_eq!(feedback.rating.stars, 5);
///
/// let wrong = Feedback::test().step(Stars { stars: 6 }).finish().unwrap_err();
/// assert_eq!(wrong.to_string(), "step `rating`: field `stars`: max_value");
/// ```
#[must_use]
pub struct Trial<W: Wizard> {
    draft: Draft,
    safe: Safe,
    facts: Arc<W::Facts>,
    at: usize,
    survey: Option<Survey<W>>,
    ended: Option<Ended>,
    wizard: PhantomData<fn() -> W>,
}

/// Why a trial gave no wizard.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// There is no such step, or it is not to be visited as things stand.
    NoSuchStep {
        /// The name of the form.
        form: &'static str,
        /// The step at which the visitor is.
        at: &'static str,
    },
    /// Something in a step is wrong.
    Wrong {
        /// The step.
        step: &'static str,
        /// The fields, `None` for the whole form, each with what is wrong.
        problems: Vec<(Option<String>, Problem)>,
    },
    /// A step has not been filled in.
    Missing {
        /// The step.
        step: &'static str,
    },
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchStep { form, at } => {
                write!(
                    f,
                    "no step takes the form `{form}` here: the visitor is at step `{at}`"
                )
            }
            Self::Missing { step } => write!(f, "step `{step}` has not been filled in"),
            Self::Wrong { step, problems } => {
                write!(f, "step `{step}`")?;
                for (field, problem) in problems {
                    match field {
                        Some(field) => write!(f, ": field `{field}`: {}", problem.code())?,
                        None => write!(f, ": {}", problem.code())?,
                    }
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for Ended {}

impl<W: Wizard> Trial<W> {
    pub(super) fn begin() -> Self {
        let plan = W::plan();
        let (run, now) = (RunId::generate(), Timestamp::from_secs(1_800_000_000));
        let keys = KeyRing::new(KeyRing::generate_secret()).expect("a generated secret is one");
        let until = now.plus(Duration::from_secs(3_600));
        Self {
            draft: Draft::new(plan.name(), plan.version(), run, now),
            safe: Safe::new(keys, plan.name(), run, now, until),
            facts: Arc::default(),
            at: 0,
            survey: None,
            ended: None,
            wizard: PhantomData,
        }
    }

    /// Lets conditions and contexts know this from here on, as a mounted wizard learns it with each request.
    pub fn facts(mut self, facts: W::Facts) -> Self {
        self.facts = Arc::new(facts);
        self
    }

    /// Fills a step in and goes on. Which step it is, its type says, and where the visitor is.
    pub fn step<T: Fields>(self, value: T) -> Self {
        let row = every_answer(&value);
        self.fill::<T>(|name, received| put(received, name, &row))
    }

    /// Fills a repeated step in and goes on.
    pub fn steps<T: Fields>(self, values: impl IntoIterator<Item = T>) -> Self {
        let rows: Vec<Answers> = values
            .into_iter()
            .map(|value| every_answer(&value))
            .collect();
        self.fill::<T>(|name, received| {
            for (place, row) in rows.iter().enumerate() {
                received.add_text(format!("{name}-row"), place.to_string());
                put(received, &format!("{name}-{place}"), row);
            }
        })
    }

    fn fill<T: Fields>(mut self, write: impl FnOnce(&str, &mut Received)) -> Self {
        if self.ended.is_some() {
            return self;
        }
        let plan = W::plan();
        let survey = Survey::of(plan, Some(&self.draft), &self.facts, &self.safe);
        let is_it = |place: &usize| {
            survey.standings[*place].is_active()
                && std::ptr::eq(plan.stages()[*place].spec().schema(), T::schema())
        };
        // The first steps may not be to be visited by what is known of the visitor.
        let mut ahead = survey.standings.iter().skip(self.at);
        self.at += ahead.position(|one| one.is_active()).unwrap_or_default();
        let Some(place) = Some(self.at).filter(is_it) else {
            self.ended = Some(Ended::NoSuchStep {
                form: T::schema().name(),
                at: name_of(plan, self.at),
            });
            return self;
        };
        let mut received = Received::new();
        write(name_of(plan, place), &mut received);
        self.send(place, received);
        self
    }

    fn send(&mut self, place: usize, received: Received) {
        let plan = W::plan();
        let name = name_of(plan, place);
        let posted = Posted {
            place,
            received,
            revision: Some(self.draft.revision(name)),
            aside: None,
            seen: None,
            press: Press::Continue,
        };
        let (survey, receipt) =
            Survey::receive(plan, &mut self.draft, &posted, &self.facts, &self.safe);
        let sent = Sent {
            at: place,
            press: Press::Continue,
            is_valid: receipt.is_valid,
            back_to: Return::Nowhere,
        };
        match after(&survey.standings, plan.order(), sent) {
            Next::Finish => {}
            Next::Again => self.ended = Some(wrong(name, receipt.again.as_deref())),
            Next::Show(next) | Next::ShowAndReturn(next) | Next::Missing(next) => self.at = next,
            Next::Saved | Next::CheckAgain => {}
        }
        self.survey = Some(survey);
    }

    /// Returns the wizard, as `done` would get it.
    ///
    /// # Errors
    /// Says which step was refused, or is missing.
    pub fn finish(self) -> Result<W, Ended> {
        if let Some(ended) = self.ended {
            return Err(ended);
        }
        let missing = Ended::Missing {
            step: name_of(W::plan(), self.at),
        };
        let Some(survey) = self.survey else {
            return Err(missing);
        };
        let is_passed = |one: &Standing| matches!(one, Standing::Inactive | Standing::Complete);
        if let Some(place) = survey.standings.iter().position(|one| !is_passed(one)) {
            return Err(Ended::Missing {
                step: name_of(W::plan(), place),
            });
        }
        W::gather(survey.so_far).ok_or(missing)
    }
}

impl<W: Wizard> fmt::Debug for Trial<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trial")
            .field("draft", &self.draft)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

fn name_of<W: Wizard>(plan: &Plan<W>, place: usize) -> &'static str {
    plan.specs().nth(place).map_or("", |spec| spec.name())
}

fn put(received: &mut Received, prefix: &str, answers: &Answers) {
    for name in answers.names() {
        for text in answers.texts(name) {
            received.add_text(format!("{prefix}-{name}"), text);
        }
        for file in answers.files(name) {
            received.add_file(format!("{prefix}-{name}"), file.clone());
        }
    }
}

fn wrong<W: Wizard>(step: &'static str, filled: Option<&dyn Filled<W>>) -> Ended {
    Ended::Wrong {
        step,
        problems: filled.map(Filled::problems).unwrap_or_default(),
    }
}
