//! What a browser's own headers say about where a request comes from.
//!
//! Rungs are tried from the top, and the first that says anything decides. An unsafe method is any but
//! `GET`, `HEAD`, `OPTIONS` and `TRACE` (RFC 9110 section 9.2.1 before `QUERY`, and in capitals).
//!
//! | rung | header | says *ours* | says *foreign* | says nothing |
//! |---|---|---|---|---|
//! | a | `Sec-Fetch-Site` | `same-origin`, `none`; with [`trust_same_site`](crate::csrf::Settings::trust_same_site) `same-site`; anything else if `Origin` says *ours* | anything else, several headers | absent, empty |
//! | b | `Origin` | one of the site's own or a trusted one | `null`, another, no origin, empty, several headers | absent |
//! | c | `Referer`, on HTTPS only | its origin is one of the site's own or trusted | another, `http:`, no address, empty, several headers | absent |
//! | d | none of them | | | always |
//!
//! | mode | *ours* | *foreign* | nothing said |
//! |---|---|---|---|
//! | [`Ladder`](Mode::Ladder) | passes | refused | a token decides |
//! | [`TokenAlways`](Mode::TokenAlways) | a token decides | refused | on HTTPS refused, else a token decides |
//! | [`HeadersOnly`](Mode::HeadersOnly) | passes | refused | refused, or passes where that is allowed |
//!
//! A token that nobody asks for is not looked at, so that uploads need not be searched and forms that
//! have been open for long keep working. The order is that of the OWASP cheat sheet and of Go's
//! `CrossOriginProtection`, with the scheme compared too; *token always* on HTTPS is Django's rule.
use http::header::{HOST, HeaderName, ORIGIN, REFERER};
use http::{HeaderMap, Method};

use crate::csrf::origin::{Origin, Trusted};
use crate::csrf::{Passed, Reason, Settings};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What a request that changes something needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mode {
    /// The browser's headers decide; where they say nothing, a token is needed.
    #[default]
    Ladder,
    /// A token is always needed, and the headers must not speak against it (Django's rule; what
    /// NIST SP 800-63B-4 section 5.1 asks of a form).
    TokenAlways,
    /// The browser's headers decide; where they say nothing, the request is refused. Of NIST's rule
    /// above this is a deviation, to be documented.
    HeadersOnly,
}

/// What is to be done with a request, as far as its headers tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    Passed(Passed),
    Refused(Reason),
    NeedsToken,
}

/// The parts of a request that browsers vouch for.
pub(crate) struct Sent<'a> {
    pub(crate) method: &'a Method,
    pub(crate) headers: &'a HeaderMap,
    /// The host in the request's target, as HTTP/2 has it.
    pub(crate) authority: Option<&'a str>,
}

/// A site's settings, in the form in which requests are held against them.
#[derive(Debug)]
pub(crate) struct Ladder {
    mode: Mode,
    own: Own,
    trusted: Vec<Trusted>,
    trusts_same_site: bool,
    allows_no_headers: bool,
    secure: bool,
}

/// The site's own origins.
#[derive(Debug)]
enum Own {
    Listed(Vec<Origin>),
    /// Whatever `Host` says, with this in front.
    Host(&'static str),
}

impl Ladder {
    pub(crate) fn new(settings: &Settings, plain_http: bool) -> Self {
        let scheme = if plain_http { "http://" } else { "https://" };
        let own = match &settings.origins[..] {
            [] => Own::Host(scheme),
            listed => Own::Listed(listed.to_vec()),
        };
        Self {
            mode: settings.mode,
            own,
            trusted: settings.trusted.clone(),
            trusts_same_site: settings.trusts_same_site,
            allows_no_headers: settings.allows_no_headers,
            secure: !plain_http,
        }
    }

    /// Decides as far as method and headers tell.
    pub(crate) fn look(&self, sent: &Sent<'_>) -> Look {
        if is_safe(sent.method) {
            return Look::Passed(Passed::SafeMethod);
        }
        self.judge(sent, self.mode)
    }

    /// Decides about a request that asks for another protocol, such as a WebSocket's: `GET` with
    /// `Upgrade`, or `CONNECT`. The method then tells nothing of what will be done.
    ///
    /// A page's script can't give it a header, and browsers always say where it comes from (RFC 6455
    /// section 4.1), so no token is asked for where they have.
    pub(crate) fn look_at_handshake(&self, sent: &Sent<'_>) -> Look {
        let mode = match self.mode {
            Mode::TokenAlways => Mode::Ladder,
            other => other,
        };
        self.judge(sent, mode)
    }

    fn judge(&self, sent: &Sent<'_>, mode: Mode) -> Look {
        match (self.provenance(sent), mode) {
            (Err(reason), _) => Look::Refused(reason),
            (Ok(Some(_)), Mode::TokenAlways) => Look::NeedsToken,
            (Ok(Some(passed)), _) => Look::Passed(passed),
            (Ok(None), Mode::TokenAlways) if self.secure => Look::Refused(Reason::NoReferer),
            (Ok(None), Mode::Ladder | Mode::TokenAlways) => Look::NeedsToken,
            (Ok(None), Mode::HeadersOnly) if self.allows_no_headers => {
                Look::Passed(Passed::NoHeaders)
            }
            (Ok(None), Mode::HeadersOnly) => Look::Refused(Reason::NoHeaders),
        }
    }

    /// Goes down the rungs; `None` when no header says anything.
    fn provenance(&self, sent: &Sent<'_>) -> Result<Option<Passed>, Reason> {
        if let Some(decided) = self.by_fetch_site(sent) {
            return decided.map(Some);
        }
        if let Some(decided) = self.by_origin(sent) {
            return decided.map(Some);
        }
        if self.secure {
            return self.by_referer(sent).transpose();
        }
        Ok(None)
    }

