//! A breaker: after several answers failed to come, requests fail at once, but for one that tries.
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::error::StoreError;

/// After how many failures in a row the breaker opens.
const PATIENCE: u32 = 5;
/// How long after a failed trial the next one may try: once the server is back, it serves again
/// within this and the time of one answer.
const RETRY: Duration = Duration::from_secs(1);

/// Whether a server is worth asking.
#[derive(Debug)]
pub(super) struct Breaker {
    store: &'static str,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct State {
    failures: u32,
    /// When the next one may try, while the breaker is open.
    next_trial: Option<Instant>,
}

/// One request that was let through; it tells how it went, or that it was given up.
#[must_use]
pub(super) struct Trial<'a> {
    breaker: &'a Breaker,
    /// Whether it alone was let through an open breaker.
    alone: bool,
    told: bool,
}

impl Breaker {
    pub(super) fn new(store: &'static str) -> Self {
        Self {
            store,
            state: Mutex::default(),
        }
    }

    /// Lets a request through, or says at once that the server is down.
    pub(super) fn lets_through(&self, doing: &'static str) -> Result<Trial<'_>, StoreError> {
        let mut state = self.state();
        let alone = match state.next_trial {
            None => false,
            Some(at) if at <= Instant::now() => {
                state.next_trial = Some(Instant::now() + RETRY);
                true
            }
            Some(_) => {
                metrics::counter!("cloakroom_store_refused_total", "store" => self.store)
                    .increment(1);
                return Err(StoreError::new(self.store, doing)
                    .because(
                        "its server did not answer several times; it is tried again every second",
                    )
                    .out_of_reach());
            }
        };
        Ok(Trial {
            breaker: self,
            alone,
            told: false,
        })
    }

    fn note(&self, answered: bool) {
        let mut state = self.state();
        let was_open = state.next_trial.is_some();
        if answered {
            // The usual case writes nothing.
            if state.failures > 0 || was_open {
                *state = State::default();
            }
        } else {
            state.failures = state.failures.saturating_add(1);
            if state.failures >= PATIENCE {
                state.next_trial = Some(Instant::now() + RETRY);
            }
        }
        let is_open = state.next_trial.is_some();
        drop(state);
        if was_open != is_open {
            self.tell(is_open);
        }
    }

    fn tell(&self, is_open: bool) {
        metrics::gauge!("cloakroom_store_breaker_open", "store" => self.store).set(if is_open {
            1.0
        } else {
            0.0
        });
        if is_open {
            tracing::error!(
                store = self.store,
                "the server does not answer; requests fail at once"
            );
        } else {
            tracing::info!(store = self.store, "the server answers again");
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Trial<'_> {
    /// Tells how it went. An error that the server itself gave is an answer.
    pub(super) fn went(mut self, error: Option<&StoreError>) {
        self.told = true;
        let answered = !error.is_some_and(StoreError::is_out_of_reach);
        self.breaker.note(answered);
    }
}

impl Drop for Trial<'_> {
    /// A visitor who left before the answer says nothing about the server, so another one tries.
    fn drop(&mut self) {
        if self.alone && !self.told {
            self.breaker.state().next_trial = Some(Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails(breaker: &Breaker) {
        let error = StoreError::new("test", "answer").out_of_reach();
        breaker.lets_through("ask").unwrap().went(Some(&error));
    }

    #[tokio::test(start_paused = true)]
    async fn after_five_failures_one_request_a_second_tries_until_one_is_answered() {
        let breaker = Breaker::new("test");
        for _ in 0..PATIENCE {
            fails(&breaker);
        }
        assert!(breaker.lets_through("ask").is_err());
        tokio::time::advance(RETRY).await;
        fails(&breaker);
        assert!(breaker.lets_through("ask").is_err());
        tokio::time::advance(RETRY).await;
        let trial = breaker.lets_through("ask").unwrap();
        assert!(breaker.lets_through("ask").is_err(), "only one tries");
        trial.went(None);
        assert!(breaker.lets_through("ask").is_ok());
        assert!(breaker.lets_through("ask").is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_in_between_and_errors_of_the_server_itself_keep_it_closed() {
        let breaker = Breaker::new("test");
        let said_no = StoreError::new("test", "answer");
        for _ in 0..10 {
            for _ in 1..PATIENCE {
                fails(&breaker);
            }
            breaker.lets_through("ask").unwrap().went(Some(&said_no));
        }
        assert!(breaker.lets_through("ask").is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_trial_that_is_given_up_leaves_its_turn_to_another() {
        let breaker = Breaker::new("test");
        for _ in 0..PATIENCE {
            fails(&breaker);
        }
        tokio::time::advance(RETRY).await;
        drop(breaker.lets_through("ask").unwrap());
        assert!(breaker.lets_through("ask").is_ok());
    }
}
