//! `interop-proxy --listen ADDRESS --django ADDRESS --rust ADDRESS [PATH…]`: one host name before two sites.
//!
//! Requests to the paths, and below them, go to Rust and all others to Django, as on a site that moves page
//! by page. Whoever sends the header `x-interop-side`, or a cookie of that name, decides for themselves.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks to the person who typed it"
)]

mod forward;
mod options;
mod rule;

use std::process::ExitCode;

use axum::Router;
use axum::routing::any;
use tokio::net::TcpListener;

use forward::{Proxy, forward};
use options::Options;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("interop-proxy: {error}");
            ExitCode::from(2)
        }
    }
}

async fn serve() -> Result<(), String> {
    let options = Options::read(std::env::args().skip(1))?;
    let listener = TcpListener::bind(options.listen)
        .await
        .map_err(|error| format!("{}: {error}", options.listen))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    println!("http://{address}");
    let app = Router::new()
        .fallback(any(forward))
        .with_state(Proxy::new(options));
    axum::serve(listener, app)
        .await
        .map_err(|error| error.to_string())
}
