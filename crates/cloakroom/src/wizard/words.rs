//! The words of a wizard's pages, and how a site replaces them, for example by those of another language.
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// Words that a wizard's page wants to say; those of its forms are [`form::Part`](crate::form::Part).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Word<'a> {
    /// The language of the library's own pages, as `lang` has it: `en`.
    Language,
    /// The wizard's title; what the program says it is.
    WizardTitle(&'a str),
    /// A step's title.
    StepTitle {
        /// The step's name.
        step: &'a str,
        /// What the program says it is.
        title: &'a str,
    },
    /// How far the visitor is: "Registration: step 2 of 4".
    Progress {
        /// The wizard's title, in the visitor's words.
        wizard: &'a str,
        /// The number of the step.
        number: usize,
        /// How many there are, when answers can't change that.
        count: Option<usize>,
    },
    /// "Continue", on a button.
    Continue,
    /// "Send", on the button of the last step.
    Send,
    /// "Back", on a button.
    Back,
    /// "Save and come back later", on a button.
    Save,
    /// "Change", before the title of a step whose answers are shown.
    Change,
    /// "This page was changed elsewhere", a heading.
    Conflict,
    /// What that means, below it.
    ConflictHelp,
    /// "What is saved now", above the one version.
    SavedNow,
    /// "Keep what is saved", a link.
    KeepSaved,
    /// "What you have just sent", above the other version.
    JustSent,
    /// "Take what I have sent", on a button.
    TakeSent,
    /// "Your answers are saved", a heading.
    Saved,
    /// What the link is good for that stands below, and who should have it.
    SavedLink,
    /// "Go on with your answers", a link.
    GoOn,
    /// "Go on with these answers?", a heading.
    Resume,
    /// To what the link leads that was opened, below it.
    ResumeHelp,
    /// "Go on with these answers", on a button.
    ResumeHere,
    /// That the visitor has answers of their own here.
    ResumeBeside,
    /// "Go on with my own answers", a link.
    ResumeOwn,
    /// "Done", a heading.
    Finished,
    /// "Your answers are being sent", a heading.
    Running,
    /// What that means, below it.
    RunningHelp,
    /// "See whether it is done", a link.
    SeeWhether,
    /// "We can’t tell whether that was completed", a heading.
    Broken,
    /// What that means, when it is not done again.
    BrokenHelp,
    /// What that means, when the visitor may try again.
    BrokenForNow,
    /// What the visitor can tell who asks: "Your reference: 1A2B3C4D".
    Reference {
        /// The reference, as it stands in the site's log.
        reference: &'a str,
    },
    /// "Try again", a link.
    TryAgain,
    /// That earlier answers are gone: kept for too long, or with a session that ended.
    Expired,
    /// That earlier answers are gone, as others were begun since and a cookie or a session has room for so many only.
    Displaced,
    /// That something has to be filled in once more, as it is not kept.
    AskAgain,
    /// That what was sent could not be checked just now.
    Unchecked,
    /// That what was typed could not be kept just now.
    NotKept,
    /// That answers have changed since they were shown to be checked.
    Changed,
    /// "We can’t find these answers", a heading.
    NotFound,
    /// What that may come from, below it.
    NotFoundHelp,
    /// "Start here", a link.
    StartHere,
    /// "That is too much to remember", a heading.
    TooLong,
    /// What that means for a browser that keeps the answers, below it.
    TooLongHelp,
    /// "That could not be taken in", a heading.
    NotTaken,
    /// That a page was sent with more than this, files included: `100 MiB`.
    TooManyBytes {
        /// How much may be sent.
        limit: &'a str,
    },
    /// That a page was sent with more fields than this.
    TooManyFields {
        /// How many may be sent.
        limit: usize,
    },
    /// That a page was sent with more files than this.
    TooManyFiles {
        /// How many may be sent.
        limit: usize,
    },
    /// That what was sent could not be read.
    Unreadable,
    /// "Back to your answers", a link.
    BackToStep,
}

