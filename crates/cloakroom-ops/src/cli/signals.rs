//! Ctrl-C and the service manager's wish to stop.
use cloakroom_ops::stop::Stop;

/// What a program ends with that was interrupted.
const INTERRUPTED: i32 = 130;

/// Makes the first signal ask to stop, where nothing is half done, and the second end at once.
pub(crate) fn stop() -> Stop {
    let stop = Stop::new();
    let asked = stop.clone();
    tokio::spawn(async move {
        signal().await;
        asked.ask();
        eprintln!("\ncloakroom: stopping after what is under way; again to end at once");
        signal().await;
        std::process::exit(INTERRUPTED);
    });
    stop
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut term) = signal(SignalKind::terminate()) else {
        return interrupt().await;
    };
    tokio::select! {
        () = interrupt() => {}
        _ = term.recv() => {}
    }
}

#[cfg(not(unix))]
async fn signal() {
    interrupt().await;
}

async fn interrupt() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
