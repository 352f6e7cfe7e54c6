//! `cloakroom check`.
use cloakroom_ops::check::{Verdict, audit, settings};
use serde_json::json;

use crate::cli::Desk;
use crate::cli::args::Check;
use crate::cli::failure::{Ending, Failure};
use crate::cli::out::Colour;

pub(crate) async fn run(args: Check, desk: &mut Desk) -> Result<Ending, Failure> {
    if args.deploy {
        deploy(args, desk).await
    } else {
        start(args, desk).await
    }
}

/// Compares the settings with what the standards ask for.
async fn deploy(args: Check, desk: &mut Desk) -> Result<Ending, Failure> {
    let audit = audit(args.prefix.prefix.as_deref()).await?;
    let text = match (args.sarif, desk.out.is_json(), desk.out.has_colour()) {
        (true, ..) => audit.to_sarif(),
        (_, true, _) => audit.to_json(),
        (.., true) => audit.coloured().to_string(),
        _ => audit.to_string(),
    };
    desk.out.line(text.trim_end())?;
    Ok(if audit.is_well() {
        Ending::Well
    } else {
        Ending::Found
    })
}

/// Checks that the site would start.
async fn start(args: Check, desk: &mut Desk) -> Result<Ending, Failure> {
    let names: Vec<String> = std::env::vars_os()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, _)| name.to_string_lossy().into_owned())
        .filter(|name| name.starts_with("CLOAKROOM_"))
        .collect();
    let findings = settings(&names, args.prefix.prefix.as_deref()).await;
    let is_well = findings
        .iter()
        .all(|finding| finding.verdict != Verdict::Wrong);
    if desk.out.is_json() {
        desk.out
            .json(&json!({ "ok": is_well, "settings": findings }))?;
    } else {
        let width = findings
            .iter()
            .map(|finding| finding.setting.len())
            .max()
            .unwrap_or(0);
        for finding in &findings {
            let (word, colour) = match finding.verdict {
                Verdict::Ok => ("ok   ", Colour::Green),
                Verdict::Wrong => ("wrong", Colour::Red),
                Verdict::Odd => ("odd  ", Colour::Yellow),
            };
            let word = desk.out.coloured(word, colour);
            desk.out.line(&format!(
                "{word}  {:width$}  {}",
                finding.setting, finding.what
            ))?;
        }
    }
    Ok(if is_well { Ending::Well } else { Ending::Found })
}
