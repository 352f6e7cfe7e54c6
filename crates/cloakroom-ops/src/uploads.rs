//! Sweeping files that visitors sent and nobody waits for any more.
use std::path::Path;
use std::time::Duration;

use cloakroom::ConfigError;
use cloakroom::clock::Timestamp;
use cloakroom::files::{Files, Sweeping, SweptFiles};

use crate::OpsError;

/// Opens the storage of a URL, `file:///absolute/folder` or `s3://bucket/prefix`; `setting` is how the operator gave it,
/// for errors.
///
/// # Errors
/// When the URL names no storage, one in another process's memory, a folder that is not there, or one that can't be used.
pub async fn open(setting: &str, url: &str) -> Result<Files, OpsError> {
    let wrong = |what: &str| OpsError::Usage(ConfigError::one(setting, what));
    match url.split_once("://") {
        // The site makes its folder; nobody wants one for each slip of the pen.
        Some(("file", folder)) if !folder.contains('%') && !Path::new(folder).is_dir() => {
            return Err(wrong("names a folder that is not there"));
        }
        Some(("file" | "s3", _)) => {}
        _ => {
            return Err(wrong(
                "does not begin with a known scheme; use file:// or s3://",
            ));
        }
    }
    Ok(Files::open(url).await?)
}

/// Removes, or only counts, what came in at least so long ago and still waits, and what is left of uploads that were never
/// completed. Files of other names are never touched.
///
/// Safe beside a running site, and to run everywhere at once.
///
/// # Errors
/// When the storage can't be asked; what was removed until then is gone.
pub async fn sweep(
    files: &Files,
    now: Timestamp,
    older_than: Duration,
    sweeping: Sweeping,
) -> Result<SweptFiles, OpsError> {
    let before = now.as_secs().saturating_sub(older_than.as_secs());
    let swept = files.sweep(Timestamp::from_secs(before), sweeping);
    Ok(swept.await?)
}
