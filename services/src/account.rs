//! The account a server runs under: servers refuse root, or should.

use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// A user of this system and its group.
#[derive(Clone, Copy)]
pub(crate) struct Account {
    user: u32,
    group: u32,
}

impl Account {
    /// Returns the first of these users that exists if we are root, and `None` if we may only be ourselves.
    ///
    /// `ours` is a file that we made.
    pub(crate) fn beside_root(ours: &Path, names: &[&str]) -> io::Result<Option<Self>> {
        if ours.metadata()?.uid() != 0 {
            return Ok(None);
        }
        let found = names.iter().find_map(|name| Self::named(name));
        let none = || io::Error::other(format!("none of these users exists: {}", names.join(", ")));
        found.ok_or_else(none).map(Some)
    }

    fn named(name: &str) -> Option<Self> {
        Some(Self {
            user: id("-u", name)?,
            group: id("-g", name)?,
        })
    }

    /// Gives a file to this account.
    pub(crate) fn own(self, path: &Path) -> io::Result<()> {
        chown(path, Some(self.user), Some(self.group))
    }

    /// Lets a command run under this account.
    pub(crate) fn run(self, command: &mut Command) {
        command.uid(self.user).gid(self.group);
    }
}

fn id(what: &str, name: &str) -> Option<u32> {
    let output = Command::new("id").args([what, name]).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
