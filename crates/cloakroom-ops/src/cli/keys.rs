//! `cloakroom keys`.
use cloakroom_ops::{OpsError, keys};
use serde_json::json;

use crate::cli::Desk;
use crate::cli::failure::{Ending, Failure};
use crate::cli::more_args::{Keys, OfKeys};

pub(crate) fn run(args: Keys, desk: &mut Desk) -> Result<Ending, Failure> {
    let variable = |name| std::env::var(name).unwrap_or_default();
    let secret = variable("CLOAKROOM_SECRET");
    let fallbacks = variable("CLOAKROOM_SECRET_FALLBACKS");
    match args.what {
        OfKeys::Status => status(&secret, &fallbacks, desk),
        OfKeys::Rotate { keep } => rotate(&secret, &fallbacks, keep.map(usize::from), desk),
    }
}

fn status(secret: &str, fallbacks: &str, desk: &mut Desk) -> Result<Ending, Failure> {
    let keys = keys::status(secret, fallbacks).map_err(OpsError::Usage)?;
    if desk.out.is_json() {
        desk.out.json(&keys)?;
        return Ok(Ending::Well);
    }
    for key in keys {
        let what = match (key.is_current, key.is_repeated) {
            (true, _) => "current: seals, signs and opens",
            (false, false) => "retired: only opens",
            (false, true) => "the same once more: take it out",
        };
        desk.out.line(&format!("{}  {what}", key.id))?;
    }
    Ok(Ending::Well)
}

fn rotate(
    secret: &str,
    fallbacks: &str,
    keep: Option<usize>,
    desk: &mut Desk,
) -> Result<Ending, Failure> {
    let log = desk.audit()?;
    let rotated = keys::rotate(secret, fallbacks, keep).map_err(OpsError::Usage)?;
    let target = match &rotated.dropped[..] {
        [] => "keys".to_owned(),
        dropped => format!("keys, dropped {}", dropped.join(" ")),
    };
    log.note("rotate", &target, 0)?;
    if desk.out.is_json() {
        let told = json!({
            "CLOAKROOM_SECRET": rotated.secret,
            "CLOAKROOM_SECRET_FALLBACKS": rotated.fallbacks,
            "dropped": rotated.dropped,
        });
        desk.out.json(&told)?;
        return Ok(Ending::Well);
    }
    desk.out
        .line(&format!("CLOAKROOM_SECRET={}", rotated.secret))?;
    desk.out
        .line(&format!("CLOAKROOM_SECRET_FALLBACKS={}", rotated.fallbacks))?;
    if !rotated.dropped.is_empty() {
        let ids = rotated.dropped.join(", ");
        let what = format!("Dropped, with all that only they open: {ids}.");
        desk.out.note(&what);
    }
    desk.out.note(
        "Give both to every node and restart them; nobody is logged out. While nodes have different secrets, one may\n\
         not open what another sealed: give all nodes the new secret as a fallback first, if that matters. Take a\n\
         retired secret out after 30 days or the longest age of your sealed and signed cookies.",
    );
    Ok(Ending::Well)
}
