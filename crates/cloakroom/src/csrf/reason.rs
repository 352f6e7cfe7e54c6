//! Why a request passed, and why one was refused.

/// What a request's proof was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Passed {
    /// A method that changes nothing needs no proof.
    SafeMethod,
    /// The route is exempt, or the check is switched off.
    Exempt,
    /// The browser says that our own page sent it (`Sec-Fetch-Site: same-origin`).
    SameOrigin,
    /// The browser says that the visitor sent it, and no page (`Sec-Fetch-Site: none`).
    NoPage,
    /// The browser says that a page of this site sent it, and all of these are trusted.
    SameSite,
    /// `Origin` is one of ours, or trusted.
    Origin,
    /// `Referer` is one of ours, or trusted.
    Referer,
    /// No browser's header came, which is allowed here.
    NoHeaders,
    /// The token is right.
    Token,
}

impl Passed {
    /// Returns a word for it, as the metrics have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SafeMethod => "safe method",
            Self::Exempt => "exempt",
            Self::SameOrigin => "same origin",
            Self::NoPage => "no page",
            Self::SameSite => "same site",
            Self::Origin => "origin",
            Self::Referer => "referer",
            Self::NoHeaders => "no headers",
            Self::Token => "token",
        }
    }
}

/// Why a request was refused.
///
/// It is in the response's extensions and in the trace; the visitor sees it in development only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The browser says that a page of another site sent it.
    CrossSite,
    /// The browser says that a page of another host of this site sent it.
    SameSite,
    /// `Sec-Fetch-Site` says something unknown, or came several times.
    BadFetchSite,
    /// `Origin` is another's.
    ForeignOrigin,
    /// `Origin` is `null`: a page that hides where it comes from.
    NullOrigin,
    /// `Origin` is no origin, or came several times.
    BadOrigin,
    /// `Referer` is missing, where nothing else says where the request comes from.
    NoReferer,
    /// `Referer` is another's.
    ForeignReferer,
    /// `Referer` is a page that was loaded without TLS.
    InsecureReferer,
    /// `Referer` is no address of a page, or came several times.
    BadReferer,
    /// No browser's header came, and no token would help.
    NoHeaders,
    /// No cookie with a secret came along.
    NoCookie,
    /// The cookie does not hold a secret.
    BadCookie,
    /// Several cookies of that name came, with different secrets: somebody may have planted one.
    SeveralCookies,
    /// The cookie was made for another session: somebody may have planted it.
    OtherSession,
    /// The session has no secret yet.
    NoSecret,
    /// Neither the header nor the form field has a token.
    NoToken,
    /// The token is not in the first part of a multipart form, and no more of it is read.
    TokenTooLate,
    /// What was sent is not a token.
    BadToken,
    /// The token belongs to another cookie or session.
    WrongToken,
    /// The form broke off before the token was found.
    CutOff,
    /// The form is larger than what is searched for a token. Answered with 413.
    TooLarge,
}

impl Reason {
    /// All of them.
    pub(crate) const ALL: [Self; 22] = [
        Self::CrossSite,
        Self::SameSite,
        Self::BadFetchSite,
        Self::ForeignOrigin,
        Self::NullOrigin,
        Self::BadOrigin,
        Self::NoReferer,
        Self::ForeignReferer,
        Self::InsecureReferer,
        Self::BadReferer,
        Self::NoHeaders,
        Self::NoCookie,
        Self::BadCookie,
        Self::SeveralCookies,
        Self::OtherSession,
        Self::NoSecret,
        Self::NoToken,
        Self::TokenTooLate,
        Self::BadToken,
        Self::WrongToken,
        Self::CutOff,
        Self::TooLarge,
    ];

    /// Returns the reason as a sentence without its full stop.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CrossSite => "a page of another site sent the request",
            Self::SameSite => "a page of another host of this site sent the request",
            Self::BadFetchSite => "the header Sec-Fetch-Site is damaged",
            Self::ForeignOrigin => "the header Origin names a site that is not trusted",
            Self::NullOrigin => "the header Origin is null",
            Self::BadOrigin => "the header Origin is damaged",
            Self::NoReferer => "the header Referer is missing",
            Self::ForeignReferer => "the header Referer names a site that is not trusted",
            Self::InsecureReferer => "the header Referer names a page without TLS",
            Self::BadReferer => "the header Referer is damaged",
            Self::NoHeaders => "no header says where the request comes from",
            Self::NoCookie => "the CSRF cookie is missing",
            Self::BadCookie => "the CSRF cookie is damaged",
            Self::SeveralCookies => "several CSRF cookies came with different secrets",
            Self::OtherSession => "the CSRF cookie belongs to another session",
            Self::NoSecret => "the session has no CSRF secret",
            Self::NoToken => "the CSRF token is missing from the form field and the header",
            Self::TokenTooLate => {
                "the CSRF token is not in the first 64 KiB of the multipart form; put its field first"
            }
            Self::BadToken => "the CSRF token is damaged",
            Self::WrongToken => "the CSRF token does not belong to the CSRF cookie",
            Self::CutOff => "the form broke off before its CSRF token was found",
            Self::TooLarge => "the form is larger than what is searched for a CSRF token",
        }
    }
}

/// What the layer found out about a request, for a handler that asks.
///
/// Routes that are only checked ([`Settings::check_only`](crate::csrf::Settings::check_only))
/// decide by it themselves; the layer has refused all others that did not pass.
///
/// ```
/// # use cloakroom::csrf::Verdict;
/// async fn comment(verdict: Verdict) -> &'static str {
///     match verdict.result() {
///         Ok(_) => "It is on the page.",
///         Err(_) => "Somebody will look at it first.",
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict(pub(crate) Result<Passed, Reason>);

impl Verdict {
    /// Returns what the proof was, or why there was none.
    ///
    /// # Errors
    /// When the request may be forged.
    pub const fn result(self) -> Result<Passed, Reason> {
        self.0
    }

    /// Says whether the request comes from our own pages.
    #[must_use]
    pub const fn has_passed(self) -> bool {
        self.0.is_ok()
    }
}
