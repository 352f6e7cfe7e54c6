//! Clears out what has expired while somebody else writes, and prints how long both take.
//!
//! Run with `cargo run --release --manifest-path bench/Cargo.toml --bin clearing -- sqlite [rows]`.
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
}

#[derive(Clone, Copy, ValueEnum)]
enum Which {
    Sqlite,
}

/// What one way of clearing took.
struct Cleared {
    name: &'static str,
    removed: u64,
    total: Duration,
    /// The other writer's.
    waits: Waits,
    /// How long clearing takes when nothing has expired.
    nothing: Duration,
}

impl fmt::Display for Cleared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<9}  {} removed in {:.1} s; of {} saves meanwhile the longest took {:.1} ms and {} more than 100 ms; nothing expired: {:.2} ms",
            self.name,
            self.removed,
            self.total.as_secs_f64(),
            self.waits.saves,
            self.waits.longest.as_secs_f64() * 1e3,
            self.waits.long,
            self.nothing.as_secs_f64() * 1e3,
        )
    }
}

#[expect(clippy::print_stdout, reason = "it is a command")]
fn main() -> Result<()> {
    let Arguments { store, rows } = Arguments::parse();
    println!("{rows} sessions, half of them expired, and one that is saved every 5 ms:");
    match store {
        Which::Sqlite => {
            println!("{}", sqlite::cloakroom(rows)?);
            println!("{}", sqlite::django(rows)?);
        }
    }
    Ok(())
}
