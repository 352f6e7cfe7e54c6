//! Nanoseconds to seal and to open a cookie of 300 bytes.
use std::{cell::Cell, hint::black_box, time::Instant};

use cloakroom::{
    clock::Timestamp,
    keys::{KeyRing, Purpose},
};
use serde::Serialize;

use crate::{Result, spread::Spread};

/// Operations in a row between two looks at the clock: few, so that most laps are undisturbed.
const OPERATIONS: u32 = 100;

/// How many texts are opened in turn: eight times as many as a key ring remembers, so that hardly any is.
const TEXTS: usize = 8_192;

/// Laps in one round.
const LAPS: u32 = 25;

const NAME: &str = "preferences";
const CONTENT: [u8; 300] = [b'x'; 300];
const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const LATER: Timestamp = Timestamp::from_secs(1_800_086_400);

/// How long the two directions take, in nanoseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SealTimes {
    /// From 300 bytes to the text of a cookie.
    pub seal: Spread,
    /// From the text of a cookie to 300 bytes.
    pub open: Spread,
}

impl SealTimes {
    /// Times both directions in so many rounds.
    ///
    /// # Errors
    ///
    /// When what was sealed does not open to what it was.
    pub fn take(rounds: u32) -> Result<Self> {
        let ring = KeyRing::new(KeyRing::generate_secret())?;
        let seal = || ring.seal(Purpose::SealedCookie, NAME, black_box(&CONTENT), NOW, LATER);
        let sealed: Vec<_> = (0..TEXTS).map(|_| seal()).collect();
        let next = Cell::new(0);
        let open = || {
            let sealed = &sealed[next.replace((next.get() + 1) % TEXTS)];
            ring.open(
                Purpose::SealedCookie,
                NAME,
                black_box(sealed.as_bytes()),
                NOW,
            )
        };
        if open().map(|opened| opened.content).ok().as_deref() != Some(&CONTENT) {
            return Err("what cloakroom sealed does not open to what it was".into());
        }
        Ok(Self {
            seal: time(rounds, seal),
            open: time(rounds, open),
        })
    }
}

/// Times an operation in so many rounds.
pub(crate) fn time<T>(rounds: u32, operation: impl Fn() -> T) -> Spread {
    let lap = |_| {
        let start = Instant::now();
        for _ in 0..OPERATIONS {
            black_box(operation());
        }
        start.elapsed().as_nanos() as f64 / f64::from(OPERATIONS)
    };
    Spread::of((0..rounds * LAPS).map(lap).collect())
}
