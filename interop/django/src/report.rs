//! What came of all cases, kind by kind.
use std::collections::BTreeMap;
use std::fmt;

use cloakroom::django::{Value, json};

use crate::case::{Answer, Case, Checked};
use crate::differs;

/// What came of every kind.
#[derive(Debug, Default)]
pub struct Report(BTreeMap<String, Tally>);

/// What came of the cases of one kind.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many there are.
    pub total: usize,
    /// How many came out as Django has them.
    pub passed: usize,
    /// Which came out otherwise, or could not be run, and why.
    pub failed: Vec<(String, String)>,
    /// Which differ on purpose, and why.
    pub differs: Vec<(String, &'static str)>,
}

impl Report {
    pub(crate) fn add(&mut self, case: &Case, checked: Checked) {
        let tally = self.0.entry(case.kind.clone()).or_default();
        tally.total += 1;
        let why = match &checked {
            Ok(Answer::OnPurpose(_, _, why)) => Some(*why),
            _ => None,
        };
        let problem = match checked {
            Ok(answer) => case.problem(&answer),
            Err(unknown) => Some(unknown),
        };
        match (problem, differs::on_purpose(case)) {
            (None, _) if why.is_some() => {
                tally.differs.extend(why.map(|why| (case.id.clone(), why)));
            }
            (None, _) => tally.passed += 1,
            (Some(_), Some(why)) => tally.differs.push((case.id.clone(), why)),
            (Some(problem), None) => tally.failed.push((case.id.clone(), problem)),
        }
    }

    /// Returns the kinds and what came of their cases.
    pub fn kinds(&self) -> impl Iterator<Item = (&str, &Tally)> {
        self.0.iter().map(|(kind, tally)| (kind.as_str(), tally))
    }

    /// Says whether no case failed.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.0.values().all(|tally| tally.failed.is_empty())
    }

    /// Writes the report as JSON.
    ///
    /// # Panics
    ///
    /// Never: it is made of texts and numbers.
    #[must_use]
    pub fn to_json(&self) -> String {
        let kinds = self
            .0
            .iter()
            .map(|(kind, tally)| (Value::text(kind.as_str()), tally.to_value()));
        json::to_string(&Value::Dict(kinds.collect())).expect("JSON holds texts and numbers")
    }
}

impl Tally {
    fn to_value(&self) -> Value {
        let number = |number: usize| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
        let reasons = |list: Vec<(&str, &str)>| {
            let reason = |(id, why): (&str, &str)| (Value::text(id), Value::text(why));
            Value::Dict(list.into_iter().map(reason).collect())
        };
        let failed = self
            .failed
            .iter()
            .map(|(id, why)| (id.as_str(), why.as_str()));
        let differs = self.differs.iter().map(|(id, why)| (id.as_str(), *why));
        crate::case::dict([
            ("passed", number(self.passed)),
            ("total", number(self.total)),
            ("failed", reasons(failed.collect())),
            ("differs", reasons(differs.collect())),
        ])
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut passed, mut total, mut differs) = (0, 0, 0);
        for (kind, tally) in &self.0 {
            writeln!(f, "{kind} {}/{}", tally.passed, tally.total)?;
            for (id, why) in &tally.failed {
                writeln!(f, "  failed  {id}: {}", shortened(why))?;
            }
            for (id, why) in &tally.differs {
                writeln!(f, "  differs {id}: {why}")?;
            }
            passed += tally.passed;
            total += tally.total;
            differs += tally.differs.len();
        }
        writeln!(f, "all {passed}/{total}, {differs} differ on purpose")
    }
}

/// The start of a reason that may hold a whole session.
fn shortened(text: &str) -> String {
    const MOST: usize = 400;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
