//! What each store does when its server is down, slow, full, restarted or holds what nobody can read:
//! on private, real servers that the tests start and hinder themselves.
mod disk;
mod file;
mod kept;
mod local;
mod memcached;
mod mysql;
mod postgres;
mod proxy;
mod redis;
mod server;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(all(feature = "uploads", feature = "wizards"))]
mod uploads;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};
use tokio::runtime::{Builder, Runtime};

fn main() -> ExitCode {
    #[cfg(feature = "sqlite")]
    if sqlite::saves_until_killed() {
        return ExitCode::SUCCESS;
    }
    if redis::opens_by_tls() {
        return ExitCode::SUCCESS;
    }
    let arguments = Arguments::from_args();
    let faults = Faults::new();
    let mut trials = Vec::new();
    for of_one_store in [
        postgres::trials,
        mysql::trials,
        redis::trials,
        memcached::trials,
        local::trials,
        file::trials,
        #[cfg(feature = "sqlite")]
        sqlite::trials,
        #[cfg(all(feature = "uploads", feature = "wizards"))]
        uploads::trials,
    ] {
        trials.extend(of_one_store(&faults));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Returns so many characters that can't be packed.
pub(crate) fn random_text(characters: usize) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let mut random = vec![0; characters];
    getrandom::fill(&mut random).expect("the operating system gives random bytes");
    let mut text = URL_SAFE_NO_PAD.encode(random);
    text.truncate(characters);
    text
}

/// Makes a trial of each promise.
pub(crate) struct Faults {
    runtime: Arc<Runtime>,
}

impl Faults {
    fn new() -> Self {
        let runtime = Builder::new_multi_thread().enable_all().build();
        Self {
            runtime: Arc::new(runtime.expect("a runtime starts")),
        }
    }

    /// Makes a trial that is kept when the future ends without a panic.
    pub(crate) fn trial<F: Future<Output = ()> + Send + 'static>(
        &self,
        name: impl Into<String>,
        keep: impl FnOnce() -> F + Send + 'static,
    ) -> Trial {
        let runtime = self.runtime.clone();
        Trial::test(name, move || {
            // In a task, so that a panic is this trial's own.
            let kept = runtime.spawn(keep());
            runtime
                .block_on(kept)
                .map_err(|broken| broken.to_string().into())
        })
    }
}
