//! The headers of a site as they go out: written once when it is set up, and put into each answer.
use http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY_REPORT_ONLY, Entry, HeaderMap, HeaderName,
    REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_FRAME_OPTIONS,
};
use http::{Extensions, HeaderValue};

use crate::headers::csp::Policy;
use crate::headers::scheme::{Scheme, SchemeFrom};
use crate::headers::{
    ClearSiteData, HttpsRedirect, Settings, clear_site_data, content_type_options, opener_policy,
    permissions_policy, referrer_policy, reporting_endpoints, resource_policy, xss_protection,
};

/// What every answer of a site gets.
pub(crate) struct Sheet {
    /// What goes out whatever is answered.
    always: Box<[(HeaderName, HeaderValue)]>,
    /// All that goes out with a page over HTTPS that shows no nonce.
    usual: Usual,
    hsts: Option<HeaderValue>,
    csp: Option<Policy>,
    csp_report_only: Option<Policy>,
    clear_site_data: Option<ClearSiteData>,
    redirect: Option<HttpsRedirect>,
    /// Where to learn what a request came over.
    scheme_from: SchemeFrom,
    /// Whether it is plain HTTP unless a proxy says otherwise, as in development.
    plain_http: bool,
}

/// What the headers of one answer depend on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) over: Scheme,
    /// The nonce that its page shows.
    pub(crate) nonce: Option<&'a str>,
    /// Whether it only says that what the browser has is still good (304).
    pub(crate) not_modified: bool,
    /// Whether it is a page of the library's own.
    pub(crate) own_page: bool,
}

impl Sheet {
    /// Writes settings that were checked.
    pub(crate) fn of(settings: &Settings, plain_http: bool) -> Self {
        let always = always(settings);
        let hsts = settings.hsts.map(crate::headers::Hsts::value);
        let policy = |csp: &Option<_>| csp.as_ref().and_then(|csp| Policy::of(csp, plain_http));
        let (csp, csp_report_only) = (policy(&settings.csp), policy(&settings.csp_report_only));
        let usual = [
            (STRICT_TRANSPORT_SECURITY, hsts.clone()),
            (
                CONTENT_SECURITY_POLICY,
                csp.as_ref().map(|csp| csp.value(None)),
            ),
            (
                CONTENT_SECURITY_POLICY_REPORT_ONLY,
                csp_report_only.as_ref().map(|csp| csp.value(None)),
            ),
        ];
        let usual = usual
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        Self {
            usual: Usual::of(always.iter().cloned().chain(usual)),
            always,
            hsts,
            csp,
            csp_report_only,
            clear_site_data: settings.clear_site_data,
            redirect: settings.https_redirect.clone(),
            scheme_from: settings.scheme_from.clone(),
            plain_http,
        }
    }

    /// Says what a request came over.
    #[inline]
    pub(crate) fn scheme(&self, headers: &HeaderMap, extensions: &Extensions) -> Scheme {
        match self.plain_http {
            true => self.scheme_from.by_proxy(headers),
            false => self.scheme_from.of(headers, extensions),
        }
    }

    /// Returns the way to HTTPS, where requests are sent it.
    pub(crate) fn redirect(&self) -> Option<&HttpsRedirect> {
        self.redirect.as_ref().filter(|_| !self.plain_http)
    }

    /// Says whether no header ever goes out.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.usual.headers.is_empty()
    }

    /// Says whether a policy goes out, for which it matters what an answer is.
    pub(crate) fn has_policy(&self) -> bool {
        self.csp.is_some() || self.csp_report_only.is_some()
    }

    /// Puts the headers into an answer; what a handler set stays.
    pub(crate) fn write(&self, headers: &mut HeaderMap, answer: Answer<'_>) {
        if self.is_empty() {
            return;
        }
        // At once, so that the map grows once.
        headers.reserve(self.usual.headers.len());
        if answer.is_usual() && self.usual.meets_none_of(headers) {
            return self.usual.write(headers);
        }
        for (name, value) in &self.always {
            put(headers, name, || value.clone());
        }
        if let (Some(hsts), Scheme::Https) = (&self.hsts, answer.over) {
            put(headers, &STRICT_TRANSPORT_SECURITY, || hsts.clone());
        }
        // A 304 brings headers of a page up to date that is kept with the nonce it was given.
        if answer.not_modified {
            return;
        }
        for (name, policy) in [
            (&CONTENT_SECURITY_POLICY, &self.csp),
            (&CONTENT_SECURITY_POLICY_REPORT_ONLY, &self.csp_report_only),
        ] {
            if let Some(policy) = policy {
                put(headers, name, || match answer.own_page {
                    true => policy.for_own_page(),
                    false => policy.value(answer.nonce),
                });
            }
        }
    }

    /// Tells the browser to forget what it has of the site, when its session ended at the visitor's wish.
    pub(crate) fn clear(&self, headers: &mut HeaderMap, over: Scheme, gives_cookies: bool) {
        let clearing = self.clear_site_data.filter(|_| over == Scheme::Https);
        if let Some(value) = clearing.and_then(|what| what.value(gives_cookies)) {
            put(headers, &clear_site_data::NAME, || value);
        }
    }
}

impl Answer<'_> {
    fn is_usual(self) -> bool {
        self.over == Scheme::Https && self.nonce.is_none() && !self.not_modified && !self.own_page
    }
}

/// Headers that go out together, and how to see at a glance that a handler set none of them.
struct Usual {
    headers: Box<[(HeaderName, HeaderValue)]>,
    /// A bit for each length that a name has.
    lengths: u64,
}

impl Usual {
    fn of(headers: impl Iterator<Item = (HeaderName, HeaderValue)>) -> Self {
        let headers: Box<[_]> = headers.collect();
        let lengths = headers
            .iter()
            .fold(0, |lengths, (name, _)| lengths | length(name));
        Self { headers, lengths }
    }

    /// Handlers rarely set a header whose name is as long as that of one of ours.
    fn meets_none_of(&self, headers: &HeaderMap) -> bool {
        headers.keys().all(|name| self.lengths & length(name) == 0)
    }

    fn write(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.headers {
            headers.append(name, value.clone());
        }
    }
}

fn length(name: &HeaderName) -> u64 {
    1 << (name.as_str().len() % 64)
}

fn put(headers: &mut HeaderMap, name: &HeaderName, value: impl FnOnce() -> HeaderValue) {
    if let Entry::Vacant(free) = headers.entry(name) {
        free.insert(value());
    }
}

fn always(settings: &Settings) -> Box<[(HeaderName, HeaderValue)]> {
    [
        settings.nosniff.then_some(content_type_options::NOSNIFF),
        referrer_policy::value(&settings.referrer_policy).map(|value| (REFERRER_POLICY, value)),
        settings
            .opener_policy
            .map(|policy| (opener_policy::NAME, policy.value())),
        settings.framing().map(|value| (X_FRAME_OPTIONS, value)),
        settings
            .resource_policy
            .map(|policy| (resource_policy::NAME, policy.value())),
        settings
            .permissions_policy
            .value()
            .map(|value| (permissions_policy::NAME, value)),
        settings
            .reporting_endpoints
            .value()
            .map(|value| (reporting_endpoints::NAME, value)),
        settings.xss_filter_off.then_some(xss_protection::OFF),
    ]
    .into_iter()
    .flatten()
    .collect()
}
