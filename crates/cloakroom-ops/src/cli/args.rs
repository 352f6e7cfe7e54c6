//! The words of the command line.
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use cloakroom::session::StoreKey;
use cloakroom_ops::handle::{self, Handle};
use cloakroom_ops::opening::Cache;
use cloakroom_ops::span;

pub(crate) use crate::cli::more_args::{Audit, Funnel, Keys, Sessions, Top};
use crate::cli::more_args::{a_device, a_user};
use crate::cli::unrepeated::Unrepeated;

/// How the store's setting is called in errors.
pub(crate) const STORE: &str = "--store (CLOAKROOM_STORE)";
pub(crate) const CACHE: &str = "--cache (CLOAKROOM_CACHE)";
pub(crate) const FROM: &str = "--from (CLOAKROOM_FROM)";
pub(crate) const TO: &str = "--to (CLOAKROOM_TO)";
pub(crate) const UPLOADS: &str = "--uploads (CLOAKROOM_UPLOADS)";

const AFTERWARDS: &str = "\
Stores: sqlite:, postgres:, mysql:, redis: (alone, behind Sentinel, as a cluster), memcached: and file: URLs. Every user of the machine can read the arguments of a command, so put a URL with a password into the environment: CLOAKROOM_STORE, for `move` CLOAKROOM_FROM and CLOAKROOM_TO.

Handles: a session is named by the digest under which the store keeps it, 64 hexadecimal digits, or by the first 8 or more of them when no other begins so. With CLOAKROOM_SECRET in the environment, the id that the site's logs show will do too. Nobody can make a cookie of a handle. Beside a Django site it is a digest under the site's SECRET_KEY, so CLOAKROOM_SECRET has to be set.

Exit codes: 0 all is well; 1 something was found or failed; 2 the command line or a setting is wrong, or --yes is needed; 130 ended by Ctrl-C, with what was done so far.

Examples:
  cloakroom stats --store sqlite://shop.db
  cloakroom list --user ada --json
  cloakroom revoke --older-than 30d --dry-run
  cloakroom clearsessions --rate 5000";

