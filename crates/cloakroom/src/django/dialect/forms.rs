//! Django's checks of `CsrfViewMiddleware`, in its order and its words.
use http::HeaderMap;
use http::header::{ORIGIN, REFERER};

use crate::csrf::{Passed, Reason, Refused, Rules, Sent};
use crate::django::csrf::{TokenProblem, check_format, matches};
use crate::django::dialect::address::{Address, is_same_domain};
use crate::django::settings::{Hosts, Settings};

/// The checks of one site.
#[derive(Debug)]
pub(super) struct Checks {
    hosts: Hosts,
    /// `CSRF_TRUSTED_ORIGINS` without a star.
    exact: Vec<String>,
    /// Those with one: their schemes, and the domains with a dot in front.
    domains: Vec<(String, String)>,
    /// The hosts of all of them, whatever the scheme.
    referers: Vec<String>,
    cookie_domain: Option<String>,
    /// The header of the token, as Django's messages name it.
    header: String,
}

impl Checks {
    pub(super) fn of(settings: &Settings) -> Self {
        let csrf = &settings.csrf;
        let split = |origin: &String| {
            let address = Address::split(origin)?;
            let host = address.place.trim_start_matches('*').to_owned();
            Some((address.scheme, host))
        };
        let starred = |origin: &&String| origin.contains('*');
        let cookie = match csrf.in_session {
            true => &settings.session.cookie,
            false => &csrf.cookie,
        };
        Self {
            hosts: settings.hosts.clone(),
            exact: csrf
                .trusted
                .iter()
                .filter(|it| !starred(it))
                .cloned()
                .collect(),
            domains: csrf
                .trusted
                .iter()
                .filter(starred)
                .filter_map(split)
                .collect(),
            referers: csrf
                .trusted
                .iter()
                .filter_map(split)
                .map(|(_, host)| host)
                .collect(),
            cookie_domain: cookie.domain.clone(),
            header: titled(&csrf.header),
        }
    }

    fn origin(&self, origin: &str, sent: &Sent<'_>, over_https: bool) -> Result<(), Refused> {
        let scheme = if over_https { "https" } else { "http" };
        let own = self.hosts.host(sent.headers, sent.authority);
        let is_own = own.is_some_and(|host| origin.split_once("://") == Some((scheme, host)));
        let is_exact = || self.exact.iter().any(|trusted| trusted == origin);
        let is_below = || {
            let Some(address) = Address::split(origin) else {
                return false;
            };
            let mut domains = self.domains.iter();
            domains.any(|(scheme, domain)| {
                *scheme == address.scheme && is_same_domain(address.place, domain)
            })
        };
        if is_own || is_exact() || is_below() {
            return Ok(());
        }
        let reason = match origin {
            "null" => Reason::NullOrigin,
            _ => Reason::ForeignOrigin,
        };
        let words =
            format!("Origin checking failed - {origin} does not match any trusted origins.");
        Err(Refused { reason, words })
    }

    fn referer(&self, sent: &Sent<'_>) -> Result<(), Refused> {
        let refused = |reason, words: &str| Refused {
            reason,
            words: format!("Referer checking failed - {words}"),
        };
        let Some(text) = header(sent.headers, REFERER.as_str()) else {
            return Err(refused(Reason::NoReferer, "no Referer."));
        };
        let malformed = || refused(Reason::BadReferer, "Referer is malformed.");
        let referer = Address::split(&text).ok_or_else(malformed)?;
        if referer.scheme.is_empty() || referer.place.is_empty() {
            return Err(malformed());
        }
        if referer.scheme != "https" {
            let words = "Referer is insecure while host is secure.";
            return Err(refused(Reason::InsecureReferer, words));
        }
        let trusted = |host: &String| is_same_domain(referer.place, host);
        if self.referers.iter().any(trusted) {
            return Ok(());
        }
        let good = match &self.cookie_domain {
            None => self
                .hosts
                .host(sent.headers, sent.authority)
                .map(str::to_owned),
            Some(domain) => match self.hosts.port(sent.headers, true) {
                "443" | "80" => Some(domain.clone()),
                port => Some(format!("{domain}:{port}")),
            },
        };
        if good.is_some_and(|good| is_same_domain(referer.place, &good)) {
            return Ok(());
        }
        let words = format!("{} does not match any trusted origins.", referer.written());
        Err(refused(Reason::ForeignReferer, &words))
    }

    fn token(&self, secret: &str, token: &[u8], from_form: bool) -> Result<(), Refused> {
        let source = match from_form {
            true => "POST".to_owned(),
            false => format!("the '{}' HTTP header", self.header),
        };
        let refused = |reason, words: &str| Refused {
            reason,
            words: format!("CSRF token from {source} {words}."),
        };
        let token = latin1(token);
        check_format(&token).map_err(|problem| refused(Reason::BadToken, &problem.to_string()))?;
        match matches(&token, secret) {
            true => Ok(()),
            false => Err(refused(Reason::WrongToken, "incorrect")),
        }
    }
}

impl Rules for Checks {
    fn look(&self, sent: &Sent<'_>, over_https: bool) -> Result<Option<Passed>, Refused> {
        let method = sent.method.as_str().to_ascii_uppercase();
        if ["GET", "HEAD", "OPTIONS", "TRACE"].contains(&method.as_str()) {
            return Ok(Some(Passed::SafeMethod));
        }
        match header(sent.headers, ORIGIN.as_str()) {
            Some(origin) => self.origin(&origin, sent, over_https)?,
            None if over_https => self.referer(sent)?,
            None => {}
        }
        Ok(None)
    }

    fn compare(
        &self,
        secret: Option<&[u8]>,
        field: Option<&[u8]>,
        header: Option<&[u8]>,
    ) -> Result<(), Refused> {
        let Some(secret) = secret else {
            return Err(Refused {
                reason: Reason::NoCookie,
                words: "CSRF cookie not set.".into(),
            });
        };
        let secret = latin1(secret);
        check_format(&secret).map_err(|problem: TokenProblem| Refused {
            reason: Reason::BadCookie,
            words: format!("CSRF cookie {problem}."),
        })?;
        match (field, header) {
            (Some(field), _) => self.token(&secret, field, true),
            (None, Some(header)) => self.token(&secret, header, false),
            (None, None) => Err(Refused {
                reason: Reason::NoToken,
                words: "CSRF token missing.".into(),
            }),
        }
    }
}

/// Returns a header as WSGI has it: of several, all.
fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let all: Vec<_> = headers
        .get_all(name)
        .iter()
        .map(|value| latin1(value.as_bytes()))
        .collect();
    (!all.is_empty()).then(|| all.join(","))
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// Returns a header's name as Django writes it in messages: `X-Csrftoken`.
fn titled(wsgi: &str) -> String {
    let words = wsgi.strip_prefix("HTTP_").unwrap_or(wsgi).split('_');
    let titled = words.map(|word| {
        let word = word.to_lowercase();
        let mut chars = word.chars();
        let first = chars.next().map(|char| char.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    });
    titled.collect::<Vec<_>>().join("-")
}
