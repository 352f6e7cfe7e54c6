//! One page of a wizard: all that a template may want to show.
use std::borrow::Cow;
use std::fmt;

use crate::csrf::CsrfToken;
use crate::form::Sheet;
use crate::headers::CspNonce;
use crate::messages::Messages;
use crate::session::Session;
use crate::web::wizard::html;
use crate::wizard::{Shown, Steps, Word, Words};

/// Which of a wizard's pages it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PageKind {
    /// A step.
    Step,
    /// A step that another page has changed since this one was loaded: both versions.
    Conflict,
    /// That all is saved, and how to come back.
    Saved,
    /// That it is done.
    Finished,
    /// That it is still being worked on.
    Running,
    /// That nobody can tell whether it was done.
    Broken,
    /// That what was sent could not be taken in, and where it goes on.
    NotTaken,
    /// Whether to go on with the answers to which a link leads: a form with nothing but hidden inputs.
    Resume,
    /// That there is nothing here for this visitor.
    NotFound,
}

impl PageKind {
    /// Returns it as text: `step`, `conflict`, `saved`, `finished`, `running`, `broken`, `not_taken`,
    /// `resume`, `not_found`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Conflict => "conflict",
            Self::Saved => "saved",
            Self::Finished => "finished",
            Self::Running => "running",
            Self::Broken => "broken",
            Self::NotTaken => "not_taken",
            Self::Resume => "resume",
            Self::NotFound => "not_found",
        }
    }
}

/// A page of a wizard.
#[derive(Clone)]
pub struct Page {
    pub(super) kind: PageKind,
    pub(super) wizard: &'static str,
    pub(super) words: Words,
    pub(super) wizard_title: Cow<'static, str>,
    pub(super) step: &'static str,
    pub(super) title: Cow<'static, str>,
    pub(super) template: Option<&'static str>,
    pub(super) steps: Steps,
    pub(super) has_all_steps: bool,
    /// Whether no step comes after it, whatever is answered.
    pub(super) is_last: bool,
    pub(super) shown: Option<Shown>,
    pub(super) theirs: Option<Shown>,
    pub(super) is_review: bool,
    pub(super) review: Vec<Section>,
    pub(super) revision: u32,
    /// The number of what was put aside for this page.
    pub(super) aside: Option<u32>,
    /// How often the steps had changed whose answers are shown to be checked.
    pub(super) seen: Option<u32>,
    pub(super) back_to: &'static str,
    pub(super) notice: Option<String>,
    pub(super) url: String,
    pub(super) link: Option<String>,
    /// Whether that leads here from another device.
    pub(super) is_link: bool,
    pub(super) csrf: CsrfToken,
    pub(super) nonce: CspNonce,
    pub(super) visit: Option<(Session, Messages)>,
}

/// The answers of one step on the page on which visitors check them.
#[derive(Clone, Debug)]
pub struct Section {
    /// The step's name.
    pub name: &'static str,
    /// The step's title, in the visitor's words.
    pub title: Cow<'static, str>,
    /// Where the answers are changed; from there it goes back to the review.
    pub url: String,
    /// Labels and answers, in words.
    pub lines: Vec<(String, String)>,
    /// What each form of a repeated step is called: "Guest 1", "Guest 2"; empty for a step that is not repeated.
    pub names: Vec<String>,
    /// The forms whose answers these are, to be said in other words.
    pub sheets: Vec<Sheet>,
}

impl Section {
    pub(super) fn lines_of(sheets: &[Sheet]) -> Vec<(String, String)> {
        let lines = sheets.iter().flat_map(Sheet::review);
        lines
            .map(|(label, text)| (label.into_owned(), text))
            .collect()
    }
}

impl Page {
    /// Returns which page it is: a step, the review, the end, or one that says what could not be done.
    #[must_use]
    pub fn kind(&self) -> PageKind {
        self.kind
    }

