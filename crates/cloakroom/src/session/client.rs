//! Who sends a request: browser and system as a label, and the address, where the site wants to know them.
use std::net::IpAddr;

use http::{Extensions, HeaderMap, HeaderName, HeaderValue};

/// A longer header is no browser's.
#[cfg(feature = "devices")]
const LONGEST_USER_AGENT: usize = 1_024;

/// What a request says of its sender, not yet looked into.
#[derive(Clone)]
pub(crate) struct Sender {
    pub(super) agent: Option<HeaderValue>,
    pub(super) address: Option<IpAddr>,
}

impl Sender {
    /// Reads it.
    pub(crate) fn client(&self) -> Client {
        let agent = self.agent.as_ref().and_then(|agent| agent.to_str().ok());
        Client::new(agent.and_then(device), self.address)
    }
}

/// A client as it is noted.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Client {
    device: Option<String>,
    address: Option<IpAddr>,
}

impl Client {
    pub(crate) fn new(device: Option<String>, address: Option<IpAddr>) -> Self {
        Self { device, address }
    }

    pub(crate) fn device(&self) -> Option<&str> {
        self.device.as_deref()
    }

    pub(crate) fn address(&self) -> Option<IpAddr> {
        self.address
    }
}

/// Finds a visitor's address in a header to which each of so many trusted proxies appends the one that it sees, as
/// `X-Forwarded-For` is written; for [`Policy::note_addresses`](crate::session::Policy::note_addresses).
///
/// What stands left of those was written by the visitor and counts for nothing. `0` proxies find nobody.
pub fn forwarded_for(
    header: HeaderName,
    proxies: usize,
) -> impl Fn(&HeaderMap, &Extensions) -> Option<IpAddr> + Send + Sync + 'static {
    move |headers, _| {
        let lines = headers.get_all(&header).iter().rev();
        let texts = lines.filter_map(|line| line.to_str().ok());
        let mut addresses = texts.flat_map(|text| text.rsplit(','));
        addresses.nth(proxies.checked_sub(1)?)?.trim().parse().ok()
    }
}

/// Returns a label such as `Firefox on Linux`: no version, so that it stays the same for as long as the device does.
#[cfg(feature = "devices")]
pub(crate) fn device(user_agent: &str) -> Option<String> {
    if user_agent.len() > LONGEST_USER_AGENT {
        return None;
    }
    let read = woothee::parser::Parser::new().parse(user_agent)?;
    match (known(read.name), known(read.os).map(system)) {
        (Some(name), Some(os)) => Some(format!("{name} on {os}")),
        (Some(one), None) | (None, Some(one)) => Some(one.to_owned()),
        (None, None) => None,
    }
}

#[cfg(not(feature = "devices"))]
pub(crate) fn device(_user_agent: &str) -> Option<String> {
    None
}

/// Returns what the parser found, unless that is nothing.
#[cfg(feature = "devices")]
fn known(word: &str) -> Option<&str> {
    Some(word).filter(|word| *word != "UNKNOWN")
}

/// Calls a system by the name that its users know.
#[cfg(feature = "devices")]
fn system(os: &str) -> &str {
    match os {
        "Mac OSX" => "macOS",
        os if os.starts_with("Windows") && !os.contains("Phone") => "Windows",
        os => os,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_trusted_proxies_appended_counts_as_an_address() {
        let header = HeaderName::from_static("x-forwarded-for");
        let rows = [
            // proxies, lines -> address
            (1, &["198.51.100.1, 203.0.113.7"][..], Some("203.0.113.7")),
            (2, &["198.51.100.1, 203.0.113.7"], Some("198.51.100.1")),
            (2, &["198.51.100.1", "203.0.113.7"], Some("198.51.100.1")),
            (3, &["198.51.100.1, 203.0.113.7"], None),
            (1, &["somewhere"], None),
            (1, &[], None),
            (0, &["203.0.113.7"], None),
        ];
        for (proxies, lines, expected) in rows {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(&header, line.parse().unwrap());
            }
            let found = forwarded_for(header.clone(), proxies)(&headers, &Extensions::new());
            assert_eq!(found, expected.map(|it| it.parse().unwrap()), "{proxies}");
        }
    }

    #[cfg(feature = "devices")]
    #[test]
    fn a_device_is_called_by_browser_and_system_and_nothing_else() {
        let rows = [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0",
                Some("Firefox on Linux"),
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0",
                Some("Edge on Windows"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
                Some("Safari on iPhone"),
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
                Some("Chrome on Android"),
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
                Some("Safari on macOS"),
            ),
            ("<script>alert(1)</script>", None),
            ("", None),
        ];
        for (agent, expected) in rows {
            assert_eq!(device(agent).as_deref(), expected, "{agent}");
        }
        assert_eq!(device(&"Firefox/131 ".repeat(1_000)), None);
    }
}
