//! The deploy check: which requirements of the standards a site's settings meet, break or waive.
mod cookies;
mod csrf;
mod headers;
mod keys;
mod lifetime;
mod rule;
mod sarif;
mod session;
mod text;
mod waivers;

use serde::Serialize;

use crate::config::Cloakroom;
use rule::Rule;

pub(super) use waivers::Waivers;

/// The rules of all families, in the order of their ids.
const FAMILIES: [&[Rule]; 6] = [
    session::RULES,
    lifetime::RULES,
    cookies::RULES,
    csrf::RULES,
    headers::RULES,
    keys::RULES,
];

/// What a site's settings do with each requirement on sessions, cookies, forged requests, headers
/// and keys that OWASP, ASVS 5.0, NIST 800-63B-4 and the cookie standard make.
///
/// [`Cloakroom::audit`] makes it. Printed, it is for people; [`Audit::to_json`] and
/// [`Audit::to_sarif`] are for programs.
///
/// ```
/// use cloakroom::audit::Verdict;
/// use cloakroom::{Cloakroom, KeyRing};
///
/// # fn main() -> Result<(), cloakroom::ConfigError> {
/// let site = Cloakroom::builder(KeyRing::new(KeyRing::generate_secret())?)
///     .store_in_memory()
///     .waive("S16", "accounts of this shop hold nothing personal")
///     .build()?;
/// let audit = site.audit();
/// assert!(audit.is_well());
/// assert_eq!(audit.finding("S16").unwrap().verdict, Verdict::Waived);
/// println!("{audit}");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    findings: Vec<Finding>,
}

/// What became of one requirement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The requirement's id, for example `S15`.
    pub id: &'static str,
    /// What it is about.
    pub family: Family,
    /// How much depends on it.
    pub level: Level,
    /// What is asked for.
    pub title: &'static str,
    /// Which standards ask for it, and where.
    pub source: &'static str,
    /// What became of it.
    pub verdict: Verdict,
    /// Why: what was found in the settings, what the library does by itself, or what is left to do.
    pub because: String,
    /// The settings that decide it; none when it holds, or is out of reach, whatever is set.
    pub settings: Vec<&'static str>,
    /// The test of the library that shows it, where one does.
    pub shown_by: Option<&'static str>,
    /// What is wrong, setting by setting; also when that is waived.
    pub faults: Vec<Fault>,
    /// The application's reason for leaving it so, if it gave one to [`Builder::waive`](crate::Builder::waive).
    pub waiver: Option<String>,
}

/// One setting that breaks a requirement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Fault {
    /// The setting's name.
    pub setting: &'static str,
    /// How much depends on it.
    pub level: Level,
    /// What is wrong with it.
    pub what: String,
    /// What to do.
    pub remedy: &'static str,
}

/// How much depends on a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// It is for sites with more to protect than most, or a choice among several good ones.
    May,
    /// The standards recommend it.
    Should,
    /// The standards demand it.
    Must,
}

/// What became of a requirement; the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// A setting breaks it.
    Broken,
    /// The application says why it may stay as it is.
    Waived,
    /// Only the application can do it, and nothing here can see whether it does.
    Yours,
    /// The settings keep it, or the library does in every site.
    Met,
    /// Nothing of this site is concerned by it.
    NotApplicable,
}

/// What requirements are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Sessions: ids that begin with `S`.
    Sessions,
    /// Cookies: ids that begin with `C`.
    Cookies,
    /// Forged requests: ids that begin with `X`.
    Csrf,
    /// Response headers: ids that begin with `H`.
    Headers,
    /// Keys, and what is signed or sealed under them: ids that begin with `K`.
    Keys,
}

impl Cloakroom {
    /// Compares the site's settings with what the standards ask for. It looks at settings only,
    /// reaches out for nothing, and shows no secret.
    #[must_use]
    pub fn audit(&self) -> Audit {
        let findings = FAMILIES.iter().copied().flatten();
        let findings = findings.map(|rule| rule.judge(&self.site));
        Audit {
            findings: findings.collect(),
        }
    }
}

impl Audit {
    /// Returns what became of each requirement, in the order of their families and ids.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Returns what became of the requirement of this id.
    #[must_use]
    pub fn finding(&self, id: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.id == id)
    }

    /// Says whether nothing is broken that the standards demand. What they only recommend may be.
    #[must_use]
    pub fn is_well(&self) -> bool {
        !self.findings.iter().any(Finding::breaks_a_must)
    }

    /// Returns how many requirements have this verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        let with = |finding: &&Finding| finding.verdict == verdict;
        self.findings.iter().filter(with).count()
    }

    /// Writes all of it as one JSON object: `ok`, `counts` by verdict, and `findings` in the order of their ids.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::json!({
            "ok": self.is_well(),
            "counts": {
                "broken": self.count(Verdict::Broken),
                "broken-must": self.findings.iter().filter(|finding| finding.breaks_a_must()).count(),
                "waived": self.count(Verdict::Waived),
                "yours": self.count(Verdict::Yours),
                "met": self.count(Verdict::Met),
                "not-applicable": self.count(Verdict::NotApplicable),
            },
            "findings": self.findings,
        })
        .to_string()
    }
}

impl Finding {
    /// Says whether a setting breaks what the standards demand here, and nobody waived it.
    #[must_use]
    pub fn breaks_a_must(&self) -> bool {
        self.verdict == Verdict::Broken && self.gravity() == Level::Must
    }

    /// Returns how much depends on the gravest of the faults; without one, on the requirement.
    #[must_use]
    pub fn gravity(&self) -> Level {
        let faults = self.faults.iter().map(|fault| fault.level);
        faults.max().unwrap_or(self.level)
    }
}

impl Level {
    /// Returns the word of the standards: `MUST`, `SHOULD` or `MAY`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Must => "MUST",
            Self::Should => "SHOULD",
            Self::May => "MAY",
        }
    }
}

impl Verdict {
    /// Returns the verdict as one word or two.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::Waived => "waived",
            Self::Yours => "yours",
            Self::Met => "met",
            Self::NotApplicable => "not applicable",
        }
    }
}

impl Family {
    /// Returns the family of an id by its first letter.
    fn of(id: &str) -> Self {
        match id.as_bytes()[0] {
            b'S' => Self::Sessions,
            b'C' => Self::Cookies,
            b'X' => Self::Csrf,
            b'H' => Self::Headers,
            b'K' => Self::Keys,
            _ => unreachable!("rules are of these families"),
        }
    }

    /// Returns what the family is about.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sessions => "Sessions",
            Self::Cookies => "Cookies",
            Self::Csrf => "Forged requests",
            Self::Headers => "Response headers",
            Self::Keys => "Keys and sealed values",
        }
    }
}
