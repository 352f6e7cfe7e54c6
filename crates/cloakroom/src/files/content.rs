//! What a file is, by its first bytes and not by its name.
use crate::files::office;

/// So many bytes at the beginning tell what a file is.
pub(super) const TELLING: usize = 8 * 1024;

const TEXT: &str = "text/plain";
const UNKNOWN: &str = "application/octet-stream";

/// Returns the content type that the first bytes of a file show.
///
/// `text/plain` stands for any text without a mark of its own, as CSV and Markdown are, and
/// `application/octet-stream` for everything that is not known. `is_whole` says that nothing follows.
pub(super) fn content_type(beginning: &[u8], is_whole: bool) -> &'static str {
    if let Some(document) = office::content_type(beginning) {
        return document;
    }
    match infer::get(beginning) {
        Some(known) => known.mime_type(),
        None if is_text(beginning, is_whole) => TEXT,
        None => UNKNOWN,
    }
}

/// Returns as what a file of this type is accepted; nothing listed accepts everything.
///
/// `image/*` stands for all images. Where the content does not tell types apart, it is of the one that is listed: a plain
/// text is a `text/csv`, a compound file an `application/msword`.
pub(super) fn accepted_as<'a>(content_type: &'a str, accepted: &'a [String]) -> Option<&'a str> {
    let is_listed = |one: &String| {
        one == "*/*" || one.eq_ignore_ascii_case(content_type) || is_of_family(content_type, one)
    };
    if accepted.is_empty() || accepted.iter().any(is_listed) {
        return Some(content_type);
    }
    let may_be = |one: &&String| match content_type {
        TEXT => is_plain_text(one),
        office::OLE => office::may_be_compound(one),
        _ => false,
    };
    accepted.iter().find(may_be).map(String::as_str)
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

/// Says whether these are letters without control characters: in UTF-8, in UTF-16 that says so, or in Windows-1252, which
/// holds Latin-1. A letter may be cut in two where the beginning ends.
fn is_text(beginning: &[u8], is_whole: bool) -> bool {
    if let Some(rest) = beginning.strip_prefix(b"\xff\xfe") {
        return is_utf16(rest, u16::from_le_bytes);
    }
    if let Some(rest) = beginning.strip_prefix(b"\xfe\xff") {
        return is_utf16(rest, u16::from_be_bytes);
    }
    let text = match std::str::from_utf8(beginning) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() && !is_whole => {
            std::str::from_utf8(&beginning[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return beginning.iter().all(|byte| is_windows_1252(*byte)),
    };
    !text.is_empty() && text.chars().all(is_of_text)
}

/// The beginning has an even length, so that it cuts no unit, but it may cut a pair.
fn is_utf16(content: &[u8], unit: fn([u8; 2]) -> u16) -> bool {
    let (units, rest) = content.as_chunks::<2>();
    let mut letters = char::decode_utf16(units.iter().map(|two| unit(*two))).peekable();
    let mut is_text = rest.is_empty() && letters.peek().is_some();
    while let Some(letter) = letters.next() {
        is_text &= match letter {
            Ok(letter) => is_of_text(letter),
            Err(half) => {
                letters.peek().is_none() && (0xd800..0xdc00).contains(&half.unpaired_surrogate())
            }
        };
    }
    is_text
}

fn is_windows_1252(byte: u8) -> bool {
    match byte {
        0x81 | 0x8d | 0x8f | 0x90 | 0x9d => false,
        0x80.. => true,
        _ => is_of_text(char::from(byte)),
    }
}

fn is_of_text(letter: char) -> bool {
    !letter.is_control() || matches!(letter, '\t' | '\n' | '\r' | '\x0c')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_tells_what_a_file_is() {
        let rows: [(&[u8], &str); 15] = [
            (b"\x89PNG\r\n\x1a\n....", "image/png"),
            (b"%PDF-1.7\n", "application/pdf"),
            (b"\xff\xd8\xff\xe0....", "image/jpeg"),
            (b"MZ\x90\0", "application/vnd.microsoft.portable-executable"),
            (b"<!DOCTYPE html><script>", "text/html"),
            (b"name,age\nAda,36\n", TEXT),
            ("Grüße".as_bytes(), TEXT),
            (b"Gr\xfc\xdfe, 5 \x80", TEXT),
            (b"\xff\xfeG\0r\0\xfc\0", TEXT),
            (b"\xfe\xff\0G\0r\0\xfc", TEXT),
            (b"\xff\xfe\0\0", UNKNOWN),
            (b"\xff\xfe", UNKNOWN),
            (b"a\0b", UNKNOWN),
            (b"\xe9\x01", UNKNOWN),
            (b"\xff\xfe\xfd", UNKNOWN),
        ];
        for (content, expected) in rows {
            assert_eq!(content_type(content, true), expected, "{content:?}");
        }
    }

    #[test]
    fn a_letter_may_be_cut_where_the_beginning_ends() {
        let cut = &"Grüße".as_bytes()[..3];
        assert_eq!(content_type(cut, false), TEXT);
        let bytes = [b"\xff\xfe".as_slice(), b"a\0\x3d\xd8"].concat();
        assert_eq!(content_type(&bytes, false), TEXT);
        assert_eq!(content_type(&bytes[..5], false), UNKNOWN);
    }

    #[test]
    fn a_type_is_accepted_by_name_by_family_or_as_what_it_may_be() {
        let own = |content_type: &'static str| Some(content_type);
        let rows = [
            ("image/png", &[][..], own("image/png")),
            ("image/png", &["image/png"], own("image/png")),
            ("image/png", &["IMAGE/PNG"], own("image/png")),
            ("image/png", &["image/*"], own("image/png")),
            ("image/png", &["image/jpeg", "application/pdf"], None),
            ("imagery/png", &["image/*"], None),
            ("image/png", &["*/*"], own("image/png")),
            (TEXT, &["text/csv"], Some("text/csv")),
            (TEXT, &["text/csv", TEXT], own(TEXT)),
            (TEXT, &["application/pdf"], None),
            ("text/html", &["text/csv"], None),
            ("text/html", &["text/*"], None),
            ("text/html", &["text/html"], own("text/html")),
            (
                office::OLE,
                &["application/msword"],
                Some("application/msword"),
            ),
            (office::OLE, &["application/pdf"], None),
            (UNKNOWN, &["image/*"], None),
            (UNKNOWN, &[UNKNOWN], own(UNKNOWN)),
        ];
        for (found, accepted, expected) in rows {
            let accepted: Vec<_> = accepted.iter().map(|one| (*one).to_owned()).collect();
            assert_eq!(
                accepted_as(found, &accepted),
                expected,
                "{found} {accepted:?}"
            );
        }
    }
}
