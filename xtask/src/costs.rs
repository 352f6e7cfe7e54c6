//! What a request costs in instructions: counted by callgrind, and held against `tools/costs/bounds.json`.

use std::process::Command;

use crate::apt;
use crate::install::on_path;
use crate::step::{self, Ending, Outcome, cargo, in_ci};

/// Builds the little site with optimisation, and no more of the library than it needs, and counts.
pub(crate) fn check(_: &[String]) -> Outcome {
    if on_path("valgrind").is_none()
        && let Err(reason) = apt::install(&["valgrind"])
    {
        let reason = format!("valgrind is missing: {reason}");
        return match in_ci() {
            true => Err(reason),
            false => Ok(Ending::Ignored(reason)),
        };
    }
    step::run(&mut cargo("build --release --package costs --bin costs"))?;
    step::run(&mut Command::new("target/release/costs"))?;
    Ok(Ending::Passed)
}
