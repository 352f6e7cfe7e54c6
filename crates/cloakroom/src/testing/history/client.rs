//! The clients: each visits shared sessions with the cookies that a browser would send, through any node.
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::time::timeout;

use crate::testing::history::dice::Dice;
use crate::testing::history::event::{Event, Kind, Seen, Wish};
use crate::testing::history::site::FIELDS;
use crate::testing::{Browser, Page};

/// How long a visitor waits for an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often visitors hang up right away: once in so many requests.
const HANG_UP: u64 = 200;

/// Everything that the clients share.
pub(super) struct Stage {
    nodes: Vec<Browser>,
    /// The full name of the session's cookie.
    cookie: String,
    seats: Vec<Seat>,
    /// Which session each token that was ever given out stands for.
    tokens: Mutex<HashMap<String, u64>>,
    mistakes: Mutex<Vec<String>>,
    left: AtomicU64,
    ticks: AtomicU64,
    ops: AtomicU64,
}

/// One visitor's browser, with many tabs.
#[derive(Default)]
struct Seat {
    jar: Mutex<Jar>,
}

#[derive(Default)]
struct Jar {
    token: Option<String>,
    /// The tokens that it had before.
    old: Vec<String>,
}

impl Stage {
    pub(super) fn new(nodes: Vec<Browser>, cookie: &str, sessions: usize, ops: u64) -> Self {
        Self {
            nodes,
            cookie: cookie.to_owned(),
            seats: (0..sessions).map(|_| Seat::default()).collect(),
            tokens: Mutex::default(),
            mistakes: Mutex::default(),
            left: AtomicU64::new(ops),
            ticks: AtomicU64::new(1),
            ops: AtomicU64::new(1),
        }
    }

    /// Plays one client until all requests are spent; returns what it lived through.
    pub(super) async fn play(self: Arc<Self>, mut dice: Dice) -> Vec<Event> {
        let mut events = Vec::new();
        while self.takes_one() {
            let event = self.act(&mut dice).await;
            if event.answer.is_none() {
                // A visitor who got no answer takes a breath before trying again.
                tokio::time::sleep(Duration::from_millis(dice.below(150))).await;
            }
            events.push(event);
            dice.dawdle().await;
        }
        events
    }

    /// Reads with every token that was ever given out, whatever became of it.
    pub(super) async fn read_all(&self, dice: &mut Dice) -> Vec<Event> {
        let mut tokens: Vec<String> = lock(&self.tokens).keys().cloned().collect();
        tokens.sort();
        let mut events = Vec::with_capacity(tokens.len());
        for token in tokens {
            events.push(self.send(Kind::Read, None, Some(token), None, dice).await);
        }
        events
    }

    /// Returns what was answered that no visitor should ever see.
    pub(super) fn mistakes(&self) -> Vec<String> {
        lock(&self.mistakes).clone()
    }

    async fn act(&self, dice: &mut Dice) -> Event {
        let seat = &self.seats[dice.index(self.seats.len())];
        let kind = draw(dice);
        let thief = kind == Kind::Read && dice.below(6) == 0;
        let token = {
            let jar = lock(&seat.jar);
            match (thief, jar.old.len()) {
                (true, olds @ 1..) => Some(jar.old[dice.index(olds)].clone()),
                _ => jar.token.clone(),
            }
        };
        let hang_up = dice.below(HANG_UP) == 0;
        let hang_up = hang_up.then(|| Duration::from_micros(dice.below(8_000)));
        let keeper = (!thief).then_some(seat);
        self.send(kind, keeper, token, hang_up, dice).await
    }

    async fn send(
        &self,
        kind: Kind,
        keeper: Option<&Seat>,
        token: Option<String>,
        hang_up: Option<Duration>,
        dice: &mut Dice,
    ) -> Event {
        let tab = self.nodes[dice.index(self.nodes.len())].another();
        let sent = token
            .as_ref()
            .and_then(|token| lock(&self.tokens).get(token).copied());
        if let Some(token) = &token {
            tab.set_cookie(&self.cookie, token);
        }
        let wish = Wish {
            op: self.ops.fetch_add(1, Ordering::SeqCst),
            kind,
        };
        let (began, at) = (self.tick(), Instant::now());
        let page = timeout(hang_up.unwrap_or(PATIENCE), tab.get(&wish.to_string())).await;
        let seen = page.ok().and_then(|page| {
            let seen = self.understand(wish, &page)?;
            self.keep(keeper, &tab, &page, &seen);
            Some(seen)
        });
        Event {
            wish,
            began,
            lasted: [at, Instant::now()],
            sent,
            answer: seen.map(|seen| (self.tick(), seen)),
        }
    }

    /// Reads an answer; one that is neither good nor asks to try again is a mistake.
    fn understand(&self, wish: Wish, page: &Page) -> Option<Seen> {
        let seen = match page.status.as_u16() {
            200 => serde_json::from_str(&page.text).ok(),
            503 => return None,
            _ => None,
        };
        if seen.is_none() {
            let mistake = format!("{wish} was answered {}: {}", page.status, page.text);
            lock(&self.mistakes).push(mistake);
        }
        seen
    }

    /// Keeps the answer's cookie as a browser does: the last that comes is the one that stays.
    fn keep(&self, seat: Option<&Seat>, tab: &Browser, page: &Page, seen: &Seen) {
        if page.set_cookie(&self.cookie).is_none() {
            return;
        }
        let token = tab.cookie(&self.cookie);
        if let (Some(token), Some(id)) = (&token, seen.id()) {
            lock(&self.tokens).insert(token.clone(), id);
        }
        if let Some(seat) = seat {
            let mut jar = lock(&seat.jar);
            let old = std::mem::replace(&mut jar.token, token);
            jar.old.extend(old);
        }
    }

    fn tick(&self) -> u64 {
        self.ticks.fetch_add(1, Ordering::SeqCst)
    }

    fn takes_one(&self) -> bool {
        let (order, less) = (Ordering::SeqCst, |left: u64| left.checked_sub(1));
        self.left.fetch_update(order, order, less).is_ok()
    }
}

/// Draws what to do next: mostly what can get lost.
fn draw(dice: &mut Dice) -> Kind {
    match dice.below(100) {
        0..=29 => Kind::Append,
        30..=47 => Kind::Increment,
        48..=58 => Kind::Set(dice.below(FIELDS)),
        59..=65 => Kind::Remove(dice.below(FIELDS)),
        66..=89 => Kind::Read,
        90..=94 => Kind::Renew,
        95..=97 => Kind::Login,
        _ => Kind::Logout,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
