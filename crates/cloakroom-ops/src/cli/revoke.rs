//! `cloakroom revoke`.
use std::io::{self, IsTerminal, Write};

use cloakroom::clock::Timestamp;
use cloakroom::store::AnyStore;
use cloakroom_ops::amount::{counted, number};
use cloakroom_ops::handle::{Found, find, handle_of};
use cloakroom_ops::opening::{Tables, behind};
use cloakroom_ops::revoking::{end, end_all};
use cloakroom_ops::selection::Selection;
use serde_json::json;

use crate::cli::args::{CACHE, Revoke};
use crate::cli::audit::Acts;
use crate::cli::failure::{Ending, Failure};
use crate::cli::{Desk, ago, log_ids, open, progress, signals};

pub(crate) async fn run(args: Revoke, desk: &mut Desk) -> Result<Ending, Failure> {
    let db = open(&args.at, Tables::AsTheyAre).await?;
    let store = behind(CACHE, args.before.cache(), db).await?;
    let now = desk.clock.now();
    let log = desk.audit()?;
    let ending = if args.handles.is_empty() {
        by_condition(&store, &args, now, &log, desk).await
    } else {
        by_handle(&store, &args, now, &log, desk).await
    };
    store.close().await;
    ending
}

/// Ends the sessions that are named; all of them are found before the first is ended.
async fn by_handle(
    store: &AnyStore,
    args: &Revoke,
    now: Timestamp,
    log: &Acts,
    desk: &mut Desk,
) -> Result<Ending, Failure> {
    let logs = log_ids()?;
    let mut keys = Vec::new();
    for handle in &args.handles {
        let found = find(store, handle, &logs, now).await;
        let key = match found.map_err(|error| desk.told_apart(handle, error))? {
            Found::Session(key, _) | Found::Renewed(_, key) => key,
        };
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let mut ended = keys.len() as u64;
    if !args.dry_run {
        ended = 0;
        for key in keys {
            // Noted first: what can't be noted is not done.
            log.note("revoke", &handle_of(store, &key), 1)?;
            ended += u64::from(end(store, key).await?);
        }
    }
    tell(ended, args.dry_run, false, desk)
}

async fn by_condition(
    store: &AnyStore,
    args: &Revoke,
    now: Timestamp,
    log: &Acts,
    desk: &mut Desk,
) -> Result<Ending, Failure> {
    let selection = Selection {
        user: args.user.clone(),
        begun_until: args.older_than.map(|span| ago(now, span)),
        device: args.device.clone(),
    };
    let is_mass = args.user.is_none() && !args.yes;
    if is_mass && !args.dry_run && !io::stdin().is_terminal() {
        let what = "this would end many sessions and there is no terminal to ask at: give --yes, or --dry-run to count them";
        return Err(Failure::Usage(what.into()));
    }
    if args.dry_run {
        let count = selection.count(store, now).await?;
        return tell(count, true, false, desk);
    }
    let mut total = 0;
    if is_mass {
        total = selection.count(store, now).await?;
        if total == 0 {
            return tell(0, false, false, desk);
        }
        if !confirm("Revoke", total)? {
            desk.out.note("Nothing revoked.");
            if desk.out.is_json() {
                return tell(0, false, false, desk);
            }
            return Ok(Ending::Well);
        }
    }
    log.note("revoking", &selection.to_string(), total)?;
    let stop = signals::stop();
    let bar = progress::bar("revoking", total);
    let mut so_far = 0;
    let ended = end_all(store, &selection, now, &stop, |ended| {
        so_far = ended;
        bar.set_position(ended);
    })
    .await;
    bar.finish_and_clear();
    log.note("revoke", &selection.to_string(), so_far)?;
    let ended = ended.inspect_err(|_| {
        if so_far > 0 {
            desk.out.note(&format!(
                "cloakroom: {} revoked before that",
                number(so_far)
            ));
        }
    })?;
    tell(ended, false, stop.is_asked(), desk)
}

/// Asks the operator.
pub(crate) fn confirm(act: &str, total: u64) -> Result<bool, Failure> {
    let mut stderr = io::stderr();
    let asked = format!("{act} {}? [y/N] ", counted(total, "session"));
    stderr
        .write_all(asked.as_bytes())
        .map_err(Failure::Output)?;
    let mut answer = String::new();
    io::stdin()
        .read_line(&mut answer)
        .map_err(Failure::Output)?;
    Ok(["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()))
}

fn tell(sessions: u64, dry_run: bool, stopped: bool, desk: &mut Desk) -> Result<Ending, Failure> {
    // Some were met more than once, so how many they are is not known.
    let met_undecodable = desk.tally.met() > 0;
    if met_undecodable {
        desk.out.note(
            "cloakroom: some records can't be read; nobody is signed in by them, and they were left as they are (`cloakroom stats --read` counts them)",
        );
    }
    if desk.out.is_json() {
        let told = json!({
            "sessions": sessions, "dry_run": dry_run, "stopped": stopped,
            "met_undecodable": met_undecodable,
        });
        desk.out.json(&told)?;
    } else {
        let counted = counted(sessions, "session");
        let text = match (dry_run, stopped) {
            (true, _) => format!("Would revoke {counted}."),
            (false, true) => format!("Revoked {counted}, then stopped; run it again to go on."),
            (false, false) => format!("Revoked {counted}."),
        };
        desk.out.line(&text)?;
    }
    Ok(if stopped {
        Ending::Stopped
    } else {
        Ending::Well
    })
}
