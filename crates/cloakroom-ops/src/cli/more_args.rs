//! The words of the subcommands that look after users, keys and the audit log.
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use cloakroom_ops::{slice, span};

use crate::cli::args::{At, Before, Prefix};
use crate::cli::unrepeated::Unrepeated;

#[derive(Debug, Args)]
pub(crate) struct Sessions {
    #[command(subcommand)]
    pub(crate) what: OfSessions,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OfSessions {
    /// Lists the live sessions of one user
    ByUser(ByUser),
    /// Prints everything that is kept in the sessions of one user, as JSON, values included
    Export(User),
    /// Ends all sessions of one user, and forgets his name in the audit log
    Erase(Erase),
    /// Brings an index by user that stands apart from the sessions into line with them; only Redis has one
    Reconcile(At),
}

#[derive(Debug, Args)]
pub(crate) struct User {
    #[command(flatten)]
    pub(crate) at: At,
    /// The user's id
    #[arg(value_name = "ID", value_parser = a_user)]
    pub(crate) user: String,
}

#[derive(Debug, Args)]
pub(crate) struct ByUser {
    #[command(flatten)]
    pub(crate) of: User,
    /// At most this many, those that began last; 0 for all
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) limit: usize,
    /// Goes on where the list before ended
    #[arg(long, value_name = "PLACE", value_parser = Unrepeated(slice::place))]
    pub(crate) after: Option<slice::Place>,
    /// Prints whole handles instead of their first 12 digits
    #[arg(long)]
    pub(crate) full: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Erase {
    #[command(flatten)]
    pub(crate) of: User,
    #[command(flatten)]
    pub(crate) before: Before,
    /// Does not ask; where nobody can be asked, the sessions are only counted without this
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Keys {
    #[command(subcommand)]
    pub(crate) what: OfKeys,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OfKeys {
    /// Says which keys CLOAKROOM_SECRET and CLOAKROOM_SECRET_FALLBACKS hold, by their ids
    Status,
    /// Prints both settings with a new secret; the old one goes before those that are retired already
    Rotate {
        /// Keeps at most so many retired secrets, and says which it drops; without this all are kept
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..))]
        keep: Option<u8>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Audit {
    /// At most this many; 0 for all
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) limit: usize,
    /// Only acts of this name: revoke, reveal, export, erase, rotate
    #[arg(long, value_name = "NAME")]
    pub(crate) act: Option<String>,
    /// Only acts of whoever is called so in the log
    #[arg(long, value_name = "WHO")]
    pub(crate) by: Option<String>,
    /// Only acts on this user's sessions; one on a single session names its handle and no user
    #[arg(long, value_name = "ID", value_parser = a_user)]
    pub(crate) user: Option<String>,
    /// Only acts from then on: 2026-11-21, 2026-11-21T17:05 (in UTC), or 2d ago
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,
    /// Only acts until then, all of a day if it is one
    #[arg(long, value_name = "WHEN")]
    pub(crate) until: Option<String>,
}

#[derive(Debug, Args)]
#[group(id = "from", required = true, multiple = true, args = ["metrics", "store", "drafts"])]
pub(crate) struct Funnel {
    /// What the site tells Prometheus: a file, or - for the standard input. Several nodes are added up when they stand one after
    /// the other
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics: Option<PathBuf>,
    /// The URL of the sessions' store, for drafts that wait in sessions; each is read
    #[arg(
        long,
        value_name = "URL",
        env = "CLOAKROOM_STORE",
        hide_env_values = true
    )]
    pub(crate) store: Option<String>,
    /// The URL of a store of drafts
    #[arg(
        long,
        value_name = "URL",
        env = "CLOAKROOM_DRAFTS",
        hide_env_values = true
    )]
    pub(crate) drafts: Option<String>,
    #[command(flatten)]
    pub(crate) prefix: Prefix,
    /// A draft to which nothing was sent for so long is stuck: 2h, 7d
    #[arg(long, value_name = "SPAN", default_value = "1d", value_parser = span::parse)]
    pub(crate) stuck_after: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct Top {
    #[command(flatten)]
    pub(crate) at: At,
    /// Looks this often: 5s, 1m
    #[arg(long, value_name = "SPAN", default_value = "5s", value_parser = a_pause)]
    pub(crate) every: Duration,
    /// Ends after so many looks
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) times: Option<u64>,
}

/// Each look counts all sessions.
fn a_pause(text: &str) -> Result<Duration, String> {
    match span::parse(text)? {
        Duration::ZERO => Err("is no time at all; give at least 1s".into()),
        pause => Ok(pause),
    }
}

pub(crate) fn a_device(label: &str) -> Result<String, String> {
    if label.trim().is_empty() {
        return Err("is empty; `list` shows the labels".into());
    }
    Ok(label.to_owned())
}

pub(crate) fn a_user(id: &str) -> Result<String, String> {
    if id.is_empty() {
        return Err("is empty; guests have no user".into());
    }
    Ok(id.to_owned())
}
