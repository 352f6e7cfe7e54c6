//! `cloakroom audit`, and the log to which the command adds its acts.
use std::path::PathBuf;

use cloakroom::clock::Timestamp;
use cloakroom_ops::OpsError;
use cloakroom_ops::audit::{AuditLog, Entry};
use cloakroom_ops::letters::plain;

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
    uid: Option<u32>,
    host: Option<String>,
}

impl Acts {
    /// Opens the log that the command line, the environment or the user's home names.
    pub(crate) fn open(said: Option<&PathBuf>, now: Timestamp) -> Result<Self, Failure> {
        let variable = |name: &str| std::env::var(name).ok();
        let path = path(said)?;
        let uid = uid();
        let by = ["SUDO_USER", "USER", "LOGNAME"];
        let by = by
            .into_iter()
            .filter_map(variable)
            .find(|name| !name.is_empty());
        Ok(Self {
            log: AuditLog::open(SETTING, path)?,
            now,
            by: by.unwrap_or_else(|| {
                uid.map_or_else(|| "unknown".into(), |uid| format!("uid {uid}"))
            }),
            uid,
            host: host(),
        })
    }

    pub(crate) fn note(&self, act: &str, target: &str, sessions: u64) -> Result<(), OpsError> {
        let entry = Entry::new(self.now, "command", &self.by, act, target);
        let entry = entry.on(self.uid, self.host.clone());
        self.log.note(&entry.sessions(sessions))
    }

    pub(crate) fn forget(&self, user: &str) -> Result<u64, OpsError> {
        self.log.forget(user, "(erased)")
    }
}

fn path(said: Option<&PathBuf>) -> Result<PathBuf, OpsError> {
    let usual = || AuditLog::usual(|name| std::env::var(name).ok());
    said.cloned().or_else(usual).ok_or_else(|| {
        let what = "is not set, and there is no home folder for the usual file".into();
        OpsError::File(SETTING, what)
    })
}

/// Returns who runs this, as the system knows him.
fn uid() -> Option<u32> {
    #[cfg(target_os = "linux")]
    {
        let process = std::fs::metadata("/proc/self").ok()?;
        Some(std::os::unix::fs::MetadataExt::uid(&process))
    }
    #[cfg(not(target_os = "linux"))]
    None
}

fn host() -> Option<String> {
    let told = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let told = told.or_else(|| std::env::var("HOSTNAME").ok())?;
    Some(told.trim().to_owned()).filter(|name| !name.is_empty())
}

pub(crate) fn run(args: Audit, desk: &mut Desk) -> Result<Ending, Failure> {
    let most = if args.limit == 0 {
        usize::MAX
    } else {
        args.limit
    };
    let path = path(desk.audit_log.as_ref())?;
    // Looking makes no log: a mistyped name would look like a site in which nothing was done.
    if desk.audit_log.is_some() && !path.exists() {
        return Err(OpsError::File(SETTING, "is not there".into()).into());
    }
    let log = AuditLog::open(SETTING, path)?;
    let mut acts = log.last(if args.act.is_some() { usize::MAX } else { most })?;
    if let Some(name) = &args.act {
        acts.retain(|act| act.act == *name);
        acts.truncate(most);
    }
    for (at, act) in acts.iter().enumerate() {
        if desk.out.is_json() {
            desk.out.json(act)?;
            continue;
        }
        if at == 0 {
            let head = format!(
                "{:20}  {:12} {:9}  {:10} WHICH  (SESSIONS)",
                "WHEN", "WHO", "WHERE", "WHAT"
            );
            desk.out.line(&head)?;
        }
        let (by, target) = (plain(&act.by), harmless(&act.target));
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
