//! The project's own files: everything in the checkout but what was built, installed or written by running it.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders whose content is not ours, by name.
const FOREIGN: &[&str] = &[".git", "target", "node_modules", "data", "results"];

/// Returns every file under the folder, in the order of their paths.
pub(crate) fn under(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(folder, &mut found);
    found.sort();
    found
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_file() => found.push(path),
            Ok(kind) if kind.is_dir() && !FOREIGN.iter().any(|name| path.ends_with(name)) => {
                collect(&path, found);
            }
            _ => {}
        }
    }
}
