//! One message: what it says, how important it is and how it is tagged.
use std::borrow::Cow;
use std::fmt;

use crate::messages::{Level, Wire};

/// A message to the visitor.
///
/// As text for a page (`Display`) it is escaped, unless it was made of [`TrustedHtml`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    level: Level,
    level_tag: Cow<'static, str>,
    extra_tags: String,
    text: Text,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    /// Plain text, which is escaped when it is shown.
    Plain(String),
    /// HTML that is shown as it is.
    Trusted(String),
}

/// HTML that the application vouches for: it is shown as it is.
///
/// Never make one of what a visitor typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedHtml(pub String);

impl<T: Into<String>> From<T> for Text {
    fn from(text: T) -> Self {
        Self::Plain(text.into())
    }
}

impl From<TrustedHtml> for Text {
    fn from(html: TrustedHtml) -> Self {
        Self::Trusted(html.0)
    }
}

impl Text {
    /// Returns what it says, unescaped.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Plain(text) | Self::Trusted(text) => text,
        }
    }
}

impl Message {
    pub(super) fn read(wire: &Wire, level_tag: Cow<'static, str>) -> Self {
        Self {
            level: Level::new(wire.level),
            level_tag,
            extra_tags: wire.tags.clone(),
            text: if wire.trusted {
                Text::Trusted(wire.text.clone())
            } else {
                Text::Plain(wire.text.clone())
            },
        }
    }

    /// Returns how important it is.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// Returns the level's tag, for example `success`; empty for a number without a name.
    #[must_use]
    pub fn level_tag(&self) -> &str {
        &self.level_tag
    }

    /// Returns the tags it was given and its level's, separated by spaces: a value for `class`.
    #[must_use]
    pub fn tags(&self) -> String {
        let both = [self.extra_tags.as_str(), &*self.level_tag];
        both.into_iter()
            .filter(|tag| !tag.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Returns what it says.
    #[must_use]
    pub fn text(&self) -> &Text {
        &self.text
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.text {
            Text::Trusted(html) => f.write_str(html),
            Text::Plain(text) => escape(text, f),
        }
    }
}

/// Writes text so that it stands for itself in HTML, also within a quoted attribute.
fn escape(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
        f.write_str(&rest[..at])?;
        f.write_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => "&#39;",
        })?;
        rest = &rest[at + 1..];
    }
    f.write_str(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: impl Into<Text>, tags: &str) -> Message {
        let wire = Wire::new(0, Level::SUCCESS, text.into(), tags);
        Message::read(&wire, "success".into())
    }

    #[test]
    fn text_is_escaped_and_trusted_html_is_not() {
        let plain = message("<b>\"Tom's\" & co</b>", "");
        assert_eq!(
            plain.to_string(),
            "&lt;b&gt;&quot;Tom&#39;s&quot; &amp; co&lt;/b&gt;"
        );
        let trusted = message(TrustedHtml("<b>bold</b>".into()), "");
        assert_eq!(trusted.to_string(), "<b>bold</b>");
    }

    #[test]
    fn tags_are_the_extra_ones_and_then_the_level() {
        assert_eq!(message("x", "toast big").tags(), "toast big success");
        assert_eq!(message("x", "").tags(), "success");
    }
}
