//! A file that a visitor sent: where it is kept, and what was said of it.
use std::fmt;

use serde::{Deserialize, Serialize};

/// A reference to a file that a storage has taken in.
///
/// It never comes out of a text that a visitor typed: only a [`Sink`](crate::form::Sink) makes one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    id: String,
    name: String,
    #[serde(rename = "type")]
    content_type: String,
    size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
}

impl Upload {
    /// Describes a file that is kept under `id`, in the storage's own words.
    ///
    /// Of `name`, which a stranger chose, only what follows the last slash or backslash is taken, without control characters and
    /// marks that turn the direction of reading; `file` where nothing is left.
    #[must_use]
    pub fn new(id: impl Into<String>, name: &str, content_type: &str, size: u64) -> Self {
        Self {
            id: id.into(),
            name: base_name(name),
            content_type: content_type.to_owned(),
            size,
            digest: None,
        }
    }

    /// Adds a digest of the content, in the storage's own words; by it a file is known that was sent twice.
    #[must_use]
    pub fn with_digest(mut self, digest: impl Into<String>) -> Self {
        self.digest = Some(digest.into());
        self
    }

    /// Returns the name under which the storage keeps it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the name that the visitor's machine gave it, without folders. For showing, never for a path.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns its content type, as whoever made the reference knows it.
    #[must_use]
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// Returns the digest of its content, if the storage made one. [`Files`](crate::files::Files) makes SHA-256 in base64url
    /// without padding (RFC 4648 section 5).
    #[must_use]
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// Returns its size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Upload({} bytes)", self.size)
    }
}

fn base_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|char| !is_unseen(*char)).collect();
    match clean.trim() {
        "" | "." | ".." => "file".to_owned(),
        name => name.to_owned(),
    }
}

/// Says whether a character is there to be obeyed and not to be read: controls, and the directions of Unicode UAX 9, with
/// which `gpj.exe` can look like `exe.jpg`.
fn is_unseen(char: char) -> bool {
    let turns = matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || char.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_folders_and_no_control_characters() {
        for (given, kept) in [
            ("report.pdf", "report.pdf"),
            ("C:\\Users\\me\\report.pdf", "report.pdf"),
            ("../../etc/passwd", "passwd"),
            ("a\r\nb\0.txt", "ab.txt"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("..\\", "file"),
            ("a/..", "file"),
            (".", "file"),
            (".bashrc", ".bashrc"),
        ] {
            assert_eq!(Upload::new("1", given, "text/plain", 1).name(), kept);
        }
    }
}
