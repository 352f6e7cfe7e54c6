//! One request's visit: empty until a handler asks for something.
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use http::header::COOKIE;
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use tracing::Span;

use crate::config::Site;
use crate::cookie::{CookieHeaders, Cookies};
use crate::csrf::CsrfToken;
use crate::headers::{CspNonce, Scheme};
use crate::messages::{Luggage, Messages, Storage};
use crate::session::{Reaction, Sender, Session, Signal};
use crate::web::load;
use crate::web::rejection::Rejection;
#[cfg(feature = "wizards")]
use crate::web::save_now::Given;
use crate::web::{luggage, secret, signal};

/// What a handler has asked for in this request; nothing else costs anything.
#[derive(Clone)]
pub(super) struct Visit(pub(super) Arc<Asked>);

pub(super) struct Asked {
    pub(super) site: Arc<Site>,
    /// What is traced of the request, where somebody listens.
    pub(super) span: Option<Box<Span>>,
    pub(super) session: OnceLock<Session>,
    pub(super) messages: OnceLock<Messages>,
    pub(super) cookies: OnceLock<Cookies>,
    pub(super) csrf: OnceLock<CsrfToken>,
    pub(super) nonce: OnceLock<CspNonce>,
    /// What the request came over.
    pub(super) over: Scheme,
    /// What a request that may change something wants to be answered in.
    pub(super) accept: OnceLock<HeaderValue>,
    /// The cookies that came, where a token was asked for and no session.
    sent: OnceLock<CookieHeaders>,
    /// What the browser is to be told of a session that was saved before the request ended.
    #[cfg(feature = "wizards")]
    pub(super) given: OnceLock<Given>,
    /// Who sent the request, where a login is to note it.
    pub(super) sender: OnceLock<Sender>,
    /// Whether the session was asked for in vain, because the store can't be used.
    unreachable: AtomicBool,
    /// Whether the handler has answered, so that the headers go out.
    answered: AtomicBool,
}

impl Visit {
    pub(super) fn new(site: Arc<Site>, over: Scheme, span: Option<Box<Span>>) -> Self {
        Self(Arc::new(Asked {
            site,
            span,
            session: OnceLock::new(),
            messages: OnceLock::new(),
            cookies: OnceLock::new(),
            csrf: OnceLock::new(),
            nonce: OnceLock::new(),
            over,
            accept: OnceLock::new(),
            sent: OnceLock::new(),
            #[cfg(feature = "wizards")]
            given: OnceLock::new(),
            sender: OnceLock::new(),
            unreachable: AtomicBool::new(false),
            answered: AtomicBool::new(false),
        }))
    }

    /// Finds the visit that the layer opened; `what` was asked for.
    pub(super) fn of<'a>(parts: &'a Parts, what: &'static str) -> Result<&'a Self, Rejection> {
        parts.extensions.get().ok_or(Rejection::NoLayer(what))
    }

    /// Keeps who sent the request, where a login is to note it.
    pub(super) fn note_sender(&self, parts: &Parts) {
        let noting = &self.site().rules.policy.noting;
        if noting.is_any() {
            let sender = || noting.take(&parts.headers, &parts.extensions);
            self.0.sender.get_or_init(sender);
        }
    }

    pub(super) fn site(&self) -> &Site {
        &self.0.site
    }

    /// Returns the session; the first time, this is the load.
    pub(super) async fn session(&self, headers: &HeaderMap) -> Result<Session, Rejection> {
        if let Some(session) = self.0.session.get() {
            return Ok(session.clone());
        }
        match self.session_at_once(headers) {
            Some(session) => Ok(session),
            // In a box: the handler's own future has this one in it, and is moved about.
            None => Box::pin(self.session_from_store(headers)).await,
        }
    }

    /// Loads the session where nobody else has to be asked.
    fn session_at_once(&self, headers: &HeaderMap) -> Option<Session> {
        let asked = &self.0;
        let site = &asked.site;
        let asks_others = site.credentials.is_some()
            || site.rules.policy.reactions.to(Signal::TwoPlaces) != Reaction::Ignore;
        if asks_others {
            return None;
        }
        let loaded = load::at_once(site, headers)?;
        let session = asked.session.get_or_init(|| loaded).clone();
        self.close_if_late(&session);
        Some(session)
    }

    async fn session_from_store(&self, headers: &HeaderMap) -> Result<Session, Rejection> {
        let asked = &self.0;
        let loaded = load::session(&asked.site, headers)
            .await
            .inspect_err(|_| asked.unreachable.store(true, Ordering::SeqCst))?;
        if let (Some(credentials), Some(user)) = (&asked.site.credentials, loaded.user_id()) {
            let credential = credentials(user).await.inspect_err(|_| {
                asked.unreachable.store(true, Ordering::SeqCst);
            })?;
            loaded.see_current(credential.as_deref());
        }
        let session = asked.session.get_or_init(|| loaded).clone();
        if asked.site.rules.policy.reactions.to(Signal::TwoPlaces) != Reaction::Ignore {
            signal::look_for_two_places(asked, &session).await;
        }
        self.close_if_late(&session);
        Ok(session)
    }

