//! Clearing a store of Cloakroom, in the process that also saves or by a process of its own.
use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cloakroom::clock::{Clock, Timestamp};
use cloakroom::session::StoreKey;
use cloakroom::store::{self, AnyStore, Created, Saved, Swept};
use cloakroom_bench::Result;
use cloakroom_ops::clearing::{self, Pace};
use cloakroom_ops::opening::{self, Tables};
use cloakroom_ops::stop::Stop;
use tokio::runtime::Runtime;

use crate::crowd::{living, now};
use crate::steady::Steady;
use crate::{Cleared, Way};

/// As the layer sweeps in the background.
const BATCH: usize = 5_000;
const BREATH: Duration = Duration::from_millis(10);
/// As the command does when it is not told otherwise.
const COMMANDED: Pace = Pace {
    batch: 10_000,
    rate: None,
};
/// The keys of the samples: somebody who is signed in, and somebody who is not.
pub(crate) const SAMPLES: [[u8; 32]; 2] = [[0xee; 32], [0xef; 32]];
/// The one that is saved meanwhile.
const SAVED: [u8; 32] = [0x77; 32];

/// How many sessions were removed, and how long that took.
type Figures = (u64, Duration);

/// Makes a store's tables and two sessions after whose bodies others may be made: that of somebody
/// who is signed in, and that of somebody who is not.
pub(crate) fn begin(runtime: &Runtime, url: &str) -> Result<()> {
    runtime.block_on(async {
        let store = store::connect(url).await?;
        for (key, user) in SAMPLES.into_iter().zip([Some(1), None]) {
            let key = StoreKey::from_bytes(key);
            store.create(&key, &living(now(), user)).await?;
        }
        store.close().await;
        Ok(())
    })
}

/// Clears the store while one of its sessions is saved. `tidy` is called before a command's second run.
pub(crate) fn clear(
    runtime: &Runtime,
    way: Way,
    url: &str,
    tidy: impl FnOnce() -> Result<()>,
) -> Result<Cleared> {
    let store = runtime.block_on(store::connect(url))?;
    let steady = Steady::start(saver(runtime, store.clone())?);
    let (removed, total) = match way {
        Way::Command => by_command(url)?,
        _ => runtime.block_on(in_site(&store))?,
    };
    let waits = steady.stop();
    let (_, nothing) = match way {
        Way::Command => tidy().and_then(|()| by_command(url))?,
        _ => runtime.block_on(in_site(&store))?,
    };
    runtime.block_on(store.close());
    Ok(Cleared {
        removed,
        total,
        nothing,
        waits,
    })
}

async fn in_site(store: &AnyStore) -> Result<Figures> {
    let begun = Instant::now();
    let removed = sweep(store, now()).await?;
    Ok((removed, begun.elapsed()))
}

async fn sweep(store: &AnyStore, now: Timestamp) -> Result<u64> {
    let mut all = 0;
    loop {
        let Swept {
            removed,
            oldest_left,
            ..
        } = store.sweep(now, BATCH).await?;
        all += removed;
        if removed == 0 || oldest_left.is_none() {
            return Ok(all);
        }
        tokio::time::sleep(BREATH).await;
    }
}

/// Saves one session through the store, again and again.
fn saver(runtime: &Runtime, store: AnyStore) -> Result<impl FnMut() + Send + use<>> {
    let (key, record) = (StoreKey::from_bytes(SAVED), living(now(), Some(1)));
    let Created::New(mut version) = runtime.block_on(store.create(&key, &record))? else {
        return Err("a key is taken".into());
    };
    let handle = runtime.handle().clone();
    Ok(move || {
        let saved = handle.block_on(store.save(&key, &version, &record));
        let Ok(Saved::Saved(next)) = saved else {
            panic!("{saved:?}");
        };
        version = next;
    })
}

/// Has a process of its own clear the store, which tells its figures in a line.
fn by_command(url: &str) -> Result<Figures> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["sqlite", "--commanded", url]);
    let output = command.stderr(Stdio::inherit()).output()?;
    let said = String::from_utf8(output.stdout)?;
    let figures: Vec<_> = said.split_whitespace().map(str::parse::<u64>).collect();
    match &figures[..] {
        [Ok(removed), Ok(took)] if output.status.success() => {
            Ok((*removed, Duration::from_micros(*took)))
        }
        _ => Err(format!("the command's process ended with {}: {said}", output.status).into()),
    }
}

/// What that process does.
pub(crate) fn as_command(url: &str) -> Result<()> {
    let mut removed = 0;
    let took = Runtime::new()?.block_on(async {
        let options = opening::options(Tables::AsTheyAre, None);
        let store = opening::open("--commanded", url, &options).await?;
        let begun = Instant::now();
        let tell = |so_far, _| removed = so_far;
        clearing::clear(&store, &Clock::system(), COMMANDED, &Stop::new(), tell).await?;
        let took = begun.elapsed();
        store.close().await;
        Result::Ok(took.as_micros())
    })?;
    writeln!(io::stdout(), "{removed} {took}")?;
    Ok(())
}
