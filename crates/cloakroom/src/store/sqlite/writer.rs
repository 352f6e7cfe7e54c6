//! The one thread that writes: it drains its queue and commits what waits there together.
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use rusqlite::{Connection, Error};
use tokio::sync::oneshot;

use crate::error::StoreError;
use crate::store::sqlite::NAME;
use crate::store::sqlite::checkpoints::{Checkpoints, Keeper};
use crate::store::sqlite::fault::{closed, failed};
use crate::store::sqlite::group::{self, Group, Step, Write};
use crate::store::sqlite::readers::{Slot, lock};

/// How many writes make a group at most.
const GROUP: usize = 512;

/// The queue of the writing thread. The thread ends with the last of these.
#[derive(Clone)]
pub(super) struct Writer {
    queue: Sender<Job>,
}

type Alone = Box<dyn FnOnce(&mut Connection) + Send>;

enum Job {
    /// A step of a group.
    Step(Box<dyn Step>),
    /// What makes its own transaction, after the steps that wait.
    Alone(Alone),
    Close(oneshot::Sender<()>),
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(
        connection: Slot,
        checkpoints: Option<Checkpoints>,
    ) -> Result<Self, StoreError> {
        let (queue, jobs) = channel();
        let desk = Desk {
            jobs,
            connection,
            keeper: checkpoints.map(Keeper::new),
            aside: VecDeque::new(),
        };
        thread::Builder::new()
            .name("cloakroom-sqlite".into())
            .spawn(move || desk.work())
            .map_err(|error| StoreError::new(NAME, "start its writing thread").because(error))?;
        Ok(Self { queue })
    }

    /// Writes together with others and answers once it is committed.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        doing: &'static str,
        run: impl FnMut(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let step = Write {
            doing,
            run,
            outcome: None,
            answer,
        };
        self.ask(doing, Job::Step(Box::new(step)), answered).await?
    }

    /// Writes in a transaction of its own, after those that wait.
    pub(super) async fn alone<T: Send + 'static>(
        &self,
        doing: &'static str,
        run: impl FnOnce(&mut Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let job = Job::Alone(Box::new(move |connection| {
            let _ = answer.send(run(connection).map_err(|error| failed(doing, error)));
        }));
        self.ask(doing, job, answered).await?
    }

    /// Waits for what was asked before, closes the connection and ends the thread.
    pub(super) async fn close(&self) {
        let (answer, answered) = oneshot::channel();
        // Whoever closes a second time finds the thread gone.
        let _ = self.ask("close", Job::Close(answer), answered).await;
    }

    async fn ask<T>(
        &self,
        doing: &'static str,
        job: Job,
        answered: oneshot::Receiver<T>,
    ) -> Result<T, StoreError> {
        self.queue.send(job).map_err(|_| closed(doing))?;
        answered.await.map_err(|_| closed(doing))
    }
}

/// Where the thread sits.
struct Desk {
    jobs: Receiver<Job>,
    connection: Slot,
    keeper: Option<Keeper>,
    /// What waits until the steps are done.
    aside: VecDeque<Job>,
}

impl Desk {
    fn work(mut self) {
        while let Some(job) = self.aside.pop_front().or_else(|| self.jobs.recv().ok()) {
            match job {
                Job::Step(step) => self.commit(vec![step]),
                Job::Alone(run) => {
                    self.commit(Group::new());
                    self.alone(run);
                }
                Job::Close(answer) => {
                    drop(lock(&self.connection).take());
                    let _ = answer.send(());
                    return;
                }
            }
        }
    }

    /// Commits these steps and all that wait.
    fn commit(&mut self, mut group: Group) {
        let (jobs, aside) = (&self.jobs, &mut self.aside);
        take_waiting(jobs, aside, &mut group);
        if let (false, Some(connection)) = (group.is_empty(), &*lock(&self.connection)) {
            let steps = group::commit(connection, group, |group| take_waiting(jobs, aside, group));
            if let Some(keeper) = &mut self.keeper {
                keeper.wrote(steps, connection);
            }
        }
    }

    fn alone(&mut self, run: Alone) {
        if let Some(connection) = &mut *lock(&self.connection) {
            // It may write a lot, and then what is left to copy is no last bit any more.
            look(&mut self.keeper, connection);
            run(connection);
            look(&mut self.keeper, connection);
        }
    }
}

fn look(keeper: &mut Option<Keeper>, connection: &Connection) {
    if let Some(keeper) = keeper {
        keeper.look(connection);
    }
}

/// Takes the steps that wait; what is none waits a little longer.
fn take_waiting(jobs: &Receiver<Job>, aside: &mut VecDeque<Job>, group: &mut Group) {
    while group.len() < GROUP
        && let Ok(job) = jobs.try_recv()
    {
        match job {
            Job::Step(step) => group.push(step),
            other => aside.push_back(other),
        }
    }
}
