//! `cloakroom sessions`.
use std::io::{self, IsTerminal};

use cloakroom_ops::amount::counted;
use cloakroom_ops::handle::in_place;
use cloakroom_ops::letters::quoted;
use cloakroom_ops::opening::{Tables, behind};
use cloakroom_ops::person;
use cloakroom_ops::sight::Glance;
use cloakroom_ops::slice;
use serde_json::json;

use crate::cli::args::{At, CACHE};
use crate::cli::failure::{Ending, Failure};
use crate::cli::more_args::{ByUser, Erase, OfSessions, Sessions, User};
use crate::cli::revoke::confirm;
use crate::cli::{Desk, list, open};

pub(crate) async fn run(args: Sessions, desk: &mut Desk) -> Result<Ending, Failure> {
    match args.what {
        OfSessions::ByUser(user) => by_user(user, desk).await,
        OfSessions::Export(user) => export(user, desk).await,
        OfSessions::Erase(erase) => self::erase(erase, desk).await,
        OfSessions::Reconcile(at) => reconcile(at, desk).await,
    }
}

async fn by_user(args: ByUser, desk: &mut Desk) -> Result<Ending, Failure> {
    let store = open(&args.of.at, Tables::AsTheyAre).await?;
    let now = desk.clock.now();
    let listed = store.of_user(&args.of.user, now).await;
    store.close().await;
    let most = match args.limit {
        0 => usize::MAX,
        limit => limit,
    };
    let listed = listed.map_err(cloakroom_ops::OpsError::Store)?;
    let (listed, next) = slice::after(listed, args.after, most, in_place(&store));
    for (at, listed) in listed.iter().enumerate() {
        list::print(&Glance::of(&store, listed), at == 0, args.full, now, desk)?;
    }
    if let Some(next) = next {
        desk.out.flush()?;
        let next = slice::written(next);
        desk.out.note(&format!("More follow: --after {next}"));
    }
    if listed.is_empty() && !desk.out.is_json() {
        desk.out.note("No live session.");
    }
    Ok(Ending::Well)
}

async fn export(args: User, desk: &mut Desk) -> Result<Ending, Failure> {
    let log = desk.audit()?;
    let store = open(&args.at, Tables::AsTheyAre).await?;
    let person = person::export(&store, &args.user, desk.clock.now()).await;
    store.close().await;
    let person = person.map_err(cloakroom_ops::OpsError::Store)?;
    let count = person.sessions.len() as u64;
    log.note("export", &format!("user {}", quoted(&args.user)), count)?;
    desk.out.json(&person)?;
    if count == 0 {
        desk.out.note("No live session of this user.");
    }
    Ok(Ending::Well)
}

async fn erase(args: Erase, desk: &mut Desk) -> Result<Ending, Failure> {
    let log = desk.audit()?;
    let db = open(&args.of.at, Tables::AsTheyAre).await?;
    let store = behind(CACHE, args.before.cache(), db).await?;
    let (user, now) = (&args.of.user, desk.clock.now());
    let live = store.of_user(user, now).await;
    let live = live.map_err(cloakroom_ops::OpsError::Store)?.len() as u64;
    let is_meant = args.yes || (io::stdin().is_terminal() && confirm("Erase", live)?);
    let (mut sessions, mut entries) = (live, 0);
    if is_meant {
        // Noted first: what can't be noted is not done.
        log.note("erasing", "a user", live)?;
        let erased = person::erase(&store, user, now).await;
        sessions = erased.map_err(cloakroom_ops::OpsError::Store)?;
        entries = log.forget(user)?;
        log.note("erase", "a user", sessions)?;
    }
    store.close().await;
    let (counted, lines) = (counted(sessions, "session"), counted(entries, "line"));
    if desk.out.is_json() {
        let told = json!({ "sessions": sessions, "audit_entries": entries, "dry_run": !is_meant });
        desk.out.json(&told)?;
    } else if is_meant {
        desk.out.line(&format!(
            "Erased {counted}, and the name in {lines} of the audit log."
        ))?;
    } else {
        desk.out
            .line(&format!("Would erase {counted}; give --yes to do it."))?;
    }
    Ok(match is_meant {
        true => Ending::Well,
        false => Ending::Unconfirmed,
    })
}

async fn reconcile(at: At, desk: &mut Desk) -> Result<Ending, Failure> {
    let log = desk.audit()?;
    let store = open(&at, Tables::AsTheyAre).await?;
    let gone_through = store.reconcile().await;
    let name = store.name();
    store.close().await;
    let sessions = gone_through.map_err(cloakroom_ops::OpsError::Store)?;
    log.note("reconcile", name, sessions)?;
    if desk.out.is_json() {
        desk.out
            .json(&json!({ "store": name, "sessions": sessions }))?;
    } else if name == "redis" {
        desk.out.line(&format!(
            "Noted {} by their users.",
            counted(sessions, "session")
        ))?;
    } else {
        desk.out.line(&format!(
            "The {name} store has no index beside its sessions."
        ))?;
    }
    Ok(Ending::Well)
}
