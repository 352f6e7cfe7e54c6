//! The report: one measurement as tables to read, or as JSON to compare.
use std::fmt;

use serde::Serialize;

use crate::{
    bound::{Bound, Verdict},
    case::Case,
    machine::Machine,
    measure::{Cost, Measurement, Row},
    output::Measured,
    plot::{Bar, Group, Plot},
    spread::Spread,
    table::{Table, grouped},
};

/// What stands in place of a figure that callgrind would have given.
const NO_VALGRIND: &str = "not measured (valgrind is missing)";

/// Everything a reader needs; its `Display` is Markdown.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// What it was measured on.
    pub machine: Machine,
    /// How often each case was timed.
    pub rounds: u32,
    /// The figures.
    #[serde(flatten)]
    pub measurement: Measurement,
    /// The bounds beside the figures.
    pub bounds: Vec<Bound>,
}

impl Report {
    /// Holds a measurement against the bounds.
    pub fn new(measurement: Measurement, rounds: u32) -> Self {
        let bounds = Bound::all(&measurement);
        Self {
            machine: Machine::look(),
            rounds,
            measurement,
            bounds,
        }
    }

    fn costs(&self) -> Table {
        let mut table = Table::new(
            2,
            [
                "case",
                "stack",
                "instructions",
                "ns (quartiles)",
                "allocations",
            ],
        );
        table.row(cells(
            "any",
            "bare axum, in all",
            "",
            &self.measurement.bare,
        ));
        for row in &self.measurement.rows {
            table.row(cells(
                row.subject.case.title(),
                row.subject.stack.title(),
                "+",
                &row.added,
            ));
        }
        table
    }

    fn headers(&self) -> Table {
        let mut table = Table::new(
            1,
            [
                "security headers of an answer",
                "ns (quartiles)",
                "allocations",
            ],
        );
        let (times, counts) = (
            &self.measurement.headers,
            &self.measurement.header_allocations,
        );
        for (what, Spread { low, median, high }, allocations) in [
            ("those sent by default", times.defaults, counts.defaults),
            ("all", times.all, counts.all),
            (
                "all, with a nonce",
                times.all_with_nonce,
                counts.all_with_nonce,
            ),
        ] {
            let nanoseconds = format!(
                "{} ({}–{})",
                signed("+", median),
                grouped(low),
                grouped(high)
            );
            table.row([what.to_owned(), nanoseconds, signed("+", allocations)]);
        }
        table
    }

    fn verdicts(&self) -> Table {
        let mut table = Table::new(1, ["bound", "measured", "at most", "verdict"]);
        for bound in &self.bounds {
            let measured = bound.measured.map_or_else(
                || "not measured".to_owned(),
                |measured| format!("{measured:.3}"),
            );
            table.row([
                bound.what.clone(),
                measured,
                bound.at_most.to_string(),
                verdict(bound.verdict).to_owned(),
            ]);
        }
        table
    }
}

impl Measured for Report {
    /// Draws what each stack adds in each case: instructions where they were counted, else nanoseconds.
    fn plot(&self) -> Plot {
        let unit = match self.measurement.bare.instructions {
            Some(_) => "instructions",
            None => "nanoseconds",
        };
        let group = |case: Case| {
            let rows = self.measurement.rows.iter();
            let of_case = rows.filter(move |row| row.subject.case == case);
            let bar = |row: &Row| {
                let nanoseconds = row.added.nanoseconds.median;
                let value = row.added.instructions.unwrap_or(nanoseconds);
                Bar {
                    name: row.subject.stack.title().to_owned(),
                    value,
                    label: signed("+", value),
                    is_ours: row.subject.stack.is_ours(),
                }
            };
            Group {
                name: case.title().to_owned(),
                bars: of_case.map(bar).collect(),
            }
        };
        let title = format!("{unit} that each stack adds to a bare axum handler");
        Plot::new(title, Case::ALL.map(group))
    }

    fn all_met(&self) -> bool {
        self.bounds
            .iter()
            .all(|bound| bound.verdict == Verdict::Met)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "# In process: what each stack adds to a bare axum handler\n"
        )?;
        writeln!(
            f,
            "{}\n\nMedians of {} rounds, quartiles in brackets.\n",
            self.machine, self.rounds
        )?;
        let csrf = &self.measurement.csrf;
        writeln!(
            f,
            "{}\n{}\n{csrf}\n{}",
            self.costs(),
            self.headers(),
            self.verdicts()
        )
    }
}

fn cells(case: &str, stack: &str, sign: &str, cost: &Cost) -> [String; 5] {
    let instructions = cost
        .instructions
        .map_or_else(|| NO_VALGRIND.to_owned(), |count| signed(sign, count));
    let Spread { low, median, high } = cost.nanoseconds;
    let nanoseconds = format!(
        "{} ({}–{})",
        signed(sign, median),
        grouped(low),
        grouped(high)
    );
    [
        case.to_owned(),
        stack.to_owned(),
        instructions,
        nanoseconds,
        signed(sign, cost.allocations),
    ]
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "met",
        Verdict::Missed => "MISSED",
        Verdict::NotMeasured => "not measured",
    }
}

/// Returns a figure with the sign before it, unless it is negative and so brings its own.
fn signed(sign: &str, figure: f64) -> String {
    let sign = if figure.round() < 0.0 { "" } else { sign };
    format!("{sign}{}", grouped(figure))
}
