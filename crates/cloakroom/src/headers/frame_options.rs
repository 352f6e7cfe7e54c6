//! `X-Frame-Options`: who may show a page inside a page of their own, for browsers without CSP.
use http::HeaderValue;

/// Who may frame this site's pages.
///
/// Sites named one by one are for [`Csp::frame_ancestors`](crate::headers::Csp::frame_ancestors);
/// browsers that know it don't look at this header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameOptions {
    /// Nobody.
    Deny,
    /// This origin only.
    SameOrigin,
}

impl FrameOptions {
    pub(super) const fn value(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Deny => "DENY",
            Self::SameOrigin => "SAMEORIGIN",
        })
    }
}
