//! What browsers are asked to refuse for the shop: it needs nothing but its own files, and no power but theirs.

use cloakroom::headers::{Csp, Ramp, ResourcePolicy, Settings, Source};

/// Sets the security headers. On plain HTTP those that need HTTPS are left out by themselves.
pub(crate) fn set(headers: Settings) -> Settings {
    headers
        .hsts(Ramp::OneYear)
        .resource_policy(ResourcePolicy::SameOrigin)
        .permissions_policy(|policy| {
            ["camera", "geolocation", "microphone", "payment", "usb"]
                .into_iter()
                .fold(policy, |policy, power| policy.deny(power))
        })
        .csp(|_| {
            Csp::new()
                .default_src([Source::Nothing])
                .script_src([Source::Own])
                .style_src([Source::Own])
                .img_src([Source::Own])
                .connect_src([Source::Own])
                .form_action([Source::Own])
                .base_uri([Source::Nothing])
                .frame_ancestors([Source::Nothing])
        })
}