    fn by_fetch_site(&self, sent: &Sent<'_>) -> Option<Result<Passed, Reason>> {
        let reason = match the_one(sent.headers, &SEC_FETCH_SITE) {
            TheOne::Absent | TheOne::Value(b"") => return None,
            TheOne::Value(b"same-origin") => return Some(Ok(Passed::SameOrigin)),
            TheOne::Value(b"none") => return Some(Ok(Passed::NoPage)),
            TheOne::Value(b"same-site") if self.trusts_same_site => {
                return Some(Ok(Passed::SameSite));
            }
            TheOne::Value(b"same-site") => Reason::SameSite,
            TheOne::Value(b"cross-site") => Reason::CrossSite,
            TheOne::Value(_) | TheOne::Several => Reason::BadFetchSite,
        };
        let origin = self.by_origin(sent).and_then(Result::ok);
        Some(origin.ok_or(reason))
    }

    fn by_origin(&self, sent: &Sent<'_>) -> Option<Result<Passed, Reason>> {
        let text = match the_one(sent.headers, &ORIGIN) {
            TheOne::Absent => return None,
            TheOne::Several => return Some(Err(Reason::BadOrigin)),
            TheOne::Value(b"null") => return Some(Err(Reason::NullOrigin)),
            TheOne::Value(text) => text,
        };
        Some(if self.is_own(text, sent, <[u8]>::is_empty) {
            Ok(Passed::Origin)
        } else {
            match parse(text) {
                None => Err(Reason::BadOrigin),
                Some(origin) if self.takes(&origin, sent) => Ok(Passed::Origin),
                Some(_) => Err(Reason::ForeignOrigin),
            }
        })
    }

    fn by_referer(&self, sent: &Sent<'_>) -> Option<Result<Passed, Reason>> {
        let address = match the_one(sent.headers, &REFERER) {
            TheOne::Absent => return None,
            TheOne::Several => return Some(Err(Reason::BadReferer)),
            TheOne::Value(address) => address,
        };
        Some(if self.is_own(address, sent, ends_an_origin) {
            Ok(Passed::Referer)
        } else {
            match origin_of(address) {
                None => Err(Reason::BadReferer),
                Some(origin) if !origin.is_secure() => Err(Reason::InsecureReferer),
                Some(origin) if self.takes(&origin, sent) => Ok(Passed::Referer),
                Some(_) => Err(Reason::ForeignReferer),
            }
        })
    }

    /// Says whether one of our origins stands here to the letter, as in nearly all requests; only for
    /// others is it worth normalising anything. `may_follow` judges what comes after it.
    fn is_own(&self, bytes: &[u8], sent: &Sent<'_>, may_follow: fn(&[u8]) -> bool) -> bool {
        let rest = match &self.own {
            Own::Listed(origins) => origins
                .iter()
                .find_map(|origin| bytes.strip_prefix(origin.as_str().as_bytes())),
            Own::Host(scheme) => sent.host().filter(|host| is_plain(host)).and_then(|host| {
                let after = bytes.strip_prefix(scheme.as_bytes())?;
                after.strip_prefix(host)
            }),
        };
        rest.is_some_and(may_follow)
    }

    fn takes(&self, origin: &Origin, sent: &Sent<'_>) -> bool {
        let own = match &self.own {
            Own::Listed(origins) => origins.contains(origin),
            Own::Host(scheme) => sent.host().is_some_and(|host| {
                let own = [scheme.as_bytes(), host].concat();
                parse(&own).as_ref() == Some(origin)
            }),
        };
        own || self.trusted.iter().any(|trusted| trusted.covers(origin))
    }
}

impl<'a> Sent<'a> {
    /// Returns the host that the request is for; the target's comes before the header's (RFC 9112
    /// section 3.2.2).
    fn host(&self) -> Option<&'a [u8]> {
        match (self.authority, the_one(self.headers, &HOST)) {
            (Some(authority), _) => Some(authority.as_bytes()),
            (None, TheOne::Value(host)) => Some(host),
            (None, TheOne::Absent | TheOne::Several) => None,
        }
    }
}

/// Says whether requests of this method change nothing; unknown ones might.
pub(crate) fn is_safe(method: &Method) -> bool {
    matches!(
        *method,
        Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE
    )
}

/// A header that may come once.
#[derive(Clone, Copy)]
pub(crate) enum TheOne<'a> {
    Absent,
    Value(&'a [u8]),
    Several,
}

pub(crate) fn the_one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> TheOne<'a> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => TheOne::Absent,
        (Some(value), None) => TheOne::Value(value.as_bytes()),
        (Some(_), Some(_)) => TheOne::Several,
    }
}

/// Says whether a host is written as browsers write it in `Origin`, but for its port.
fn is_plain(host: &[u8]) -> bool {
    let plain =
        |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-:".contains(byte);
    !host.is_empty() && host.iter().all(plain)
}

fn parse(text: &[u8]) -> Option<Origin> {
    Origin::parse(std::str::from_utf8(text).ok()?)
}

fn ends_an_origin(rest: &[u8]) -> bool {
    matches!(rest.first(), None | Some(b'/' | b'?' | b'#'))
}

/// Returns the origin of a page's address.
fn origin_of(address: &[u8]) -> Option<Origin> {
    let scheme = memchr::memmem::find(address, b"://")?;
    let after = scheme + 3;
    let end = address[after..]
        .iter()
        .position(|byte| b"/?#".contains(byte));
    parse(&address[..end.map_or(address.len(), |end| after + end)])
}
