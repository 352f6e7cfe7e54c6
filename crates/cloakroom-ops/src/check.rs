//! Checking a site's settings and its store, as the site itself would find them.
use cloakroom::audit::Audit;
use cloakroom::{Cloakroom, ConfigError, Environment, Problem, TableVersions};
use serde::Serialize;

use crate::OpsError;
use crate::opening::{self, Tables, options, shown};
use crate::path;

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
    let unmade = problems.table_versions().filter(is_made_at_start);
    let mut findings = Vec::new();
    for name in Environment::NAMES {
        let wrong = problems
            .problems()
            .iter()
            .filter(|problem| problem.setting == name);
        let before = findings.len();
        findings.extend(wrong.map(|problem| match unmade {
            Some(versions) if name == STORE => finding(name, Verdict::Odd, &unready(versions)),
            _ => finding(name, Verdict::Wrong, &problem.what),
        }));
        if findings.len() == before {
            let is_set = names.iter().any(|set| set == name);
            findings.push(finding(name, Verdict::Ok, &right(name, is_set)));
        }
    }
    let others = problems.problems().iter();
    let others = others.filter(|problem| !Environment::NAMES.contains(&&*problem.setting));
    findings.extend(others.map(|other| finding(&other.setting, Verdict::Wrong, &other.what)));
    let unknown = names.iter().filter(|name| !Environment::is_known(name));
    findings.extend(unknown.map(|name| {
        finding(
            name,
            Verdict::Odd,
            "is not known, so it changes nothing; is it misspelt?",
        )
    }));
    findings
}

/// Sets a site up from the environment and compares its settings with what the standards ask for.
///
/// # Errors
/// When such a site would not start: a setting is wrong, or its store can't be opened or has no tables yet.
pub async fn audit(prefix: Option<&str>) -> Result<Audit, OpsError> {
    let site = site(prefix).await.map_err(blame)?;
    let audit = site.audit();
    site.close().await;
    Ok(audit)
}

/// Tells settings that are wrong from servers that can't be used just now.
fn blame(error: ConfigError) -> OpsError {
    let is_down = |problem: &Problem| {
        matches!(&*problem.setting, STORE | CACHE) && opening::is_known(&variable(&problem.setting))
    };
    match error.problems().iter().all(is_down) {
        true => OpsError::Setting(error),
        false => OpsError::Usage(error),
    }
}

/// Sets the site up that the environment asks for.
async fn site(prefix: Option<&str>) -> Result<Cloakroom, ConfigError> {
    let environment = Cloakroom::from_env().options(options(Tables::AsTheyAre, prefix));
    environment.connect().await?.sweep_every(None).build()
}

/// Opens everything as the site would, and returns why it would not start.
async fn problems(prefix: Option<&str>) -> ConfigError {
    let site = match site(prefix).await {
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

const CACHE: &str = "CLOAKROOM_CACHE";

fn store_url() -> String {
    variable(STORE)
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

/// Says whether the site would make these tables, or bring them up to date, when it starts; it makes no
/// folder for them.
fn is_made_at_start(versions: &TableVersions) -> bool {
    let has_folder = path::of(&store_url()).is_none_or(|path| path::folder(&path).is_dir());
    versions.found < versions.needed && has_folder
}

fn unready(TableVersions { found, needed }: TableVersions) -> String {
    let place = shown(&store_url());
    match found {
        0 => format!(
            "{place} has no tables yet; if that is the right place, they are made when the site starts, or run `cloakroom migrate`"
        ),
        _ => format!(
            "{place} has tables of version {found}; they are brought to {needed} when the site starts, or run `cloakroom migrate`"
        ),
    }
}

fn right(name: &str, is_set: bool) -> String {
    match (name, is_set) {
        (STORE, _) => {
            let url = store_url();
            match url.as_str() {
                "memory:" => {
                    "is this process's memory: sessions end with the site's process".into()
                }
                "cookie:" => "is the visitor's cookie: there is no server to ask".into(),
                url => format!("{} answers and can be used as it is", shown(url)),
            }
        }
        ("CLOAKROOM_SECRET", _) => "is long enough".into(),
        (_, true) => "is right".into(),
        ("CLOAKROOM_SECRET_FALLBACKS", false) => "is not set: no older keys open".into(),
        ("CLOAKROOM_CACHE", false) => "is not set: no cache".into(),
        (_, false) => "is not set: the default is used".into(),
    }
}

fn finding(setting: &str, verdict: Verdict, what: &str) -> Finding {
    Finding {
        setting: setting.to_owned(),
        verdict,
        what: what.to_owned(),
    }
}
