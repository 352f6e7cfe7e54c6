//! What this process knows of runs under way: those who send wait in line, and what has ended is remembered.
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;

use crate::wizard::RunId;

/// How many keys of ended runs are remembered, three for each run at most; each has some 200 bytes.
const REMEMBERED: usize = 30_000;

/// Where the visitor of an ended run was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) to: String,
    pub(crate) said: Option<String>,
}

/// The lines of all wizards of a site, however often each is mounted.
#[derive(Default)]
pub(crate) struct AllLines(Mutex<HashMap<&'static str, Arc<Lines>>>);

impl AllLines {
    /// Returns the lines of the wizard of this name.
    pub(crate) fn of(&self, wizard: &'static str) -> Arc<Lines> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(wizard).or_default().clone()
    }
}

/// The lines in which requests of the same run wait.
#[derive(Default)]
pub(crate) struct Lines {
    lines: Mutex<HashMap<RunId, Arc<tokio::sync::Mutex<()>>>>,
    ended: Mutex<Ended>,
}

#[derive(Default)]
struct Ended {
    answers: HashMap<RunId, Answer>,
    order: VecDeque<RunId>,
}

/// A turn of one request; the next one's begins when this is dropped.
pub(crate) struct Turn {
    run: RunId,
    lines: Arc<Lines>,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Lines {
    /// Waits until no other request of this run is being worked on; `None` when that takes too long.
    pub(crate) async fn turn(self: &Arc<Self>, run: RunId, patience: Duration) -> Option<Turn> {
        let line = self.lock().entry(run).or_default().clone();
        let mut turn = Turn {
            run,
            lines: self.clone(),
            guard: None,
        };
        let guard = tokio::time::timeout(patience, line.lock_owned()).await;
        turn.guard = Some(guard.ok()?);
        Some(turn)
    }

    /// Remembers where the visitor of a run was sent, by the run's [key](crate::wizard::Draft::key).
    pub(crate) fn remember(&self, key: RunId, answer: Answer) {
        let mut ended = self.ended();
        if ended.answers.insert(key, answer).is_none() {
            ended.order.push_back(key);
        }
        if ended.order.len() > REMEMBERED
            && let Some(oldest) = ended.order.pop_front()
        {
            ended.answers.remove(&oldest);
        }
    }

    /// Returns where the visitor of the run with this key was sent, if it has ended and is remembered.
    pub(crate) fn answer(&self, key: RunId) -> Option<Answer> {
        self.ended().answers.get(&key).cloned()
    }

    fn ended(&self) -> MutexGuard<'_, Ended> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RunId, Arc<tokio::sync::Mutex<()>>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        drop(self.guard.take());
        let mut lines = self.lines.lock();
        // One count is the map's; who waits has another.
        if lines
            .get(&self.run)
            .is_some_and(|line| Arc::strong_count(line) == 1)
        {
            lines.remove(&self.run);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_waits_for_the_other_and_the_line_goes_with_the_last() {
        let lines = Arc::new(Lines::default());
        let run = RunId::generate();
        let patience = Duration::from_secs(5);
        let first = lines.turn(run, patience).await;
        assert!(first.is_some());
        assert!(lines.turn(run, patience).await.is_none());
        drop(first);
        assert!(lines.turn(run, patience).await.is_some());
        assert!(lines.lock().is_empty());
    }

    #[test]
    fn no_more_is_remembered_than_there_is_room_for() {
        let lines = Lines::default();
        let first = RunId::generate();
        let answer = || Answer {
            to: "/".into(),
            said: None,
        };
        lines.remember(first, answer());
        for _ in 1..REMEMBERED {
            lines.remember(RunId::generate(), answer());
        }
        assert_eq!(lines.answer(first), Some(answer()));
        lines.remember(RunId::generate(), answer());
        assert_eq!(lines.answer(first), None);
    }
}
