//! Origins: scheme, host and port, in the one form in which they can be compared.
use url::Url;

/// An origin as the URL standard writes it: lower case, international names in ASCII, and no port
/// where the scheme has it anyway (<https://url.spec.whatwg.org/#origin>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    scheme: String,
    host: String,
    port: Option<u16>,
    text: String,
}

impl Origin {
    /// Reads `scheme://host` or `scheme://host:port`, and nothing that has more to it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        if !is_scheme(scheme) || !is_authority(authority) {
            return None;
        }
        let url = Url::parse(text).ok()?;
        let host = url.host_str().filter(|host| !host.is_empty())?.to_owned();
        let (scheme, port) = (url.scheme().to_owned(), url.port());
        let text = match port {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        };
        Some(Self {
            scheme,
            host,
            port,
            text,
        })
    }

    /// Returns the origin as browsers write it.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.scheme == "https"
    }

    /// Says whether its pages come without TLS, so that anybody on the way can write them.
    pub(crate) fn is_plain_http(&self) -> bool {
        self.scheme == "http"
    }
}

/// An origin that is trusted beside the site's own, or a whole domain of them.
#[derive(Clone, Debug)]
pub(crate) struct Trusted {
    origin: Origin,
    with_subdomains: bool,
}

impl Trusted {
    /// Reads an origin, or `scheme://*.domain`, which stands for the domain and all below it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (origin, with_subdomains) = match text.split_once("://*.") {
            Some((scheme, domain)) => (Origin::parse(&format!("{scheme}://{domain}"))?, true),
            None => (Origin::parse(text)?, false),
        };
        let is_everybodys = with_subdomains && is_top_level(&origin.host);
        (!is_everybodys).then_some(Self {
            origin,
            with_subdomains,
        })
    }

    /// Returns the origin; with subdomains, that of the domain.
    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Says whether an origin is trusted: scheme and port always have to be the same.
    pub(crate) fn covers(&self, origin: &Origin) -> bool {
        let Self {
            origin: own,
            with_subdomains,
        } = self;
        let host = origin.host == own.host
            || *with_subdomains
                && origin
                    .host
                    .strip_suffix(&own.host)
                    .is_some_and(|sub| sub.ends_with('.'));
        host && origin.scheme == own.scheme && origin.port == own.port
    }
}

/// Says whether everybody can have a name below this one. `localhost` is this machine's (RFC 6761).
fn is_top_level(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    !host.contains('.') && host != "localhost"
}

fn is_scheme(scheme: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    scheme.starts_with(|first: char| first.is_ascii_alphabetic()) && scheme.bytes().all(sound)
}

/// Says whether this can be a host and a port; a URL parser would forgive far more.
fn is_authority(authority: &str) -> bool {
    let odd = |char: char| char.is_whitespace() || char.is_control() || "/\\?#@*".contains(char);
    !authority.is_empty() && !authority.contains(odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(origin: &str) -> Option<String> {
        Origin::parse(origin).map(|origin| origin.text)
    }

    #[test]
    fn different_writings_of_one_origin_are_the_same() {
        for (written, read) in [
            ("https://shop.example", "https://shop.example"),
            ("https://shop.example:443", "https://shop.example"),
            ("http://shop.example:80", "http://shop.example"),
            ("http://shop.example:443", "http://shop.example:443"),
            ("https://shop.example:8443", "https://shop.example:8443"),
            ("HTTPS://Shop.EXAMPLE", "https://shop.example"),
            ("https://münchen.example", "https://xn--mnchen-3ya.example"),
            ("https://MÜNCHEN.example", "https://xn--mnchen-3ya.example"),
            (
                "https://xn--mnchen-3ya.example",
                "https://xn--mnchen-3ya.example",
            ),
            ("http://[0:0::1]:8000", "http://[::1]:8000"),
            ("http://127.1", "http://127.0.0.1"),
            ("https://shop.example.", "https://shop.example."),
            ("app+shop://localhost", "app+shop://localhost"),
        ] {
            assert_eq!(text(written).as_deref(), Some(read), "{written}");
        }
    }

    #[test]
    fn what_is_more_or_less_than_an_origin_is_none() {
        for bad in [
            "",
            "null",
            "https",
            "https:",
            "https://",
            "https:shop.example",
            "//shop.example",
            "://shop.example",
            "1https://shop.example",
            "ht tps://shop.example",
            "https://shop.example/",
            "https://shop.example/path",
            "https://shop.example?",
            "https://shop.example#",
            "https:\\\\shop.example",
            "https://shop.example\\@evil.example",
            "https://user@shop.example",
            "https://user:word@shop.example",
            "https://shop.example https://evil.example",
            "https://shop.example, https://evil.example",
            "https://shop\t.example",
            "https://shop.example\n",
            "https://[",
            "https://[::1",
            "https://:443",
            "https://shop.example:http",
            "https://shop.example:99999",
            "https://%zz",
            "https://1.2.3.4.5.256",
            "https://*.shop.example",
        ] {
            assert_eq!(text(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_trusted_domain_covers_what_lies_below_it_on_its_own_scheme_and_port() {
        for (trusted, origin, covered) in [
            ("https://a.example", "https://a.example", true),
            ("https://a.example", "https://A.example:443", true),
            ("https://a.example", "http://a.example", false),
            ("https://a.example", "https://a.example:8443", false),
            ("https://a.example", "https://b.a.example", false),
            ("https://*.a.example", "https://b.a.example", true),
            ("https://*.a.example", "https://c.b.a.example", true),
            ("https://*.a.example", "https://a.example", true),
            ("https://*.a.example", "https://ba.example", false),
            ("https://*.a.example", "https://a.example.evil", false),
            ("https://*.a.example", "http://b.a.example", false),
            ("https://*.a.example", "https://b.a.example:8443", false),
            ("https://*.a.example:8443", "https://b.a.example:8443", true),
            ("https://*.a.example:8443", "https://b.a.example", false),
            ("http://*.localhost:80", "http://a.localhost", true),
            (
                "https://*.MÜNCHEN.example",
                "https://a.xn--mnchen-3ya.example",
                true,
            ),
        ] {
            let (trusted, origin) = (Trusted::parse(trusted), Origin::parse(origin));
            assert_eq!(trusted.unwrap().covers(&origin.unwrap()), covered);
        }
    }

    #[test]
    fn a_star_stands_for_whole_names_in_front_and_nowhere_else() {
        for bad in [
            "*.a.example",
            "https://*",
            "https://a.*.example",
            "https://*a.example",
            "https://*.*.example",
            "*://a.example",
            "https://a.example:*",
            "https://*.com",
            "https://*.com.",
            "https://*.com:8443",
        ] {
            assert!(Trusted::parse(bad).is_none(), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_was_read_once_reads_the_same_again(text: String) {
            if let Some(origin) = Origin::parse(&text) {
                proptest::prop_assert_eq!(Origin::parse(&origin.text), Some(origin));
            }
        }
    }
}
