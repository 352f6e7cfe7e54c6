//! Setting up a site: every setting with its default, and one check of them all.
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::config::audit::Waivers;
use crate::config::dialect::Dialect;
use crate::config::own_cookies::OwnCookies;
use crate::config::{Cloakroom, Linger, Site};
use crate::cookie::{CookieSpec, Ready};
use crate::csrf;
#[cfg(feature = "django")]
use crate::django;
use crate::error::ConfigError;
use crate::headers;
use crate::keys::KeyRing;
use crate::messages;
use crate::session::{Digests, Event, Guesses, Listener, Places, Policy, Rules};
use crate::store::{AnyStore, Doors, MemoryStore, Sweeper, Turns};

/// A site's settings on their way to a [`Cloakroom`].
///
/// Only the store has no default. Every setting has a name, such as `session.idle`, under which [`Builder::build`] reports
/// what is wrong with it; the guide lists all of them with their defaults.
///
/// ```
/// use std::time::Duration;
/// use cloakroom::{Cloakroom, KeyRing};
///
/// # fn main() -> Result<(), cloakroom::ConfigError> {
/// let site = Cloakroom::builder(KeyRing::new(KeyRing::generate_secret())?)
///     .store_in_memory()
///     .session(|s| s.idle(Duration::from_secs(2 * 3600)))
///     .csrf(|c| c.trust("https://admin.example.com"))
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use]
pub struct Builder {
    pub(super) keys: KeyRing,
    store: Option<AnyStore>,
    pub(super) policy: Policy,
    pub(super) messages: messages::Settings,
    pub(super) csrf: csrf::Settings,
    pub(super) headers: headers::Settings,
    clock: Clock,
    sweep_every: Option<Duration>,
    pub(super) linger: Linger,
    pub(super) plain_http_on: Option<SocketAddr>,
    waivers: Waivers,
    listener: Listener,
    #[cfg(feature = "django")]
    pub(super) django: Option<Box<django::Settings>>,
}

impl Builder {
    pub(super) fn new(keys: KeyRing) -> Self {
        Self {
            keys,
            store: None,
            policy: Policy::default(),
            messages: messages::Settings::default(),
            csrf: csrf::Settings::default(),
            headers: headers::Settings::default(),
            clock: Clock::system(),
            sweep_every: Some(Duration::from_secs(10 * 60)),
            linger: Linger::default(),
            plain_http_on: None,
            waivers: Waivers::default(),
            listener: Listener::default(),
            #[cfg(feature = "django")]
            django: None,
        }
    }

    /// Keeps sessions in this store. Default: none, one has to be given.
    pub fn store(mut self, store: impl Into<AnyStore>) -> Self {
        self.store = Some(store.into());
        self
    }

    /// Keeps sessions in this process's memory: they are gone when it stops. Default: no.
    pub fn store_in_memory(self) -> Self {
        self.store(AnyStore::inspectable(MemoryStore::new()))
    }

    /// Changes how sessions live and behave: the closure is given the [`Policy`] so far, at first the default, and returns
    /// another. `|_| Policy::asvs(Asvs::L2)` takes a preset whole.
    pub fn session(mut self, change: impl FnOnce(Policy) -> Policy) -> Self {
        self.policy = change(self.policy);
        self
    }

    /// Says where messages wait, or with [`messages::Settings`] all about them.
    pub fn messages(mut self, settings: impl Into<messages::Settings>) -> Self {
        self.messages = settings.into();
        self
    }

    /// Changes how requests are protected against forgery, of which forms are the most. Without it every request whose method may
    /// change something is checked.
    pub fn csrf(mut self, change: impl FnOnce(csrf::Settings) -> csrf::Settings) -> Self {
        self.csrf = change(self.csrf);
        self
    }

    /// Changes which security headers go out, and what is done with plain HTTP. Without it four headers go out with every answer,
    /// and nothing is redirected.
    pub fn headers(mut self, change: impl FnOnce(headers::Settings) -> headers::Settings) -> Self {
        self.headers = change(self.headers);
        self
    }