    /// Closes a session that was loaded after the answer: a body that streams may read it, and nothing more.
    fn close_if_late(&self, session: &Session) {
        if self.0.answered.load(Ordering::SeqCst) {
            session.close();
        }
    }

    /// Returns the messages; what waits in the session is loaded with it, where anything may wait there.
    pub(super) async fn messages(&self, headers: &HeaderMap) -> Result<Messages, Rejection> {
        if let Some(messages) = self.0.messages.get() {
            return Ok(messages.clone());
        }
        let luggage = match self.luggage_at_once(headers) {
            Some(luggage) => luggage,
            None => {
                let session = self.session(headers).await?;
                luggage::read(&self.0.site, headers, Some(&session))
            }
        };
        // Made first, so that the cell is handed no more than a handle.
        let messages = Messages::new(luggage, self.0.site.messages.clone());
        Ok(self.0.messages.get_or_init(|| messages).clone())
    }

    /// Returns what came where the session need not be loaded for it.
    fn luggage_at_once(&self, headers: &HeaderMap) -> Option<Luggage> {
        let asked = &self.0;
        let site = &asked.site;
        if site.messages.storage == Storage::Cookie {
            return Some(luggage::read(site, headers, None));
        }
        if let Some(session) = asked.session() {
            return Some(luggage::read(site, headers, Some(session)));
        }
        luggage::in_cookies(site, headers, CookieHeaders::of(headers))
    }

    /// Loads the session for messages that need it after all, now that the handler has answered.
    pub(super) async fn session_for_messages(self) {
        let Some(sent) = self.0.messages.get().and_then(Messages::sent) else {
            return;
        };
        if let Err(error) = self.session(&sent.headers()).await {
            tracing::error!(%error, "the session could not be loaded for messages that their cookie has no room for");
        }
    }

    pub(super) fn cookies(&self, headers: &HeaderMap) -> Cookies {
        let site = &self.0.site;
        let cookies = || {
            let sent = headers.get_all(COOKIE).iter().cloned().collect();
            Cookies::new(
                sent,
                site.keys().clone(),
                site.clock.clone(),
                site.plain_http,
            )
        };
        self.0.cookies.get_or_init(cookies).clone()
    }

    /// Returns the token; what came is looked for when somebody prints it. A secret that is kept in
    /// the session is loaded with it.
    pub(super) async fn csrf(&self, headers: &HeaderMap) -> Result<CsrfToken, Rejection> {
        if let Some(csrf) = self.0.csrf.get() {
            return Ok(csrf.clone());
        }
        let site = self.0.site.clone();
        let settings = site.csrf.clone();
        let csrf = if settings.in_session {
            let session = self.session(headers).await?;
            CsrfToken::new(settings, move || secret::in_session(&site, &session))
        } else {
            let sent = CookieHeaders::of(headers);
            self.0.sent.get_or_init(|| sent.clone());
            CsrfToken::new(settings, move || secret::that_came(&site, &sent).ok())
        };
        Ok(self.0.csrf.get_or_init(|| csrf).clone())
    }

    pub(super) fn nonce(&self) -> CspNonce {
        self.0.nonce.get_or_init(CspNonce::default).clone()
    }
}

impl Asked {
    /// Returns the session, if it was asked for.
    pub(super) fn session(&self) -> Option<&Session> {
        self.session.get()
    }

    /// Returns the cookies that came, once there is a use for them at the end.
    pub(super) fn sent(&self) -> Option<&CookieHeaders> {
        let with_session = self.session.get().map(|session| &session.arrival().sent);
        let with_messages = || self.messages.get().and_then(Messages::sent);
        with_session
            .or_else(with_messages)
            .or_else(|| self.sent.get())
    }

    /// Notes that the handler has answered: what is loaded from now on can't be changed.
    pub(super) fn close(&self) {
        self.answered.store(true, Ordering::SeqCst);
    }

    /// Says whether anything at all was asked for.
    pub(super) fn is_any(&self) -> bool {
        self.asked_for_session()
            || self.messages.get().is_some()
            || self.cookies.get().is_some()
            || self.csrf.get().is_some()
            || self.nonce.get().is_some()
    }

    /// Says whether the browser may have to be given a cookie although nothing is owed to the store.
    pub(super) fn gives_by_itself(&self) -> bool {
        #[cfg(feature = "wizards")]
        if self.given.get().is_some() {
            return true;
        }
        self.csrf.get().is_some()
    }

    /// Says whether the session was asked for, were it in vain.
    pub(super) fn asked_for_session(&self) -> bool {
        self.session.get().is_some() || self.unreachable.load(Ordering::SeqCst)
    }
}