impl<'a> Word<'a> {
    /// Says it in English, or as the program has it.
    #[must_use]
    pub fn english(self) -> Cow<'a, str> {
        Cow::Borrowed(match self {
            Self::WizardTitle(title) | Self::StepTitle { title, .. } => title,
            Self::Progress {
                wizard,
                number,
                count,
            } => {
                return Cow::Owned(match count {
                    Some(count) => format!("{wizard}: step {number} of {count}"),
                    None => format!("{wizard}: step {number}"),
                });
            }
            Self::Reference { reference } => {
                return Cow::Owned(format!("Your reference: {reference}"));
            }
            Self::TooManyBytes { limit } => return Cow::Owned(too_many(&limit, "")),
            Self::TooManyFields { limit } => return Cow::Owned(too_many(&limit, " fields")),
            Self::TooManyFiles { limit } => return Cow::Owned(too_many(&limit, " files")),
            Self::Language => "en",
            Self::Continue => "Continue",
            Self::Send => "Send",
            Self::Back => "Back",
            Self::Save => "Save and come back later",
            Self::Change => "Change",
            Self::Conflict => "This page was changed elsewhere",
            Self::ConflictHelp => {
                "Somebody, perhaps you in another tab, has changed these answers since you opened this page. Nothing has been overwritten."
            }
            Self::SavedNow => "What is saved now",
            Self::KeepSaved => "Keep what is saved",
            Self::JustSent => "What you have just sent",
            Self::TakeSent => "Take what I have sent",
            Self::Saved => "Your answers are saved",
            Self::SavedLink => {
                "This link leads back to them on any device. Keep it to yourself: whoever has it can read and change your answers. Saving again replaces it."
            }
            Self::GoOn => "Go on with your answers",
            Self::Resume => "Go on with these answers?",
            Self::ResumeHelp => {
                "The link leads to answers that were saved on another device. Whoever saved them sees what you add."
            }
            Self::ResumeHere => "Go on with these answers",
            Self::ResumeBeside => "You have answers of your own here. They stay as they are.",
            Self::ResumeOwn => "Go on with my own answers",
            Self::Finished => "Done",
            Self::Running => "Your answers are being sent",
            Self::RunningHelp => "This takes a moment. You need not send them again.",
            Self::SeeWhether => "See whether it is done",
            Self::Broken => "We can’t tell whether that was completed",
            Self::BrokenHelp => {
                "Something failed while your answers were being sent. They have not been sent again, so that nothing is done twice. Please get in touch with us before you start anew."
            }
            Self::BrokenForNow => {
                "Something failed while your answers were being sent. They are kept."
            }
            Self::TryAgain => "Try again",
            Self::Expired => {
                "Your earlier answers are no longer here: they were kept for too long, or you have signed out since. Please fill them in again."
            }
            Self::Displaced => {
                "Your earlier answers are no longer here: only a few forms are kept at once, and you have begun others since. Please fill them in again."
            }
            Self::AskAgain => {
                "For your safety this is not kept. Please fill it in once more to finish."
            }
            Self::Unchecked => {
                "We could not check this just now. What you typed is kept; please try again in a moment."
            }
            Self::NotKept => {
                "We could not keep this just now. What you typed is still on this page; please try again in a moment."
            }
            Self::Changed => {
                "These answers were changed in another tab since you opened this page, so nothing has been sent. Please check them once more."
            }
            Self::NotFound => "We can’t find these answers",
            Self::NotFoundHelp => {
                "They may have been kept for too long, or belong to somebody who has to sign in first."
            }
            Self::StartHere => "Start here",
            Self::NotTaken => "That could not be taken in",
            Self::Unreadable => {
                "What was sent arrived incomplete or damaged. Nothing has been changed; what you sent before is still here."
            }
            Self::BackToStep => "Back to your answers",
            Self::TooLong => "That is too much to remember",
            Self::TooLongHelp => {
                "Your browser can't keep answers as long as these. Nothing was changed; please go back and shorten them."
            }
        })
    }
}

fn too_many(limit: &dyn fmt::Display, what: &str) -> String {
    format!(
        "At most {limit}{what} can be sent at once. Nothing has been changed; what you sent before is still here."
    )
}

/// Looks words up: a site's own, or nothing for what it has none for.
type Catalogue = dyn Fn(Word<'_>) -> Option<String> + Send + Sync;

/// The words of one wizard's pages: a catalogue's, and English for what it doesn't know.
#[derive(Clone, Default)]
pub struct Words(Option<Arc<Catalogue>>);

impl Words {
    /// Takes words from this catalogue first.
    #[must_use]
    pub fn new(catalogue: impl Fn(Word<'_>) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(catalogue)))
    }

    /// Says it, as plain text: by the catalogue, and in English what it leaves out.
    #[must_use]
    pub fn say<'a>(&self, word: Word<'a>) -> Cow<'a, str> {
        let found = self.0.as_deref().and_then(|catalogue| catalogue(word));
        found.map_or_else(|| word.english(), Cow::Owned)
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Words(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_catalogue_says_what_it_knows_and_english_is_for_the_rest() {
        let words = Words::new(|word| match word {
            Word::Back => Some("Zurück".into()),
            Word::Progress { number, .. } => Some(format!("Schritt {number}")),
            _ => None,
        });
        let progress = |count| Word::Progress {
            wizard: "Registration",
            number: 2,
            count,
        };
        assert_eq!(words.say(Word::Back), "Zurück");
        assert_eq!(words.say(Word::Continue), "Continue");
        assert_eq!(words.say(progress(Some(4))), "Schritt 2");
        let words = Words::default();
        assert_eq!(words.say(progress(Some(4))), "Registration: step 2 of 4");
        assert_eq!(words.say(progress(None)), "Registration: step 2");
    }
}
