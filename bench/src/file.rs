//! Reports go into files as well.
use std::{fs, path::Path};

use crate::Result;

/// Writes a report to the file that an option names.
///
/// # Errors
/// When the file can't be written; names the option.
pub fn write(option: &str, file: &Path, text: &str) -> Result<()> {
    fs::write(file, text).map_err(|error| format!("{option} {}: {error}", file.display()).into())
}
