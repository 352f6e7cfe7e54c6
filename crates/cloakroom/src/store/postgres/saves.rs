//! Saves: those that come while others are under way wait for them, and then go together, as one statement and one commit.
use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::error::StoreError;
use crate::store::postgres::fault::{failed, was_undone};
use crate::store::postgres::lines::Lines;
use crate::store::postgres::link::silent;
use crate::store::postgres::row::{self, Row};
use crate::store::postgres::value::Value;

const DOING: &str = "save a session";
/// So many statements are under way before a save waits: one is on its way while the server is busy with the other.
const UNDER_WAY: usize = 2;
/// So long somebody waits for statements under way; then they may be waiting for others' locks, and the rest goes on beside them.
const STALLED: Duration = Duration::from_millis(20);
/// So many rows go together at most.
const GROUP: usize = 64;

/// A group waits for another's lock for this part of the time in which there has to be an answer; then each row goes by itself.
const PATIENCE: u32 = 10;

/// The saves of one store.
#[derive(Debug)]
pub(super) struct Saves(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    lines: Arc<Lines>,
    /// How long a group may take; whoever waits for it has begun to wait before.
    limit: Duration,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    under_way: usize,
    waiting: VecDeque<Waiting>,
}

/// A row that waits, and where the answer goes.
#[derive(Debug)]
struct Waiting {
    row: Row,
    answer: oneshot::Sender<Answer>,
}

/// What became of a row that went with others.
#[derive(Debug)]
enum Answer {
    /// Whether it was replaced.
    Done(Result<bool, StoreError>),
    /// The group failed and nothing of it was done: it is to go by itself.
    Alone(Row),
}

impl Saves {
    pub(super) fn new(lines: Arc<Lines>, limit: Duration) -> Self {
        let queue = Mutex::default();
        Self(Arc::new(Inner {
            lines,
            limit,
            queue,
        }))
    }

    /// Replaces a row, if it has the version that is expected; says whether it had.
    pub(super) async fn save(&self, row: Row) -> Result<bool, StoreError> {
        let answered = match self.0.enter(row) {
            Entered::Goes(place, row) => {
                let saved = self.0.alone(&row).await;
                drop(place);
                return saved;
            }
            Entered::Waits(answered) => answered,
        };
        match self.0.answer(answered).await {
            Ok(Answer::Done(saved)) => saved,
            Ok(Answer::Alone(row)) => self.0.alone(&row).await,
            // Its task ended with the runtime.
            Err(_) => Err(silent(DOING, self.0.limit)),
        }
    }
}

/// What a save finds.
enum Entered {
    Goes(Place, Row),
    Waits(oneshot::Receiver<Answer>),
}

/// The right to have a statement under way. Whoever leaves it leaves it to those who wait.
struct Place(Arc<Inner>);

impl Drop for Place {
    fn drop(&mut self) {
        let group = self.0.queue().leave();
        let Some(group) = group else {
            return;
        };
        let place = Self(self.0.clone());
        // Without a runtime nobody is answered any more.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                place.0.together(group).await;
                drop(place);
            });
        }
    }
}

impl Inner {
    fn enter(self: &Arc<Self>, row: Row) -> Entered {
        let mut queue = self.queue();
        if queue.under_way < UNDER_WAY {
            queue.under_way += 1;
            return Entered::Goes(Place(self.clone()), row);
        }
        let (answer, answered) = oneshot::channel();
        queue.waiting.push_back(Waiting { row, answer });
        Entered::Waits(answered)
    }

    /// Waits for an answer, and sees to it that the question is sent in time.
    async fn answer(
        self: &Arc<Self>,
        mut answered: oneshot::Receiver<Answer>,
    ) -> Result<Answer, oneshot::error::RecvError> {
        if let Ok(answer) = timeout(STALLED, &mut answered).await {
            return answer;
        }
        self.queue().under_way += 1;
        drop(Place(self.clone()));
        answered.await
    }

    async fn alone(&self, row: &Row) -> Result<bool, StoreError> {
        let link = self.lines.link().await?;
        let changed = link.change(&link.statements.save, row.values()).await;
        changed
            .map(|rows| rows == 1)
            .map_err(|error| failed(DOING, &error))
    }

    /// Saves all of a group, and tells each what became of it.
    async fn together(&self, mut group: Vec<Waiting>) {
        // In one order everywhere, so that two groups never wait for each other's rows.
        group.sort_unstable_by_key(|waiting| waiting.row.key);
        let answer: Box<dyn Fn(Row) -> Answer + Send> = match timeout(self.limit, self.send(&group))
            .await
        {
            Ok(Ok(replaced)) => {
                Box::new(move |row| Answer::Done(Ok(replaced.contains(&row.half()))))
            }
            Ok(Err(Failed::Undone)) => Box::new(Answer::Alone),
            Ok(Err(Failed::Wholly(error))) => Box::new(move |_| Answer::Done(Err(error.clone()))),
            Err(_) => {
                let limit = self.limit;
                Box::new(move |_| Answer::Done(Err(silent(DOING, limit))))
            }
        };
        for waiting in group {
            // Whoever waited may have gone.
            let _ = waiting.answer.send(answer(waiting.row));
        }
    }

    /// Returns the first halves of the keys that were found in the expected version and replaced.
    async fn send(&self, group: &[Waiting]) -> Result<HashSet<[u8; 16]>, Failed> {
        let link = self.lines.link().await.map_err(Failed::Wholly)?;
        let rows: Vec<_> = group.iter().map(|waiting| waiting.row.values()).collect();
        let patience = (self.limit / PATIENCE).as_millis().max(1).to_string();
        let (statement, patience) = (&link.statements.save_all, Value::Text(&patience));
        let replaced = link.lists(statement, row::lists(&rows), patience).await;
        let replaced = replaced.map_err(|error| match was_undone(&error) {
            true => Failed::Undone,
            false => Failed::Wholly(failed(DOING, &error)),
        })?;
        Ok(replaced.iter().filter_map(row::half_of).collect())
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a group was not saved.
enum Failed {
    /// The server did nothing of it, for a reason that may be one row's alone.
    Undone,
    Wholly(StoreError),
}

impl Queue {
    /// Takes the next group, of which each row is another; where nobody waits, a place is free.
    fn leave(&mut self) -> Option<Vec<Waiting>> {
        let (mut group, mut later, mut keys) = (Vec::new(), VecDeque::new(), HashSet::new());
        while group.len() < GROUP
            && let Some(waiting) = self.waiting.pop_front()
        {
            match () {
                // Nobody waits for it any more, so it is not done either.
                () if waiting.answer.is_closed() => {}
                () if keys.insert(waiting.row.half()) => group.push(waiting),
                () => later.push_back(waiting),
            }
        }
        later.append(&mut self.waiting);
        self.waiting = later;
        if group.is_empty() {
            self.under_way -= 1;
            return None;
        }
        Some(group)
    }
}
