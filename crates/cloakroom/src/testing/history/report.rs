//! What a run did and what the checker says of it.
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::testing::history::check::Verdict;

/// A run's outcome. Its `Display` is for people; the last line has the counts.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The seed of all choices; the same one makes the same choices again, though not the same timing.
    pub seed: u64,
    /// How long it took.
    pub duration: Duration,
    /// How many requests of each kind were sent, and how many of them got no answer that says whether
    /// they were done.
    pub requests: BTreeMap<&'static str, (u64, u64)>,
    /// How often the store said that it could not do something.
    pub failures: u64,
    /// How many tokens were tried again in the end.
    pub tokens: usize,
    /// How many sessions were left in the end.
    pub left: usize,
    /// What was broken.
    pub verdict: Verdict,
}

impl Report {
    /// Says whether no promise was broken.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.verdict.is_clean()
    }

    /// Returns how many requests had an unknown outcome.
    #[must_use]
    pub fn unknown(&self) -> u64 {
        self.requests.values().map(|(_, unknown)| unknown).sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sent: u64 = self.requests.values().map(|(sent, _)| sent).sum();
        let kinds = self.requests.iter();
        let kinds: Vec<String> = kinds
            .map(|(kind, (sent, _))| format!("{kind} {sent}"))
            .collect();
        writeln!(
            f,
            "{sent} requests in {:.1} s ({}), {} with unknown outcome, {} store failures, seed {}",
            self.duration.as_secs_f64(),
            kinds.join(", "),
            self.unknown(),
            self.failures,
            self.seed,
        )?;
        writeln!(
            f,
            "in the end {} sessions were left, and {} tokens were tried again",
            self.left, self.tokens
        )?;
        let verdict = &self.verdict;
        for example in &verdict.examples {
            writeln!(f, "  {example}")?;
        }
        write!(
            f,
            "lost={} resurrected={} double={} errors={}",
            verdict.lost, verdict.resurrected, verdict.double, verdict.errors
        )?;
        if verdict.forgotten > 0 {
            write!(f, " forgotten={}", verdict.forgotten)?;
        }
        Ok(())
    }
}