/// Looks after the sessions of a site, on any store.
#[derive(Debug, Parser)]
#[command(name = "cloakroom", version, propagate_version = true, after_long_help = AFTERWARDS)]
pub(crate) struct Arguments {
    /// Prints JSON: one object, or one in each line for lists
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// The file to which each act is added; by default cloakroom/audit.jsonl in the user's folder for state
    #[arg(long, global = true, value_name = "FILE", env = "CLOAKROOM_AUDIT_LOG")]
    pub(crate) audit_log: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Finds, hands out and erases one user's sessions; brings their index into line
    #[command(
        after_long_help = "Examples:\n  cloakroom sessions by-user ada\n  cloakroom sessions export ada > ada.json\n  cloakroom sessions erase ada --yes\n  cloakroom sessions reconcile"
    )]
    Sessions(Sessions),
    /// Says which keys the site has, or makes a new one and retires the old
    #[command(
        after_long_help = "Examples:\n  cloakroom keys status\n  (umask 077; cloakroom keys rotate > new.env)"
    )]
    Keys(Keys),
    /// Shows who did what to whose sessions, the newest first
    #[command(after_long_help = "Examples:\n  cloakroom audit\n  cloakroom audit --limit 0 --json")]
    Audit(Audit),
    /// Explains a cookie clause by clause: a Set-Cookie line, name=value, or a value
    ///
    /// It is read from the standard input, since arguments can be seen by every user of the machine. The value
    /// itself is never printed.
    #[command(
        after_long_help = "Examples:\n  cloakroom decode < cookie.txt\n  wl-paste | cloakroom decode --json"
    )]
    Decode,
    /// Shows the way through wizards: who entered each step, stumbled, went on, and which drafts are stuck
    #[command(
        after_long_help = "Examples:\n  curl -s http://127.0.0.1:8000/metrics | cloakroom funnel --metrics - --drafts sqlite://drafts.db\n  cloakroom funnel --store sqlite://shop.db --stuck-after 2h --json"
    )]
    Funnel(Funnel),
    /// Shows how many sessions there are, live, until Ctrl-C
    #[command(
        after_long_help = "Examples:\n  cloakroom top\n  cloakroom top --every 10s --json\n  cloakroom top --times 1"
    )]
    Top(Top),
    /// Brings the store's tables up to date
    ///
    /// Safe to run by several at once and beside a running site. Stores without tables need none of it.
    #[command(
        after_long_help = "Examples:\n  cloakroom migrate --check\n  cloakroom migrate --store sqlite://shop.db"
    )]
    Migrate(Migrate),
    /// Removes what has expired, a batch at a time
    ///
    /// The site does so by itself every ten minutes; this is for sites that have it switched off. Safe to
    /// run everywhere at once, beside the running site. After Ctrl-C it ends with the batch, and a later run goes on.
    #[command(
        after_long_help = "Examples:\n  cloakroom clearsessions\n  cloakroom clearsessions --dry-run\n  cloakroom clearsessions --rate 5000 --batch 1000"
    )]
    Clearsessions(Clear),
    /// Removes files that visitors sent and nobody waits for any more
    ///
    /// A site with wizards does so by itself every hour; this is for sites that take files in other ways, or are not
    /// running. It knows the library's own names, and touches no other file. Safe to run everywhere at once.
    #[command(
        after_long_help = "For S3 the variables AWS_ENDPOINT, AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are read, as by the site.\n\nExamples:\n  cloakroom sweep-uploads --uploads file:///srv/uploads --dry-run\n  CLOAKROOM_UPLOADS=s3://shop/uploads cloakroom sweep-uploads --older-than 61d --json"
    )]
    SweepUploads(SweepUploads),
    /// Counts sessions: live and expired, of users and guests, by age and size
    #[command(
        after_long_help = "Examples:\n  cloakroom stats\n  cloakroom stats --json | jq .live"
    )]
    Stats(Stats),
    /// Lists live sessions, in the order of their handles
    #[command(
        after_long_help = "Examples:\n  cloakroom list --user ada\n  cloakroom list --older-than 30d --limit 20\n  cloakroom list --limit 0 --json > sessions.jsonl"
    )]
    List(List),
    /// Shows one session: who, since when, until when, which values it has
    ///
    /// Values themselves are shown only with --reveal: they may be private.
    #[command(
        after_long_help = "Examples:\n  cloakroom show 3f9a77c0\n  cloakroom show 3f9a77c0 --reveal --json"
    )]
    Show(Show),
    /// Ends sessions: whoever has them is logged out at once
    ///
    /// A request that is under way can't bring a session back. Asks before it ends sessions by the
    /// conditions --all and --older-than, unless --yes is given.
    #[command(
        after_long_help = "Examples:\n  cloakroom revoke 3f9a77c0 81d2aa04\n  cloakroom revoke --user ada\n  cloakroom revoke --older-than 30d --dry-run\n  cloakroom revoke --all --yes"
    )]
    Revoke(Revoke),
    /// Moves live sessions to another store; nobody is logged out
    ///
    /// Run it while the site runs on the old store, switch the site to the new one, and run it again
    /// with the same journal for what came meanwhile. What was changed or ended in the new store stays
    /// so. A run can be stopped or killed, and the next goes on. The guide's page "Operating" tells more.
    #[command(
        after_long_help = "Examples:\n  cloakroom move --from sqlite://shop.db --to redis://127.0.0.1 --journal move.journal\n  CLOAKROOM_FROM=... CLOAKROOM_TO=... cloakroom move --journal move.journal"
    )]
    Move(Move),
    /// Makes a new project: axum, sessions in SQLite, a form, a wizard, tests, a Dockerfile
    ///
    /// In a folder of that name, which must not be there yet.
    #[command(
        after_long_help = "Examples:\n  cloakroom new my-site && cd my-site && cargo run\n  cloakroom new my-site --path ../cloakroom"
    )]
    New(New),
    /// Prints a new key for CLOAKROOM_SECRET
    #[command(
        after_long_help = "The key alone goes to the standard output, what to do with it to the standard error.\n\nExample:\n  (umask 077; cloakroom secret > /etc/shop/secret)"
    )]
    Secret,
    /// Checks the settings in the environment, and that the store can be used
    ///
    /// Reads all variables whose names start with CLOAKROOM_ as the site would, and changes nothing.
    ///
    /// With --deploy it goes on to what OWASP, ASVS, NIST and the cookie standard ask of a site, requirement by
    /// requirement: for a site that is set up from the environment alone. One with settings in its code
    /// prints the same by `Cloakroom::audit`.
    #[command(
        after_long_help = "Examples:\n  set -a; . ./shop.env; set +a; cloakroom check\n  cloakroom check --deploy\n  cloakroom check --deploy --sarif > cloakroom.sarif"
    )]
    Check(Check),
    /// Prints the snippet that prints a Django project's settings, or checks what it printed
    ///
    /// Without a file it prints the Python to be run in the Django project. With one it says which of the settings in it
    /// are not understood: exit code 1 when there are any. The file is what CLOAKROOM_DJANGO_SETTINGS names.
    #[command(
        after_long_help = "Examples:\n  cloakroom django-settings > snippet.py\n  python manage.py shell -v 0 < snippet.py > django-settings.json\n  cloakroom django-settings django-settings.json"
    )]
    DjangoSettings(DjangoSettings),
}

