//! Looking for the token's field at the beginning of a multipart form, piece by piece.
//!
//! The form is RFC 7578's on RFC 2046's parts. Nothing is undone that browsers don't do: a part in
//! base64 reads as its base64.
mod parameters;

use memchr::memmem;

use parameters::split;

/// The longest boundary (RFC 2046 section 5.1.1).
const LONGEST_BOUNDARY: usize = 70;

/// How many bytes of a form are searched.
pub(crate) const PREFIX: usize = 64 << 10;

/// What is known once a piece has been looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing yet.
    Nothing,
    /// The field, whole.
    Field(Vec<u8>),
    /// The form has ended, or is none, and there was no such field.
    End,
    /// As much has been searched as is searched.
    TooLate,
}

/// What has come of a form so far, and how far it is understood.
pub(crate) struct Scan<'a> {
    field: &'a str,
    /// What stands between parts: a line end, two hyphens and the boundary.
    delimiter: Vec<u8>,
    text: Vec<u8>,
    /// Where that begins which is being read.
    at: usize,
    /// Up to where that has been searched for its end.
    searched: usize,
    part: Part,
}

/// What is being read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// What stands before the first part, or the content of a part that is not asked for.
    Skipped,
    /// The rest of a delimiter's line.
    Delimiter,
    Headers,
    Wanted,
}

impl<'a> Scan<'a> {
    /// Begins to look for this field in a form with this boundary.
    pub(crate) fn new(boundary: &[u8], field: &'a str) -> Self {
        Self {
            field,
            delimiter: [b"\r\n--", boundary].concat(),
            // The first delimiter may stand at the very beginning, without its line end.
            text: b"\r\n".to_vec(),
            at: 0,
            searched: 0,
            part: Part::Skipped,
        }
    }

    /// Takes the next piece.
    pub(crate) fn feed(&mut self, piece: &[u8]) -> Found {
        let room = PREFIX + 2 - self.text.len();
        self.text.extend_from_slice(&piece[..piece.len().min(room)]);
        let found = loop {
            match self.step() {
                Some(Found::Nothing) => {}
                Some(found) => break found,
                None => break Found::Nothing,
            }
        };
        match found {
            Found::Nothing if piece.len() >= room => Found::TooLate,
            found => found,
        }
    }

    /// Reads one thing to its end; `None` when that has not come yet.
    fn step(&mut self) -> Option<Found> {
        match self.part {
            Part::Skipped => {
                self.upto_delimiter()?;
                self.part = Part::Delimiter;
            }
            Part::Wanted => return Some(Found::Field(self.upto_delimiter()?.to_vec())),
            Part::Delimiter => {
                let padding = self.upto(b"\r\n")?;
                if !padding.iter().all(|byte| b" \t".contains(byte)) {
                    // It is the last one, or none at all.
                    return Some(Found::End);
                }
                // There may be no headers, so this line end counts as the one before the empty line.
                self.at -= 2;
                self.searched = self.at;
                self.part = Part::Headers;
            }
            Part::Headers => {
                let field = self.field;
                let wanted = names(self.upto(b"\r\n\r\n")?, field);
                self.part = if wanted { Part::Wanted } else { Part::Skipped };
            }
        }
        Some(Found::Nothing)
    }

    fn upto_delimiter(&mut self) -> Option<&[u8]> {
        let delimiter = std::mem::take(&mut self.delimiter);
        let from = self.at;
        let length = self.upto(&delimiter).map(<[u8]>::len);
        self.delimiter = delimiter;
        Some(&self.text[from..from + length?])
    }

    /// Returns what stands before the next `end`, and goes on after it.
    fn upto(&mut self, end: &[u8]) -> Option<&[u8]> {
        let Some(found) = memmem::find(&self.text[self.searched..], end) else {
            let whole = self.text.len().saturating_sub(end.len() - 1);
            self.searched = self.searched.max(whole);
            return None;
        };
        let (from, to) = (self.at, self.searched + found);
        self.at = to + end.len();
        self.searched = self.at;
        Some(&self.text[from..to])
    }
}

/// Returns the boundary of a multipart form; `None` when the content is none.
pub(crate) fn boundary(content_type: &[u8]) -> Option<Vec<u8>> {
    let (essence, mut parameters) = split(content_type);
    if !essence.eq_ignore_ascii_case(b"multipart/form-data") {
        return None;
    }
    let boundary = parameters
        .find(|(name, _)| name.eq_ignore_ascii_case(b"boundary"))?
        .1;
    (1..=LONGEST_BOUNDARY)
        .contains(&boundary.len())
        .then_some(boundary)
}

/// Says whether a part's headers name this field, and no file.
fn names(headers: &[u8], field: &str) -> bool {
    let unfolded = unfolded(headers);
    let mut lines = unfolded.split(|byte| *byte == b'\n');
    let disposition = lines.find_map(|line| {
        let colon = memchr::memchr(b':', line)?;
        let name = line[..colon].trim_ascii();
        name.eq_ignore_ascii_case(b"content-disposition")
            .then(|| &line[colon + 1..])
    });
    let Some((kind, parameters)) = disposition.map(split) else {
        return false;
    };
    let (mut name, mut is_file) = (None, false);
    for (parameter, value) in parameters {
        if parameter.eq_ignore_ascii_case(b"name") {
            name.get_or_insert(value);
        }
        is_file |= parameter.eq_ignore_ascii_case(b"filename")
            || parameter.eq_ignore_ascii_case(b"filename*");
    }
    let is_named = name.is_some_and(|name| name == field.as_bytes());
    kind.eq_ignore_ascii_case(b"form-data") && is_named && !is_file
}

/// Joins lines that begin with white space to those before them, and ends all by `\n` alone.
fn unfolded(headers: &[u8]) -> Vec<u8> {
    let mut lines: Vec<u8> = Vec::with_capacity(headers.len());
    let mut rest = headers.strip_prefix(b"\r\n").unwrap_or(headers);
    while let Some(end) = memmem::find(rest, b"\r\n") {
        lines.extend_from_slice(&rest[..end]);
        rest = &rest[end + 2..];
        if !rest.starts_with(b" ") && !rest.starts_with(b"\t") {
            lines.push(b'\n');
        }
    }
    lines.extend_from_slice(rest);
    lines
}

#[cfg(test)]
mod tests;
