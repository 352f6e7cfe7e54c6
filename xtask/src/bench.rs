//! The benchmark: the library beside its peers, in a workspace of its own so that theirs stay out of ours.

use crate::step::{self, Ending, Outcome, cargo};

/// Runs the in-process benchmark; further arguments are passed on to it.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    step::run(
        cargo("run --release --manifest-path bench/Cargo.toml -- in-process").args(arguments),
    )?;
    Ok(Ending::Passed)
}