    /// Returns the wizard's name, by which drafts and metrics know it; it is not for visitors.
    #[must_use]
    pub fn wizard(&self) -> &'static str {
        self.wizard
    }

    /// Returns the wizard's title in the visitor's language, as plain text.
    #[must_use]
    pub fn wizard_title(&self) -> &str {
        &self.wizard_title
    }

    /// Says one of the words that wizards' pages have, in the visitor's language, as plain text.
    #[must_use]
    pub fn say<'a>(&self, word: Word<'a>) -> Cow<'a, str> {
        self.words.say(word)
    }

    /// Returns the name of the step; empty on pages of no step.
    #[must_use]
    pub fn step(&self) -> &'static str {
        self.step
    }

    /// Returns the name of the step's own template, if it has one.
    #[must_use]
    pub fn template(&self) -> Option<&'static str> {
        self.template
    }

    /// Returns what the one heading of the page says.
    #[must_use]
    pub fn heading(&self) -> Cow<'_, str> {
        self.say(match self.kind {
            PageKind::Step => return Cow::Borrowed(&*self.title),
            PageKind::Conflict => Word::Conflict,
            PageKind::Saved => Word::Saved,
            PageKind::Finished => Word::Finished,
            PageKind::Running => Word::Running,
            PageKind::Broken => Word::Broken,
            PageKind::NotTaken => Word::NotTaken,
            PageKind::Resume => Word::Resume,
            PageKind::NotFound => Word::NotFound,
        })
    }

    /// Returns the title for the browser: what is wrong comes first.
    #[must_use]
    pub fn title(&self) -> String {
        let prefix = match &self.shown {
            Some(Shown::One(sheet)) => sheet.title_prefix().into_owned(),
            Some(Shown::Several { rows, is_wrong, .. }) if *is_wrong => {
                let wrong = rows.iter().map(Sheet::title_prefix);
                let prefix = wrong.into_iter().find(|prefix| !prefix.is_empty());
                prefix.map_or_else(|| "Error: ".to_owned(), Cow::into_owned)
            }
            _ => String::new(),
        };
        format!("{prefix}{} – {}", self.heading(), self.wizard_title)
    }

    /// Returns the steps as they are to be visited, as things stand.
    #[must_use]
    pub fn steps(&self) -> &Steps {
        &self.steps
    }

    /// Returns the form; `None` on pages without one.
    #[must_use]
    pub fn shown(&self) -> Option<&Shown> {
        self.shown.as_ref()
    }

    /// Returns what another page has saved, on the page that says so.
    #[must_use]
    pub fn theirs(&self) -> Option<&Shown> {
        self.theirs.as_ref()
    }

    /// Says whether visitors check their answers here.
    #[must_use]
    pub fn is_review(&self) -> bool {
        self.is_review
    }

    /// Returns all answers, on the page on which visitors check them.
    #[must_use]
    pub fn review(&self) -> &[Section] {
        &self.review
    }

    /// Returns what the visitor should know: that answers are gone, or what `done` says.
    #[must_use]
    pub fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    /// Returns the address of this page, to which its form is sent.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns where it goes on from a page without a form: to come back later, perhaps on another device. On the page before a
    /// link's answers are taken up, it leads to the visitor's own, if there are any.
    #[must_use]
    pub fn link(&self) -> Option<&str> {
        self.link.as_deref()
    }

    /// Returns the token that goes with the form; it is among the hidden inputs.
    #[must_use]
    pub fn csrf(&self) -> &CsrfToken {
        &self.csrf
    }

    /// Returns what a script or style in the page is marked with, so that the site's policy allows it.
    #[must_use]
    pub fn nonce(&self) -> &CspNonce {
        &self.nonce
    }

    /// Returns the visitor's session, where pages are made by the site.
    #[must_use]
    pub fn session(&self) -> Option<&Session> {
        self.visit.as_ref().map(|(session, _)| session)
    }

    /// Returns the waiting messages, where pages are made by the site.
    #[must_use]
    pub fn messages(&self) -> Option<&Messages> {
        self.visit.as_ref().map(|(_, messages)| messages)
    }

    /// Returns the hidden inputs that have to be in the form, as HTML: the token, the revision, where to return to.
    #[must_use]
    pub fn hidden(&self) -> String {
        html::hidden(self)
    }

    /// Returns the attributes for `<form>`.
    #[must_use]
    pub fn form_attributes(&self) -> String {
        html::form_attributes(self)
    }

    /// Returns the buttons, as HTML.
    #[must_use]
    pub fn buttons(&self) -> String {
        html::buttons(self)
    }

    /// Returns all of the page's content, as HTML: heading, errors, form, buttons; for a site that brings only its frame.
    #[must_use]
    pub fn html(&self) -> String {
        html::content(self)
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("kind", &self.kind)
            .field("wizard", &self.wizard)
            .field("step", &self.step)
            .finish_non_exhaustive()
    }
}
