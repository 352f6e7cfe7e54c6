//! `Reporting-Endpoints`: where browsers send what they refused (Reporting API, W3C).
use http::{HeaderName, HeaderValue};

use crate::headers::problems::Problems;
use crate::headers::text::{is_key, is_word, lasting};

pub(super) const NAME: HeaderName = HeaderName::from_static("reporting-endpoints");

/// Names and addresses, in the order in which they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReportingEndpoints(Vec<(String, String)>);

impl ReportingEndpoints {
    pub(super) fn add(&mut self, name: String, url: String) {
        self.0.retain(|(known, _)| *known != name);
        self.0.push((name, url));
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    pub(super) fn check(&self, problems: &mut Problems) {
        let mut problem = |what: &str| problems.add("headers.reporting_endpoint", what);
        for (name, url) in &self.0 {
            if !is_key(name) {
                problem("has a name that is no word in lower case");
            }
            let leads = url.starts_with("https://") || url.starts_with('/');
            if !is_word(url) || !leads {
                problem("needs an https:// address or a path of this site");
            }
        }
    }

    /// Writes the dictionary (RFC 9651 section 3.2). `None` when there are none.
    pub(super) fn value(&self) -> Option<HeaderValue> {
        let pairs: Vec<_> = self
            .0
            .iter()
            .map(|(name, url)| format!("{name}=\"{url}\""))
            .collect();
        let value = lasting(&pairs.join(", "))?;
        (!self.0.is_empty()).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_address_of_a_name_counts_and_a_wrong_one_does_not_start() {
        let mut endpoints = ReportingEndpoints::default();
        for (name, url) in [
            ("csp", "/old"),
            ("nel", "https://r.example/"),
            ("csp", "/csp"),
        ] {
            endpoints.add(name.into(), url.into());
        }
        assert_eq!(
            endpoints.value().unwrap(),
            "nel=\"https://r.example/\", csp=\"/csp\""
        );
        for (name, url) in [
            ("CSP", "/csp"),
            ("csp", "http://r.example/"),
            ("csp", "/a\"b"),
            ("csp", "reports"),
        ] {
            let mut endpoints = ReportingEndpoints::default();
            endpoints.add(name.into(), url.into());
            let mut problems = Problems::default();
            endpoints.check(&mut problems);
            assert_eq!(problems.settings().len(), 1, "{name} {url}");
        }
    }
}
