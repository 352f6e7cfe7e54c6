//! One layer that speaks as Django does: what the settings of a Django site change in it.
mod address;
mod cookies;
mod forms;
mod host;
mod keeping;
mod signatures;
#[cfg(feature = "wizards")]
mod wizards;

use std::sync::Arc;
use std::time::Duration;

use http::HeaderName;

use crate::cookie::{CookieSpec, Style};
use crate::csrf;
use crate::django::cookie::SaltStyle;
use crate::django::messages::Kind;
use crate::django::settings::{Passwords, Settings};
use crate::headers::{self, FrameOptions, Hsts, HttpsRedirect};
use crate::keys::KeyRing;
use crate::messages::{self, Level, Storage};
use crate::session::Policy;

/// As long as nothing else ends a session, which in Django nothing does.
const FOR_EVER: Duration = Duration::from_secs(u64::MAX);

impl Settings {
    /// Returns the rules of sessions as Django has them.
    pub(crate) fn policy(&self, policy: Policy) -> Policy {
        let session = &self.session;
        policy
            .shared()
            .idle(Duration::from_secs(session.age))
            .absolute(FOR_EVER)
            .end_with_browser(session.ends_with_browser)
            .push_on_every_request(session.save_every_request)
            .cookie_name(session.cookie.name.clone())
    }

    /// Returns the protection of forms as Django has it.
    pub(crate) fn forms(&self, mut forms: csrf::Settings) -> csrf::Settings {
        let csrf = &self.csrf;
        forms.rules = Some(Arc::new(forms::Checks::of(self)));
        forms.until_browser_closes = csrf.age.is_none();
        if let Some(age) = csrf.age {
            forms.cookie_age = Duration::from_secs(age);
        }
        if csrf.in_session {
            forms = forms.secret_in_session();
        }
        forms
            .format(csrf::Format::Django)
            .cookie_name(csrf.cookie.name.clone())
            .field("csrfmiddlewaretoken")
            .header(plain_name(&csrf.header))
    }

    /// Returns the security headers as Django's `SecurityMiddleware` sends them.
    pub(crate) fn headers(&self, mut headers: headers::Settings) -> headers::Settings {
        let security = &self.security;
        headers = match &security.proxy_header {
            Some((name, https)) => match HeaderName::from_bytes(plain_name(name).as_bytes()) {
                Ok(name) => headers.trust_proxy_or_server(name, https.clone()),
                Err(_) => headers.scheme_from_server(),
            },
            None => headers.scheme_from_server(),
        };
        let policies = security.referrer_policy.iter();
        let frames = security.frame_options.as_deref();
        headers = headers
            .referrer_policies(policies.filter_map(|word| word.parse().ok()))
            .opener_policy(
                security
                    .opener_policy
                    .as_ref()
                    .and_then(|it| it.parse().ok()),
            )
            .frame_options(frames.map(|word| match word.eq_ignore_ascii_case("DENY") {
                true => FrameOptions::Deny,
                false => FrameOptions::SameOrigin,
            }))
            // Django's other cookies on this host are not this side's to take away.
            .clear_site_data(None);
        if !security.nosniff {
            headers = headers.without_nosniff();
        }
        if security.hsts_seconds > 0 {
            headers = headers.hsts(self.hsts());
        }
        if security.ssl_redirect {
            headers = headers.https_redirect(self.redirect());
        }
        headers
    }

    fn hsts(&self) -> Hsts {
        let mut hsts = Hsts::seconds(self.security.hsts_seconds);
        if self.security.hsts_subdomains {
            hsts = hsts.include_subdomains();
        }
        if self.security.hsts_preload {
            // Django says it under any terms, and both sides have to say the same.
            hsts = hsts.preload().unlisted();
        }
        hsts
    }

    fn redirect(&self) -> HttpsRedirect {
        let redirect = match &self.security.ssl_host {
            Some(host) => HttpsRedirect::to_host(host.clone()),
            None => HttpsRedirect::to_requested_host(),
        };
        // Django holds the expressions against the path without its first slash.
        let exempt = self.security.redirect_exempt.iter();
        exempt.fold(redirect.moved_permanently(), |redirect, expression| {
            let path = expression.trim_start_matches('^');
            match path.strip_suffix('$') {
                Some(path) => redirect.except(format!("/{path}")),
                None => redirect.except_under(format!("/{path}")),
            }
        })
    }

    /// Returns where messages wait.
    pub(crate) fn notes(&self, notes: messages::Settings) -> messages::Settings {
        let storage = match self.messages.kind {
            Kind::Cookie => Storage::Cookie,
            Kind::Session => Storage::Session,
            Kind::Fallback => Storage::Fallback,
        };
        let tags = self.messages.tags.iter();
        let mut notes = tags
            .fold(notes, |notes, (level, tag)| {
                notes.tag(Level::new(*level), tag)
            })
            .storage(storage)
            .minimum(Level::new(self.messages.level))
            .cookie_name("messages");
        notes.keeps = Some(Arc::new(keeping::Keeping::of(self)));
        notes
    }

    /// Returns the keys as ones that sign as Django does.
    pub(crate) fn keys(&self, keys: KeyRing) -> KeyRing {
        keys.shared_with(Arc::new(signatures::Signatures::of(self)))
    }

    /// Returns the cookies of sessions, forms and messages.
    pub(crate) fn cookies(&self) -> [CookieSpec; 3] {
        cookies::Written::of(self).specs()
    }

    /// Returns how the shared cookies are written.
    pub(crate) fn style(&self) -> Arc<dyn Style> {
        Arc::new(cookies::Written::of(self))
    }

    /// Returns how cookies are signed that this side writes.
    fn salts_written(&self) -> SaltStyle {
        match self.writes_legacy_salts {
            true => SaltStyle::Legacy,
            false => SaltStyle::Counted,
        }
    }

    /// Returns how wizards are kept.
    #[cfg(feature = "wizards")]
    pub(crate) fn wizards(&self) -> Arc<dyn crate::wizard::Shares> {
        Arc::new(wizards::Wizards::of(self))
    }

    /// Returns who says what users prove themselves by.
    pub(crate) fn users(&self) -> Option<Arc<Passwords>> {
        self.passwords.clone()
    }
}

/// Returns a header's name as it stands in a request, of the one that WSGI makes of it.
fn plain_name(wsgi: &str) -> String {
    let name = wsgi.strip_prefix("HTTP_").unwrap_or(wsgi);
    name.replace('_', "-").to_lowercase()
}
