//! A Python environment of our own, with Django as the requirements of its site pin it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::apt;
use crate::install::{Missing, on_path};
use crate::step::run;

const REQUIREMENTS: &str = "interop/django/site/requirements.txt";
const HOME: &str = "target/django/venv";

/// Returns the folder with `python` and `gunicorn`; makes it where the requirements have changed.
pub(crate) fn django() -> Result<PathBuf, Missing> {
    let wanted = fs::read_to_string(REQUIREMENTS).map_err(|error| missing(&error.to_string()))?;
    let home = Path::new(HOME);
    let note = home.join("installed.txt");
    if fs::read_to_string(&note).is_ok_and(|installed| installed == wanted) {
        return bin(home);
    }
    python()?;
    let made = make(home).and_then(|()| fs::write(&note, wanted).map_err(|it| it.to_string()));
    made.map_err(|reason| missing(&reason))?;
    bin(home)
}

fn bin(home: &Path) -> Result<PathBuf, Missing> {
    // Not resolved any further: `python` there is a link, and it is the link that knows the packages.
    std::path::absolute(home.join("bin")).map_err(|error| missing(&error.to_string()))
}

/// Makes sure of a Python that can make environments.
fn python() -> Result<(), Missing> {
    let able = Command::new("python3")
        .args(["-c", "import ensurepip, venv"])
        .output();
    if on_path("python3").is_some() && able.is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    apt::install(&["python3", "python3-venv"]).map_err(|reason| missing(&reason))
}

fn make(home: &Path) -> Result<(), String> {
    run(Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(home))?;
    run(Command::new(home.join("bin/pip")).args([
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--requirement",
        REQUIREMENTS,
    ]))
}

fn missing(reason: &str) -> Missing {
    Missing::new(&format!(
        "Python 3.10 or newer with venv, and {REQUIREMENTS}: {reason}"
    ))
}
