//! `cloakroom django-settings`.
use cloakroom::ConfigError;
use cloakroom::django::{SETTING_NAMES, SETTINGS_SNIPPET, Settings};
use cloakroom_ops::OpsError;
use serde_json::json;

use crate::cli::Desk;
use crate::cli::args::DjangoSettings;
use crate::cli::failure::{Ending, Failure};

pub(crate) fn run(args: DjangoSettings, desk: &mut Desk) -> Result<Ending, Failure> {
    let Some(file) = args.file else {
        match desk.out.is_json() {
            true => desk
                .out
                .json(&json!({ "snippet": SETTINGS_SNIPPET, "settings": SETTING_NAMES }))?,
            false => desk.out.line(SETTINGS_SNIPPET.trim_end())?,
        }
        return Ok(Ending::Well);
    };
    let unread = |what: String| OpsError::Setting(ConfigError::one("FILE", what));
    let text = std::fs::read_to_string(&file)
        .map_err(|error| unread(format!("can't be read: {}", error.kind())))?;
    let settings = Settings::new("").read(&text);
    let problems = settings
        .map_err(|error| OpsError::Setting(error.renamed("FILE")))?
        .problems();
    let found: Vec<_> = problems.problems().iter().collect();
    if desk.out.is_json() {
        let found: Vec<_> = found
            .iter()
            .map(|problem| json!({ "setting": problem.setting, "problem": problem.what }))
            .collect();
        desk.out
            .json(&json!({ "ok": found.is_empty(), "problems": found }))?;
    } else if found.is_empty() {
        desk.out.line("Every setting is understood.")?;
    } else {
        for problem in &found {
            desk.out
                .line(&format!("{} {}", problem.setting, problem.what))?;
        }
    }
    Ok(if found.is_empty() {
        Ending::Well
    } else {
        Ending::Found
    })
}
