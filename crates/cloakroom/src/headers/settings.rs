//! Which headers a site sends.
use http::{HeaderName, HeaderValue};

use crate::headers::csp::Mode;
use crate::headers::permissions_policy::PermissionsPolicy;
use crate::headers::problems::Problems;
use crate::headers::reporting_endpoints::ReportingEndpoints;
use crate::headers::scheme::SchemeFrom;
use crate::headers::text::is_word;
use crate::headers::{
    ClearSiteData, Csp, FrameOptions, Hsts, HttpsRedirect, OpenerPolicy, ReferrerPolicy,
    ResourcePolicy,
};

/// The security headers of a site, and what it does with plain HTTP.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(crate) nosniff: bool,
    pub(crate) referrer_policy: Vec<ReferrerPolicy>,
    pub(crate) opener_policy: Option<OpenerPolicy>,
    pub(crate) resource_policy: Option<ResourcePolicy>,
    pub(crate) frame_options: Framing,
    pub(crate) permissions_policy: PermissionsPolicy,
    pub(crate) xss_filter_off: bool,
    pub(crate) csp: Option<Csp>,
    pub(crate) csp_report_only: Option<Csp>,
    pub(crate) reporting_endpoints: ReportingEndpoints,
    pub(crate) clear_site_data: Option<ClearSiteData>,
    pub(crate) hsts: Option<Hsts>,
    pub(crate) https_redirect: Option<HttpsRedirect>,
    pub(crate) scheme_from: SchemeFrom,
    /// What was given to be trusted, as it was given.
    trusted: Option<(String, String)>,
}

/// What `X-Frame-Options` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Framing {
    /// What the policy's `frame-ancestors` says, as far as it can, or `DENY` when that says nothing.
    #[default]
    AsPolicy,
    Fixed(FrameOptions),
    Off,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            nosniff: true,
            referrer_policy: vec![ReferrerPolicy::SameOrigin],
            opener_policy: Some(OpenerPolicy::SameOrigin),
            resource_policy: None,
            frame_options: Framing::AsPolicy,
            permissions_policy: PermissionsPolicy::default(),
            xss_filter_off: false,
            csp: None,
            csp_report_only: None,
            reporting_endpoints: ReportingEndpoints::default(),
            clear_site_data: Some(ClearSiteData::cookies_and_storage()),
            hsts: None,
            https_redirect: None,
            scheme_from: SchemeFrom::default(),
            trusted: None,
        }
    }
}

impl Settings {
    /// Says whether anything keeps other sites from showing the pages in a frame.
    pub(crate) fn limits_frames(&self) -> bool {
        // Where the policy says who may, browsers don't look at `X-Frame-Options` (CSP3 section 6.4.2.2).
        match &self.csp {
            Some(csp) if csp.framed_by().is_some() => !csp.lets_anybody_frame(),
            _ => self.frame_options != Framing::Off,
        }
    }

    /// Sends none of these headers, for a site that has them from elsewhere. What is set after this is sent. Default: no.
    #[must_use]
    pub fn off(self) -> Self {
        Self {
            nosniff: false,
            referrer_policy: Vec::new(),
            opener_policy: None,
            frame_options: Framing::Off,
            clear_site_data: None,
            trusted: self.trusted,
            scheme_from: self.scheme_from,
            ..Self::default()
        }
    }

    /// Has browsers come over HTTPS only (`Strict-Transport-Security`), for a [`Duration`](std::time::Duration), a step of
    /// [`Ramp`](crate::headers::Ramp), or as [`Hsts`] says. Default: none.
    ///
    /// Sent over HTTPS only where the site knows what a request came over (see
    /// [`Settings::trust_forwarded_proto`]), else with every answer; browsers ignore it over plain HTTP.
    #[must_use]
    pub fn hsts(mut self, hsts: impl Into<Hsts>) -> Self {
        self.hsts = Some(hsts.into());
        self
    }

    /// Sends visitors from plain HTTP to HTTPS (308): to which host, and which paths are excepted. Default: nobody is sent.
    ///
    /// It needs to know what a request came over: see [`Settings::trust_forwarded_proto`] and
    /// [`Settings::scheme_from_server`]. In development on plain HTTP nobody is sent anywhere.
    #[must_use]
    pub fn https_redirect(mut self, redirect: HttpsRedirect) -> Self {
        self.https_redirect = Some(redirect);
        self
    }

