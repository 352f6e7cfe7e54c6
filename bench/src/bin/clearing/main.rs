//! Clears out what has expired while somebody else writes, and prints how long both take.
//!
//! Run with `cargo run --release --manifest-path bench/Cargo.toml --bin clearing -- sqlite [rows]`.
mod crowd;
mod ours;
mod postgres;
mod sqlite;
mod steady;

use std::fmt;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use cloakroom_bench::Result;

use crate::steady::Waits;

/// Clears half of so many rows, as Cloakroom does it and as Django does.
#[derive(Parser)]
struct Arguments {
    /// The store.
    store: Which,
    /// How many sessions there are; half of them have expired.
    #[arg(default_value_t = 200_000)]
    rows: u32,
    /// Only one way to clear.
    #[arg(long)]
    only: Option<Way>,
    /// What the process of the command is started with: the store's URL.
    #[arg(long, hide = true)]
    commanded: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Which {
    Sqlite,
    Postgres,
}

/// How it is cleared.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Way {
    /// By the site itself, in the background.
    Site,
    /// By `cloakroom clearsessions`, a process beside the site.
    Command,
    /// By the one statement of Django's `clearsessions`.
    Django,
}

impl Way {
    const ALL: [Self; 3] = [Self::Site, Self::Command, Self::Django];

    fn title(self) -> &'static str {
        match self {
            Self::Site => "cloakroom, in the site",
            Self::Command => "cloakroom, the command",
            Self::Django => "Django",
        }
    }
}

/// What one way of clearing took.
struct Cleared {
    removed: u64,
    total: Duration,
    /// How long clearing takes when nothing has expired.
    nothing: Duration,
    /// The other writer's.
    waits: Waits,
}

impl fmt::Display for Cleared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} removed in {:.1} s; {}; nothing expired: {:.2} ms",
            self.removed,
            self.total.as_secs_f64(),
            self.waits,
            self.nothing.as_secs_f64() * 1e3,
        )
    }
}

#[expect(clippy::print_stdout, reason = "it is a command")]
fn main() -> Result<()> {
    let Arguments {
        store,
        rows,
        only,
        commanded,
    } = Arguments::parse();
    if let Some(url) = commanded {
        return ours::as_command(&url);
    }
    println!("{rows} sessions, half of them expired, and one that is saved every 5 ms:");
    for way in Way::ALL {
        if only.is_some_and(|only| only != way) {
            continue;
        }
        let cleared = match store {
            Which::Sqlite => sqlite::clear(way, rows)?,
            Which::Postgres => postgres::clear(way, rows)?,
        };
        println!("{:<22}  {cleared}", way.title());
    }
    Ok(())
}
