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
mod tests {
    use super::*;

    fn part(headers: &str, content: &str) -> String {
        format!("--edge\r\n{headers}\r\n\r\n{content}\r\n")
    }

    fn field(name: &str, content: &str) -> String {
        part(
            &format!("Content-Disposition: form-data; name=\"{name}\""),
            content,
        )
    }

    /// Feeds a form in pieces of this size, and returns what is known at the end.
    fn found(form: &[u8], size: usize) -> Found {
        let mut scan = Scan::new(b"edge", "proof");
        for piece in form.chunks(size) {
            match scan.feed(piece) {
                Found::Nothing => {}
                found => return found,
            }
        }
        Found::Nothing
    }

    fn token(text: &str) -> Found {
        Found::Field(text.as_bytes().to_vec())
    }

    #[test]
    fn the_field_is_found_in_forms_of_every_look() {
        let proof = field("proof", "abc");
        let rows: Vec<(String, Found)> = vec![
            (format!("{proof}--edge--\r\n"), token("abc")),
            (format!("{proof}--edge"), token("abc")),
            (format!("\r\n{proof}--edge--"), token("abc")),
            (
                format!("a preamble\r\nof lines\r\n{proof}--edge--"),
                token("abc"),
            ),
            (
                format!("{}{proof}--edge--", field("name", "Ada")),
                token("abc"),
            ),
            (
                format!("{}{proof}--edge--", field("name", "")),
                token("abc"),
            ),
            (
                format!("{}{proof}--edge--", field("name", "--edg\r\n-edge")),
                token("abc"),
            ),
            (
                format!("--edge \t\r\n{}--edge", &proof["--edge\r\n".len()..]),
                token("abc"),
            ),
            (
                format!("--edge\r\n\r\nno headers\r\n{proof}--edge"),
                token("abc"),
            ),
            (format!("{}--edge", field("proof", "")), token("")),
            (
                format!("{}--edge", field("proof", "a\r\n\r\nb")),
                token("a\r\n\r\nb"),
            ),
            (
                format!("{}{proof}--edge", field("proof", "first")),
                token("first"),
            ),
            (format!("{proof}--ed"), Found::Nothing),
            (String::new(), Found::Nothing),
            ("no form at all".into(), Found::Nothing),
            ("--edge--\r\n".into(), Found::End),
            (format!("--edge--\r\n{proof}--edge"), Found::End),
            (format!("{}--edge--\r\n", field("name", "Ada")), Found::End),
            (format!("--edgeX\r\n{proof}"), Found::End),
        ];
        for (form, expected) in rows {
            for size in [1, 2, 3, 7, 1_000] {
                assert_eq!(found(form.as_bytes(), size), expected, "{size}: {form:?}");
            }
        }
    }

    #[test]
    fn a_part_is_the_field_only_if_its_headers_say_so() {
        let named = "form-data; name=\"proof\"";
        for (headers, is_it) in [
            (format!("Content-Disposition: {named}"), true),
            (format!("content-disposition:{named}"), true),
            (format!("CONTENT-DISPOSITION :  {named} "), true),
            (
                format!("Content-Type: text/plain\r\nContent-Disposition: {named}"),
                true,
            ),
            (
                format!("X-Odd\r\n: empty\r\nContent-Disposition: {named}\r\nX: y"),
                true,
            ),
            ("Content-Disposition: form-data; name=proof".into(), true),
            (
                "Content-Disposition: FORM-DATA; NAME=\"proof\"; x=y".into(),
                true,
            ),
            (
                "Content-Disposition: form-data; x=\"a;name=\"; name=\"proof\"".into(),
                true,
            ),
            (
                "Content-Disposition: form-data;\r\n name=\"proof\"".into(),
                true,
            ),
            ("Content-Disposition: form-data; name=\"proof".into(), true),
            (
                format!("Content-Disposition: {named}; filename=\"a\""),
                false,
            ),
            (
                format!("Content-Disposition: {named}; filename*=utf-8''a"),
                false,
            ),
            (
                "Content-Disposition: form-data; name=\"Proof\"".into(),
                false,
            ),
            (
                "Content-Disposition: form-data; name=\"proof \"".into(),
                false,
            ),
            (
                "Content-Disposition: form-data; name=\"pro\\\"of\"".into(),
                false,
            ),
            (
                "Content-Disposition: form-data; name=\"x\"; name=\"proof\"".into(),
                false,
            ),
            (
                "Content-Disposition: form-data; filename=\"; name=proof\"".into(),
                false,
            ),
            (
                "Content-Disposition: attachment; name=\"proof\"".into(),
                false,
            ),
            ("Content-Disposition: form-data; name".into(), false),
            ("Content-Disposition: form-data;;;=;".into(), false),
            ("Content-Disposition:".into(), false),
            (format!("X: Content-Disposition: {named}"), false),
            (format!("X: y\r\n Content-Disposition: {named}"), false),
        ] {
            let form = format!("{}--edge--\r\n", part(&headers, "abc"));
            let expected = if is_it { token("abc") } else { Found::End };
            assert_eq!(found(form.as_bytes(), 5), expected, "{headers:?}");
        }
    }

