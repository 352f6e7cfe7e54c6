//! The task that listens: it hears what was written, and proves again and again that the line is alive.
use std::sync::Weak;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::error::StoreError;
use crate::store::local::belief::STALE_AT_MOST;
use crate::store::local::channel::{Heard, Line};
use crate::store::local::{Inner, Watch};

/// How often a sign of life is sent.
const BEAT: Duration = Duration::from_millis(200);
/// How long opening a line may take, and how long one waits before the next try.
const OPENING: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(500);

/// Listens until nobody has the store any more.
pub(super) async fn listen(store: Weak<Inner>, _watch: Watch) {
    let mut is_well = true;
    while let Some(inner) = store.upgrade().filter(|inner| inner.is_open()) {
        let channel = inner.channel.clone();
        drop(inner);
        let why = match timeout_at(Instant::now() + OPENING, channel.open()).await {
            Ok(Ok(line)) => {
                if !std::mem::replace(&mut is_well, true) {
                    tracing::info!("copies in this process are used again");
                }
                follow(line, &store).await
            }
            Ok(Err(error)) => Err(Silence::Error(error)),
            Err(_) => Err(Silence::Late),
        };
        let Some(inner) = store.upgrade() else {
            return;
        };
        inner.lost();
        let Err(why) = why else {
            return;
        };
        if std::mem::replace(&mut is_well, false) {
            metrics::counter!("cloakroom_local_faults_total").increment(1);
            tracing::warn!(error = %why, "the line on which changes of sessions are heard is lost; copies in this process are not used until it is back");
        }
        drop(inner);
        tokio::time::sleep(PAUSE).await;
    }
}

/// Why a line is given up.
enum Silence {
    Error(StoreError),
    Late,
}

impl std::fmt::Display for Silence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Error(error) => error.fmt(f),
            Self::Late => f.write_str("nothing was heard in time"),
        }
    }
}

/// Follows a line until it is lost; ends well when nobody has the store any more.
async fn follow(mut line: Box<dyn Line>, store: &Weak<Inner>) -> Result<(), Silence> {
    let mut number = 0;
    loop {
        number += 1;
        let sent = Instant::now();
        let end = sent + STALE_AT_MOST;
        let beat = timeout_at(end, line.beat(number)).await;
        beat.map_err(|_| Silence::Late)?.map_err(Silence::Error)?;
        loop {
            let heard = timeout_at(end, line.hear()).await;
            let heard = heard.map_err(|_| Silence::Late)?.map_err(Silence::Error)?;
            let Some(inner) = store.upgrade() else {
                return Ok(());
            };
            if heard == Heard::Beat(number) {
                inner.proved(sent);
                break;
            }
            inner.heard(&heard);
        }
        while Instant::now() < sent + BEAT {
            let Ok(heard) = timeout_at(sent + BEAT, line.hear()).await else {
                break;
            };
            let heard = heard.map_err(Silence::Error)?;
            match store.upgrade() {
                Some(inner) => inner.heard(&heard),
                None => return Ok(()),
            }
        }
        if !store.upgrade().is_some_and(|inner| inner.is_open()) {
            return Ok(());
        }
    }
}
