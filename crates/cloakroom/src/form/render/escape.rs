//! Text that stands in HTML, between tags or in a quoted attribute.
use std::fmt::{self, Display, Formatter};

/// Prints a text so that HTML takes all of it for text.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(at) = rest.bytes().position(|byte| replacement(byte).is_some()) {
            f.write_str(&rest[..at])?;
            f.write_str(replacement(rest.as_bytes()[at]).unwrap_or_default())?;
            rest = &rest[at + 1..];
        }
        f.write_str(rest)
    }
}

fn replacement(byte: u8) -> Option<&'static str> {
    Some(match byte {
        b'&' => "&amp;",
        b'<' => "&lt;",
        b'>' => "&gt;",
        b'"' => "&quot;",
        b'\'' => "&#39;",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a browser makes of it.
    fn read(html: &str) -> String {
        html.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&amp;", "&")
    }

    proptest! {
        #[test]
        fn escaped_text_has_nothing_that_html_would_take_for_its_own(text in ".*") {
            let html = Escaped(&text).to_string();
            prop_assert!(!html.contains(['<', '>', '"', '\'']));
            prop_assert_eq!(read(&html), text);
        }
    }
}
