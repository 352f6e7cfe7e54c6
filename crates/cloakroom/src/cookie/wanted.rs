//! One cookie, looked for in every request: its name is prepared once, and found without splitting the whole header.
use memchr::memmem::Finder;

use crate::cookie::parse::{trim, trim_start};

/// The name of a cookie that many requests are searched for.
pub(crate) struct Wanted {
    name: Finder<'static>,
}

impl Wanted {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: Finder::new(name).into_owned(),
        }
    }

    /// Calls `take` with the value of every cookie of this name in one `Cookie` header, in order: with what splitting the
    /// header at its semicolons would find.
    pub(crate) fn each<'a>(&self, header: &'a [u8], mut take: impl FnMut(&'a [u8])) {
        let mut from = 0;
        while let Some(found) = self.name.find(&header[from..]) {
            let (start, end) = (from + found, from + found + self.name.needle().len());
            from = start + 1;
            if !begins_piece(&header[..start]) {
                continue;
            }
            let Some(rest) = trim_start(&header[end..]).strip_prefix(b"=") else {
                continue;
            };
            let length = memchr::memchr(b';', rest);
            take(trim(&rest[..length.unwrap_or(rest.len())]));
            let Some(length) = length else {
                return;
            };
            from = header.len() - rest.len() + length;
        }
    }
}

/// Says whether what follows is the beginning of a piece between semicolons, but for spaces and tabs.
fn begins_piece(mut before: &[u8]) -> bool {
    while let [rest @ .., b' ' | b'\t'] = before {
        before = rest;
    }
    matches!(before, [] | [.., b';'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cookie::parse::named;

    fn found<'a>(header: &'a [u8], name: &str) -> Vec<&'a [u8]> {
        let mut found = Vec::new();
        Wanted::new(name).each(header, |value| found.push(value));
        found
    }

    #[test]
    fn a_name_within_another_name_or_a_value_is_not_the_cookie() {
        for (header, values) in [
            ("sid=1", &["1"][..]),
            ("xsid=1; sidx=2; a=sid=3; a=;sid", &[]),
            ("a=sid; sid=1", &["1"]),
            ("sid\t= 1 ;\tsid=2", &["1", "2"]),
            ("sid=sid=1; sid=;sid=2", &["sid=1", "", "2"]),
            ("sid sid=1; sid=2", &["2"]),
            ("", &[]),
        ] {
            let values: Vec<_> = values.iter().map(|value| value.as_bytes()).collect();
            assert_eq!(found(header.as_bytes(), "sid"), values, "{header:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_found_is_what_splitting_finds(header in "[ \t;=ab]{0,40}") {
            for name in ["a", "ab", "aab"] {
                let split: Vec<_> = named(header.as_bytes(), name).collect();
                proptest::prop_assert_eq!(found(header.as_bytes(), name), split, "{:?}", header);
            }
        }
    }
}