    /// Sweeps expired sessions in the background at this interval, or with `None` never. Default:
    /// every 10 minutes, first after a random part of that.
    pub fn sweep_every(mut self, interval: Option<Duration>) -> Self {
        self.sweep_every = interval;
        self
    }

    /// Reads the time from this clock; for tests that turn one. Default: the system's.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// For development: sends cookies without `Secure` and without the `__Host-` prefix, as long as
    /// the site listens on this loopback address. Any other address is a problem at [`Builder::build`]. Default: off.
    pub fn allow_plain_http_on_localhost(mut self, listens_on: SocketAddr) -> Self {
        self.plain_http_on = Some(listens_on);
        self
    }

    /// Leaves a requirement of the deploy check as it is, for this reason: the audit lists it as waived
    /// and no longer as broken. The ids are those of [`Cloakroom::audit`]; one that does not exist, or no
    /// reason, is a problem at [`Builder::build`]. Default: none.
    pub fn waive(mut self, id: impl Into<String>, reason: impl Into<String>) -> Self {
        self.waivers.add(id.into(), reason.into());
        self
    }

    /// Tells this what happens to sessions: they begin, get a new token, end, are ended from elsewhere, are refused,
    /// look suspicious. It is called in the middle of a request, so it must not wait: hand on what takes time, as the
    /// example `webhook` does. Default: nobody.
    pub fn on_event(mut self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.listener = Listener::new(listener);
        self
    }

    /// Checks all settings together and sets the site up.
    ///
    /// # Errors
    /// Lists every setting that is wrong. It also refuses to start when a tampered cookie would open,
    /// which means that this build's ciphers are broken.
    pub fn build(mut self) -> Result<Cloakroom, ConfigError> {
        let mut problems = ConfigError::default();
        let dialect = self.dialect(&mut problems);
        self.policy.check(&mut problems);
        self.messages.check(&mut problems);
        self.csrf.check(&mut problems);
        for problem in self.headers.check(self.plain_http_on.is_some()) {
            problems.add(problem.setting, problem.what);
        }
        self.check_address(&mut problems);
        self.waivers.check(&mut problems);
        if !self.keys.refuses_tampering() {
            problems.add(
                "keys",
                "a tampered value opened: this build's ciphers are broken",
            );
        }
        if self
            .sweep_every
            .is_some_and(|interval| interval.as_secs() == 0)
        {
            problems.add(
                "sweep_every",
                "is below one second; use None to switch it off",
            );
        }
        let cookies = OwnCookies::of(&self, &dialect);
        cookies.check(&mut problems);
        self.messages.cookie_name = cookies.messages.name().to_owned();
        let Some(store) = self.store.take() else {
            problems.add("store", "is not set; give one, or call store_in_memory");
            return Err(problems);
        };
        if store.is_shared() != dialect.is_shared {
            problems.add("store", match dialect.is_shared {
                true => "keeps no Django sessions; open it with store::django::connect and the same settings",
                false => "keeps Django sessions; call django with the same settings",
            });
        }
        if let Some(in_cookie) = store.in_cookie() {
            in_cookie.check(&mut problems);
            cookies.check_chunks(&mut problems);
        }
        if self.policy.most_sessions.is_some() && !store.is_inspectable() {
            problems.add(
                "session.most_sessions",
                format!(
                    "needs a store that finds sessions by user, which {} does not",
                    store.name()
                ),
            );
        }
        problems.into_result()?;
        Ok(self.assemble(store, cookies, dialect))
    }

