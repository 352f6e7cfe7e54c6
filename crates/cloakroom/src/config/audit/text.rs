//! An audit for people: family by family, what is broken first.
use std::fmt;

use crate::config::audit::{Audit, Family, Finding, Level, Verdict};

/// An audit with colours for a terminal.
#[derive(Clone, Copy, Debug)]
pub struct Coloured<'a>(&'a Audit);

impl Audit {
    /// Returns the same text with a terminal's colours.
    #[must_use]
    pub const fn coloured(&self) -> Coloured<'_> {
        Coloured(self)
    }
}

impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self, plain, f)
    }
}

impl fmt::Display for Coloured<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self.0, colour, f)
    }
}

/// What stands before and after a verdict.
type Paint = fn(&Finding) -> (&'static str, &'static str);

fn plain(_: &Finding) -> (&'static str, &'static str) {
    ("", "")
}

fn colour(finding: &Finding) -> (&'static str, &'static str) {
    let start = match finding.verdict {
        Verdict::Broken if finding.gravity() == Level::Must => "\x1b[31m",
        Verdict::Broken => "\x1b[33m",
        Verdict::Waived | Verdict::Yours => "\x1b[36m",
        Verdict::Met => "\x1b[32m",
        Verdict::NotApplicable => "\x1b[2m",
    };
    (start, "\x1b[0m")
}

fn write(audit: &Audit, paint: Paint, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for family in [
        Family::Sessions,
        Family::Cookies,
        Family::Csrf,
        Family::Headers,
        Family::Keys,
    ] {
        writeln!(f, "{}", family.as_str())?;
        let findings = audit.findings.iter();
        let mut findings: Vec<_> = findings.filter(|one| one.family == family).collect();
        findings.sort_by_key(|one| (one.verdict, std::cmp::Reverse(one.gravity())));
        for finding in findings {
            write_finding(finding, paint, f)?;
        }
        writeln!(f)?;
    }
    writeln!(f, "{}", summary(audit))
}

fn write_finding(finding: &Finding, paint: Paint, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (start, end) = paint(finding);
    let word = match finding.verdict {
        Verdict::NotApplicable => "n/a",
        verdict => verdict.as_str(),
    };
    let Finding {
        id, title, source, ..
    } = finding;
    let level = finding.gravity().as_str();
    writeln!(f, "  {start}{word:6}{end}  {id} {level:6}  {title}")?;
    let indent = " ".repeat(22);
    for fault in &finding.faults {
        writeln!(f, "{indent}{}: {}", fault.setting, fault.what)?;
        if finding.verdict == Verdict::Broken {
            writeln!(f, "{indent}  -> {}", fault.remedy)?;
        }
    }
    if finding.faults.is_empty() {
        writeln!(f, "{indent}{}", finding.because)?;
    }
    match (&finding.waiver, finding.verdict) {
        (Some(reason), Verdict::Waived) => writeln!(f, "{indent}waived: {reason}")?,
        (Some(_), _) => writeln!(f, "{indent}it is waived, which it need not be any more")?,
        _ => {}
    }
    if finding.verdict == Verdict::Broken {
        writeln!(f, "{indent}({source})")?;
    }
    Ok(())
}

/// Counts them all in one line.
fn summary(audit: &Audit) -> String {
    let musts = audit.findings.iter().filter(|one| one.breaks_a_must());
    format!(
        "{} requirements: {} broken ({} MUST), {} waived, {} yours to keep, {} met, {} not applicable.",
        audit.findings.len(),
        audit.count(Verdict::Broken),
        musts.count(),
        audit.count(Verdict::Waived),
        audit.count(Verdict::Yours),
        audit.count(Verdict::Met),
        audit.count(Verdict::NotApplicable),
    )
}
