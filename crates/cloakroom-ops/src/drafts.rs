//! Drafts of wizards that wait in a store: at which step, and which of them are stuck.
use std::collections::BTreeMap;
use std::time::Duration;

use cloakroom::StoreError;
use cloakroom::clock::Timestamp;
use cloakroom::session::{Body, StoreKey};
use cloakroom::store::AnyStore;
use cloakroom::wizard::{Draft, State};

use crate::crowd;
use crate::pages::Pages;

/// A draft is stuck when nothing was sent for so long, unless something else is asked for.
pub const STUCK: Duration = Duration::from_secs(24 * 60 * 60);

/// Drafts of one step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Those that are not finished.
    pub open: u64,
    /// Those of them to which nothing was sent for long, or whose end failed half-way.
    pub stuck: u64,
}

/// Which drafts wait, by wizard and step; an empty step where a draft does not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drafts {
    by_step: BTreeMap<(String, String), Waiting>,
}

impl Drafts {
    /// Looks at the records of a store, at `most` of them, and counts the drafts there: those in sessions and those that are
    /// records of their own. Drafts in cookies are with their visitors.
    ///
    /// Records stand in the order of their keys, which are digests, so the first are as good as any: what they have is taken
    /// for the like part of all.
    ///
    /// # Errors
    /// When the store can't be asked or can't list sessions.
    pub async fn of(
        store: &AnyStore,
        now: Timestamp,
        stuck: Duration,
        most: Option<usize>,
    ) -> Result<Self, StoreError> {
        let mut drafts = Self::default();
        let mut pages = Pages::after(store, None, now);
        let (mut looked_at, mut is_over) = (0, false);
        while !is_over && most.is_none_or(|most| looked_at < most) {
            let Some(page) = pages.next().await? else {
                is_over = true;
                continue;
            };
            let left = most.map_or(page.len(), |most| most - looked_at);
            let keys: Vec<_> = page.iter().take(left).map(|listed| listed.key).collect();
            looked_at += keys.len();
            for draft in all_in(store.clone(), keys, now).await? {
                drafts.add(&draft, now, stuck);
            }
        }
        if !is_over {
            drafts.scale(looked_at as u64, store.count(now).await?.live);
        }
        Ok(drafts)
    }

    /// Returns what waits at each step, by wizard and step.
    pub fn by_step(&self) -> impl Iterator<Item = (&str, &str, Waiting)> {
        let steps = self.by_step.iter();
        steps.map(|((wizard, step), waiting)| (&**wizard, &**step, *waiting))
    }

    /// Adds those of another store.
    pub fn extend(&mut self, others: Self) {
        for (step, waiting) in others.by_step {
            let place = self.by_step.entry(step).or_default();
            place.open += waiting.open;
            place.stuck += waiting.stuck;
        }
    }

    fn add(&mut self, draft: &Draft, now: Timestamp, stuck: Duration) {
        let is_stuck = match draft.state() {
            State::Finished { .. } => return,
            State::Broken => true,
            _ => now.since(draft.touched()) >= stuck,
        };
        let step = (
            draft.wizard().to_owned(),
            draft.at().unwrap_or_default().to_owned(),
        );
        let waiting = self.by_step.entry(step).or_default();
        waiting.open += 1;
        waiting.stuck += u64::from(is_stuck);
    }

    /// Takes what a part has for the like part of all.
    fn scale(&mut self, part: u64, all: u64) {
        let scaled = |count: u64| count * all.max(part) / part.max(1);
        for waiting in self.by_step.values_mut() {
            waiting.open = scaled(waiting.open);
            waiting.stuck = scaled(waiting.stuck);
        }
    }
}

/// Reads what stands under these keys, and returns the drafts in it.
async fn all_in(
    store: AnyStore,
    keys: Vec<StoreKey>,
    now: Timestamp,
) -> Result<Vec<Draft>, StoreError> {
    let load = move |key| {
        let store = store.clone();
        async move { store.load(&key, now).await }
    };
    let mut drafts = Vec::new();
    crowd::each(keys, load, |stored| {
        if let Some(Body::Record(record)) = stored.map(|stored| stored.body) {
            drafts.extend(Draft::all_in(&record));
        }
    })
    .await?;
    Ok(drafts)
}

#[cfg(test)]
mod tests {
    use cloakroom::wizard::RunId;

    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn draft(ago: u64, state: State) -> Draft {
        let then = Timestamp::from_secs(NOW.as_secs() - ago);
        let mut draft = Draft::new("register", 1, RunId::generate(), then);
        draft.set_at("address");
        draft.set_state(state);
        draft
    }

    #[test]
    fn a_draft_is_stuck_when_nothing_was_sent_for_long_or_its_end_failed() {
        let finished = State::Finished {
            to: "/".into(),
            said: None,
        };
        let rows = [
            (0, State::Open, Some((1, 0))),
            (STUCK.as_secs() - 1, State::Open, Some((1, 0))),
            (STUCK.as_secs(), State::Open, Some((1, 1))),
            (0, State::Broken, Some((1, 1))),
            (STUCK.as_secs(), finished, None),
        ];
        for (ago, state, expected) in rows {
            let mut drafts = Drafts::default();
            drafts.add(&draft(ago, state.clone()), NOW, STUCK);
            let found = drafts.by_step().next();
            let expected =
                expected.map(|(open, stuck)| ("register", "address", Waiting { open, stuck }));
            assert_eq!(found, expected, "{ago} {state:?}");
        }
    }

    #[test]
    fn what_a_part_has_is_taken_for_the_like_part_of_all() {
        let mut drafts = Drafts::default();
        for ago in [0, 0, STUCK.as_secs()] {
            drafts.add(&draft(ago, State::Open), NOW, STUCK);
        }
        drafts.scale(100, 1_000);
        let (.., waiting) = drafts.by_step().next().unwrap();
        assert_eq!(
            waiting,
            Waiting {
                open: 30,
                stuck: 10
            }
        );
    }
}
