//! One requirement: what it asks for, and what decides whether a site meets it.
use std::time::Duration;

use crate::config::Site;
use crate::config::audit::{Family, Fault, Finding, Level, Verdict};

/// One requirement, a row in its family's table.
pub(super) struct Rule {
    pub(super) id: &'static str,
    level: Level,
    title: &'static str,
    source: &'static str,
    basis: Basis,
    /// The test that shows it.
    pub(super) shown_by: Option<&'static str>,
}

/// What decides about a requirement.
enum Basis {
    /// The library keeps it whatever is set.
    Built(&'static str),
    /// Settings keep it, or don't: each of these has to.
    Needs(&'static [Need]),
    /// Only the application can.
    Yours(&'static str),
    /// The library has nothing that it is about.
    Beside(&'static str),
}

/// What one setting has to be like.
pub(super) struct Need {
    setting: &'static str,
    /// As the whole requirement's, if it is not said.
    level: Option<Level>,
    look: fn(&Site) -> Look,
    remedy: &'static str,
}

/// What a look at one setting shows.
pub(super) enum Look {
    Keeps(String),
    Breaks(String),
    /// The setting allows for it; the rest is the application's.
    Yours(String),
}

pub(super) const fn must(id: &'static str, title: &'static str, source: &'static str) -> Rule {
    Rule::new(id, Level::Must, title, source)
}

pub(super) const fn should(id: &'static str, title: &'static str, source: &'static str) -> Rule {
    Rule::new(id, Level::Should, title, source)
}

pub(super) const fn may(id: &'static str, title: &'static str, source: &'static str) -> Rule {
    Rule::new(id, Level::May, title, source)
}

/// Says what a setting has to be like, and what to do when it is not.
pub(super) const fn need(
    setting: &'static str,
    look: fn(&Site) -> Look,
    remedy: &'static str,
) -> Need {
    Need {
        setting,
        level: None,
        look,
        remedy,
    }
}

impl Need {
    /// Says that less depends on this setting than on the others.
    pub(super) const fn at(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }
}

impl Rule {
    const fn new(
        id: &'static str,
        level: Level,
        title: &'static str,
        source: &'static str,
    ) -> Self {
        Self {
            id,
            level,
            title,
            source,
            basis: Basis::Yours(""),
            shown_by: None,
        }
    }

    /// The library keeps it in every site, as this test shows.
    pub(super) const fn built(mut self, how: &'static str, test: &'static str) -> Self {
        self.basis = Basis::Built(how);
        self.shown_by(test)
    }

    /// Settings decide.
    pub(super) const fn needs(mut self, needs: &'static [Need]) -> Self {
        self.basis = Basis::Needs(needs);
        self
    }

    /// Only the application can; here is how.
    pub(super) const fn yours(mut self, hint: &'static str) -> Self {
        self.basis = Basis::Yours(hint);
        self
    }

    /// The library has nothing that this is about.
    pub(super) const fn beside(mut self, why: &'static str) -> Self {
        self.basis = Basis::Beside(why);
        self
    }

    /// With these settings the library keeps it, as this test shows.
    pub(super) const fn shown_by(mut self, test: &'static str) -> Self {
        self.shown_by = Some(test);
        self
    }

    /// Says what became of it in a site.
    pub(super) fn judge(&self, site: &Site) -> Finding {
        let needs = match self.basis {
            Basis::Needs(needs) => needs,
            _ => &[],
        };
        let (found, because, faults) = match self.basis {
            Basis::Built(how) => (Verdict::Met, how.to_owned(), Vec::new()),
            Basis::Yours(hint) => (Verdict::Yours, hint.to_owned(), Vec::new()),
            Basis::Beside(why) => (Verdict::NotApplicable, why.to_owned(), Vec::new()),
            Basis::Needs(needs) => self.look(needs, site),
        };
        let waiver = site.waivers.of(self.id);
        let waived = matches!(found, Verdict::Broken | Verdict::Yours) && waiver.is_some();
        Finding {
            id: self.id,
            family: Family::of(self.id),
            level: self.level,
            title: self.title,
            source: self.source,
            verdict: if waived { Verdict::Waived } else { found },
            because,
            settings: needs.iter().map(|need| need.setting).collect(),
            shown_by: self.shown_by.filter(|_| found == Verdict::Met),
            faults,
            waiver: waiver.map(ToOwned::to_owned),
        }
    }

    /// Looks at each setting; one that breaks it counts for more than all that keep it.
    fn look(&self, needs: &[Need], site: &Site) -> (Verdict, String, Vec<Fault>) {
        let mut faults = Vec::new();
        let mut kept = Vec::new();
        let mut left = Vec::new();
        for need in needs {
            match (need.look)(site) {
                Look::Keeps(how) => kept.push(how),
                Look::Yours(how) => left.push(how),
                Look::Breaks(what) => faults.push(Fault {
                    setting: need.setting,
                    level: need.level.unwrap_or(self.level),
                    what,
                    remedy: need.remedy,
                }),
            }
        }
        let (verdict, reasons) = if !faults.is_empty() {
            let what = faults.iter().map(|fault| fault.what.clone());
            (Verdict::Broken, what.collect())
        } else if !left.is_empty() {
            (Verdict::Yours, left)
        } else {
            (Verdict::Met, kept)
        };
        (verdict, reasons.join("; "), faults)
    }
}

impl Look {
    /// Keeps it when the condition holds, else breaks it; `found` says what was found.
    pub(super) fn when(holds: bool, found: impl Into<String>) -> Self {
        if holds {
            Self::Keeps(found.into())
        } else {
            Self::Breaks(found.into())
        }
    }
}

/// Writes a duration in the largest unit that leaves nothing over.
pub(super) fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    for (unit, size) in [("days", 86_400), ("hours", 3_600), ("minutes", 60)] {
        if seconds >= 2 * size && seconds.is_multiple_of(size) {
            return format!("{} {unit}", seconds / size);
        }
    }
    format!("{seconds} seconds")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::audit::FAMILIES;

    #[test]
    fn a_span_is_written_in_the_largest_unit_that_fits() {
        for (seconds, text) in [
            (0, "0 seconds"),
            (90, "90 seconds"),
            (1_800, "30 minutes"),
            (86_400, "24 hours"),
            (14 * 86_400, "14 days"),
            (86_401, "86401 seconds"),
        ] {
            assert_eq!(span(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn what_is_kept_in_every_site_names_the_test_that_shows_it_and_all_such_tests_are_there() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut texts = String::new();
        for folder in ["src", "tests"] {
            gather(&root.join(folder), &mut texts);
        }
        for rule in FAMILIES.iter().copied().flatten() {
            assert!(
                rule.shown_by.is_some() || !matches!(rule.basis, Basis::Built(_)),
                "{}: nothing shows it",
                rule.id
            );
            if let Some(test) = rule.shown_by {
                assert!(
                    texts.contains(&format!("fn {test}(")),
                    "{}: there is no test `{test}`",
                    rule.id
                );
            }
        }
    }

    fn gather(folder: &std::path::Path, texts: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                gather(&path, texts);
            } else {
                texts.push_str(&std::fs::read_to_string(&path).unwrap_or_default());
            }
        }
    }
}
