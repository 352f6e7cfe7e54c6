//! `Cross-Origin-Opener-Policy`: whether windows of other sites keep a hold on ours (HTML standard).
use std::str::FromStr;

use http::{HeaderName, HeaderValue};

pub(super) const NAME: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Which windows may hold on to one another through `window.opener`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenerPolicy {
    /// Those of this origin only.
    SameOrigin,
    /// Those of this origin, and what it opens itself, such as another site's payment window.
    SameOriginAllowPopups,
    /// As [`OpenerPolicy::SameOriginAllowPopups`], but also cut off from what this origin opened.
    NoopenerAllowPopups,
    /// All.
    UnsafeNone,
}

impl OpenerPolicy {
    const ALL: [Self; 4] = [
        Self::SameOrigin,
        Self::SameOriginAllowPopups,
        Self::NoopenerAllowPopups,
        Self::UnsafeNone,
    ];

    /// Returns the word that stands in the header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SameOrigin => "same-origin",
            Self::SameOriginAllowPopups => "same-origin-allow-popups",
            Self::NoopenerAllowPopups => "noopener-allow-popups",
            Self::UnsafeNone => "unsafe-none",
        }
    }

    pub(super) const fn value(self) -> HeaderValue {
        HeaderValue::from_static(self.as_str())
    }
}

impl FromStr for OpenerPolicy {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|known| known.as_str() == text);
        known.ok_or("is no Cross-Origin-Opener-Policy")
    }
}
