//! Cases that the real Django made, run through Cloakroom's public functions.
mod case;
mod differs;
mod kinds;
mod literal;
mod report;

pub use report::{Report, Tally};

use cloakroom::django::{Value, json};

use case::Case;

/// Runs all cases of a file of vectors.
///
/// # Errors
///
/// When the text is no JSON, or no list of cases.
pub fn run(text: &str) -> Result<Report, String> {
    let cases = json::parse(text).map_err(|error| error.to_string())?;
    let cases: &[Value] = cases.as_list().ok_or("it is no list of cases")?;
    let mut report = Report::default();
    for (at, value) in cases.iter().enumerate() {
        let case = Case::read(value).ok_or_else(|| format!("number {} is no case", at + 1))?;
        report.add(&case, kinds::check(&case));
    }
    Ok(report)
}
