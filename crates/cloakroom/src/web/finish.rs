//! The end of a request: what is owed is decided, carried out, and told to the browser.
use std::borrow::Cow;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum_core::response::Response;

use crate::cookie::{CookieSpec, Jar, SetCookie, chunk_of};
use crate::csrf::CsrfToken;
use crate::error::Error;
use crate::keys::{KeyRing, Letters, Purpose};
use crate::messages::{Left, Messages, SESSION_KEY, Settled, Suffix, Wire};
use crate::session::plan::{Plan, Step, Ticket};
use crate::session::{Owed, Sender, Session};
use crate::web::caching::{self, Overshared, Said, Used};
use crate::web::carry_out::{Carried, Carrying, Ticketed, carry_out};
use crate::web::in_cookie::Sealed;
use crate::web::page::as_accepted;
use crate::web::rejection::{Failed, refuse_sharing};
use crate::web::secret::{self, Held};
use crate::web::visit::{Asked, Visit};

/// What is still to be written into an answer, once it is known what became of the session.
pub(super) struct Unsealed {
    /// The session as it was, where the store takes it over.
    held: Option<Held>,
    jar: Jar,
    shown: Vec<u64>,
    said: Said,
    used: Used,
    /// Whether the session is over because the handler said so.
    over: bool,
}

/// How far a visit was finished.
pub(super) enum Finish {
    /// Nothing was owed to the store.
    Read,
    /// What was owed is done.
    Written,
    /// It is under way, and the answer waits for it.
    Writing(Carrying, Unsealed),
}

/// Finishes a visit in which something was asked for, unless something is owed to the store first.
///
/// When something can't be saved, the answer is replaced by one that says so, with no cookie at all:
/// what was not saved is not promised.
pub(super) fn finish(asked: &Arc<Asked>, response: &mut Response) -> Finish {
    let (mut said, mut used) = (Said::by(response.headers()), used(asked));
    if let Some(why) = overshared(asked, response, said, used) {
        *response = refuse_sharing(why);
        said = Said::by(response.headers());
    }
    let handlers = asked.cookies.get().map(|cookies| cookies.jar().close());
    let mut jar = Jar::of(handlers.unwrap_or_default());
    let shown = settle(asked, failed(response), &mut jar);
    keep_csrf_secret(asked);
    if let Some(nonce) = asked.nonce.get() {
        nonce.close();
    }
    let plan = asked.session().map_or(Plan::NOTHING, Session::close);
    if plan == Plan::NOTHING && jar.is_empty() && shown.is_empty() && !asked.gives_by_itself() {
        // As most requests end.
        used.sets_cookie = said.sets_cookie;
        caching::tell(response.headers_mut(), said, used);
        return Finish::Read;
    }
    let mut unsealed = Unsealed {
        held: None,
        jar,
        shown,
        said,
        used,
        over: plan.ticket != Ticket::Keep && asked.session().is_some_and(Session::is_over),
    };
    let (Some(session), true) = (asked.session(), plan.step != Step::Nothing) else {
        let ticketed = Ticketed::without_store(plan.ticket);
        unsealed.seal(asked, response, Ok(ticketed));
        return Finish::Read;
    };
    unsealed.held = Some(Held::of(asked));
    // One count is the layer's; a second is a `LazySession` in a body that streams.
    let still_held = Arc::strong_count(asked) > 1;
    let mut owed = session.owed(asked.site.clock.now(), still_held);
    note_login(asked, &mut owed);
    match carry_out(&asked.site, plan, owed) {
        Carried::Done(outcome) => {
            unsealed.seal(asked, response, outcome);
            Finish::Written
        }
        Carried::UnderWay(carrying) => Finish::Writing(carrying, unsealed),
    }
}

impl Unsealed {
    /// Completes the answer, or the one to give instead, now that the store has done its part.
    pub(super) fn seal(
        self,
        asked: &Asked,
        response: &mut Response,
        carried: Result<Ticketed, Response>,
    ) {
        let Self { said, used, .. } = self;
        match carried {
            Ok(ticketed) => {
                let jar = self.cookies(asked, response, ticketed);
                seal(response, jar, said, used);
            }
            Err(instead) => {
                *response = as_accepted(asked.accept.get(), instead);
                let said = Said::by(response.headers());
                seal(response, Jar::default(), said, used);
            }
        }
    }

    /// Gathers the cookies of an answer that is as the handler gave it.
    fn cookies(self, asked: &Asked, response: &mut Response, ticketed: Ticketed) -> Jar {
        let mut jar = self.jar;
        #[cfg(feature = "wizards")]
        let ticketed = ticketed.or_given(asked.given.get());
        if let Some(secret) = secret::for_the_cookie(asked, self.held, &ticketed) {
            let cookie = &asked.site.csrf_cookie;
            put(&mut jar, asked.site.give(cookie, &secret, cookie.age()));
        }
        put_ticket(asked, ticketed, &mut jar);
        note_shown(asked, &self.shown);
        if self.over {
            let gives_cookies = jar.gives() || self.said.sets_cookie;
            let headers = response.headers_mut();
            asked.site.headers.clear(headers, asked.over, gives_cookies);
        }
        jar
    }
}

