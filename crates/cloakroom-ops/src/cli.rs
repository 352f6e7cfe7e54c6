//! The command line: reads what is asked for, has it done, and prints what came of it.
mod args;
mod audit;
mod check;
mod clear;
mod decode;
mod django;
mod failure;
mod funnel;
mod keys;
mod list;
mod more_args;
mod moves;
mod new;
mod out;
mod progress;
mod revoke;
mod sessions;
mod show;
mod signals;
mod stats;
mod tables;
mod top;
mod unrepeated;
mod uploads;
mod warnings;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use cloakroom::KeyRing;
use cloakroom::clock::{Clock, Timestamp};
use cloakroom::store::AnyStore;
use cloakroom_ops::OpsError;
use cloakroom_ops::handle::{Handle, LogIds};
use cloakroom_ops::opening::{self, Tables};
use cloakroom_ops::undecodable::Tally;
use serde_json::json;

use crate::cli::args::{Arguments, At, Command, STORE};
use crate::cli::audit::Acts;
use crate::cli::failure::{Ending, Failure};
use crate::cli::out::Out;

/// What every subcommand works with.
pub(crate) struct Desk {
    pub(crate) out: Out,
    pub(crate) clock: Clock,
    /// Counts the records that could not be read.
    pub(crate) tally: Tally,
    audit_log: Option<PathBuf>,
}

impl Desk {
    /// Tells a session that is not there from one that can't be read, by whether such a record was met.
    pub(crate) fn told_apart(&self, handle: &Handle, error: OpsError) -> OpsError {
        match (error, self.tally.met()) {
            (OpsError::Unknown(it), 1..) if handle.is_whole() => OpsError::Unreadable(it),
            (OpsError::Unknown(it), 1..) => OpsError::UnknownAmong(it),
            (error, _) => error,
        }
    }

    /// Opens the audit log, before something is done that belongs there.
    pub(crate) fn audit(&self) -> Result<Acts, Failure> {
        Acts::open(self.audit_log.as_ref(), self.clock.now())
    }
}

/// Does what the command line asks for.
pub(crate) async fn run() -> ExitCode {
    let Arguments {
        json,
        audit_log,
        command,
    } = Arguments::parse();
    warnings::show();
    let mut desk = Desk {
        out: Out::new(json),
        clock: Clock::system(),
        tally: Tally::default(),
        audit_log,
    };
    // Nobody else in this program records metrics.
    let _ = metrics::set_global_recorder(desk.tally.clone());
    let done = obey(command, &mut desk).await;
    let flushed = desk.out.flush();
    match done.and_then(|ending| flushed.map(|()| ending)) {
        Ok(ending) => ending.code(),
        Err(failure) => failure.tell(),
    }
}

async fn obey(command: Command, desk: &mut Desk) -> Result<Ending, Failure> {
    match command {
        Command::Sessions(args) => sessions::run(args, desk).await,
        Command::Keys(args) => keys::run(args, desk),
        Command::Audit(args) => audit::run(args, desk),
        Command::Decode => decode::run(desk),
        Command::Funnel(args) => funnel::run(args, desk).await,
        Command::Top(args) => top::run(args, desk).await,
        Command::Migrate(args) => tables::run(args, desk).await,
        Command::Clearsessions(args) => clear::run(args, desk).await,
        Command::SweepUploads(args) => uploads::run(args, desk).await,
        Command::Stats(args) => stats::run(args, desk).await,
        Command::List(args) => list::run(args, desk).await,
        Command::Show(args) => show::run(args, desk).await,
        Command::Revoke(args) => revoke::run(args, desk).await,
        Command::Move(args) => moves::run(args, desk).await,
        Command::New(args) => new::run(args, desk),
        Command::Secret => secret(desk),
        Command::Check(args) => check::run(args, desk).await,
        Command::DjangoSettings(args) => django::run(args, desk),
    }
}

/// Prints a new key, and how to use it where nobody reads it by program.
fn secret(desk: &mut Desk) -> Result<Ending, Failure> {
    let secret = KeyRing::generate_secret();
    if desk.out.is_json() {
        desk.out.json(&json!({ "secret": secret }))?;
    } else {
        desk.out.line(&secret)?;
        desk.out.note(
            "Give it to every node as CLOAKROOM_SECRET, and keep it out of repositories and logs.\n\
             To rotate, put the old one into CLOAKROOM_SECRET_FALLBACKS, restart all nodes, and take it\n\
             out after 30 days or the longest age of your sealed and signed cookies. Nobody is logged out.",
        );
    }
    Ok(Ending::Well)
}

/// Opens the store that the command line or the environment names.
async fn open(at: &At, tables: Tables) -> Result<AnyStore, OpsError> {
    let options = opening::options(tables, at.prefix.prefix.as_deref());
    opening::open(STORE, &at.store, &options).await
}

/// Returns the ids by which the site's logs speak of sessions, if its secret is known.
fn log_ids() -> Result<LogIds, OpsError> {
    let variable = |name| std::env::var(name).unwrap_or_default();
    let secret = variable("CLOAKROOM_SECRET");
    LogIds::of(&secret, &variable("CLOAKROOM_SECRET_FALLBACKS")).map_err(OpsError::Usage)
}

/// Returns the point in time that lies so long before.
fn ago(now: Timestamp, span: Duration) -> Timestamp {
    Timestamp::from_secs(now.as_secs().saturating_sub(span.as_secs()))
}
