//! `cloakroom django-settings`.
use cloakroom::django::{SETTING_NAMES, SETTINGS_SNIPPET, Settings};
use cloakroom::{Cloakroom, ConfigError, KeyRing};
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
    let text =
        std::fs::read(&file).map_err(|error| unread(format!("can't be read: {}", error.kind())))?;
    let settings = Settings::new("")
        .read(text)
        .map_err(|error| OpsError::Setting(error.renamed("FILE")))?;
    let mut problems = settings.problems();
    if problems.is_empty() {
        problems = as_a_site(settings);
    }
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

/// Returns what keeps a site with these settings from starting, but for what the file does not say.
fn as_a_site(settings: Settings) -> ConfigError {
    let keys = KeyRing::new(KeyRing::generate_secret()).expect("it is a good secret");
    let built = Cloakroom::builder(keys).django(settings).build();
    let mut problems = ConfigError::default();
    for problem in built.err().iter().flat_map(ConfigError::problems) {
        if problem.setting != "store" {
            problems.add(&problem.setting, &problem.what);
        }
    }
    problems
}
