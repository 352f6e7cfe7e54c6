//! The host that a request names, as far as Django believes it.
use http::HeaderMap;
use http::header::HOST;

use crate::django::dialect::address::is_same_domain;
use crate::django::settings::Hosts;

/// The hosts that Django takes in development when none are named.
const IN_DEVELOPMENT: [&str; 3] = [".localhost", "127.0.0.1", "[::1]"];

impl Hosts {
    /// Returns Django's `get_host()`; `None` where it raises `DisallowedHost`.
    pub(super) fn host<'a>(
        &self,
        headers: &'a HeaderMap,
        authority: Option<&'a str>,
    ) -> Option<&'a str> {
        let one = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let forwarded = self.forwarded_host.then(|| one("x-forwarded-host"));
        let host = forwarded
            .flatten()
            .or_else(|| one(HOST.as_str()))
            .or(authority)?;
        self.allows(domain(host)?.as_str()).then_some(host)
    }

    fn allows(&self, domain: &str) -> bool {
        let covers = |pattern: &str| pattern == "*" || is_same_domain(domain, pattern);
        match &self.allowed {
            None => true,
            Some(allowed) if allowed.is_empty() && self.debug => {
                IN_DEVELOPMENT.into_iter().any(covers)
            }
            Some(allowed) => allowed.iter().any(|pattern| covers(pattern)),
        }
    }

    /// Returns Django's `get_port()`.
    pub(super) fn port<'a>(&'a self, headers: &'a HeaderMap, over_https: bool) -> &'a str {
        let forwarded = headers
            .get("x-forwarded-port")
            .filter(|_| self.forwarded_port);
        let own = match over_https {
            true => "443",
            false => "80",
        };
        let own = self.port.as_deref().unwrap_or(own);
        forwarded.and_then(|port| port.to_str().ok()).unwrap_or(own)
    }
}

/// Returns the lower-case domain of a host, without its port; `None` when it is no host.
fn domain(host: &str) -> Option<String> {
    let host = host.to_lowercase();
    let end = match host.strip_prefix('[') {
        Some(behind) => behind.find(']')? + 2,
        None => host.find(':').unwrap_or(host.len()),
    };
    let (domain, port) = host.split_at(end);
    let sound = match domain.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
        Some(inside) => {
            let right = |byte: u8| byte.is_ascii_hexdigit() || b":.".contains(&byte);
            inside.contains(':') && inside.bytes().all(right)
        }
        None => {
            let right = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
            !domain.is_empty() && domain.bytes().all(right)
        }
    };
    let port = match port {
        "" => true,
        port => port.strip_prefix(':').is_some_and(|digits| {
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        }),
    };
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    (sound && port).then(|| domain.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_count_as_hosts() {
        for (host, expected) in [
            ("a.example", Some("a.example")),
            ("A.Example:80", Some("a.example")),
            ("a.example.", Some("a.example")),
            ("[::1]:8000", Some("[::1]")),
            ("[::1]", Some("[::1]")),
            ("@bad", None),
            ("a.example:", None),
            ("a.example:x", None),
            ("a_b.example", None),
            ("[x]", None),
            ("[1]", None),
            ("", None),
            ("[::1", None),
        ] {
            assert_eq!(domain(host).as_deref(), expected, "{host}");
        }
    }
}
