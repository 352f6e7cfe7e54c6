//! Addresses as Python's `urlsplit` takes them apart.
use std::net::Ipv6Addr;

/// The parts of an address that Django looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address<'a> {
    pub(super) scheme: String,
    pub(super) place: &'a str,
    rest: &'a str,
}

impl<'a> Address<'a> {
    /// Takes an address apart; `None` where Python raises a `ValueError`.
    pub(super) fn split(text: &'a str) -> Option<Self> {
        let text = text.trim_start_matches(|char: char| char <= ' ');
        let (scheme, rest) = match text.split_once(':') {
            Some((scheme, rest)) if is_scheme(scheme) => (scheme.to_ascii_lowercase(), rest),
            _ => (String::new(), text),
        };
        let Some(behind) = rest.strip_prefix("//") else {
            return Some(Self {
                scheme,
                place: "",
                rest,
            });
        };
        let end = behind.find(['/', '?', '#']).unwrap_or(behind.len());
        let (place, rest) = behind.split_at(end);
        is_place(place).then_some(Self {
            scheme,
            place,
            rest,
        })
    }

    /// Writes it again as Python's `geturl` does: without an empty query or fragment.
    pub(super) fn written(&self) -> String {
        let Self {
            scheme,
            place,
            rest,
        } = self;
        let (before, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (path, query) = before.split_once('?').unwrap_or((before, ""));
        let mut text = match scheme.as_str() {
            "" => String::new(),
            scheme => format!("{scheme}:"),
        };
        if !place.is_empty() {
            text.push_str("//");
            text.push_str(place);
            if !path.is_empty() && !path.starts_with('/') {
                text.push('/');
            }
        }
        text.push_str(path);
        for (mark, part) in [('?', query), ('#', fragment)] {
            if !part.is_empty() {
                text.push(mark);
                text.push_str(part);
            }
        }
        text
    }
}

fn is_scheme(scheme: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    scheme.starts_with(|first: char| first.is_ascii_alphabetic()) && scheme.bytes().all(sound)
}

/// Says whether brackets come in pairs, around an address of IPv6 or of a later kind.
fn is_place(place: &str) -> bool {
    match (place.split_once('['), place.contains(']')) {
        (None, false) => true,
        (Some((_, behind)), true) => {
            let host = behind.split(']').next().unwrap_or_default();
            is_bracketed(host)
        }
        _ => false,
    }
}

fn is_bracketed(host: &str) -> bool {
    if let Some(later) = host.strip_prefix('v') {
        let Some((version, address)) = later.split_once('.') else {
            return false;
        };
        let hex = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_hexdigit());
        return hex && !address.is_empty();
    }
    let (address, zone) = host.split_once('%').unwrap_or((host, "zone"));
    address.parse::<Ipv6Addr>().is_ok() && !zone.is_empty() && !zone.contains('%')
}

/// Says whether a host is that of a pattern, which stands for a whole domain when it begins with a dot.
pub(super) fn is_same_domain(host: &str, pattern: &str) -> bool {
    let pattern = pattern.to_lowercase();
    match pattern.strip_prefix('.') {
        _ if pattern.is_empty() => false,
        Some(domain) => host.ends_with(&pattern) || host == domain,
        None => host == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_apart_as_in_python() {
        for (text, parts) in [
            (
                "https://a.example/p?q#f",
                Some(("https", "a.example", "https://a.example/p?q#f")),
            ),
            (
                "HTTPS://A.example:443",
                Some(("https", "A.example:443", "https://A.example:443")),
            ),
            (
                "https://a.example/?#",
                Some(("https", "a.example", "https://a.example/")),
            ),
            ("//a.example/", Some(("", "a.example", "//a.example/"))),
            ("https://", Some(("https", "", "https:"))),
            ("https:/p", Some(("https", "", "https:/p"))),
            ("", Some(("", "", ""))),
            ("null", Some(("", "", "null"))),
            (
                "https://[::1]:8000/",
                Some(("https", "[::1]:8000", "https://[::1]:8000/")),
            ),
            (
                "https://[v1.x]/",
                Some(("https", "[v1.x]", "https://[v1.x]/")),
            ),
            ("https://[", None),
            ("https://]", None),
            ("https://[a]/", None),
            ("https://[1.2.3.4]/", None),
        ] {
            let split = Address::split(text);
            let written = split.as_ref().map(Address::written);
            let got = split.as_ref().zip(written.as_deref());
            let got = got.map(|(split, text)| (&split.scheme[..], split.place, text));
            assert_eq!(got, parts, "{text}");
        }
    }

    #[test]
    fn a_dot_in_front_stands_for_a_domain_and_all_below_it() {
        for (host, pattern, same) in [
            ("a.example", ".example", true),
            ("example", ".example", true),
            ("aexample", ".example", false),
            ("a.example", "a.EXAMPLE", true),
            ("A.example", "a.example", false),
            ("a.example", "", false),
            ("a.example:1", ".example:1", true),
            ("a.example", ".example:1", false),
        ] {
            assert_eq!(is_same_domain(host, pattern), same, "{host} {pattern}");
        }
    }
}