    /// Believes this header when it has this value that the request came to the proxy over HTTPS, and in every
    /// other case that it did not; usually `"x-forwarded-proto"` and `"https"`. Default: no header is believed.
    ///
    /// Only for sites that nobody reaches past the proxy, and a proxy that sets or removes the header on
    /// every request: otherwise visitors can say so themselves.
    #[must_use]
    pub fn trust_forwarded_proto(
        mut self,
        header: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        let (header, value) = (header.into(), value.into());
        if let Ok(header) = HeaderName::from_bytes(header.as_bytes()) {
            let value = value.clone();
            self.scheme_from = SchemeFrom::Proxy { header, value };
        }
        self.trusted = Some((header, value));
        self
    }

    /// Believes what a proxy says, and where it says nothing the server.
    #[cfg(feature = "django")]
    pub(crate) fn trust_proxy_or_server(mut self, header: HeaderName, value: String) -> Self {
        self.scheme_from = SchemeFrom::ProxyOrServer { header, value };
        self.trusted = None;
        self
    }

    /// Believes the [`Scheme`](crate::headers::Scheme) in a request's extensions, which a server that listens on both puts there;
    /// where it is absent, the request counts as plain HTTP. Default: no.
    #[must_use]
    pub fn scheme_from_server(mut self) -> Self {
        self.scheme_from = SchemeFrom::Server;
        self.trusted = None;
        self
    }

    /// Sends no `X-Content-Type-Options`. Default: `nosniff`.
    #[must_use]
    pub fn without_nosniff(mut self) -> Self {
        self.nosniff = false;
        self
    }

    /// Says how much other sites learn of the page that a visitor came from (`Referrer-Policy`). Default: `same-origin`.
    #[must_use]
    pub fn referrer_policy(self, policy: ReferrerPolicy) -> Self {
        self.referrer_policies([policy])
    }

    /// The same with fallbacks before it, for browsers that don't know the last one. None: no header. Default: `same-origin`.
    #[must_use]
    pub fn referrer_policies(mut self, policies: impl IntoIterator<Item = ReferrerPolicy>) -> Self {
        self.referrer_policy = policies.into_iter().collect();
        self
    }

    /// Says which windows keep a hold on this site's (`Cross-Origin-Opener-Policy`). `None`: no header. Default: `same-origin`.
    ///
    /// Pages that sign in through another site's window need
    /// [`OpenerPolicy::SameOriginAllowPopups`].
    #[must_use]
    pub fn opener_policy(mut self, policy: impl Into<Option<OpenerPolicy>>) -> Self {
        self.opener_policy = policy.into();
        self
    }

    /// Says which sites may load this one's files (`Cross-Origin-Resource-Policy`). Default: no header.
    #[must_use]
    pub fn resource_policy(mut self, policy: ResourcePolicy) -> Self {
        self.resource_policy = Some(policy);
        self
    }

    /// Says who may frame this site's pages, for browsers without CSP (`X-Frame-Options`). Default: what the policy's
    /// `frame-ancestors` says, and `DENY` without it. `None`: no header.
    #[must_use]
    pub fn frame_options(mut self, options: impl Into<Option<FrameOptions>>) -> Self {
        self.frame_options = options.into().map_or(Framing::Off, Framing::Fixed);
        self
    }

    /// Says which of the browser's powers pages may use (`Permissions-Policy`). Default: no header.
    #[must_use]
    pub fn permissions_policy(
        mut self,
        change: impl FnOnce(PermissionsPolicy) -> PermissionsPolicy,
    ) -> Self {
        self.permissions_policy = change(self.permissions_policy);
        self
    }

    /// Sends `X-XSS-Protection: 0`, for lists that ask for it; browsers of today have no such filter.
    /// Default: no header.
    #[must_use]
    pub fn xss_filter_off(mut self) -> Self {
        self.xss_filter_off = true;
        self
    }

    /// Says what pages may load (`Content-Security-Policy`); begins empty the first time, so most begin with [`Csp::strict`]. Default: no header.
    #[must_use]
    pub fn csp(mut self, change: impl FnOnce(Csp) -> Csp) -> Self {
        self.csp = Some(change(self.csp.unwrap_or_default()));
        self
    }

    /// Has browsers report what this policy would refuse, to try it out beside [`Settings::csp`]
    /// (`Content-Security-Policy-Report-Only`). Default: no header.
    #[must_use]
    pub fn csp_report_only(mut self, change: impl FnOnce(Csp) -> Csp) -> Self {
        self.csp_report_only = Some(change(self.csp_report_only.unwrap_or_default()));
        self
    }

    /// Names an address that browsers send reports to (`Reporting-Endpoints`): `https://…`, or a path of this site. Default: none.
    #[must_use]
    pub fn reporting_endpoint(mut self, name: impl Into<String>, url: impl Into<String>) -> Self {
        self.reporting_endpoints.add(name.into(), url.into());
        self
    }

