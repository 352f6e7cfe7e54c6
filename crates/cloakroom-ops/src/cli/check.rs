//! `cloakroom check`.
use cloakroom_ops::check::{Verdict, settings};
use serde_json::json;

use crate::cli::Desk;
use crate::cli::args::Check;
use crate::cli::failure::{Ending, Failure};
use crate::cli::out::Colour;

pub(crate) async fn run(args: Check, desk: &mut Desk) -> Result<Ending, Failure> {
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