#[derive(Debug, Args)]
pub(crate) struct Stats {
    #[command(flatten)]
    pub(crate) at: At,
    /// Reads each record, also where the store counts faster by itself: finds those that do not decode, and has the sizes of names and
    /// values instead of those that the store keeps
    #[arg(long)]
    pub(crate) read: bool,
}

/// Where the sessions are.
#[derive(Debug, Args)]
pub(crate) struct At {
    /// The store's URL; one with a password belongs into the environment
    #[arg(
        long,
        value_name = "URL",
        env = "CLOAKROOM_STORE",
        hide_env_values = true
    )]
    pub(crate) store: String,
    #[command(flatten)]
    pub(crate) prefix: Prefix,
}

#[derive(Debug, Args)]
pub(crate) struct Prefix {
    /// What names in Redis and memcached begin with, when the site has set that
    #[arg(long, value_name = "TEXT")]
    pub(crate) prefix: Option<String>,
}

/// The cache before the store, for what changes sessions.
#[derive(Debug, Args)]
pub(crate) struct Before {
    /// The URL of the cache before the store, the new one for `move`
    #[arg(
        long,
        value_name = "URL",
        env = "CLOAKROOM_CACHE",
        hide_env_values = true
    )]
    cache: Option<String>,
    /// The site has no cache, whatever is set or the database knows
    #[arg(long)]
    no_cache: bool,
}