    /// Says what browsers forget when a session ends at the visitor's wish, over HTTPS (`Clear-Site-Data`). `None`: nothing.
    /// Default: `"cookies", "storage"`, which reaches **other applications of the same domain**, see [`ClearSiteData`].
    #[must_use]
    pub fn clear_site_data(mut self, what: impl Into<Option<ClearSiteData>>) -> Self {
        self.clear_site_data = what.into();
        self
    }

    /// Checks all of it; in development on plain HTTP nobody needs to know what a request came over.
    pub(crate) fn check(&self, plain_http: bool) -> Problems {
        let mut found = Problems::default();
        let problems = &mut found;
        if let Some(hsts) = self.hsts {
            hsts.check(problems);
        }
        if let Some(redirect) = &self.https_redirect {
            redirect.check(problems);
        }
        self.check_scheme(plain_http, problems);
        self.permissions_policy.check(problems);
        self.reporting_endpoints.check(problems);
        for (csp, mode) in [
            (&self.csp, Mode::Enforce),
            (&self.csp_report_only, Mode::ReportOnly),
        ] {
            if let Some(csp) = csp {
                csp.check(mode, &self.reporting_endpoints, problems);
            }
        }
        found
    }

    fn check_scheme(&self, plain_http: bool, problems: &mut Problems) {
        if let Some((header, value)) = &self.trusted {
            if HeaderName::from_bytes(header.as_bytes()).is_err() {
                problems.add("headers.trust_forwarded_proto", "is not a header name");
            }
            if !is_word(value) {
                problems.add(
                    "headers.trust_forwarded_proto",
                    "needs the value that means HTTPS, usually https",
                );
            }
        } else if self.https_redirect.is_some()
            && self.scheme_from == SchemeFrom::Nowhere
            && !plain_http
        {
            problems.add(
                "headers.https_redirect",
                "can't tell which requests came over plain HTTP: call trust_forwarded_proto behind a proxy, or scheme_from_server",
            );
        }
    }

    /// Returns `X-Frame-Options`, unless what the policy says can't be said there.
    pub(super) fn framing(&self) -> Option<HeaderValue> {
        use crate::headers::Source;
        let ancestors = self.csp.as_ref().and_then(Csp::framed_by);
        let options = match (self.frame_options, ancestors) {
            (Framing::Off, _) => return None,
            (Framing::Fixed(options), _) => options,
            (Framing::AsPolicy, None | Some([Source::Nothing])) => FrameOptions::Deny,
            (Framing::AsPolicy, Some([Source::Own])) => FrameOptions::SameOrigin,
            (Framing::AsPolicy, Some(_)) => return None,
        };
        Some(options.value())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::Source;

    #[test]
    fn frame_options_follow_the_policy_as_far_as_they_can() {
        let framed = |sources: &[Source]| {
            let sources = sources.to_vec();
            Settings::default().csp(|csp| csp.frame_ancestors(sources))
        };
        for (settings, value) in [
            (Settings::default(), Some("DENY")),
            (Settings::default().csp(|_| Csp::strict()), Some("DENY")),
            (framed(&[Source::Own]), Some("SAMEORIGIN")),
            (framed(&["https://partner.example".into()]), None),
            (
                framed(&[Source::Own]).frame_options(FrameOptions::Deny),
                Some("DENY"),
            ),
            (Settings::default().frame_options(None), None),
        ] {
            let value = value.map(HeaderValue::from_static);
            assert_eq!(settings.framing(), value, "{settings:?}");
        }
    }

    #[test]
    fn every_setting_that_is_wrong_is_named() {
        let settings = Settings::default()
            .hsts(Hsts::seconds(60).preload())
            .https_redirect(HttpsRedirect::to_host(""))
            .permissions_policy(|p| p.deny("Camera"))
            .reporting_endpoint("csp", "nowhere")
            .csp(|csp| csp.img_src([""]))
            .csp_report_only(|csp| csp.report_to("nobody"));
        let named = |settings: &Settings, plain_http| -> Vec<_> {
            let problems = settings.check(plain_http).into_iter();
            problems.map(|problem| problem.setting).collect()
        };
        let mut expected = vec![
            "headers.hsts",
            "headers.hsts",
            "headers.https_redirect",
            "headers.https_redirect",
            "headers.permissions_policy",
            "headers.reporting_endpoint",
            "headers.csp.img-src",
            "headers.csp_report_only.report-to",
        ];
        assert_eq!(named(&settings, false), expected);
        expected.remove(3);
        assert_eq!(named(&settings, true), expected);
        let untrusted = Settings::default().trust_forwarded_proto("x forwarded", "");
        assert_eq!(
            named(&untrusted, false),
            ["headers.trust_forwarded_proto"; 2]
        );
    }
}
