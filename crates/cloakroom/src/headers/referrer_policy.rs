//! `Referrer-Policy`: how much other sites learn of the page that a visitor came from (Referrer Policy, W3C).
use std::str::FromStr;

use http::HeaderValue;

use crate::headers::text::lasting;

/// How much of a page's address goes with requests that it makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferrerPolicy {
    /// Nothing.
    NoReferrer,
    /// All of it, unless from HTTPS to HTTP.
    NoReferrerWhenDowngrade,
    /// Its origin.
    Origin,
    /// All of it to this origin, the origin to others.
    OriginWhenCrossOrigin,
    /// All of it to this origin, nothing to others.
    SameOrigin,
    /// Its origin, unless from HTTPS to HTTP.
    StrictOrigin,
    /// All of it to this origin, the origin to others, nothing from HTTPS to HTTP.
    StrictOriginWhenCrossOrigin,
    /// All of it to everybody.
    UnsafeUrl,
}

impl ReferrerPolicy {
    const ALL: [Self; 8] = [
        Self::NoReferrer,
        Self::NoReferrerWhenDowngrade,
        Self::Origin,
        Self::OriginWhenCrossOrigin,
        Self::SameOrigin,
        Self::StrictOrigin,
        Self::StrictOriginWhenCrossOrigin,
        Self::UnsafeUrl,
    ];

    /// Says whether other sites learn no more than the origin that a visitor comes from.
    pub(crate) const fn cuts(self) -> bool {
        !matches!(self, Self::NoReferrerWhenDowngrade | Self::UnsafeUrl)
    }

    /// Returns the word that stands in the header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoReferrer => "no-referrer",
            Self::NoReferrerWhenDowngrade => "no-referrer-when-downgrade",
            Self::Origin => "origin",
            Self::OriginWhenCrossOrigin => "origin-when-cross-origin",
            Self::SameOrigin => "same-origin",
            Self::StrictOrigin => "strict-origin",
            Self::StrictOriginWhenCrossOrigin => "strict-origin-when-cross-origin",
            Self::UnsafeUrl => "unsafe-url",
        }
    }
}

impl FromStr for ReferrerPolicy {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|known| known.as_str() == text);
        known.ok_or("is no Referrer-Policy")
    }
}

/// Writes the policies; a browser takes the last one that it knows. `None` when there are none.
pub(super) fn value(policies: &[ReferrerPolicy]) -> Option<HeaderValue> {
    let words: Vec<_> = policies.iter().map(|policy| policy.as_str()).collect();
    let value = lasting(&words.join(",")).expect("the words are plain ASCII");
    (!policies.is_empty()).then_some(value)
}
