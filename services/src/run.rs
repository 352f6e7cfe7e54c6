//! What this process leaves behind: one folder, and a shell that clears it away as soon as the process is gone.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use crate::trouble::Trouble;

/// Waits until its input ends, as it does when the process at the other end is gone, however that came about.
/// Then it kills every server that is noted in `pids` with its children, and removes the folder.
const CLEAR_AWAY: &str = r#"
trap '' HUP INT TERM
cat >/dev/null
cd "$0/pids" || exit 0
for pid in *; do
  case $pid in *[!0-9]*) continue ;; esac
  kill -KILL "$pid" $(cat /proc/"$pid"/task/*/children 2>/dev/null) 2>/dev/null
done
cd /
rm -rf "$0" 2>/dev/null || { sleep 1; rm -rf "$0"; }
"#;

/// The folder of this process, and who clears it away.
struct Run {
    folder: PathBuf,
    /// Held, never waited for: it ends after us.
    _cleaner: Child,
}

/// Returns the folder in which this process keeps everything.
///
/// # Errors
///
/// When it could not be made.
pub(crate) fn folder() -> Result<&'static Path, Trouble> {
    static RUN: OnceLock<Result<Run, String>> = OnceLock::new();
    let run = RUN.get_or_init(|| Run::begin().map_err(|error| error.to_string()));
    match run {
        Ok(run) => Ok(&run.folder),
        Err(error) => Err(Trouble::failed("the folder of the servers", error)),
    }
}

/// Returns where the process with this id is noted as one to be killed after us.
pub(crate) fn note(pid: u32) -> Result<PathBuf, Trouble> {
    Ok(folder()?.join("pids").join(pid.to_string()))
}

impl Run {
    fn begin() -> io::Result<Self> {
        let unique = RandomState::new().hash_one("run") as u32;
        let name = format!("cloakroom-{}-{unique:08x}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder)?;
        // Servers that run under accounts of their own pass through it.
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o711))?;
        fs::create_dir(folder.join("pids"))?;
        // In a group of its own, so that a Ctrl-C in the terminal ends us and not it.
        let cleaner = Command::new("sh")
            .args(["-c", CLEAR_AWAY])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Self {
            folder,
            _cleaner: cleaner,
        })
    }
}