impl Before {
    pub(crate) fn cache(&self) -> Cache<'_> {
        match self.cache.as_deref() {
            _ if self.no_cache => Cache::None,
            None | Some("") => Cache::Unsaid,
            Some(url) => Cache::At(url),
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Migrate {
    /// The store's URL; one with a password belongs into the environment
    #[arg(
        long,
        value_name = "URL",
        env = "CLOAKROOM_STORE",
        hide_env_values = true
    )]
    pub(crate) store: String,
    /// Changes nothing and says whether it is needed: exit code 1 when it is
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Clear {
    #[command(flatten)]
    pub(crate) at: At,
    /// Removes at most this many at once; the store takes fewer where others would wait
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) batch: u32,
    /// Removes at most this many in a second
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) rate: Option<u64>,
    /// Only counts them
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SweepUploads {
    /// The storage's URL: file:///absolute/folder or s3://bucket/prefix
    #[arg(
        long,
        value_name = "URL",
        env = "CLOAKROOM_UPLOADS",
        hide_env_values = true
    )]
    pub(crate) uploads: String,
    /// Only what came in at least so long ago: 30d, 12h. As long as a draft can live, or visitors lose files that they have just
    /// sent; with the settings as they are that is 60 days, in the session 90
    #[arg(long, value_name = "SPAN", default_value = "91d", value_parser = span::parse)]
    pub(crate) older_than: Duration,
    /// Only counts them
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) at: At,
    /// Only sessions of this user
    #[arg(long, value_name = "ID", value_parser = a_user)]
    pub(crate) user: Option<String>,
    /// Only sessions that began, or whose user signed in, at least so long ago: 30d, 12h, 90m
    #[arg(long, value_name = "SPAN", allow_hyphen_values = true, value_parser = span::parse)]
    pub(crate) older_than: Option<Duration>,
    /// Only sessions whose users signed in on this device, such as "Firefox on Linux"
    #[arg(long, value_name = "LABEL", value_parser = a_device)]
    pub(crate) device: Option<String>,
    /// At most this many; 0 for all
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) limit: usize,
    /// Begins after this handle
    #[arg(long, value_name = "HANDLE", value_parser = Unrepeated(handle::cursor))]
    pub(crate) after: Option<StoreKey>,
    /// Prints whole handles instead of their first 12 digits
    #[arg(long)]
    pub(crate) full: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    pub(crate) at: At,
    /// Which session
    #[arg(value_parser = Unrepeated(Handle::from_str))]
    pub(crate) handle: Handle,
    /// Prints the values too
    #[arg(long)]
    pub(crate) reveal: bool,
}

#[derive(Debug, Args)]
#[group(id = "which", required = true, multiple = true, args = ["handles", "user", "older_than", "device", "all"])]
pub(crate) struct Revoke {
    #[command(flatten)]
    pub(crate) at: At,
    #[command(flatten)]
    pub(crate) before: Before,
    /// Which sessions
    #[arg(value_name = "HANDLE", conflicts_with_all = ["user", "older_than", "device", "all"], value_parser = Unrepeated(Handle::from_str))]
    pub(crate) handles: Vec<Handle>,
    /// All sessions of this user
    #[arg(long, value_name = "ID", conflicts_with = "all", value_parser = a_user)]
    pub(crate) user: Option<String>,
    /// All sessions that began, or whose user signed in, at least so long ago: 30d, 12h, 90m
    #[arg(long, value_name = "SPAN", conflicts_with = "all", allow_hyphen_values = true, value_parser = span::parse)]
    pub(crate) older_than: Option<Duration>,
    /// All sessions whose users signed in on this device, such as "Firefox on Linux"
    #[arg(long, value_name = "LABEL", conflicts_with = "all", value_parser = a_device)]
    pub(crate) device: Option<String>,
    /// All sessions of the store
    #[arg(long)]
    pub(crate) all: bool,
    /// Only counts them
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Does not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Move {
    /// The old store's URL
    #[arg(
        long,
        value_name = "URL",
        env = "CLOAKROOM_FROM",
        hide_env_values = true
    )]
    pub(crate) from: String,
    /// The new store's URL; its tables are made if need be
    #[arg(long, value_name = "URL", env = "CLOAKROOM_TO", hide_env_values = true)]
    pub(crate) to: String,
    /// The file in which all runs of one move remember what they copied
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: PathBuf,
    #[command(flatten)]
    pub(crate) prefix: Prefix,
    #[command(flatten)]
    pub(crate) before: Before,
    /// Goes on where something looks as if nobody could have meant it
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct New {
    /// The name of the project and its folder: lower-case letters, digits, - and _
    pub(crate) name: String,
    /// A checkout of Cloakroom to build with, in place of the published version
    #[arg(long, value_name = "FOLDER")]
    pub(crate) path: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) prefix: Prefix,
    /// Compares the settings with what the standards ask for: exit code 1 when something is broken that they demand
    #[arg(long)]
    pub(crate) deploy: bool,
    /// Prints SARIF 2.1.0, for code hosts and dashboards
    #[arg(long, requires = "deploy", conflicts_with = "json")]
    pub(crate) sarif: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DjangoSettings {
    /// What the snippet printed
    pub(crate) file: Option<PathBuf>,
}
