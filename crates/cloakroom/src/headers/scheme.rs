//! How a request came to this site: over HTTPS, or over plain HTTP.
use http::{Extensions, HeaderMap, HeaderName, HeaderValue};

/// What a request came over.
///
/// A server that listens on both can put it into each request's extensions, if the site was set up with
/// [`Settings::scheme_from_server`](crate::headers::Settings::scheme_from_server).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Plain HTTP: anybody on the way may have read or changed it.
    Http,
    /// HTTP over TLS.
    Https,
}

/// Where a site learns what its requests came over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum SchemeFrom {
    /// Nowhere. What is sent only over HTTPS is sent, since browsers ignore it over plain HTTP.
    #[default]
    Nowhere,
    /// A header that a proxy sets or removes on every request, and the value that means HTTPS.
    Proxy { header: HeaderName, value: String },
    /// The same where the header is there, else as the server says.
    #[cfg(feature = "django")]
    ProxyOrServer { header: HeaderName, value: String },
    /// The server, which puts a [`Scheme`] into the extensions.
    Server,
}

impl SchemeFrom {
    /// Says what this request came over. What a proxy or server did not say counts as plain HTTP.
    #[inline]
    pub(super) fn of(&self, headers: &HeaderMap, extensions: &Extensions) -> Scheme {
        match self {
            Self::Nowhere => Scheme::Https,
            Self::Proxy { header, value } => proxied(headers, header, value),
            #[cfg(feature = "django")]
            Self::ProxyOrServer { header, value } if headers.contains_key(header) => {
                proxied(headers, header, value)
            }
            #[cfg(feature = "django")]
            Self::ProxyOrServer { .. } => by_server(extensions),
            Self::Server => by_server(extensions),
        }
    }
}

impl SchemeFrom {
    /// Says what a trusted proxy said this request came over to it; without one, plain HTTP.
    pub(super) fn by_proxy(&self, headers: &HeaderMap) -> Scheme {
        match self {
            Self::Nowhere | Self::Server => Scheme::Http,
            Self::Proxy { header, value } => proxied(headers, header, value),
            #[cfg(feature = "django")]
            Self::ProxyOrServer { header, value } => proxied(headers, header, value),
        }
    }
}

fn by_server(extensions: &Extensions) -> Scheme {
    extensions.get().copied().unwrap_or(Scheme::Http)
}

/// Reads what the first of several proxies said, as each appends what it sees. Where the header came on
/// several lines, nobody knows which of them is that proxy's, so each has to say the same.
fn proxied(headers: &HeaderMap, header: &HeaderName, https: &str) -> Scheme {
    let is_https = |line: &HeaderValue| {
        let first = line.as_bytes().split(|byte| *byte == b',').next();
        let first = first.unwrap_or_default().trim_ascii();
        first.eq_ignore_ascii_case(https.as_bytes())
    };
    if headers.contains_key(header) && headers.get_all(header).iter().all(is_https) {
        Scheme::Https
    } else {
        Scheme::Http
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_trusted_header_says_https() {
        let from = SchemeFrom::Proxy {
            header: HeaderName::from_static("x-forwarded-proto"),
            value: "https".into(),
        };
        let rows: [(&[(&'static str, &'static str)], Scheme); 12] = [
            (&[("x-forwarded-proto", "https")], Scheme::Https),
            (&[("x-forwarded-proto", " HTTPS ")], Scheme::Https),
            (&[("x-forwarded-proto", "https, http")], Scheme::Https),
            (&[("x-forwarded-proto", "http, https")], Scheme::Http),
            (
                &[
                    ("x-forwarded-proto", "https"),
                    ("x-forwarded-proto", "https"),
                ],
                Scheme::Https,
            ),
            (
                &[
                    ("x-forwarded-proto", "https"),
                    ("x-forwarded-proto", "http"),
                ],
                Scheme::Http,
            ),
            (
                &[
                    ("x-forwarded-proto", "http"),
                    ("x-forwarded-proto", "https"),
                ],
                Scheme::Http,
            ),
            (&[("x-forwarded-proto", "httpsx")], Scheme::Http),
            (&[("x-forwarded-proto", "")], Scheme::Http),
            // CVE-2026-3902: a name with underscores is another name.
            (&[("x_forwarded_proto", "https")], Scheme::Http),
            (&[("x-forwarded-ssl", "https")], Scheme::Http),
            (&[], Scheme::Http),
        ];
        for (sent, scheme) in rows {
            let mut headers = HeaderMap::new();
            for (name, value) in sent {
                headers.append(*name, HeaderValue::from_static(value));
            }
            assert_eq!(from.of(&headers, &Extensions::new()), scheme, "{sent:?}");
        }
    }

    #[test]
    fn a_server_says_it_for_each_request() {
        let mut extensions = Extensions::new();
        let said = |extensions: &Extensions| SchemeFrom::Server.of(&HeaderMap::new(), extensions);
        assert_eq!(said(&extensions), Scheme::Http);
        extensions.insert(Scheme::Https);
        assert_eq!(said(&extensions), Scheme::Https);
    }
}