/// Notes what is remembered of a login, where the store keeps it; a cookie has no room for that.
fn note_login(asked: &Asked, owed: &mut Owed) {
    let site = &asked.site;
    if owed.amendment.signs_in().is_some() && site.store.in_cookie().is_none() {
        let client = asked.sender.get().map(Sender::client);
        owed.amendment.note_login(client.as_ref(), site.keys());
        metrics::counter!("cloakroom_logins_total").increment(1);
    }
}

/// Says whether the handler failed, so that what it changed is not kept.
fn failed(response: &Response) -> bool {
    response.status().is_server_error() || response.extensions().get::<Failed>().is_some()
}

/// Writes cookies and what caches are told into the answer.
fn seal(response: &mut Response, mut jar: Jar, said: Said, mut used: Used) {
    let cookies = jar.close();
    used.sets_cookie = said.sets_cookie || !cookies.is_empty();
    let headers = response.headers_mut();
    caching::tell(headers, said, used);
    if !cookies.is_empty() {
        Jar::write(cookies, headers, said.sets_cookie);
    }
}

/// Gathers what the answer has of the visitor in it, but for cookies that are yet to come.
fn used(asked: &Asked) -> Used {
    let (messages, cookies) = (asked.messages.get(), asked.cookies.get());
    let nonce = asked.nonce.get();
    Used {
        session: asked.asked_for_session(),
        messages: messages.is_some(),
        shown: messages.is_some_and(Messages::showed_any),
        token: asked.csrf.get().is_some_and(CsrfToken::is_printed),
        nonce: nonce.is_some_and(|nonce| nonce.drawn().is_some()),
        cookies: cookies.is_some(),
        sets_cookie: cookies.is_some_and(|cookies| !cookies.jar().is_empty()),
    }
}

/// Says why caches would share what is only for this visitor, where that is to be refused, which is in
/// development; in production it will be corrected.
fn overshared(
    asked: &Asked,
    response: &Response,
    said: Said,
    mut used: Used,
) -> Option<Overshared> {
    used.sets_cookie |= said.sets_cookie;
    let why = caching::overshared(response.headers(), said, used)?;
    if asked.site.plain_http {
        return Some(why);
    }
    metrics::counter!("cloakroom_overshared_total").increment(1);
    tracing::warn!("{why}");
    None
}

/// Settles messages, after dropping what a failed handler changed.
///
/// Returns which were shown, to be noted once the answer is sure.
fn settle(asked: &Asked, failed: bool, jar: &mut Jar) -> Vec<u64> {
    let session = asked.session();
    if let Some(session) = session
        && failed
        && !session.policy().keep_changes_on_server_error
    {
        session.drop_changes();
    }
    let Some(messages) = asked.messages.get() else {
        return Vec::new();
    };
    let mut settled = messages.settle(failed, || asked.site.clock.now());
    if let Some(left) = settled.left.take() {
        leave(asked, messages, left, jar);
        return Vec::new();
    }
    let shown = std::mem::take(&mut settled.shown);
    put_messages(asked, messages, &settled, jar);
    match session {
        Some(session) => {
            note_lost(settled.dropped);
            keep_in_session(session, settled);
        }
        None => note_lost(settled.dropped + settled.to_session.len()),
    }
    shown
}

/// Returns what has to be waited for before a visit can be finished: the session, where the handler did without
/// and said more than fits into a cookie.
pub(super) fn first(
    asked: &Arc<Asked>,
    response: &Response,
) -> Option<Pin<Box<dyn Future<Output = ()> + Send>>> {
    let messages = asked.messages.get()?;
    let needed = !asked.asked_for_session() && messages.need_session(failed(response));
    needed.then(|| Box::pin(Visit(asked.clone()).session_for_messages()) as Pin<Box<_>>)
}

/// Leaves messages where another program looks for them.
fn leave(asked: &Asked, messages: &Messages, left: Left, jar: &mut Jar) {
    let (site, spec) = (&asked.site, &asked.site.messages_cookie);
    match left.cookie {
        Some(Some(value)) => put(jar, site.give(spec, &value, spec.age())),
        Some(None) => jar.put(site.take_back(spec)),
        None => {}
    }
    note_lost(left.lost);
    let Some(session) = asked.session() else {
        return;
    };
    let kept = match left.session {
        Some(Some(text)) => {
            let (settings, before) = (site.messages.clone(), messages.brought());
            let before = before.unwrap_or_default();
            session.update_own(SESSION_KEY, move |there: &mut Option<String>| {
                let same = there.as_deref() == before.session.as_deref();
                let text = match (&settings.keeps, &*there) {
                    (Some(keeps), Some(there)) if !same => keeps.again(&before, &text, there),
                    _ => text.clone(),
                };
                *there = Some(text);
            })
        }
        Some(None) => session.remove_own(SESSION_KEY),
        None => Ok(()),
    };
    if let Err(error) = kept {
        tracing::error!(%error, "messages did not fit into the session");
    }
}

