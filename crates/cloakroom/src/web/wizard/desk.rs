//! One mounted wizard: what all requests to it share, and how it answers.
use std::error::Error as StdError;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum_core::body::Body;
use axum_core::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use http::{HeaderValue, StatusCode};

use crate::clock::Timestamp;
use crate::config::Site;
#[cfg(feature = "uploads")]
use crate::files::Files;
use crate::form::{Limits, Texts, Upload};
use crate::web::page::{OwnPage, page};
use crate::web::wizard::keep::{Found, Keeping};
use crate::web::wizard::visitor::Visitor;
use crate::web::wizard::{Page, Saved, html};
use crate::wizard::{Answer, Draft, Lines, Plan, RunId, Safe, State, Wizard};

pub(super) type Render =
    Arc<dyn Fn(&Page) -> Result<String, Box<dyn StdError + Send + Sync>> + Send + Sync>;
pub(super) type OnSave =
    Arc<dyn Fn(Saved) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// How long `done` may run before another process takes it for dead.
const LONGEST_END: Duration = Duration::from_secs(60);

/// One mounted wizard.
pub(super) struct Desk<W: Wizard> {
    pub(super) site: Arc<Site>,
    pub(super) plan: &'static Plan<W>,
    pub(super) keeping: Keeping,
    pub(super) lines: Arc<Lines>,
    pub(super) limits: Limits,
    pub(super) patience: Duration,
    pub(super) link_lifetime: Duration,
    pub(super) texts: Option<Arc<dyn Texts>>,
    pub(super) render: Option<Render>,
    pub(super) on_save: Option<OnSave>,
    pub(super) origin: Option<String>,
    #[cfg(feature = "uploads")]
    pub(super) files: Option<Files>,
    #[cfg(feature = "uploads")]
    pub(super) _tidying: Option<crate::web::wizard::tidying::Tidying>,
}

/// How far a run is, for whoever comes to it.
pub(super) enum Stand {
    /// It can be filled in; there may be nothing of it yet.
    Open(Option<Draft>),
    /// It has ended.
    Ended(Answer),
    /// `done` is running.
    Running,
    /// `done` failed, or its process did.
    Broken,
    /// It is somebody else's.
    Foreign,
}

impl<W: Wizard> Desk<W> {
    /// Looks a run up.
    ///
    /// # Errors
    /// Gives the answer to give when drafts can't be reached.
    pub(super) async fn stand(&self, visitor: &Visitor, run: RunId) -> Result<Stand, Response> {
        let stand = self.look(visitor, run).await?;
        if matches!(stand, Stand::Ended(_)) {
            visitor.find_session_again(run).await?;
        }
        Ok(stand)
    }

    async fn look(&self, visitor: &Visitor, run: RunId) -> Result<Stand, Response> {
        Ok(match self.keeping.load(visitor, run).await? {
            Found::Foreign => Stand::Foreign,
            Found::Draft(mut draft) => {
                self.plan.settle(&mut draft);
                // What is found may be a copy from before the end.
                let of_draft = || self.lines.answer(visitor.cutter().key_of(&draft));
                // Another program may have begun the next run in the place of the one that is asked for.
                let ended = match draft.run() == run {
                    true => of_draft(),
                    false => self.ended_for(visitor, run).or_else(of_draft),
                };
                match (ended, draft.state().clone()) {
                    (_, State::Finished { to, said }) => Stand::Ended(Answer { to, said }),
                    (Some(answer), _) => Stand::Ended(answer),
                    (None, State::Open) => Stand::Open(Some(*draft)),
                    (None, State::Finishing { since, .. })
                        if is_running(since, self.site.clock.now()) =>
                    {
                        Stand::Running
                    }
                    (None, _) if self.plan.may_retry() => Stand::Open(Some(*draft)),
                    (None, _) => Stand::Broken,
                }
            }
            Found::Nothing => match self.ended_for(visitor, run) {
                Some(answer) => Stand::Ended(answer),
                None => Stand::Open(None),
            },
        })
    }

    /// Returns the name of the run that a request to `asked` is about.
    ///
    /// # Errors
    /// Gives the answer to give when drafts can't be reached.
    pub(super) async fn run_of(&self, visitor: &Visitor, asked: RunId) -> Result<RunId, Response> {
        match self.ended_for(visitor, asked) {
            Some(_) => Ok(asked),
            None => self.keeping.run_of(visitor, asked).await,
        }
    }

