//! Where a store's files are, for the stores that have some.
use std::path::{Path, PathBuf};

/// Returns the path in the URL of a `sqlite` or `file` store.
pub(crate) fn of(url: &str) -> Option<PathBuf> {
    let (scheme, rest) = url.split_once("://")?;
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    let has_path = ["sqlite", "file"].contains(&scheme) && !path.is_empty();
    has_path.then(|| PathBuf::from(decoded(path)))
}

/// Says whether both URLs lead to the same file or folder, however their paths are written.
#[must_use]
pub fn is_same(one: &str, other: &str) -> bool {
    let scheme = |url: &str| url.split(':').next().map(str::to_owned);
    let place = |url| of(url).and_then(|path| real(&path));
    scheme(one) == scheme(other) && place(one).is_some() && place(one) == place(other)
}

/// Returns the folder in which a path's last part is or would be made.
pub(crate) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Follows all links; what is not there yet is where it would be made.
fn real(path: &Path) -> Option<PathBuf> {
    let made = || Some(folder(path).canonicalize().ok()?.join(path.file_name()?));
    path.canonicalize().ok().or_else(made)
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let digits = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let byte = digits.and_then(|two| u8::from_str_radix(two, 16).ok());
        match byte.filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_is_the_same_however_its_path_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().display();
        std::fs::write(folder.path().join("a b.db"), "").unwrap();
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        let file = format!("sqlite://{at}/a%20b.db");
        for (other, expected) in [
            (format!("sqlite://{at}/./a%20b.db"), true),
            (format!("sqlite://{at}/sub/../a%20b.db?mode=rwc"), true),
            (format!("sqlite://{at}/a%20c.db"), false),
            (format!("file://{at}/a%20b.db"), false),
            ("postgres://h/a".into(), false),
        ] {
            assert_eq!(is_same(&file, &other), expected, "{other}");
        }
        let unmade = |way: &str| format!("sqlite://{at}/{way}new.db");
        assert!(is_same(&unmade(""), &unmade("sub/../")));
        assert!(!is_same("postgres://h/a", "postgres://h/a?x=y"));
    }
}
