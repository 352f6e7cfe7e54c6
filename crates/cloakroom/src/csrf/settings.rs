//! How a site protects its forms.
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::csrf::origin::{Origin, Trusted};
use crate::csrf::{Format, Mode, Reason, Routes, Rules};
use crate::error::ConfigError;

/// The rules for requests that change something.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(crate) on: bool,
    pub(crate) mode: Mode,
    pub(crate) origins: Vec<Origin>,
    pub(crate) trusted: Vec<Trusted>,
    pub(crate) trusts_same_site: bool,
    pub(crate) allows_no_headers: bool,
    pub(crate) exempt: Routes,
    pub(crate) check_only: Routes,
    pub(crate) with_cookie: Routes,
    pub(crate) log_only: bool,
    pub(crate) grace: Duration,
    pub(crate) in_session: bool,
    pub(crate) format: Format,
    pub(crate) page: Option<Page>,
    /// Rules of another program, in the place of the ladder.
    pub(crate) rules: Option<Arc<dyn Rules>>,
    pub(crate) cookie_name: String,
    pub(crate) cookie_age: Duration,
    /// Whether the cookie goes when the browser closes.
    pub(crate) until_browser_closes: bool,
    pub(crate) field: String,
    pub(crate) header: http::HeaderName,
    pub(crate) max_form_bytes: usize,
    /// What was given and makes no sense, by its setting.
    wrong: Vec<(&'static str, &'static str)>,
}

/// The application's own answer to what is refused.
#[derive(Clone)]
pub(crate) struct Page(pub(crate) Arc<MakePage>);

type MakePage = dyn Fn(&Refusal<'_>) -> Option<http::Response<String>> + Send + Sync;

/// A request that was refused, for the page that says so.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Refusal<'a> {
    /// Why. Tell the visitor in development only: to others it says how to do it better.
    pub reason: Reason,
    /// Whether this is development on plain HTTP.
    pub in_development: bool,
    /// The request without its body.
    pub request: &'a http::request::Parts,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            on: true,
            mode: Mode::default(),
            origins: Vec::new(),
            trusted: Vec::new(),
            trusts_same_site: false,
            allows_no_headers: false,
            exempt: Routes::default(),
            check_only: Routes::default(),
            with_cookie: Routes::default(),
            log_only: false,
            grace: Duration::from_secs(60 * 60),
            in_session: false,
            format: Format::default(),
            page: None,
            rules: None,
            cookie_name: "csrftoken".into(),
            cookie_age: Duration::from_secs(364 * 24 * 60 * 60),
            until_browser_closes: false,
            field: "csrfmiddlewaretoken".into(),
            header: http::HeaderName::from_static("x-csrftoken"),
            max_form_bytes: 2 << 20,
            wrong: Vec::new(),
        }
    }
}

impl Settings {
    /// Switches the check off, for services that browsers' cookies never reach. Default: on.
    #[must_use]
    pub fn off(mut self) -> Self {
        self.on = false;
        self
    }

    /// Says what decides: the ladder of headers and token, a token always, or headers alone. Default: [`Mode::Ladder`].
    #[must_use]
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// Names an origin of the site itself, such as `https://shop.example`; it may have several. Default: `https://` and
    /// what the request's `Host` says.
    ///
    /// Without any, the site's origin is what the request's `Host` says, over HTTPS. Name it where a
    /// proxy in front changes `Host`, or TLS ends elsewhere; headers such as `X-Forwarded-Host` are
    /// never believed.
    #[must_use]
    pub fn origin(mut self, origin: &str) -> Self {
        match Origin::parse(origin) {
            Some(origin) => self.origins.push(origin),
            None => self.wrong.push((
                "csrf.origin",
                "is no origin: it needs a scheme and a host, and nothing after them but a port",
            )),
        }
        self
    }

    /// Trusts requests from the pages of another origin: `https://admin.example.com`, or with
    /// `https://*.example.com` from that domain and all below it. Scheme and port always count. What is below a top-level
    /// domain (`https://*.com`) belongs to everybody, and does not start. Default: none.
    #[must_use]
    pub fn trust(mut self, origin: &str) -> Self {
        match Trusted::parse(origin) {
            Some(origin) => self.trusted.push(origin),
            None => self.wrong.push((
                "csrf.trust",
                "is no origin: it needs a scheme and a host, and nothing after them but a port; a star may stand for what is in front of a domain of two names or more",
            )),
        }
        self
    }

    /// Trusts all hosts of the same site, as far as browsers tell (`Sec-Fetch-Site: same-site`). Default: no.
    ///
    /// A forgotten blog on one of them can then forge requests; naming the origins is better.
    #[must_use]
    pub fn trust_same_site(mut self) -> Self {
        self.trusts_same_site = true;
        self
    }

    /// With [`Mode::HeadersOnly`], lets requests pass of which no header says where they come from, as
    /// scripts outside of browsers send them, and browsers from before 2020. Default: they are refused.
    #[must_use]
    pub fn allow_no_headers(mut self) -> Self {
        self.allows_no_headers = true;
        self
    }

    /// Checks nothing on these routes, such as `/hooks/{*rest}`, for callers that have proof of their
    /// own. The pattern is one of axum's, for the path as the layer sees it; all are listed at start. Default: none.
    #[must_use]
    pub fn exempt(mut self, pattern: &str) -> Self {
        let added = self.exempt.add(pattern);
        self.note("csrf.exempt", added)
    }

