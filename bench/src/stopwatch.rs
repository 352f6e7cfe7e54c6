//! Nanoseconds per request, with bare axum timed right before each case.
use crate::{Result, spread::Spread, subject::Subject, visitor::Visitor};

/// Requests in a row between two looks at the clock: few, so that most laps are undisturbed.
const REQUESTS: u32 = 200;

/// Laps of one subject in one round.
const LAPS: u32 = 25;

/// How long a request takes, over all rounds.
pub struct Times {
    /// On bare axum.
    pub bare: Spread,
    /// On every other subject, in the order of the report, over bare axum.
    pub above_bare: Vec<Spread>,
}

impl Times {
    /// Times every subject, round after round.
    ///
    /// # Errors
    ///
    /// When a stack is broken, before or after it was timed.
    pub async fn take(rounds: u32) -> Result<Self> {
        let mut bare = Lane::open(Subject::BARE).await?;
        let mut lanes = Vec::new();
        for subject in Subject::above_bare() {
            lanes.push(Lane::open(subject).await?);
        }
        for _ in 0..rounds {
            for lane in &mut lanes {
                lane.race(&mut bare).await?;
            }
        }
        let mut above_bare = Vec::new();
        for lane in lanes {
            above_bare.push(lane.close().await?);
        }
        Ok(Self {
            bare: bare.close().await?,
            above_bare,
        })
    }
}

/// One subject, with the times of its laps so far.
struct Lane {
    visitor: Visitor,
    /// Of how many requests each visit is made.
    requests: f64,
    times: Vec<f64>,
}

impl Lane {
    async fn open(subject: Subject) -> Result<Self> {
        let mut visitor = Visitor::new(subject).await?;
        visitor.visit(REQUESTS * LAPS).await?;
        Ok(Self {
            visitor,
            requests: subject.case.requests(),
            times: Vec::new(),
        })
    }

    /// Runs a round of laps, each right after a lap of `bare`.
    async fn race(&mut self, bare: &mut Self) -> Result<()> {
        for _ in 0..LAPS {
            let bare = bare.run(0.0).await?;
            self.run(bare).await?;
        }
        Ok(())
    }

    /// Returns the nanoseconds of one request, and keeps what they are over `bare`.
    async fn run(&mut self, bare: f64) -> Result<f64> {
        let before = self.visitor.waited();
        self.visitor.visit(REQUESTS).await?;
        let time = (self.visitor.waited() - before).as_nanos() as f64 / f64::from(REQUESTS);
        self.times.push(time - bare * self.requests);
        Ok(time)
    }

    async fn close(mut self) -> Result<Spread> {
        self.visitor.check().await?;
        Ok(Spread::of(self.times))
    }
}
