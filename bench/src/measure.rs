//! One whole measurement: every stack in every case, in one run.
use serde::Serialize;

use crate::{
    Result,
    allocations::{Allocations, HeaderAllocations},
    callgrind::Callgrind,
    case::Case,
    csrf::CsrfTimes,
    headers::HeaderTimes,
    seal::SealTimes,
    spread::Spread,
    stack::Stack,
    stopwatch::Times,
    subject::Subject,
};

/// What one request costs.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Cost {
    /// Instructions by callgrind; `None` where valgrind is missing.
    pub instructions: Option<f64>,
    /// Wall time.
    pub nanoseconds: Spread,
    /// Allocations; growing one counts as one.
    pub allocations: f64,
}

/// What a stack adds to a bare handler in one case.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Row {
    /// The stack and the case.
    #[serde(flatten)]
    pub subject: Subject,
    /// The cost over bare axum.
    pub added: Cost,
}

/// Everything that one run has measured.
#[derive(Clone, Debug, Serialize)]
pub struct Measurement {
    /// What a request costs on bare axum.
    pub bare: Cost,
    /// What each stack adds to that, case by case.
    pub rows: Vec<Row>,
    /// What cloakroom's seal takes.
    pub seal: SealTimes,
    /// What cloakroom's security headers take.
    pub headers: HeaderTimes,
    /// How often they allocate.
    pub header_allocations: HeaderAllocations,
    /// What it takes to decide whether a request was forged.
    pub csrf: CsrfTimes,
}

impl Measurement {
    /// Measures every stack in every case, timing them in so many rounds.
    ///
    /// # Errors
    ///
    /// When a stack is broken, or one of the measuring programs fails.
    pub async fn take(rounds: u32) -> Result<Self> {
        let allocations = Allocations::count()?;
        let callgrind = Callgrind::find();
        let count = |subject| {
            callgrind
                .as_ref()
                .map(|callgrind| callgrind.instructions(subject))
                .transpose()
        };
        let times = Times::take(rounds).await?;
        let bare = Cost {
            instructions: count(Subject::BARE)?,
            nanoseconds: times.bare,
            allocations: allocations.bare,
        };
        let mut rows = Vec::new();
        let figures = times.above_bare.into_iter().zip(allocations.above_bare);
        for (subject, (nanoseconds, allocations)) in Subject::above_bare().into_iter().zip(figures)
        {
            let requests = subject.case.requests();
            let instructions = count(subject)?
                .zip(bare.instructions)
                .map(|(all, bare)| all - bare * requests);
            let allocations = allocations - bare.allocations * requests;
            rows.push(Row {
                subject,
                added: Cost {
                    instructions,
                    nanoseconds,
                    allocations,
                },
            });
        }
        Ok(Self {
            bare,
            rows,
            seal: SealTimes::take(rounds)?,
            headers: HeaderTimes::take(rounds).await?,
            header_allocations: allocations.headers,
            csrf: CsrfTimes::take(rounds).await?,
        })
    }

    /// Returns what a stack adds in a case, if it was measured there.
    pub fn added(&self, stack: Stack, case: Case) -> Option<Cost> {
        let row = self
            .rows
            .iter()
            .find(|row| row.subject == Subject { case, stack });
        row.map(|row| row.added)
    }
}
