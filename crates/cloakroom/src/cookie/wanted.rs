//! One cookie, looked for in every request: its name is prepared once, and found without splitting the whole header.
use memchr::memmem::Finder;

use crate::cookie::parse::{trim, trim_end};

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
        self.each_beginning(header, |rest, value| {
            if rest.is_empty() {
                take(value);
            }
        });
    }

    /// Calls `take` with every cookie whose name begins like this: with the rest of its name, and its value.
    pub(crate) fn each_beginning<'a>(
        &self,
        header: &'a [u8],
        mut take: impl FnMut(&'a [u8], &'a [u8]),
    ) {
        let mut from = 0;
        while let Some(found) = self.name.find(&header[from..]) {
            let (start, end) = (from + found, from + found + self.name.needle().len());
            from = start + 1;
            if !begins_piece(&header[..start]) {
                continue;
            }
            let rest = &header[end..];
            let length = memchr::memchr(b';', rest);
            let piece = &rest[..length.unwrap_or(rest.len())];
            if let Some(at) = sign(piece) {
                take(trim_end(&piece[..at]), trim(&piece[at + 1..]));
            }
            let Some(length) = length else {
                return;
            };
            from = end + length;
        }
    }
}

/// Finds the sign behind a name, which nearly always stands there at once.
fn sign(piece: &[u8]) -> Option<usize> {
    match piece {
        [b'=', ..] => Some(0),
        _ => memchr::memchr(b'=', piece),
    }
}

/// Says whether what follows is the beginning of a piece between semicolons, but for spaces and tabs.
fn begins_piece(before: &[u8]) -> bool {
    // As browsers write it.
    matches!(before, [] | [.., b';', b' ']) || matches!(trim_end(before), [] | [.., b';'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cookie::parse::{named, pairs};

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

    #[test]
    fn all_of_a_family_are_found_with_the_rest_of_their_names() {
        let mut all = Vec::new();
        let header = b"n=1; xn=2;n-a=3 ; n b =4; n; nn";
        Wanted::new("n").each_beginning(header, |rest, value| all.push((rest, value)));
        let expected: [(&[u8], &[u8]); 3] = [(b"", b"1"), (b"-a", b"3"), (b" b", b"4")];
        assert_eq!(all, expected);
    }

    proptest::proptest! {
        #[test]
        fn what_is_found_is_what_splitting_finds(header in "[ \t;=ab]{0,40}") {
            for name in ["a", "ab", "aab"] {
                let split: Vec<_> = named(header.as_bytes(), name).collect();
                proptest::prop_assert_eq!(found(header.as_bytes(), name), split, "{:?}", header);
                let mut family = Vec::new();
                let start = name.as_bytes();
                Wanted::new(name).each_beginning(header.as_bytes(), |rest, value| {
                    family.push(([start, rest].concat(), value));
                });
                let split = pairs(header.as_bytes()).filter(|(name, _)| name.starts_with(start));
                let split: Vec<_> = split.map(|(name, value)| (name.to_vec(), value)).collect();
                proptest::prop_assert_eq!(family, split, "{:?}", header);
            }
        }
    }
}