    #[test]
    fn no_more_than_the_first_64_kib_are_searched() {
        let proof = field("proof", "abc");
        for (padding, expected) in [
            (PREFIX - 200, token("abc")),
            (PREFIX, Found::TooLate),
            (10 * PREFIX, Found::TooLate),
        ] {
            let form = format!("{}{proof}--edge--", field("file", &"x".repeat(padding)));
            for size in [1_000, usize::MAX >> 1] {
                assert_eq!(found(form.as_bytes(), size), expected, "{padding}");
            }
        }
        let endless = format!("--edge\r\n{}", "X: y\r\n".repeat(PREFIX));
        assert_eq!(found(endless.as_bytes(), 8_192), Found::TooLate);
        let one_header = format!("--edge\r\nX: {}", "y".repeat(2 * PREFIX));
        assert_eq!(found(one_header.as_bytes(), 1), Found::TooLate);
    }

    #[test]
    fn a_boundary_is_read_with_and_without_quotes() {
        let longest = "x".repeat(LONGEST_BOUNDARY);
        for (kind, expected) in [
            ("multipart/form-data; boundary=edge", Some("edge")),
            ("Multipart/Form-Data;BOUNDARY=\"edge\"", Some("edge")),
            (
                "multipart/form-data; boundary=\"a b;c=d\"; x=y",
                Some("a b;c=d"),
            ),
            (
                "multipart/form-data; charset=utf-8; boundary=edge ",
                Some("edge"),
            ),
            (
                &format!("multipart/form-data; boundary={longest}"),
                Some(&*longest),
            ),
            (&format!("multipart/form-data; boundary={longest}x"), None),
            ("multipart/form-data; boundary=", None),
            ("multipart/form-data; boundary=\"\"", None),
            ("multipart/form-data; boundary", None),
            ("multipart/form-data", None),
            ("multipart/mixed; boundary=edge", None),
            ("multipart/form-datax; boundary=edge", None),
            ("text/plain; x=\"multipart/form-data; boundary=edge\"", None),
            ("", None),
        ] {
            let expected = expected.map(|boundary| boundary.as_bytes().to_vec());
            assert_eq!(boundary(kind.as_bytes()), expected, "{kind}");
        }
    }

    proptest::proptest! {
        #[test]
        fn how_a_form_is_cut_into_pieces_changes_nothing(
            parts in proptest::collection::vec("(proof|x|--edge|\r\n|-|form-data; name=){0,8}", 0..5),
            before in "(\r\n|-|--edge){0,4}",
            size in 1_usize..40,
        ) {
            let mut form = before;
            for content in &parts {
                form += &field(if content.len() % 3 == 0 { "proof" } else { "x" }, content);
            }
            form += "--edge--\r\n";
            proptest::prop_assert_eq!(
                found(form.as_bytes(), size),
                found(form.as_bytes(), form.len())
            );
        }

        #[test]
        fn no_bytes_make_the_search_panic(form: Vec<u8>, kind: Vec<u8>, size in 1_usize..40) {
            let _ = found(&form, size);
            let _ = boundary(&kind);
            let _ = names(&form, "proof");
        }
    }
}
