//! `cloakroom decode`.
use std::io::{self, Read};

use cloakroom::KeyRing;
use cloakroom_ops::OpsError;
use cloakroom_ops::decode::explain;

use crate::cli::Desk;
use crate::cli::failure::{Ending, Failure};
use crate::cli::out::harmless;

/// No browser keeps a longer cookie, and a header line is not much longer.
const LONGEST: u64 = 64 << 10;

pub(crate) fn run(desk: &mut Desk) -> Result<Ending, Failure> {
    let mut pasted = String::new();
    let read = io::stdin().take(LONGEST).read_to_string(&mut pasted);
    read.map_err(|error| OpsError::File("the standard input", error.to_string()))?;
    if pasted.trim().is_empty() {
        return Err(Failure::Usage(
            "paste a cookie into the standard input".into(),
        ));
    }
    let keys = match std::env::var("CLOAKROOM_SECRET") {
        Ok(secret) if !secret.is_empty() => {
            let keys = KeyRing::from_env("CLOAKROOM_SECRET");
            Some(keys.map_err(OpsError::Usage)?)
        }
        _ => None,
    };
    let explained = explain(&pasted, keys.as_ref(), desk.clock.now());
    if desk.out.is_json() {
        desk.out.json(&explained)?;
        return Ok(Ending::Well);
    }
    for clause in &explained.clauses {
        desk.out
            .line(&format!("{:20}  {}", harmless(&clause.part), clause.means))?;
    }
    Ok(Ending::Well)
}
