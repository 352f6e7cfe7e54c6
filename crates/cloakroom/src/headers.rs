//! Security headers: what browsers are asked to refuse for this site. One header per file.
//!
//! | header | setting | when nothing is set |
//! |---|---|---|
//! | `X-Content-Type-Options` | [`Settings::without_nosniff`] | `nosniff` |
//! | `Referrer-Policy` | [`Settings::referrer_policy`] | `same-origin` |
//! | `Cross-Origin-Opener-Policy` | [`Settings::opener_policy`] | `same-origin` |
//! | `X-Frame-Options` | [`Settings::frame_options`] | `DENY` |
//! | `Clear-Site-Data`, at logout | [`Settings::clear_site_data`] | `"cookies", "storage"` |
//! | `Strict-Transport-Security` | [`Settings::hsts`] | none |
//! | `Content-Security-Policy` and its report-only twin | [`Settings::csp`], [`Settings::csp_report_only`] | none |
//! | `Permissions-Policy` | [`Settings::permissions_policy`] | none |
//! | `Cross-Origin-Resource-Policy` | [`Settings::resource_policy`] | none |
//! | `Reporting-Endpoints` | [`Settings::reporting_endpoint`] | none |
//! | `X-XSS-Protection` | [`Settings::xss_filter_off`] | none |
//!
//! A header that a handler set itself is left as it is. [`Settings::https_redirect`] sends visitors
//! who come over plain HTTP to the same page over HTTPS.
mod clear_site_data;
mod content_type_options;
mod csp;
mod frame_options;
mod hsts;
mod https_redirect;
mod opener_policy;
mod permissions_policy;
mod problems;
mod referrer_policy;
mod reporting_endpoints;
mod resource_policy;
mod scheme;
mod settings;
mod sheet;
mod text;
mod xss_protection;

pub use clear_site_data::ClearSiteData;
pub use csp::{Csp, CspNonce, Source};
pub use frame_options::FrameOptions;
pub use hsts::{Hsts, Ramp};
pub use https_redirect::HttpsRedirect;
pub use opener_policy::OpenerPolicy;
pub use permissions_policy::PermissionsPolicy;
pub use referrer_policy::ReferrerPolicy;
pub use resource_policy::ResourcePolicy;
pub use scheme::Scheme;
pub use settings::Settings;

pub(crate) use csp::PAGE_STYLE;
pub(crate) use https_redirect::Way;
pub(crate) use sheet::{Answer, Sheet};
