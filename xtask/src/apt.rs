//! Debian's packages: installed as root, with nothing started on account of it.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::install::on_path;
use crate::step::{output, run};

/// How often an installation is tried; networks have hiccups.
const ATTEMPTS: usize = 3;

/// What Debian asks before it starts a service; 101 means no.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// Installs packages, which only root can.
///
/// # Errors
///
/// When we are not root, when this is not Debian, or when apt fails each time.
pub(crate) fn install(packages: &[&str]) -> Result<(), String> {
    if on_path("apt-get").is_none() || !is_root() {
        return Err(format!(
            "install it as your system does; on Debian, as root: {}",
            by_hand(packages)
        ));
    }
    let _quiet = NoDaemons::begin();
    let mut outcome = attempt(packages);
    for _ in 1..ATTEMPTS {
        if outcome.is_err() {
            UPDATED.store(false, Ordering::Relaxed);
            outcome = attempt(packages);
        }
    }
    outcome
}

/// What somebody would type to install packages.
fn by_hand(packages: &[&str]) -> String {
    format!("apt-get update && apt-get install {}", packages.join(" "))
}

/// Whether this process has the newest lists already.
static UPDATED: AtomicBool = AtomicBool::new(false);

fn attempt(packages: &[&str]) -> Result<(), String> {
    if !UPDATED.load(Ordering::Relaxed) {
        run(apt_get().args(["update", "--quiet"]))?;
        UPDATED.store(true, Ordering::Relaxed);
    }
    run(apt_get()
        .args(["install", "--quiet", "--yes", "--no-install-recommends"])
        .args(packages))
}

/// `apt-get` that asks nothing, waits for another apt to end, and leaves our standard output alone.
fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(["-o", "Acquire::Retries=3", "-o", "DPkg::Lock::Timeout=300"])
        .stdout(io::stderr());
    command
}

fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// While this lives, packages of servers start no server. A policy that is there already is left alone.
struct NoDaemons {
    ours: bool,
}

impl NoDaemons {
    fn begin() -> Self {
        let policy = || {
            let mut file = fs::File::create_new(POLICY)?;
            io::Write::write_all(&mut file, b"#!/bin/sh\nexit 101\n")?;
            file.set_permissions(fs::Permissions::from_mode(0o755))
        };
        Self {
            ours: policy().is_ok(),
        }
    }
}

impl Drop for NoDaemons {
    fn drop(&mut self) {
        if self.ours {
            let _ = fs::remove_file(POLICY);
        }
    }
}
