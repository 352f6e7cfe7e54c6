//! A header's value with its parameters, as browsers of all ages write them.

/// Splits a header's value into its first word and its parameters, without their quotes.
pub(super) fn split(value: &[u8]) -> (&[u8], Parameters<'_>) {
    let end = memchr::memchr(b';', value).unwrap_or(value.len());
    (value[..end].trim_ascii(), Parameters(&value[end..]))
}

/// The parameters of a header's value that are still to be read, each with its value.
pub(super) struct Parameters<'a>(&'a [u8]);

impl<'a> Iterator for Parameters<'a> {
    type Item = (&'a [u8], Vec<u8>);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.0.strip_prefix(b";")?.trim_ascii_start();
        let equals = memchr::memchr2(b'=', b';', rest).unwrap_or(rest.len());
        let name = rest[..equals].trim_ascii();
        let (value, after) = match rest[equals..].strip_prefix(b"=") {
            Some(value) => one_value(value.trim_ascii_start()),
            None => (Vec::new(), &rest[equals..]),
        };
        // Whatever stands between a quoted value and the next semicolon is lost.
        let next = memchr::memchr(b';', after).unwrap_or(after.len());
        self.0 = &after[next..];
        Some((name, value))
    }
}

/// Reads a value, quoted or not, and returns what comes after it.
fn one_value(text: &[u8]) -> (Vec<u8>, &[u8]) {
    let Some(mut rest) = text.strip_prefix(b"\"") else {
        let end = memchr::memchr(b';', text).unwrap_or(text.len());
        return (text[..end].trim_ascii().to_vec(), &text[end..]);
    };
    let mut value = Vec::new();
    loop {
        match rest {
            [] => return (value, rest),
            [b'"', after @ ..] => return (value, after),
            // Only quotes are escaped in practice; old browsers send paths with backslashes.
            [b'\\', b'"', after @ ..] => {
                value.push(b'"');
                rest = after;
            }
            [byte, after @ ..] => {
                value.push(*byte);
                rest = after;
            }
        }
    }
}
