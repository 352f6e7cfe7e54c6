//! The demo shop. Run with `cargo run`, then open the address that it prints.

mod archive;
mod cart;
mod catalogue;
mod check;
mod data;
mod django_users;
mod headers;
mod language;
mod ledger;
mod mistakes;
mod money;
mod opening;
mod pages;
mod posts;
mod refused;
mod seen;
mod settings;
mod shop;
mod texts;
mod theme;
mod trouble;
mod users;
mod view;
#[cfg(test)]
mod visits;
mod wizards;

use std::env;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

use tokio::signal;
use tracing_subscriber::EnvFilter;

use crate::check::Wish;
use crate::opening::Opened;

/// What a process that was set up wrongly ends with.
const WRONG_SETTINGS: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    trace();
    let words = env::args_os().skip(1);
    let words: Vec<_> = words
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    match check::read(&words) {
        Ok(Wish::Open) => open().await,
        Ok(Wish::Check(format)) => check::run(format).await,
        Err(usage) => {
            eprintln!("{usage}");
            ExitCode::from(WRONG_SETTINGS)
        }
    }
}

async fn open() -> ExitCode {
    let opened = match opening::open().await {
        Ok(opened) => opened,
        Err(problems) => {
            eprintln!("The shop can't open.\n{problems}");
            return ExitCode::from(WRONG_SETTINGS);
        }
    };
    match serve(opened).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("The shop had to close: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Traces to stderr; `RUST_LOG` says how much.
fn trace() {
    let filter = EnvFilter::try_from_default_env();
    tracing_subscriber::fmt()
        .with_env_filter(filter.unwrap_or_else(|_| EnvFilter::new("warn,shop=info")))
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();
}

/// Serves until somebody asks to stop, and finishes the requests in flight.
async fn serve(opened: Opened) -> io::Result<()> {
    axum::serve(opened.listener, opened.pages)
        .with_graceful_shutdown(asked_to_stop())
        .await?;
    opened.shop.close().await;
    Ok(())
}

/// Waits for ctrl-c, or SIGTERM where there is one.
async fn asked_to_stop() {
    #[cfg(unix)]
    {
        let mut terminate = signal::unix::signal(signal::unix::SignalKind::terminate())
            .expect("the runtime has signals switched on");
        tokio::select! {
            _ = signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    signal::ctrl_c()
        .await
        .expect("the runtime has signals switched on");
    tracing::info!("closing: no new visitors, the last ones are being served");
}
