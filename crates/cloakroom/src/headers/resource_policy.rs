//! `Cross-Origin-Resource-Policy`: which sites may load this one's files into their pages (Fetch standard).
use http::{HeaderName, HeaderValue};

pub(super) const NAME: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Who may load images, scripts and other files from this site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResourcePolicy {
    /// This origin only.
    SameOrigin,
    /// All hosts of the same registrable domain.
    SameSite,
    /// Everybody.
    CrossOrigin,
}

impl ResourcePolicy {
    pub(super) const fn value(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::SameOrigin => "same-origin",
            Self::SameSite => "same-site",
            Self::CrossOrigin => "cross-origin",
        })
    }
}
