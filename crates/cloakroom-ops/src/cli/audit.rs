//! `cloakroom audit`, and the log to which the command adds its acts.
use std::path::PathBuf;

use cloakroom::clock::Timestamp;
use cloakroom_ops::OpsError;
use cloakroom_ops::audit::{AuditLog, Entry};

use crate::cli::Desk;
use crate::cli::failure::{Ending, Failure};
use crate::cli::more_args::Audit;
use crate::cli::out::{harmless, number};

/// How the log's setting is called in errors.
const SETTING: &str = "--audit-log (CLOAKROOM_AUDIT_LOG)";

/// The log, open before anything is done.
pub(crate) struct Acts {
    log: AuditLog,
    now: Timestamp,
    by: String,
}

impl Acts {
    /// Opens the log that the command line, the environment or the user's home names.
    pub(crate) fn open(said: Option<&PathBuf>, now: Timestamp) -> Result<Self, Failure> {
        let variable = |name: &str| std::env::var(name).ok();
        let usual = || AuditLog::usual(variable);
        let path = said.cloned().or_else(usual).ok_or_else(|| {
            let what = "is not set, and there is no home folder for the usual file".into();
            OpsError::File(SETTING, what)
        })?;
        let by = ["SUDO_USER", "USER", "LOGNAME"];
        let by = by
            .into_iter()
            .filter_map(variable)
            .find(|name| !name.is_empty());
        Ok(Self {
            log: AuditLog::open(SETTING, path)?,
            now,
            by: by.unwrap_or_else(|| "unknown".into()),
        })
    }

    pub(crate) fn note(&self, act: &str, target: &str, sessions: u64) -> Result<(), OpsError> {
        let entry = Entry::new(self.now, "command", &self.by, act, target);
        self.log.note(&entry.sessions(sessions))
    }

    pub(crate) fn forget(&self, user: &str) -> Result<u64, OpsError> {
        self.log.forget(user, "(erased)")
    }
}

pub(crate) fn run(args: Audit, desk: &mut Desk) -> Result<Ending, Failure> {
    let most = if args.limit == 0 {
        usize::MAX
    } else {
        args.limit
    };
    let acts = desk.audit()?.log.last(most)?;
    for act in &acts {
        if desk.out.is_json() {
            desk.out.json(act)?;
            continue;
        }
        let [by, target] = [&act.by, &act.target].map(|text| harmless(text));
        let line = format!(
            "{}  {by:12} {:9}  {:10} {target}  ({})",
            act.at,
            act.way,
            act.act,
            number(act.sessions)
        );
        desk.out.line(&line)?;
    }
    if acts.is_empty() && !desk.out.is_json() {
        desk.out.note("Nothing was done so far.");
    }
    Ok(Ending::Well)
}
