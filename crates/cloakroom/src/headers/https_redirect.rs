//! The way from plain HTTP to the same page over HTTPS.
use std::fmt::Write;

use http::header::HOST;
use http::{HeaderMap, HeaderValue, StatusCode, Uri};

use crate::headers::problems::Problems;
use crate::headers::text::{is_ambiguous, is_host};

/// Sends visitors who come over plain HTTP to HTTPS, with status 308: the method and the body go along.
///
/// ```
/// # use cloakroom::headers::HttpsRedirect;
/// let redirect = HttpsRedirect::to_host("shop.example")
///     .except("/healthz")
///     .except_under("/.well-known/acme-challenge/");
/// # let _ = redirect;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct HttpsRedirect {
    host: Host,
    exempt: Vec<Exempt>,
    /// Whether the status is 301, after which browsers ask for the page and don't send again.
    moved: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Fixed(String),
    Requested,
}

/// Paths that are served over plain HTTP too.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Exempt {
    Path(String),
    Under(String),
}

/// Where a request goes that came over plain HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// On, as it is.
    On,
    /// There instead.
    Instead(HeaderValue),
    /// Nowhere: it names no host that it could be sent to.
    Nowhere,
}

impl HttpsRedirect {
    /// Sends everybody to this host, which may have a port.
    pub fn to_host(host: impl Into<String>) -> Self {
        Self {
            host: Host::Fixed(host.into()),
            exempt: Vec::new(),
            moved: false,
        }
    }

    /// Sends everybody to the host that they asked for, on the port of HTTPS; for sites with many names.
    ///
    /// Whoever can make a cache keep an answer under another name than was asked for can lead others
    /// astray; [`HttpsRedirect::to_host`] can't be misled.
    pub fn to_requested_host() -> Self {
        Self {
            host: Host::Requested,
            exempt: Vec::new(),
            moved: false,
        }
    }

    /// Serves this very path over plain HTTP too.
    pub fn except(mut self, path: impl Into<String>) -> Self {
        self.exempt.push(Exempt::Path(path.into()));
        self
    }

    /// Serves every path that begins like this over plain HTTP too; end it with a slash. One that somebody
    /// behind might read as another path (`/.well-known/../account`) is redirected all the same.
    pub fn except_under(mut self, start: impl Into<String>) -> Self {
        self.exempt.push(Exempt::Under(start.into()));
        self
    }

    /// Answers with 301 as Django does, although what a form was sent with is lost then.
    #[cfg(feature = "django")]
    pub(crate) fn moved_permanently(mut self) -> Self {
        self.moved = true;
        self
    }

    /// Returns the status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        match self.moved {
            true => StatusCode::MOVED_PERMANENTLY,
            false => StatusCode::PERMANENT_REDIRECT,
        }
    }

    pub(super) fn check(&self, problems: &mut Problems) {
        if let Host::Fixed(host) = &self.host
            && !is_host(host)
        {
            problems.add(
                "headers.https_redirect",
                "needs a host, such as shop.example, without scheme and path",
            );
        }
        for exempt in &self.exempt {
            let (Exempt::Path(path) | Exempt::Under(path)) = exempt;
            if !path.starts_with('/') {
                problems.add(
                    "headers.https_redirect",
                    "excepts a path that doesn't begin with a slash",
                );
            }
        }
    }

    /// Decides where a request goes that came over plain HTTP.
    pub(crate) fn way(&self, uri: &Uri, headers: &HeaderMap) -> Way {
        if self.excepts(uri.path()) {
            return Way::On;
        }
        let host = match &self.host {
            Host::Fixed(host) => Some(host.as_str()),
            Host::Requested => requested_host(uri, headers),
        };
        let location = host.and_then(|host| location(host, uri));
        location.map_or(Way::Nowhere, Way::Instead)
    }

    fn excepts(&self, path: &str) -> bool {
        self.exempt.iter().any(|exempt| match exempt {
            Exempt::Path(exempt) => path == exempt,
            Exempt::Under(start) => path.starts_with(start) && !is_ambiguous(path),
        })
    }
}

/// Returns the host that was asked for, without its port, which is that of plain HTTP.
fn requested_host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let mut named = headers.get_all(HOST).iter();
    let asked = match (uri.authority(), named.next(), named.next()) {
        (Some(authority), _, None) => authority.as_str(),
        (None, Some(host), None) => host.to_str().ok()?,
        _ => return None,
    };
    if !is_host(asked) {
        return None;
    }
    match asked.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => Some(host),
        _ => Some(asked),
    }
}

