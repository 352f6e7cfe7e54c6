//! Checking a site's settings and its store, as the site itself would find them.
use cloakroom::{Cloakroom, ConfigError, Environment};
use serde::Serialize;

use crate::opening::{Tables, options, shown};

/// What was found about one setting.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// The setting's name.
    pub setting: String,
    /// Whether it is right.
    pub verdict: Verdict,
    /// What is wrong and what to do, or what was found.
    pub what: String,
}

/// Whether a setting is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It is.
    Ok,
    /// It is not, and the site would not start.
    Wrong,
    /// The site starts, but something else may have been meant.
    Odd,
}

/// Reads all variables whose names start with `CLOAKROOM_` as [`Cloakroom::from_env`] does, asks the
/// store, and returns what was found; nothing is changed. `names` are those that are set.
pub async fn settings(names: &[String], prefix: Option<&str>) -> Vec<Finding> {
    let problems = problems(prefix).await;
    let mut findings = Vec::new();
    for name in Environment::NAMES {
        let wrong = problems
            .problems()
            .iter()
            .filter(|problem| problem.setting == name);
        let before = findings.len();
        findings.extend(wrong.map(|problem| finding(name, Verdict::Wrong, &problem.what)));
        if findings.len() == before {
            let is_set = names.iter().any(|set| set == name);
            findings.push(finding(name, Verdict::Ok, &right(name, is_set)));
        }
    }
    let others = problems.problems().iter();
    let others = others.filter(|problem| !Environment::NAMES.contains(&&*problem.setting));
    findings.extend(others.map(|other| finding(&other.setting, Verdict::Wrong, &other.what)));
    let unknown = names.iter().filter(|name| !is_known(name));
    findings.extend(unknown.map(|name| {
        finding(
            name,
            Verdict::Odd,
            "is not known, so it changes nothing; is it misspelt?",
        )
    }));
    findings
}

/// Opens everything as the site would, and returns why it would not start.
async fn problems(prefix: Option<&str>) -> ConfigError {
    let environment = Cloakroom::from_env().options(options(Tables::AsTheyAre, prefix));
    let built = match environment.connect().await {
        Ok(builder) => builder.sweep_every(None).build(),
        Err(error) => return error,
    };
    let site = match built {
        Ok(site) => site,
        Err(error) => return error,
    };
    let checked = site.check_store().await;
    site.close().await;
    match checked {
        Ok(()) => ConfigError::default(),
        Err(error) => ConfigError::one(STORE, error.to_string()),
    }
}

const STORE: &str = "CLOAKROOM_STORE";

fn right(name: &str, is_set: bool) -> String {
    match (name, is_set) {
        (STORE, _) => {
            let url = std::env::var(STORE).unwrap_or_default();
            format!("{} answers and can be used as it is", shown(&url))
        }
        ("CLOAKROOM_SECRET", _) => "is long enough".into(),
        (_, true) => "is right".into(),
        ("CLOAKROOM_SECRET_FALLBACKS", false) => "is not set: no older keys open".into(),
        ("CLOAKROOM_CACHE", false) => "is not set: no cache".into(),
        (_, false) => "is not set: the default is used".into(),
    }
}

fn is_known(name: &str) -> bool {
    Environment::NAMES.contains(&name)
        || ["CLOAKROOM_FROM", "CLOAKROOM_TO"].contains(&name)
        || name.starts_with("CLOAKROOM_TEST_")
}

fn finding(setting: &str, verdict: Verdict, what: &str) -> Finding {
    Finding {
        setting: setting.to_owned(),
        verdict,
        what: what.to_owned(),
    }
}