    /// Returns where the visitor was sent at the end of a run of which nothing is kept, if it was this visitor's: who only
    /// knows its address has another key.
    fn ended_for(&self, visitor: &Visitor, run: RunId) -> Option<Answer> {
        let cutter = visitor.cutter();
        let mut known = cutter.keys(run).filter_map(|key| self.lines.answer(key));
        known.next()
    }

    /// Returns the run that a step is about whose address names none: the newest that is open, or a new one.
    ///
    /// # Errors
    /// Gives the answer to give when drafts can't be reached.
    pub(super) async fn newest(
        &self,
        visitor: &Visitor,
    ) -> Result<(RunId, Option<Draft>), Response> {
        let mut open = self.keeping.open(visitor).await?.into_iter();
        let cutter = visitor.cutter();
        let is_open = |draft: &Draft| self.lines.answer(cutter.key_of(draft)).is_none();
        let newest = open.find(is_open);
        let run = newest.as_ref().map_or_else(RunId::generate, Draft::run);
        Ok((run, newest))
    }

    /// Says whether a part of the path names a step instead of a run, as it does on a site that shares the wizard.
    pub(super) fn names_step(&self, name: &str) -> bool {
        self.keeping.is_shared() && self.plan.place(name).is_some()
    }

    /// Removes files that nobody refers to any more; what can't be removed now is swept later.
    #[cfg(feature = "uploads")]
    pub(super) fn forget(&self, files: Vec<Upload>) {
        let Some(storage) = self.files.clone().filter(|_| !files.is_empty()) else {
            return;
        };
        tokio::spawn(async move {
            for file in files {
                if let Err(error) = storage.remove(file.id()).await {
                    tracing::warn!(%error, "a file that nobody refers to is left to be swept");
                }
            }
        });
    }

    /// There are no files without a storage for them.
    #[cfg(not(feature = "uploads"))]
    pub(super) fn forget(&self, _files: Vec<Upload>) {}

    /// Returns where answers marked `sealed` of a run are kept.
    pub(super) fn safe(&self, run: RunId) -> Safe {
        let now = self.site.clock.now();
        let until = now.plus(self.keeping.lifetime * 2);
        let keys = self.site.keys().clone();
        Safe::new(keys, self.plan.name(), run, now, until).with_texts(self.texts.clone())
    }

    /// Counts a visitor at a step: one who `entered` it, whom `errors` kept there, or who `completed` it.
    pub(super) fn count(&self, what: &'static str, step: &'static str) {
        let name = match what {
            "entered" => "cloakroom_wizard_entered_total",
            "errors" => "cloakroom_wizard_errors_total",
            _ => "cloakroom_wizard_completed_total",
        };
        let wizard = self.plan.name();
        metrics::counter!(name, "wizard" => wizard, "step" => step).increment(1);
        if what == "entered" {
            let place = self.plan.place(step).map_or(0, |place| place + 1);
            metrics::gauge!("cloakroom_wizard_place", "wizard" => wizard, "step" => step)
                .set(place as f64);
        }
    }

    /// Answers with a page.
    pub(super) fn answer(&self, status: StatusCode, shown: &Page) -> Response {
        let rendered = match &self.render {
            Some(render) => render(shown),
            None => Ok(html::whole(shown)),
        };
        let text = match rendered {
            Ok(text) => text,
            Err(error) => {
                tracing::error!(%error, wizard = self.plan.name(), "a wizard's page could not be made");
                return page(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "Something went wrong",
                    "The mistake is ours and has been noted. What you sent is kept.",
                );
            }
        };
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = status;
        if self.render.is_none() {
            response.extensions_mut().insert(OwnPage);
        }
        let headers = response.headers_mut();
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        headers.insert(CONTENT_TYPE, html);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// Says whether `done` may still be running.
pub(super) fn is_running(since: u64, now: Timestamp) -> bool {
    now.as_secs().saturating_sub(since) < LONGEST_END.as_secs()
}

/// Sends the visitor to another page (RFC 9110 section 15.4.4).
pub(super) fn see_other(to: &str) -> Response {
    let Ok(to) = HeaderValue::try_from(to) else {
        tracing::error!("a wizard's visitor was to be sent to what is no address");
        return page(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong",
            "The mistake is ours and has been noted.",
        );
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    headers.insert(LOCATION, to);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
