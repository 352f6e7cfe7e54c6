//! Documents of office programs: their containers tell what they are, not their first bytes.
use memchr::memmem::find_iter;

/// How an entry of a ZIP archive begins (APPNOTE 4.3.7).
const ENTRY: &[u8] = b"PK\x03\x04";
/// How a compound file begins (MS-CFB 2.2).
const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// A compound file; which program wrote it is said by its directory, which may stand at its end.
pub(super) const OLE: &str = "application/x-ole-storage";

const WORD: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const EXCEL: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const SLIDES: &str = "application/vnd.openxmlformats-officedocument.presentationml.presentation";

/// Returns the type of an office document that begins like this.
pub(super) fn content_type(beginning: &[u8]) -> Option<&'static str> {
    if beginning.starts_with(COMPOUND) {
        return Some(OLE);
    }
    open_xml(beginning)
}

/// Returns the type of an Office Open XML document (ECMA-376 part 2): what its parts are called says it, in whatever order
/// they come.
fn open_xml(beginning: &[u8]) -> Option<&'static str> {
    let mut names = find_iter(beginning, ENTRY).filter_map(|at| name(&beginning[at..]));
    let first = names.next().filter(|_| beginning.starts_with(ENTRY))?;
    let is_package = first == b"[Content_Types].xml" || part(first).is_some() || {
        let folders: [&[u8]; 3] = [b"_rels/", b"docProps/", b"customXml/"];
        folders.iter().any(|folder| first.starts_with(folder))
    };
    is_package.then_some(())?;
    std::iter::once(first).chain(names).find_map(part)
}

/// Returns the name of an entry.
fn name(entry: &[u8]) -> Option<&[u8]> {
    let length = entry.get(26..28)?;
    let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
    entry.get(30..30 + length)
}

/// Returns the type of the document that has such a part.
fn part(name: &[u8]) -> Option<&'static str> {
    let folders: [(&[u8], &str); 3] = [(b"word/", WORD), (b"xl/", EXCEL), (b"ppt/", SLIDES)];
    let found = folders.iter().find(|(folder, _)| name.starts_with(folder));
    found.map(|(_, document)| *document)
}

/// Says whether a compound file may be a document of this type.
pub(super) fn may_be_compound(accepted: &str) -> bool {
    const DOCUMENTS: [&str; 6] = [
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-outlook",
        "application/vnd.ms-powerpoint",
        "application/vnd.visio",
        "application/x-msi",
    ];
    let mut documents = DOCUMENTS.iter();
    documents.any(|document| accepted.eq_ignore_ascii_case(document))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive with these entries, each with so many bytes of content.
    fn zip(entries: &[(&str, usize)]) -> Vec<u8> {
        let mut archive = Vec::new();
        for (name, length) in entries {
            archive.extend_from_slice(ENTRY);
            archive.extend_from_slice(&[0; 22]);
            archive.extend_from_slice(&u16::try_from(name.len()).unwrap().to_le_bytes());
            archive.extend_from_slice(&[0; 2]);
            archive.extend_from_slice(name.as_bytes());
            archive.resize(archive.len() + length, b'x');
        }
        archive
    }

    #[test]
    fn a_document_is_known_by_its_parts_in_whatever_order_they_come() {
        type Entries<'a> = &'a [(&'a str, usize)];
        let rows: [(Entries<'_>, Option<&str>); 8] = [
            (
                &[
                    ("[Content_Types].xml", 400),
                    ("_rels/.rels", 300),
                    ("word/document.xml", 15_000),
                ],
                Some(WORD),
            ),
            (
                &[
                    ("[Content_Types].xml", 400),
                    ("docProps/core.xml", 300),
                    ("word/document.xml", 9),
                ],
                Some(WORD),
            ),
            (
                &[
                    ("_rels/.rels", 300),
                    ("docProps/app.xml", 300),
                    ("xl/workbook.xml", 9),
                ],
                Some(EXCEL),
            ),
            (
                &[("ppt/presentation.xml", 9), ("[Content_Types].xml", 9)],
                Some(SLIDES),
            ),
            (&[("[Content_Types].xml", 9), ("other/part.xml", 9)], None),
            (&[("report.docx", 9), ("word/document.xml", 9)], None),
            (&[("readme.txt", 9)], None),
            (&[], None),
        ];
        for (entries, expected) in rows {
            let archive = zip(entries);
            let beginning = &archive[..archive.len().min(8 * 1024)];
            assert_eq!(content_type(beginning), expected, "{entries:?}");
        }
        assert_eq!(content_type(&zip(&[("word/document.xml", 0)])[..20]), None);
    }
}
