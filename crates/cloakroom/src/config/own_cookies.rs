//! The three cookies of the library's own: how they are named, and whether their names go together.
use crate::config::Builder;
use crate::config::dialect::Dialect;
use crate::cookie::{CookieSpec, MOST_CHUNKS, SetCookie, chunk_of};
use crate::error::ConfigError;

/// The cookies of the library's own.
pub(super) struct OwnCookies {
    pub(super) session: CookieSpec,
    pub(super) messages: CookieSpec,
    pub(super) csrf: CookieSpec,
}

impl OwnCookies {
    /// Those of a site with these settings, or the dialect's.
    pub(super) fn of(site: &Builder, dialect: &Dialect) -> Self {
        if let Some([session_cookie, csrf_cookie, messages_cookie]) = &dialect.cookies {
            return Self {
                session: session_cookie.clone(),
                messages: messages_cookie.clone(),
                csrf: match site.csrf.until_browser_closes {
                    true => csrf_cookie.clone(),
                    false => csrf_cookie.clone().max_age(site.csrf.cookie_age),
                },
            };
        }
        let own = |name: &str| own_cookie(name, site.plain_http_on.is_some());
        Self {
            session: own(&site.policy.cookie_name),
            messages: own(&site.messages.cookie_name),
            csrf: own(&site.csrf.cookie_name)
                .http_only(false)
                .max_age(site.csrf.cookie_age),
        }
    }

    /// Their names can be cookies', and are three.
    pub(super) fn check(&self, problems: &mut ConfigError) {
        let named = [
            ("session.cookie_name", &self.session),
            ("messages.cookie_name", &self.messages),
            ("csrf.cookie_name", &self.csrf),
        ];
        for (setting, spec) in named {
            if let Err(error) = SetCookie::new(spec, "") {
                problems.add(setting, error.to_string());
            }
        }
        let names = named.map(|(_, spec)| spec.name());
        if names[0] == names[1] || names[1] == names[2] || names[0] == names[2] {
            problems.add(
                "session.cookie_name",
                "two of the library's cookies have one name",
            );
        }
    }

    /// The same where a session may go over several cookies.
    pub(super) fn check_chunks(&self, problems: &mut ConfigError) {
        let chunks = (1..MOST_CHUNKS).map(|index| chunk_of(&self.session, index));
        let taken = |chunk: &CookieSpec| {
            [&self.messages, &self.csrf]
                .iter()
                .any(|other| other.name() == chunk.name())
        };
        if chunks.into_iter().any(|chunk| taken(&chunk)) {
            problems.add(
                "session.cookie_name",
                "with a number, as large sessions have it, is the name of another of the library's cookies",
            );
        }
    }
}

/// Names one of our cookies so that no other host or plain connection can set it, where that works.
fn own_cookie(name: &str, plain_http: bool) -> CookieSpec {
    if plain_http {
        return CookieSpec::new(name.to_owned()).secure(false);
    }
    if name.starts_with("__") {
        return CookieSpec::new(name.to_owned());
    }
    CookieSpec::new(format!("__Host-{name}"))
}
