//! A disk of its own, so small that it can be filled.
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use libtest_mimic::Trial;

use crate::server::is_in_ci;

/// A disk of 512 KiB on a folder.
pub(crate) struct Disk(PathBuf);

impl Disk {
    /// Mounts it; `None` for whom the system does not let.
    pub(crate) fn of(folder: &Path) -> Option<Self> {
        let owner = fs::metadata(folder).ok()?.uid();
        let options = format!("size=512k,mode=0700,uid={owner}");
        let mount = ["mount", "-t", "tmpfs", "-o", &options, "none"];
        let disk = || Self(folder.to_owned());
        as_root(&mount, folder).then(disk)
    }
}

impl Disk {
    /// Makes room on it.
    pub(crate) fn grow(&self) {
        let mount = ["mount", "-o", "remount,size=16m"];
        assert!(as_root(&mount, &self.0), "the disk grows");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Whoever still has a file open there keeps that, and the folder can be removed.
        as_root(&["umount", "--lazy"], &self.0);
    }
}

/// Runs a command on a folder as root, where that needs no password.
fn as_root(command: &[&str], folder: &Path) -> bool {
    let run = |words: &[&str]| {
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).arg(folder);
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    run(command) || run(&[&["sudo", "-n"], command].concat())
}

/// Ignores a trial where this user may not mount a disk, unless this is CI.
pub(crate) fn where_a_disk_can_be_mounted(trial: Trial) -> Trial {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let can_mount = Disk::of(folder.path()).is_some();
    trial.with_ignored_flag(!can_mount && !is_in_ci())
}
