//! The folder that a URL names.
use std::path::PathBuf;

use crate::error::StoreError;
use crate::store::file::NAME;

/// Reads `file:///absolute/folder` or `file://relative/folder`.
pub(super) fn folder(url: &str) -> Result<PathBuf, StoreError> {
    let wrong = |why| {
        StoreError::new(NAME, "read its URL")
            .because(why)
            .remedy("use file:///absolute/folder or file://relative/folder")
    };
    let path = url.strip_prefix("file://").unwrap_or_default();
    if path.is_empty() {
        return Err(wrong("it names no folder"));
    }
    if path.contains(['?', '#']) {
        return Err(wrong(
            "write `?` and `#` in a folder's name percent-encoded",
        ));
    }
    let path = decoded(path).ok_or_else(|| wrong("a `%` in it begins no encoded character"))?;
    Ok(PathBuf::from(path))
}

/// Decodes `%20` and the like.
fn decoded(path: &str) -> Option<String> {
    let mut parts = path.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let digits = part.get(..2)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_a_folder_or_is_refused() {
        let cases = [
            ("file:///srv/sessions", Some("/srv/sessions")),
            ("file://sessions", Some("sessions")),
            ("file://./a/b", Some("./a/b")),
            ("file:///a%20b%25%3F%c3%bc", Some("/a b%?ü")),
            ("file://", None),
            ("file:sessions", None),
            ("file:///a?b", None),
            ("file:///a#b", None),
            ("file:///a%2", None),
            ("file:///a%zz", None),
            ("file:///a%+1", None),
            ("file:///a%ff", None),
        ];
        for (url, path) in cases {
            assert_eq!(folder(url).ok(), path.map(PathBuf::from), "{url}");
        }
    }
}
