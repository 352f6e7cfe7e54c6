//! Group commit: all writes that wait are steps of one transaction, and each learns what became of
//! it once that is committed.
use std::sync::Arc;

use rusqlite::{Connection, Error};
use tokio::sync::oneshot;

use crate::error::StoreError;
use crate::store::sqlite::fault::{failed, is_busy};

/// One write: a few statements that change all that they should or nothing, and whoever waits for
/// them. It can be done again after everything was rolled back.
pub(super) trait Step: Send {
    /// Does it and keeps what came of it.
    fn run(&mut self, connection: &Connection);
    /// Tells whoever waits, who may have gone.
    fn answer(self: Box<Self>, committed: Result<(), Arc<Error>>);
}

/// A step that keeps its outcome until it is committed.
pub(super) struct Write<T, F> {
    pub(super) doing: &'static str,
    pub(super) run: F,
    pub(super) outcome: Option<Result<T, Error>>,
    pub(super) answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Step for Write<T, F>
where
    T: Send,
    F: FnMut(&Connection) -> Result<T, Error> + Send,
{
    fn run(&mut self, connection: &Connection) {
        self.outcome = Some((self.run)(connection));
    }

    fn answer(self: Box<Self>, committed: Result<(), Arc<Error>>) {
        let outcome = match (self.outcome, committed) {
            (Some(Err(error)), _) => Err(failed(self.doing, error)),
            (_, Err(error)) => Err(failed(self.doing, error)),
            (Some(Ok(outcome)), Ok(())) => Ok(outcome),
            (None, Ok(())) => unreachable!("a step is committed after it was run"),
        };
        let _ = self.answer.send(outcome);
    }
}

pub(super) type Group = Vec<Box<dyn Step>>;

/// Does all steps of the group in one transaction, together with what comes `more` until it has
/// begun, and says how many it did. If it can't be committed as a whole, each step is done by itself, so that one
/// that fails takes no other along.
pub(super) fn commit(
    connection: &Connection,
    mut group: Group,
    more: impl FnOnce(&mut Group),
) -> usize {
    if let Err(error) = execute(connection, "BEGIN IMMEDIATE") {
        answer(group, Err(Arc::new(error)));
        return 0;
    }
    more(&mut group);
    let steps = group.len();
    match run(connection, &mut group) {
        Ok(()) => answer(group, Ok(())),
        Err(Undone::Commit(error)) if is_busy(&error) => answer(group, Err(Arc::new(error))),
        Err(_) => one_by_one(connection, group),
    }
    steps
}

/// Why nothing of a transaction is there.
enum Undone {
    /// A step failed so badly that SQLite rolled back what all of them did; the step knows why.
    Step,
    Commit(Error),
}

fn one_by_one(connection: &Connection, group: Group) {
    // A lock that one step waited for in vain is not waited for again.
    let mut locked = None;
    for mut step in group {
        let committed = match &locked {
            None => alone(connection, &mut step),
            Some(error) => Err(Arc::clone(error)),
        };
        locked = committed
            .as_ref()
            .err()
            .filter(|error| is_busy(error))
            .cloned();
        step.answer(committed);
    }
}

fn alone(connection: &Connection, step: &mut Box<dyn Step>) -> Result<(), Arc<Error>> {
    execute(connection, "BEGIN IMMEDIATE")?;
    match run(connection, std::slice::from_mut(step)) {
        Ok(()) | Err(Undone::Step) => Ok(()),
        Err(Undone::Commit(error)) => Err(Arc::new(error)),
    }
}

/// Runs the steps and commits them, or rolls all of them back.
fn run(connection: &Connection, steps: &mut [Box<dyn Step>]) -> Result<(), Undone> {
    for step in steps {
        step.run(connection);
        if connection.is_autocommit() {
            return Err(Undone::Step);
        }
    }
    execute(connection, "COMMIT").map_err(|error| {
        if !connection.is_autocommit()
            && let Err(error) = connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
        Undone::Commit(error)
    })
}

/// Executes a statement that is prepared once: to prepare one takes longer than to begin a transaction.
fn execute(connection: &Connection, sql: &str) -> Result<(), Error> {
    connection.prepare_cached(sql)?.execute(()).map(drop)
}

fn answer(group: Group, committed: Result<(), Arc<Error>>) {
    for step in group {
        step.answer(committed.clone());
    }
}