fn location(host: &str, uri: &Uri) -> Option<HeaderValue> {
    // The target of `OPTIONS *` is no path, and the one of `CONNECT` has none.
    let path = uri.path_and_query().map(|path| path.as_str());
    let path = path.filter(|path| path.starts_with('/')).unwrap_or("/");
    let mut location = String::with_capacity("https://".len() + host.len() + path.len());
    location.push_str("https://");
    location.push_str(host);
    for byte in path.bytes() {
        if byte.is_ascii_graphic() {
            location.push(byte.into());
        } else {
            let _ = write!(location, "%{byte:02X}");
        }
    }
    HeaderValue::try_from(location).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(redirect: &HttpsRedirect, uri: &str, hosts: &[&'static str]) -> Way {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(HOST, HeaderValue::from_static(host));
        }
        redirect.way(&uri.parse().unwrap(), &headers)
    }

    #[test]
    fn the_way_is_decided_by_host_and_path() {
        let to = |text: &'static str| Way::Instead(HeaderValue::from_static(text));
        let requested = HttpsRedirect::to_requested_host();
        let fixed = HttpsRedirect::to_host("shop.example:8443")
            .except("/healthz")
            .except_under("/.well-known/");
        let rows: [(&HttpsRedirect, &str, &[&str], Way); 24] = [
            (
                &fixed,
                "/a?b=c&d",
                &["evil.example"],
                to("https://shop.example:8443/a?b=c&d"),
            ),
            (&fixed, "/a", &[], to("https://shop.example:8443/a")),
            (&fixed, "/healthz", &[], Way::On),
            (&fixed, "/healthz?deep=1", &[], Way::On),
            (
                &fixed,
                "/healthz/x",
                &[],
                to("https://shop.example:8443/healthz/x"),
            ),
            (&fixed, "/.well-known/acme-challenge/t", &[], Way::On),
            (&fixed, "*", &[], to("https://shop.example:8443/")),
            (
                &requested,
                "*",
                &["shop.example"],
                to("https://shop.example/"),
            ),
            (
                &fixed,
                "/.well-known/../plain",
                &[],
                to("https://shop.example:8443/.well-known/../plain"),
            ),
            (
                &fixed,
                "/.well-known/..%2Fplain",
                &[],
                to("https://shop.example:8443/.well-known/..%2Fplain"),
            ),
            (
                &fixed,
                "/.well-known/%2e%2E/plain",
                &[],
                to("https://shop.example:8443/.well-known/%2e%2E/plain"),
            ),
            (
                &fixed,
                "/.well-known//plain",
                &[],
                to("https://shop.example:8443/.well-known//plain"),
            ),
            (&fixed, "/.well-known/a.b..c", &[], Way::On),
            (
                &fixed,
                "/well-known/",
                &[],
                to("https://shop.example:8443/well-known/"),
            ),
            (
                &requested,
                "/a",
                &["shop.example"],
                to("https://shop.example/a"),
            ),
            (
                &requested,
                "/a",
                &["shop.example:8080"],
                to("https://shop.example/a"),
            ),
            (&requested, "/a", &["[::1]:8080"], to("https://[::1]/a")),
            (
                &requested,
                "//evil.example/x",
                &["shop.example"],
                to("https://shop.example//evil.example/x"),
            ),
            (
                &requested,
                "http://shop.example/a",
                &["shop.example"],
                to("https://shop.example/a"),
            ),
            (
                &requested,
                "/\u{e9}",
                &["shop.example"],
                to("https://shop.example/%C3%A9"),
            ),
            (&requested, "/a", &[], Way::Nowhere),
            (&requested, "/a", &["user@evil.example"], Way::Nowhere),
            (&requested, "/a", &["shop.example/evil"], Way::Nowhere),
            (
                &requested,
                "/a",
                &["shop.example", "evil.example"],
                Way::Nowhere,
            ),
        ];
        for (redirect, uri, hosts, expected) in rows {
            assert_eq!(way(redirect, uri, hosts), expected, "{uri} on {hosts:?}");
        }
    }

    #[test]
    fn a_host_that_is_none_and_a_path_without_its_slash_do_not_start() {
        let mut problems = Problems::default();
        HttpsRedirect::to_host("https://shop.example/")
            .except("healthz")
            .check(&mut problems);
        assert_eq!(problems.settings().len(), 2);
    }
}
