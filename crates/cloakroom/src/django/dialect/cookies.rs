//! The shared cookies, attribute by attribute as Django writes them.
use std::time::Duration;

use crate::clock::Timestamp;
use crate::cookie::{CookieSpec, SameSite, Style};
use crate::django::Moment;
use crate::django::cookie::{Attributes, Morsel};
use crate::django::settings::{CookieSettings, Settings};

/// The cookies of sessions, forms and messages.
pub(super) struct Written {
    cookies: [CookieSettings; 3],
}

impl Written {
    pub(super) fn of(settings: &Settings) -> Self {
        let session = settings.session.cookie.clone();
        let messages = CookieSettings {
            name: "messages".into(),
            // Django's messages ignore SESSION_COOKIE_PATH.
            path: "/".into(),
            ..session.clone()
        };
        Self {
            cookies: [session, settings.csrf.cookie.clone(), messages],
        }
    }

    /// Describes the cookies for the jar, which looks at name, path and domain.
    pub(super) fn specs(&self) -> [CookieSpec; 3] {
        self.cookies.each_ref().map(|cookie| {
            let spec = CookieSpec::new(cookie.name.clone())
                .path(cookie.path.clone())
                .secure(cookie.secure)
                .http_only(cookie.http_only);
            let spec = match cookie
                .same_site
                .as_deref()
                .map(str::to_lowercase)
                .as_deref()
            {
                Some("strict") => spec.same_site(SameSite::Strict),
                Some("none") => spec.same_site(SameSite::None),
                _ => spec,
            };
            match &cookie.domain {
                Some(domain) => spec.domain(domain.clone()),
                None => spec,
            }
        })
    }

    fn find(&self, name: &str) -> Option<(Morsel, Attributes<'_>)> {
        let cookie = self.cookies.iter().find(|cookie| cookie.name == name)?;
        let attributes = Attributes {
            path: Some(&cookie.path),
            domain: cookie.domain.as_deref(),
            secure: cookie.secure,
            http_only: cookie.http_only,
            same_site: cookie.same_site.as_deref(),
            ..Attributes::default()
        };
        Some((Morsel::new(name).ok()?, attributes))
    }
}

impl Style for Written {
    fn set(
        &self,
        name: &str,
        value: &str,
        age: Option<Duration>,
        now: Timestamp,
    ) -> Option<String> {
        let (mut morsel, mut attributes) = self.find(name)?;
        attributes.max_age = age.map(|age| age.as_secs() as f64);
        morsel.set(value, &attributes, Moment::from(now)).ok()?;
        Some(morsel.to_string())
    }

    fn delete(&self, name: &str, now: Timestamp) -> Option<String> {
        let (mut morsel, attributes) = self.find(name)?;
        morsel.delete(&attributes, Moment::from(now)).ok()?;
        Some(morsel.to_string())
    }
}
