//! Who waits for which answer on one connection.
use std::collections::VecDeque;
use std::ops::Range;
use std::task::{Poll, Waker};

use crate::store::redis::command::{Command, Commands};
use crate::store::redis::line::{Cut, Lost};
use crate::store::redis::reply::{Garbage, Reply};

/// Questions and those who wait for their answers, each under a number of its own.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// What was asked and has not yet been fetched to be sent.
    outbox: Vec<u8>,
    places: VecDeque<Place>,
    /// The number of the first place that is kept.
    first: u64,
    /// The number of the first question that has no answer yet.
    unanswered: u64,
    /// The number of the first question that is still in the outbox.
    unsent: u64,
    /// The driver, while it sleeps.
    driver: Option<Waker>,
    cut: Option<Cut>,
}

#[derive(Debug)]
enum Place {
    Waits(Option<Waker>),
    /// Whoever asked gave up; the answer will come all the same.
    GivenUp,
    Answered(Result<Reply, Lost>),
    Over,
}

impl Places {
    /// Takes a question, and returns its number and the driver if that has to be woken.
    pub(super) fn add(
        &mut self,
        command: Command<'_>,
        asker: &Waker,
    ) -> Result<(u64, Option<Waker>), Cut> {
        if let Some(cut) = self.cut {
            return Err(cut);
        }
        command.write_to(&mut self.outbox);
        self.places.push_back(Place::Waits(Some(asker.clone())));
        Ok((self.end() - 1, self.driver.take()))
    }

    /// Takes several questions, and returns their numbers.
    pub(super) fn add_all(&mut self, commands: &Commands) -> Result<Range<u64>, Cut> {
        if let Some(cut) = self.cut {
            return Err(cut);
        }
        let begin = self.end();
        self.outbox.extend_from_slice(&commands.bytes);
        let places = (0..commands.count).map(|_| Place::Waits(None));
        self.places.extend(places);
        if let Some(driver) = self.driver.take() {
            driver.wake();
        }
        Ok(begin..self.end())
    }

    /// Returns the answer if it has come; otherwise the asker is woken when it does.
    pub(super) fn take(&mut self, number: u64, asker: &Waker) -> Poll<Result<Reply, Lost>> {
        let place = self.place(number);
        if let Place::Waits(waker) = place {
            match waker {
                Some(waker) => waker.clone_from(asker),
                None => *waker = Some(asker.clone()),
            }
            return Poll::Pending;
        }
        let Place::Answered(answer) = std::mem::replace(place, Place::Over) else {
            panic!("an answer is taken once, by who asked");
        };
        self.tidy();
        Poll::Ready(answer)
    }

    /// Gives an answer up.
    pub(super) fn leave(&mut self, number: u64) {
        let has_come = number < self.unanswered;
        *self.place(number) = if has_come {
            Place::Over
        } else {
            Place::GivenUp
        };
        self.tidy();
    }

    /// Swaps what is to be sent with what was sent, or lets the driver sleep if there is nothing.
    pub(super) fn fetch(&mut self, sent: &mut Vec<u8>, driver: &Waker) -> bool {
        if self.outbox.is_empty() {
            self.driver = Some(driver.clone());
            return false;
        }
        sent.clear();
        std::mem::swap(&mut self.outbox, sent);
        self.unsent = self.end();
        true
    }

    pub(super) fn has_mail(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// Gives an answer to the first who has none, and returns who is to be woken.
    pub(super) fn answer(&mut self, reply: Reply) -> Result<Option<Waker>, Garbage> {
        if self.unanswered >= self.unsent {
            return Err(Garbage);
        }
        let waker = self.settle(Ok(reply));
        self.tidy();
        Ok(waker)
    }

    /// Returns how many answers came, if more are waited for.
    pub(super) fn waits_since(&self) -> Option<u64> {
        (self.unanswered < self.end()).then_some(self.unanswered)
    }

    /// Tells everybody that no more answers come, and returns who is to be woken.
    pub(super) fn close(&mut self, cut: Cut) -> Vec<Waker> {
        self.cut = Some(cut);
        self.outbox = Vec::new();
        let mut wakers = Vec::new();
        while self.unanswered < self.end() {
            let was_sent = self.unanswered < self.unsent;
            let lost = if was_sent {
                Lost::Sent(cut)
            } else {
                Lost::Unsent(cut)
            };
            wakers.extend(self.settle(Err(lost)));
        }
        self.tidy();
        wakers
    }

    fn settle(&mut self, answer: Result<Reply, Lost>) -> Option<Waker> {
        let number = self.unanswered;
        self.unanswered += 1;
        let place = self.place(number);
        match std::mem::replace(place, Place::Over) {
            Place::Waits(waker) => {
                *place = Place::Answered(answer);
                waker
            }
            _ => None,
        }
    }

    fn tidy(&mut self) {
        while matches!(self.places.front(), Some(Place::Over)) {
            self.places.pop_front();
            self.first += 1;
        }
    }

    fn place(&mut self, number: u64) -> &mut Place {
        let index = usize::try_from(number - self.first).expect("places fit into memory");
        &mut self.places[index]
    }

    /// Returns the number that the next question will have.
    fn end(&self) -> u64 {
        self.first + self.places.len() as u64
    }
}
