//! One place that a page may load from, as it stands in a directive.
use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

pub(super) type Sources = Vec<Source>;

/// A place, or a rule, in a list of sources. Texts are hosts, schemes or the standard's own words:
/// `"https://cdn.example"`, `"data:"`, `"'self'"`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// `'none'`: nowhere.
    Nothing,
    /// `'self'`: this origin.
    Own,
    /// The nonce of this answer, if the page asks for it.
    Nonce,
    /// `'strict-dynamic'`: whatever a script loads that is allowed by a nonce or a hash.
    StrictDynamic,
    /// `'unsafe-inline'`: whatever stands in the page, an intruder's script too.
    UnsafeInline,
    /// `'unsafe-eval'`: text that becomes a script.
    UnsafeEval,
    /// `'wasm-unsafe-eval'`: WebAssembly.
    WasmUnsafeEval,
    /// `'unsafe-hashes'`: event attributes that a hash allows.
    UnsafeHashes,
    /// `'report-sample'`: reports show the beginning of what was refused.
    ReportSample,
    /// A host, a scheme, a hash, or another word of the standard.
    Text(Cow<'static, str>),
}

impl Source {
    /// Allows the inline script or style of exactly this text, byte for byte.
    #[must_use]
    pub fn hash_of(text: &str) -> Self {
        let digest = STANDARD.encode(Sha256::digest(text));
        Self::Text(format!("'sha256-{digest}'").into())
    }

    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Nothing => "'none'",
            Self::Own => "'self'",
            Self::Nonce => "'nonce'",
            Self::StrictDynamic => "'strict-dynamic'",
            Self::UnsafeInline => "'unsafe-inline'",
            Self::UnsafeEval => "'unsafe-eval'",
            Self::WasmUnsafeEval => "'wasm-unsafe-eval'",
            Self::UnsafeHashes => "'unsafe-hashes'",
            Self::ReportSample => "'report-sample'",
            Self::Text(text) => text,
        }
    }

    pub(super) fn is_hash(&self) -> bool {
        ["'sha256-", "'sha384-", "'sha512-"]
            .iter()
            .any(|start| self.as_str().starts_with(start))
    }
}

impl From<&'static str> for Source {
    fn from(text: &'static str) -> Self {
        Cow::Borrowed(text).into()
    }
}

impl From<String> for Source {
    fn from(text: String) -> Self {
        Cow::<'static, str>::Owned(text).into()
    }
}

impl From<Cow<'static, str>> for Source {
    /// Knows the standard's words, so that what is checked of them is checked however they are given.
    fn from(text: Cow<'static, str>) -> Self {
        let known = [
            Self::Nothing,
            Self::Own,
            Self::StrictDynamic,
            Self::UnsafeInline,
            Self::UnsafeEval,
            Self::WasmUnsafeEval,
            Self::UnsafeHashes,
            Self::ReportSample,
        ];
        let same = |word: &Self| word.as_str().eq_ignore_ascii_case(&text);
        known.into_iter().find(same).unwrap_or(Self::Text(text))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