    fn assemble(mut self, store: AnyStore, cookies: OwnCookies, dialect: Dialect) -> Cloakroom {
        if let Some(in_cookie) = store.in_cookie() {
            self.policy.max_bytes = self.policy.max_bytes.min(in_cookie.most_content());
        }
        let sweeper = match self.sweep_every {
            Some(interval) if store.in_cookie().is_none() => {
                Sweeper::start(store.clone(), self.clock.clone(), interval)
            }
            _ => Sweeper::off(),
        };
        if let Some(address) = self.plain_http_on {
            tracing::warn!(%address, "DEVELOPMENT: cookies go over plain HTTP, without Secure");
        }
        for route in self.csrf.exempt.patterns() {
            tracing::info!(%route, "requests to this route are not checked for forgery");
        }
        Cloakroom {
            site: Arc::new(Site {
                rules: Arc::new(Rules {
                    policy: self.policy,
                    keys: self.keys,
                }),
                store,
                turns: Turns::default(),
                doors: Doors::default(),
                digests: Digests::default(),
                messages: Arc::new(self.messages),
                shown: messages::Shown::default(),
                ladder: csrf::Ladder::new(&self.csrf, self.plain_http_on.is_some()),
                csrf: Arc::new(self.csrf),
                headers: headers::Sheet::of(&self.headers, self.plain_http_on.is_some()),
                header_settings: Box::new(self.headers),
                clock: self.clock,
                linger: self.linger,
                plain_http: self.plain_http_on.is_some(),
                session_cookie: ready(cookies.session),
                messages_cookie: ready(cookies.messages),
                csrf_cookie: ready(cookies.csrf),
                style: dialect.style,
                credentials: dialect.credentials,
                #[cfg(feature = "wizards")]
                wizards: dialect.wizards,
                #[cfg(feature = "wizards")]
                lines: crate::wizard::AllLines::default(),
                sweeper,
                waivers: self.waivers,
                listener: self.listener,
                guesses: Guesses::default(),
                places: Places::default(),
            }),
        }
    }

    fn check_address(&self, problems: &mut ConfigError) {
        if self
            .plain_http_on
            .is_some_and(|address| !address.ip().is_loopback())
        {
            problems.add(
                "allow_plain_http_on_localhost",
                "is for loopback addresses only; elsewhere serve over HTTPS",
            );
        }
    }
}

fn ready(cookie: CookieSpec) -> Ready {
    Ready::new(cookie).expect("`build()` has checked it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn keys() -> KeyRing {
        KeyRing::new(KeyRing::generate_secret()).unwrap()
    }

    fn problems(builder: Builder) -> String {
        builder.build().unwrap_err().to_string()
    }

    #[test]
    fn every_problem_is_reported_at_once_by_the_name_of_its_setting() {
        let text = problems(
            Cloakroom::builder(keys())
                .session(|s| {
                    s.idle(Duration::from_secs(100))
                        .absolute(Duration::from_secs(10))
                })
                .messages(messages::Settings::default().budget(5_000))
                .csrf(|c| c.header("bad header"))
                .sweep_every(Some(Duration::ZERO))
                .allow_plain_http_on_localhost("192.0.2.1:80".parse().unwrap()),
        );
        let settings: Vec<_> = text
            .lines()
            .map(|line| line.split(':').next().unwrap())
            .collect();
        assert_eq!(
            settings,
            [
                "session.idle",
                "messages.budget",
                "csrf.header",
                "allow_plain_http_on_localhost",
                "sweep_every",
                "store"
            ]
        );
    }

    #[test]
    fn a_cookie_name_that_breaks_the_grammar_or_stands_twice_does_not_start() {
        let named = |name: &'static str| {
            Cloakroom::builder(keys())
                .store_in_memory()
                .session(move |s| s.cookie_name(name))
        };
        assert!(problems(named("my cart")).starts_with("session.cookie_name: "));
        assert!(problems(named("csrftoken")).contains("one name"));
        assert!(named("__Secure-sid").build().is_ok());
    }

    #[test]
    fn plain_http_is_for_loopback_alone() {
        for (address, starts) in [
            ("127.0.0.1:8000", true),
            ("[::1]:8000", true),
            ("127.3.2.1:80", true),
            ("0.0.0.0:8000", false),
            ("10.0.0.1:8000", false),
        ] {
            let built = Cloakroom::builder(keys())
                .store_in_memory()
                .allow_plain_http_on_localhost(address.parse().unwrap())
                .build();
            assert_eq!(built.is_ok(), starts, "{address}");
        }
    }
}
