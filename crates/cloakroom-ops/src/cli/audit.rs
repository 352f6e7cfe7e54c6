//! `cloakroom audit`, and the log to which the command adds its acts.
use std::path::PathBuf;

use cloakroom::ConfigError;
use cloakroom::clock::Timestamp;
use cloakroom_ops::OpsError;
use cloakroom_ops::amount::number;
use cloakroom_ops::audit::{AuditLog, Entry, Search, day_or_moment};
use cloakroom_ops::letters::plain;

use crate::cli::Desk;
use crate::cli::failure::{Ending, Failure};
use crate::cli::more_args::Audit;
use crate::cli::out::harmless;

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
    let search = wanted(&args, desk.clock.now())?;
    let acts = AuditLog::open(SETTING, path)?.search(&search, most)?;
    if desk.out.is_json() {
        return acts
            .iter()
            .try_for_each(|act| desk.out.json(act))
            .map(|()| Ending::Well);
    }
    let rows: Vec<_> = acts.iter().map(row).collect();
    let head = ["WHEN", "WHO", "WHERE", "WHAT"].map(str::to_owned);
    let widths = [0, 1, 2, 3].map(|at| {
        let cells = rows.iter().map(|(cells, _)| &cells[at]);
        let longest = cells.chain([&head[at]]).map(|cell| cell.chars().count());
        longest.max().unwrap_or_default()
    });
    let mut line = |cells: &[String; 4], which: &str| {
        let padded = cells.iter().zip(widths);
        let padded: String = padded
            .map(|(cell, width)| format!("{cell:width$}  "))
            .collect();
        desk.out.line(&format!("{padded}{which}"))
    };
    if !rows.is_empty() {
        line(&head, "WHICH  (SESSIONS)")?;
    }
    for (cells, which) in &rows {
        line(cells, which)?;
    }
    match (rows.is_empty(), search == Search::default()) {
        (true, true) => desk.out.note("Nothing was done so far."),
        (true, false) => desk.out.note("No act is like that."),
        (false, _) => {}
    }
    Ok(Ending::Well)
}

/// Reads which acts are meant.
fn wanted(args: &Audit, now: Timestamp) -> Result<Search, Failure> {
    let time = |setting: &str, text: &Option<String>| {
        let read = text.as_ref().map(|text| day_or_moment(text, now));
        read.transpose().map_err(|what| {
            let mut problem = ConfigError::default();
            problem.add(setting, what);
            OpsError::Usage(problem)
        })
    };
    Ok(Search {
        act: args.act.clone(),
        by: args.by.clone(),
        user: args.user.clone(),
        since: time("--since", &args.since)?,
        until: time("--until", &args.until)?,
    })
}

/// Who did it by the name he gave and the machine's own number for him, by which way and on which machine.
fn row(act: &Entry) -> ([String; 4], String) {
    let uid = act.uid.map(|uid| format!("uid {uid}"));
    let uid = uid.filter(|uid| *uid != act.by);
    let with = |what: &str, more: Option<String>, between: &str, end: &str| match more {
        Some(more) => format!("{what}{between}{more}{end}"),
        None => what.to_owned(),
    };
    let host = act.host.as_deref().map(plain);
    let cells = [
        plain(&act.at),
        with(&plain(&act.by), uid, " (", ")"),
        with(&plain(&act.way), host, " on ", ""),
        plain(&act.act),
    ];
    let which = format!("{}  ({})", harmless(&act.target), number(act.sessions));
    (cells, which)
}
