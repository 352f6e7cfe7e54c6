//! What a cookie is like, apart from its value: one description, used to set, to read and to delete it.
use std::borrow::Cow;
use std::time::Duration;

/// The longest that browsers keep a cookie: 400 days (RFC 6265bis section 5.5).
pub const MAX_AGE: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// A cookie's name and attributes.
///
/// The same description sets, reads and deletes, because a browser deletes a cookie only when path
/// and domain are those that set it (RFC 6265bis section 3.1). It starts out safe: `Secure`,
/// `HttpOnly`, `SameSite=Lax`, the path `/`, no domain, and gone when the browser closes.
///
/// ```
/// use cloakroom::CookieSpec;
/// use std::time::Duration;
///
/// let visited = CookieSpec::new("visited").max_age(Duration::from_secs(30 * 86_400));
/// assert_eq!(visited.name(), "visited");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieSpec {
    pub(super) name: Cow<'static, str>,
    pub(super) path: Cow<'static, str>,
    pub(super) domain: Option<Cow<'static, str>>,
    pub(super) max_age: Option<Duration>,
    pub(super) same_site: SameSite,
    pub(super) secure: bool,
    pub(super) http_only: bool,
    pub(super) partitioned: bool,
}

/// With which requests from other sites a cookie is sent (RFC 6265bis section 4.1.2.7).
///
/// It is always written out: a cookie without it is sent with some cross-site posts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SameSite {
    /// With none, not even when a link on another site is followed.
    Strict,
    /// When a link on another site is followed, and not with its posts, frames or scripts.
    #[default]
    Lax,
    /// With all; needs `Secure`.
    None,
}

impl SameSite {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "Strict",
            Self::Lax => "Lax",
            Self::None => "None",
        }
    }
}

impl CookieSpec {
    /// Describes a cookie of this name with safe attributes.
    #[must_use]
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            path: Cow::Borrowed("/"),
            domain: None,
            max_age: None,
            same_site: SameSite::Lax,
            secure: true,
            http_only: true,
            partitioned: false,
        }
    }

    /// Returns the cookie's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Sends the cookie only to this path and what lies below it.
    #[must_use]
    pub fn path(mut self, path: impl Into<Cow<'static, str>>) -> Self {
        self.path = path.into();
        self
    }

    /// Sends the cookie to this domain and all below it, instead of to this host alone.
    #[must_use]
    pub fn domain(mut self, domain: impl Into<Cow<'static, str>>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// Keeps the cookie for this long, also when the browser closes.
    ///
    /// Browsers keep none for more than [`MAX_AGE`]; longer ages are cut to that, and traced.
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Keeps the cookie until the browser closes.
    #[must_use]
    pub fn until_browser_closes(mut self) -> Self {
        self.max_age = None;
        self
    }

    /// Says with which requests from other sites the cookie is sent.
    #[must_use]
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = same_site;
        self
    }

    /// Sends the cookie over HTTPS only. In development on plain HTTP the layer leaves it out.
    #[must_use]
    pub fn secure(mut self, secure: bool) -> Self {
        self.secure = secure;
        self
    }

    /// Returns how long the cookie outlives the browser.
    pub(crate) fn age(&self) -> Option<Duration> {
        self.max_age
    }

    /// Says whether the cookie is sent over HTTPS only.
    pub(crate) fn is_secure(&self) -> bool {
        self.secure
    }

    /// Hides the cookie from scripts.
    #[must_use]
    pub fn http_only(mut self, http_only: bool) -> Self {
        self.http_only = http_only;
        self
    }

    /// Gives each site that embeds this one a cookie of its own (CHIPS); needs `Secure`.
    #[must_use]
    pub fn partitioned(mut self, partitioned: bool) -> Self {
        self.partitioned = partitioned;
        self
    }

    /// Describes the same cookie for plain HTTP: without `Secure`, unless something else asks for it.
    pub(crate) fn over_plain_http(&self) -> Cow<'_, Self> {
        let cross_site = self.partitioned || self.same_site == SameSite::None;
        if !self.secure || cross_site || self.prefix().is_some() {
            return Cow::Borrowed(self);
        }
        Cow::Owned(self.clone().secure(false))
    }

    /// Returns the prefix that binds the name to attributes, in any case, as browsers see it.
    pub(super) fn prefix(&self) -> Option<Prefix> {
        // As hardly any name does.
        if !self.name.starts_with("__") {
            return None;
        }
        let starts = |prefix: &str| {
            self.name
                .get(..prefix.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        Prefix::ALL
            .into_iter()
            .find(|prefix| starts(prefix.as_str()))
    }
}

/// What the start of a name asks of the attributes (RFC 6265bis section 4.1.3 and its successor draft).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prefix {
    HostHttp,
    Host,
    Http,
    Secure,
}

impl Prefix {
    const ALL: [Self; 4] = [Self::HostHttp, Self::Host, Self::Http, Self::Secure];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::HostHttp => "__Host-Http-",
            Self::Host => "__Host-",
            Self::Http => "__Http-",
            Self::Secure => "__Secure-",
        }
    }

    /// Returns the rule that the cookie breaks.
    pub(super) fn broken_by(self, spec: &CookieSpec) -> Option<&'static str> {
        let host = matches!(self, Self::Host | Self::HostHttp);
        let http = matches!(self, Self::Http | Self::HostHttp);
        if !spec.secure {
            return Some("its name's prefix needs Secure");
        }
        if host && spec.domain.is_some() {
            return Some("its name's prefix forbids Domain");
        }
        if host && spec.path != "/" {
            return Some("its name's prefix needs Path=/");
        }
        if http && !spec.http_only {
            return Some("its name's prefix needs HttpOnly");
        }
        None
    }
}
