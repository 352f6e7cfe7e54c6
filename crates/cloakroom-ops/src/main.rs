//! The `cloakroom` command: what an operator does with sessions, on any store.
mod cli;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    cli::run().await
}