fn note_shown(asked: &Asked, shown: &[u64]) {
    if !shown.is_empty() {
        let site = &asked.site;
        site.shown.note(shown.iter().copied(), site.clock.now());
    }
}

fn put_ticket(asked: &Asked, ticketed: Ticketed, jar: &mut Jar) {
    let spec = &asked.site.session_cookie;
    let written = match ticketed {
        Ticketed::Keep => return,
        Ticketed::Give(token, age) => {
            let age = age.or(spec.age());
            put(jar, asked.site.give(spec, token.as_str(), age));
            1
        }
        Ticketed::GiveSealed(Sealed { chunks, age, .. }) => {
            let age = age.or(spec.age());
            for (index, value) in chunks.iter().enumerate() {
                let cookie = match index {
                    0 => asked.site.give(spec, value, age),
                    _ => SetCookie::new(&lasting(&chunk_of(spec, index), age), value),
                };
                put(jar, cookie);
            }
            chunks.len()
        }
        Ticketed::TakeBack => {
            jar.put(asked.site.take_back(spec));
            1
        }
    };
    let brought = asked.session().map(|session| session.arrival().brought);
    for index in brought.unwrap_or_default().from(written) {
        put(jar, SetCookie::delete(&chunk_of(spec, index)));
    }
}

fn lasting(spec: &CookieSpec, age: Option<Duration>) -> Cow<'_, CookieSpec> {
    match age {
        Some(age) => Cow::Owned(spec.clone().max_age(age)),
        None => Cow::Borrowed(spec),
    }
}

fn put_messages(asked: &Asked, messages: &Messages, settled: &Settled, jar: &mut Jar) {
    let site = &asked.site;
    let own = &site.messages_cookie;
    let named = |ending: &str| {
        let name = site.messages_name(ending).into_owned();
        CookieSpec::new(name).secure(!site.plain_http)
    };
    if settled.forget_plain {
        jar.put(own.delete());
    }
    for ending in &settled.forget {
        put(jar, SetCookie::delete(&named(ending)));
    }
    if settled.write.is_empty() && settled.reseal.is_empty() {
        return;
    }
    let now = site.clock.now();
    let deadline = now.plus(messages.settings().keep);
    let mut write = |ending: &str, content: &[u8]| {
        let (name, times) = (site.messages_name(ending), (now, deadline));
        let set = |sealed: Letters<'_>| match ending {
            "" => own.set_sealed(sealed, own.age()),
            _ => SetCookie::new(&named(ending), sealed.as_str()),
        };
        let keys = site.keys();
        put(
            jar,
            keys.seal_with(Purpose::Messages, &name, content, times, set),
        );
    };
    for suffix in settled.write {
        match suffix {
            Suffix::Plain => write("", &settled.content),
            Suffix::Own => {
                let ending = &KeyRing::generate_secret()[..6];
                write(&format!("-{ending}"), &settled.content);
            }
        }
    }
    for (ending, content) in &settled.reseal {
        write(ending, content);
    }
}

fn note_lost(dropped: usize) {
    if dropped > 0 {
        metrics::counter!("cloakroom_messages_dropped_total").increment(dropped as u64);
        tracing::error!(
            dropped,
            "messages did not fit into their cookie; use the fallback storage or a larger budget"
        );
    }
}

fn keep_in_session(session: &Session, settled: Settled) {
    let (to_session, from_session) = (settled.to_session, settled.from_session);
    if to_session.is_empty() && from_session.is_empty() {
        return;
    }
    let count = to_session.len();
    let kept = session.update_own(SESSION_KEY, move |kept: &mut Vec<Wire>| {
        kept.retain(|wire| !from_session.contains(&wire.id()));
        kept.extend(to_session.iter().cloned());
    });
    if let Err(error) = kept {
        metrics::counter!("cloakroom_messages_dropped_total").increment(count as u64);
        tracing::error!(%error, count, "messages did not fit into the session");
    }
}

/// Keeps the CSRF secret in the session, if it belongs there; else it waits for what becomes of the
/// session's cookie.
fn keep_csrf_secret(asked: &Asked) {
    if let Some(csrf) = asked.csrf.get() {
        csrf.close();
    }
    if let Some(session) = asked.session() {
        secret::keep_in_session(asked, session);
    }
}

/// Puts one of our own cookies into the jar; `build()` has checked that its description is sound.
fn put(jar: &mut Jar, cookie: Result<SetCookie, Error>) {
    match cookie {
        Ok(cookie) => jar.put(cookie),
        Err(error) => tracing::error!(%error, "a cookie of the library's own could not be sent"),
    }
}
