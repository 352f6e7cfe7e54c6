//! The `cloakroom` command: what an operator does with sessions, on any store.
use clap::Parser;

/// Looks after the sessions of a site, on any store.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {}

fn main() {
    Cli::parse();
}