    /// Checks these routes and refuses nothing there: the handler asks for the
    /// [`Verdict`](crate::csrf::Verdict). Default: none.
    #[must_use]
    pub fn check_only(mut self, pattern: &str) -> Self {
        let added = self.check_only.add(pattern);
        self.note("csrf.check_only", added)
    }

    /// Gives the cookie to whoever visits these routes, although their pages print no token: for
    /// pages whose scripts send it. A handler can do so itself by
    /// [`CsrfToken::ensure_cookie`](crate::CsrfToken::ensure_cookie). Default: none.
    #[must_use]
    pub fn ensure_cookie(mut self, pattern: &str) -> Self {
        let added = self.with_cookie.add(pattern);
        self.note("csrf.ensure_cookie", added)
    }

    fn note(mut self, setting: &'static str, added: bool) -> Self {
        if !added {
            self.wrong.push((
                setting,
                "is no pattern of a path, such as /hooks/{*rest}, or contradicts another",
            ));
        }
        self
    }

    /// Refuses nothing yet, and counts and traces what would be, to try the rules on a live site. Default: no.
    #[must_use]
    pub fn log_only(mut self) -> Self {
        self.log_only = true;
        self
    }

    /// Says for how long after a login the tokens count that the visitor got before it, so that
    /// forms in other tabs can still be sent. Default: 1 hour; zero, and always with
    /// [`Format::Django`]: not at all.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Keeps the secret in the session instead of a cookie. A guest's form then costs a session, and
    /// each check of a token a load. Scripts then find the token in the page only, in its
    /// [meta tag](crate::CsrfToken::meta), so [`Settings::ensure_cookie`] does not start beside it. Default: no.
    #[must_use]
    pub fn secret_in_session(mut self) -> Self {
        self.in_session = true;
        self
    }

    /// Writes secrets and tokens in another form. Default: [`Format::Native`].
    #[must_use]
    pub fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// Answers what is refused with a page of the application's own; for `None` with the library's. Default: a page, or
    /// JSON by `Accept`.
    ///
    /// ```
    /// # use cloakroom::{Cloakroom, KeyRing};
    /// # let builder = Cloakroom::builder(KeyRing::new(KeyRing::generate_secret()).unwrap());
    /// builder.csrf(|c| {
    ///     c.on_refusal(|refusal| {
    ///         tracing::info!(path = refusal.request.uri.path(), "refused");
    ///         http::Response::builder()
    ///             .status(403)
    ///             .header("content-type", "text/html; charset=utf-8")
    ///             .body("<h1>Please send that again</h1>".to_owned())
    ///             .unwrap()
    ///     })
    /// });
    /// ```
    #[must_use]
    pub fn on_refusal<F, P>(mut self, page: F) -> Self
    where
        F: Fn(&Refusal<'_>) -> P + Send + Sync + 'static,
        P: Into<Option<http::Response<String>>>,
    {
        self.page = Some(Page(Arc::new(move |refusal| page(refusal).into())));
        self
    }

    /// Names the cookie. Default: `csrftoken`, which goes out as `__Host-csrftoken` over HTTPS.
    #[must_use]
    pub fn cookie_name(mut self, name: impl Into<String>) -> Self {
        self.cookie_name = name.into();
        self
    }

    /// Names the form field. Default: `csrfmiddlewaretoken`.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>) -> Self {
        self.field = name.into();
        self
    }

    /// Names the header. Default: `X-CSRFToken`.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>) -> Self {
        match name.into().parse() {
            Ok(name) => self.header = name,
            Err(_) => self.wrong.push(("csrf.header", "is not a header name")),
        }
        self
    }

    /// Limits the bytes of a urlencoded form that is searched for the token. Default: 2 MiB; a
    /// larger one is answered 413. Only forms that need a token are searched. Of a multipart form it is the first 64 KiB,
    /// which is no setting.
    #[must_use]
    pub fn max_form_bytes(mut self, bytes: usize) -> Self {
        self.max_form_bytes = bytes;
        self
    }

    /// Returns the site's own origins that are without TLS.
    pub(crate) fn plain_origins(&self) -> Vec<&str> {
        plain(&self.origins)
    }

    /// Returns the trusted origins that are without TLS.
    pub(crate) fn plain_trusted(&self) -> Vec<&str> {
        plain(self.trusted.iter().map(Trusted::origin))
    }

    pub(crate) fn check(&self, problems: &mut ConfigError) {
        for (setting, what) in &self.wrong {
            problems.add(*setting, *what);
        }
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"\"&<>'".contains(&byte);
        if self.field.is_empty() || !self.field.bytes().all(plain) {
            problems.add(
                "csrf.field",
                "is empty, or has characters that HTML or a form would write in another way",
            );
        }
        if self.in_session && !self.with_cookie.is_empty() {
            problems.add(
                "csrf.ensure_cookie",
                "gives a cookie that scripts read, and with csrf.secret_in_session there is none; print csrf_meta instead",
            );
        }
        if self.max_form_bytes == 0 {
            problems.add(
                "csrf.max_form_bytes",
                "is 0, so no form with a token could be sent",
            );
        }
        if self.allows_no_headers && self.mode != Mode::HeadersOnly {
            problems.add(
                "csrf.allow_no_headers",
                "is for Mode::HeadersOnly; elsewhere a token decides where headers say nothing",
            );
        }
    }
}

fn plain<'a>(origins: impl IntoIterator<Item = &'a Origin>) -> Vec<&'a str> {
    let plain = origins.into_iter().filter(|origin| origin.is_plain_http());
    plain.map(Origin::as_str).collect()
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Page(..)")
    }
}
