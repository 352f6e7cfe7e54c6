//! What a text has to look like.
use std::fmt;
use std::sync::OnceLock;

use regex::Regex;

/// A regular expression that the whole of a text has to match; compiled when it is first needed.
pub struct Pattern {
    source: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// Makes a pattern; `#[derive(Form)]` has checked that it is one.
    #[must_use]
    pub const fn new(source: &'static str) -> Self {
        Self {
            source,
            compiled: OnceLock::new(),
        }
    }

    /// Returns the expression as it was written, without the anchors: the whole answer has to match it.
    #[must_use]
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// Says whether the whole text matches. Nothing matches what is no regular expression.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let compile = || Regex::new(&format!(r"\A(?:{})\z", self.source)).ok();
        let compiled = self.compiled.get_or_init(compile);
        compiled.as_ref().is_some_and(|regex| regex.is_match(text))
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.source)
    }
}
