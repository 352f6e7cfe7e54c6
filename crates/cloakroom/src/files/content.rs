//! What a file is, by its first bytes and not by its name.

/// So many bytes at the beginning tell what a file is.
pub(super) const TELLING: usize = 8 * 1024;

const TEXT: &str = "text/plain";
const UNKNOWN: &str = "application/octet-stream";

/// Returns the content type that the first bytes of a file show.
///
/// `text/plain` stands for any text without a mark of its own, as CSV and Markdown are, and
/// `application/octet-stream` for everything that is not known. `is_whole` says that nothing follows.
pub(super) fn content_type(beginning: &[u8], is_whole: bool) -> &'static str {
    match infer::get(beginning) {
        Some(known) => known.mime_type(),
        None if is_text(beginning, is_whole) => TEXT,
        None => UNKNOWN,
    }
}

/// Says whether a type is among those that are accepted; nothing listed accepts everything.
///
/// `image/*` stands for all images. A type of plain text (`text/csv`, `application/json`) accepts any
/// plain text, since nothing in the content tells them apart.
pub(super) fn is_accepted(content_type: &str, accepted: &[String]) -> bool {
    accepted.is_empty()
        || accepted.iter().any(|one| {
            one.eq_ignore_ascii_case(content_type)
                || one == "*/*"
                || is_of_family(content_type, one)
                || (content_type == TEXT && is_plain_text(one))
        })
}

/// Says whether `family` is `image/*` or the like and the type belongs to it.
fn is_of_family(content_type: &str, family: &str) -> bool {
    let Some(family) = family.strip_suffix('*') else {
        return false;
    };
    // Nothing but a text in which a browser runs scripts: who accepts it has to say so.
    content_type != "text/html"
        && family.ends_with('/')
        && content_type
            .get(..family.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(family))
}

fn is_plain_text(accepted: &str) -> bool {
    const TEXTS: [&str; 5] = [
        "application/json",
        "text/csv",
        "text/markdown",
        "text/tab-separated-values",
        "text/vcard",
    ];
    TEXTS.iter().any(|text| accepted.eq_ignore_ascii_case(text))
}

/// Says whether these are letters in UTF-8, without control characters; a letter may be cut in two
/// where the beginning ends.
fn is_text(beginning: &[u8], is_whole: bool) -> bool {
    let text = match std::str::from_utf8(beginning) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() && !is_whole => {
            std::str::from_utf8(&beginning[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty()
        && !text
            .chars()
            .any(|char| char.is_control() && !matches!(char, '\t' | '\n' | '\r' | '\x0c'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_tells_what_a_file_is() {
        let rows: [(&[u8], &str); 9] = [
            (b"\x89PNG\r\n\x1a\n....", "image/png"),
            (b"%PDF-1.7\n", "application/pdf"),
            (b"\xff\xd8\xff\xe0....", "image/jpeg"),
            (b"MZ\x90\0", "application/vnd.microsoft.portable-executable"),
            (b"<!DOCTYPE html><script>", "text/html"),
            (b"name,age\nAda,36\n", TEXT),
            ("Grüße".as_bytes(), TEXT),
            (b"a\0b", UNKNOWN),
            (b"\xff\xfe\xfd", UNKNOWN),
        ];
        for (content, expected) in rows {
            assert_eq!(content_type(content, true), expected, "{content:?}");
        }
    }

    #[test]
    fn a_letter_may_be_cut_where_the_beginning_ends_but_not_where_the_file_ends() {
        let cut = &"Grüße".as_bytes()[..3];
        assert_eq!(content_type(cut, false), TEXT);
        assert_eq!(content_type(cut, true), UNKNOWN);
    }

    #[test]
    fn a_type_is_accepted_by_name_or_by_family() {
        let rows = [
            ("image/png", &[][..], true),
            ("image/png", &["image/png"], true),
            ("image/png", &["IMAGE/PNG"], true),
            ("image/png", &["image/*"], true),
            ("image/png", &["image/jpeg", "application/pdf"], false),
            ("imagery/png", &["image/*"], false),
            ("image/png", &["*/*"], true),
            (TEXT, &["text/csv"], true),
            (TEXT, &["application/pdf"], false),
            ("text/html", &["text/csv"], false),
            ("text/html", &["text/*"], false),
            ("text/html", &["text/html"], true),
            (UNKNOWN, &["image/*"], false),
            (UNKNOWN, &[UNKNOWN], true),
        ];
        for (found, accepted, expected) in rows {
            let accepted: Vec<_> = accepted.iter().map(|one| (*one).to_owned()).collect();
            assert_eq!(
                is_accepted(found, &accepted),
                expected,
                "{found} {accepted:?}"
            );
        }
    }
}
