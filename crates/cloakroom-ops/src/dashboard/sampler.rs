//! Sessions counted in the background, so that no page has to: the last day, minute by minute.
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use cloakroom::clock::Timestamp;
use cloakroom::files::{Files, Sweeping, SweptFiles};
use cloakroom::store::{AnyStore, Summary};
use cloakroom::{Cloakroom, StoreError};
use tokio::task::JoinHandle;

use crate::drafts::{Drafts, STUCK};
use crate::figures::Figures;

/// The shortest pause between two looks.
const EVERY: Duration = Duration::from_secs(60);
/// A look may take so small a part of the time.
const SHARE: u32 = 20;
/// So many looks are kept: a day of them.
const KEPT: usize = 24 * 60;
/// So many records of a store are read for their drafts; what they have stands for all.
const READ: usize = 2_000;
/// Names of waiting files tell their hours, so that those of the next two are asked for as well.
const AHEAD: Duration = Duration::from_secs(2 * 60 * 60);

/// What was seen at one moment.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) at: Timestamp,
    pub(super) summary: Summary,
    /// How many sessions began, and how many users signed in, since the look before.
    pub(super) begun: u64,
    pub(super) logins: u64,
    /// How long the store took for a small question.
    pub(super) check: Duration,
}

/// What is looked at.
pub(super) struct Watched {
    pub(super) cloakroom: Cloakroom,
    pub(super) figures: Figures,
    pub(super) drafts: Option<AnyStore>,
    pub(super) uploads: Option<Files>,
}

/// What waited at the last look.
#[derive(Clone, Default)]
pub(super) struct Waiting {
    pub(super) drafts: Drafts,
    /// `None` where there is no storage for files, or it can't be asked.
    pub(super) uploads: Option<SweptFiles>,
}

#[derive(Default)]
struct History {
    samples: VecDeque<Sample>,
    counted: (u64, u64),
    waiting: Waiting,
    trouble: Option<String>,
}

/// Looks for as long as this is kept.
pub(super) struct Sampler {
    history: Arc<Mutex<History>>,
    task: Option<JoinHandle<()>>,
}

impl Sampler {
    /// Starts looking; without a tokio runtime it never does.
    pub(super) fn start(watched: Watched) -> Self {
        let history = Arc::<Mutex<History>>::default();
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return Self {
                history,
                task: None,
            };
        };
        let shared = history.clone();
        let task = runtime.spawn(async move {
            loop {
                let began = Instant::now();
                look(&watched, &shared).await;
                tokio::time::sleep(EVERY.max(began.elapsed() * SHARE)).await;
            }
        });
        Self {
            history,
            task: Some(task),
        }
    }

    /// Returns all looks, the oldest first.
    pub(super) fn samples(&self) -> Vec<Sample> {
        let history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        history.samples.iter().cloned().collect()
    }

    /// Returns what waited at the last look.
    pub(super) fn waiting(&self) -> Waiting {
        let history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        history.waiting.clone()
    }

    /// Returns what went wrong at the last look.
    pub(super) fn trouble(&self) -> Option<String> {
        let history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        history.trouble.clone()
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

async fn look(watched: &Watched, history: &Mutex<History>) {
    let figures = &watched.figures;
    let (store, now) = (watched.cloakroom.store(), watched.cloakroom.now());
    let began = Instant::now();
    let checked = store.check().await;
    let check = began.elapsed();
    let counted = match checked {
        Ok(()) => count(store, now).await,
        Err(error) => Err(error),
    };
    let waiting = match counted {
        Ok(_) => waiting(watched, now).await,
        Err(_) => Ok(Waiting::default()),
    };
    let totals = (created(figures), figures.counted("cloakroom_logins_total"));
    let mut history = history.lock().unwrap_or_else(PoisonError::into_inner);
    match counted {
        Ok(summary) => {
            let before = std::mem::replace(&mut history.counted, totals);
            history.trouble = waiting.as_ref().err().map(ToString::to_string);
            history.waiting = waiting.unwrap_or_default();
            if history.samples.len() == KEPT {
                history.samples.pop_front();
            }
            history.samples.push_back(Sample {
                at: now,
                summary,
                begun: totals.0.saturating_sub(before.0),
                logins: totals.1.saturating_sub(before.1),
                check,
            });
        }
        Err(error) => history.trouble = Some(error.to_string()),
    }
}

/// Counts drafts and files that wait.
async fn waiting(watched: &Watched, now: Timestamp) -> Result<Waiting, StoreError> {
    let mut waiting = Waiting::default();
    let was_visited = !watched.figures.levels("cloakroom_wizard_place").is_empty();
    let mut stores: Vec<_> = watched.drafts.iter().cloned().collect();
    if was_visited {
        stores.push(watched.cloakroom.store().clone());
    }
    for store in stores {
        let found = Drafts::of(&store, now, STUCK, Some(READ)).await?;
        waiting.drafts.extend(found);
    }
    if let Some(files) = &watched.uploads {
        let found = files.sweep(now.plus(AHEAD), Sweeping::Count).await?;
        waiting.uploads = Some(found);
    }
    Ok(waiting)
}

fn created(figures: &Figures) -> u64 {
    let events = figures.by_labels("cloakroom_session_events_total");
    let mut created = events.iter().filter(|(labels, _)| labels == &["created"]);
    created.next().map_or(0, |(_, count)| *count)
}

async fn count(store: &AnyStore, now: Timestamp) -> Result<Summary, StoreError> {
    if let Some(summary) = store.summary(now).await? {
        return Ok(summary);
    }
    let counts = store.count(now).await?;
    Ok(Summary::of(counts))
}
