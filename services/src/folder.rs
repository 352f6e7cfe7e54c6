//! The folder of one server: its data, its configuration, its log.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::account::Account;
use crate::run;
use crate::trouble::Trouble;

/// A folder that is private to a server, and removed when this is dropped.
pub(crate) struct Folder {
    path: PathBuf,
    account: Option<Account>,
}

impl Folder {
    /// Makes a folder for a server that runs under the first of these users when we are root.
    pub(crate) fn new(server: &str, users: &[&str]) -> Result<Self, Trouble> {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let name = format!("{server}-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let path = run::folder()?.join(name);
        Self::make(path, users)
            .map_err(|error| Trouble::failed(server, format!("no folder for it: {error}")))
    }

    fn make(path: PathBuf, users: &[&str]) -> io::Result<Self> {
        fs::create_dir(&path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?;
        let account = Account::beside_root(&path, users)?;
        if let Some(account) = account {
            account.own(&path)?;
        }
        let folder = Self { path, account };
        // The server may write into its log by itself.
        folder.write("log", "")?;
        Ok(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where a file of this name lies.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file that the server may read and write.
    pub(crate) fn write(&self, name: &str, text: &str) -> io::Result<()> {
        let path = self.file(name);
        fs::write(&path, text)?;
        self.account.map_or(Ok(()), |account| account.own(&path))
    }

    /// Returns a command that runs inside the folder, under the server's account, in plain English.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.path)
            .env("HOME", &self.path)
            .env("TMPDIR", &self.path)
            .env("LC_ALL", "C");
        if let Some(account) = self.account {
            account.run(&mut command);
        }
        command
    }

    /// Opens the log so that what is said next comes after what was said.
    pub(crate) fn open_log(&self) -> io::Result<File> {
        File::options().append(true).open(self.file("log"))
    }

    /// Returns how many bytes the log has.
    pub(crate) fn log_length(&self) -> usize {
        let length = self.file("log").metadata().map_or(0, |log| log.len());
        usize::try_from(length).unwrap_or_default()
    }

    /// Returns what is in the log from this byte on.
    pub(crate) fn log_from(&self, start: usize) -> String {
        let bytes = fs::read(self.file("log")).unwrap_or_default();
        String::from_utf8_lossy(bytes.get(start..).unwrap_or_default()).into_owned()
    }

    /// Runs a command that prepares something for the server; what it says goes into the log.
    pub(crate) fn prepare(&self, server: &str, command: &mut Command) -> Result<(), Trouble> {
        let program = command.get_program().to_string_lossy().into_owned();
        let run = |command: &mut Command| {
            let log = self.open_log()?;
            command.stdout(log.try_clone()?).stderr(log).status()
        };
        match run(command) {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => {
                let trouble = Trouble::failed(server, format!("`{program}` ended with {status}"));
                Err(trouble.with_log(&self.log_from(0)))
            }
            Err(error) => Err(Trouble::failed(
                server,
                format!("`{program}` does not start: {error}"),
            )),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}
