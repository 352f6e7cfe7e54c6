//! Finding the session that a request's cookie leads to.
use http::HeaderMap;
use tracing::{Instrument, Span};

use crate::clock::Timestamp;
use crate::config::Site;
use crate::cookie::{Brought, CookieHeaders, Wanted};
use crate::error::StoreError;
use crate::session::{
    Arrival, Body, Forward, Held, Known, Origin, Session, Signal, StoreKey, Stored, Token, Via,
};
use crate::store::{debug_span, is_heard, may_follow};
use crate::web::in_cookie;
use crate::web::signal::{self, react};

/// How many different session cookies of one request are looked up; a browser sends one. Of more,
/// none is: which of them would depend on their order.
const TRIES: usize = 4;
/// How many signs are followed from an old token; more renewals within the grace are not honest.
const HOPS: usize = 4;

/// Loads the session, or begins a blank one.
///
/// # Errors
/// When the store can't be used: an outage is never an empty session.
pub(super) async fn session(site: &Site, headers: &HeaderMap) -> Result<Session, StoreError> {
    let (now, sent) = (site.clock.now(), CookieHeaders::of(headers));
    let (origin, brought) = match site.store.in_cookie() {
        // In a box, so that those who have a store don't carry it along.
        Some(in_cookie) => Box::pin(in_cookie::find(site, in_cookie, headers, now)).await?,
        None => {
            let found = origin(site, &sent, now).instrument(span());
            (found.await?, Brought::default())
        }
    };
    Ok(held(site, origin, sent, brought, now))
}

/// Loads the session without waiting, from this process's memory, a copy in it, or out of its visitor's cookies; `None` when
/// others have to be asked, or what came is out of the ordinary. Then nothing was done.
///
/// A future would be moved about with all that it may have to remember, which costs as much as the load.
pub(super) fn at_once(site: &Site, headers: &HeaderMap) -> Option<Session> {
    let is_at_hand = site.store.may_be_at_hand() || site.store.in_cookie().is_some();
    if !is_at_hand {
        return None;
    }
    match is_heard() {
        true => span().in_scope(|| without_waiting(site, headers)),
        false => without_waiting(site, headers),
    }
}

fn span() -> Span {
    debug_span(|| tracing::debug_span!("cloakroom.load"))
}

fn without_waiting(site: &Site, headers: &HeaderMap) -> Option<Session> {
    if let Some(in_cookie) = site.store.in_cookie() {
        if in_cookie.has_epochs() {
            return None;
        }
        let (now, sent) = (site.clock.now(), CookieHeaders::of(headers));
        let (origin, brought) = in_cookie::find_by_itself(site, in_cookie, headers, now);
        return Some(held(site, origin, sent, brought, now));
    }
    let (now, sent) = (site.clock.now(), CookieHeaders::of(headers));
    let origin = in_memory(site, &sent, now)?;
    Some(held(site, origin, sent, Brought::default(), now))
}

fn in_memory(site: &Site, cookies: &CookieHeaders, now: Timestamp) -> Option<Origin> {
    let token = match Came::with(cookies, site.session_cookie.wanted()) {
        Came::None => return Some(Origin::Nobody),
        Came::One(value) => site.rules.policy.tickets.parse(value),
        Came::Several(_) => return None,
    };
    let Some(token) = token else {
        return Some(Origin::DeadCookie);
    };
    let Some(key) = site.digests.of(&token) else {
        return Some(Origin::DeadCookie);
    };
    let stored = site.store.load_at_hand(&key, now)?;
    if let Some(Stored {
        body: Body::Forward(_),
        ..
    }) = stored
    {
        return None;
    }
    Some(match found(site, key, stored, || Held::Token(token), now) {
        Found::Session(known) => Origin::Known(known),
        Found::Replaced(by) => Origin::Replaced(by),
        Found::Nothing => Origin::DeadCookie,
        Found::Unreadable => Origin::Unreadable,
        Found::LeftAside => Origin::Nobody,
    })
}

/// Holds what was found for the handler, together with the cookies that led to it.
fn held(
    site: &Site,
    origin: Origin,
    sent: CookieHeaders,
    brought: Brought,
    at: Timestamp,
) -> Session {
    Session::new(origin, site.rules.clone(), Arrival { at, sent, brought })
}

async fn origin(
    site: &Site,
    cookies: &CookieHeaders,
    now: Timestamp,
) -> Result<Origin, StoreError> {
    let tickets = site.rules.policy.tickets;
    let token = match Came::with(cookies, site.session_cookie.wanted()) {
        Came::None => return Ok(Origin::Nobody),
        Came::One(value) if tickets.may_be_foreign(value) => return Ok(Origin::Nobody),
        Came::One(value) => tickets.parse(value),
        // In a box, so that those who sent one don't carry it along.
        Came::Several(sent) => return Box::pin(of_several(site, sent, now)).await,
    };
    let Some(token) = token else {
        return Ok(Origin::DeadCookie);
    };
    Ok(match find(site, &token, now).await? {
        Found::Session(known) => Origin::Known(known),
        Found::Replaced(by) => Origin::Replaced(by),
        Found::Nothing => Origin::DeadCookie,
        Found::Unreadable => Origin::Unreadable,
        Found::LeftAside => Origin::Nobody,
    })
}

/// Finds the session when several cookies of its name came; at most one may be genuine.
///
/// When two lead to different sessions, one of them was planted and nobody can tell which, so neither
/// counts. They are left with the browser: taking back our own would leave it the planted one.
async fn of_several(site: &Site, sent: Sent<'_>, now: Timestamp) -> Result<Origin, StoreError> {
    if sent.too_many {
        alarm(site, "too many", &[]);
        react(site, Signal::TossedCookies, &[], now).await;
        return Ok(Origin::Nobody);
    }
    let (mut genuine, mut otherwise) = (None::<Known>, Origin::DeadCookie);
    let tickets = site.rules.policy.tickets;
    let values = sent.values.into_iter().flatten();
    for token in values.filter_map(|value| tickets.parse(value)) {
        match (find(site, &token, now).await?, &genuine) {
            (Found::Session(known), Some(other)) if known.key != other.key => {
                alarm(site, "several genuine", &[&known.key, &other.key]);
                react(site, Signal::TossedCookies, &[known.key, other.key], now).await;
                return Ok(Origin::Nobody);
            }
            // Of a session's own token and the one before it, its own.
            (Found::Session(known), Some(_)) if matches!(known.held, Held::OldToken) => {}
            (Found::Session(known), _) => genuine = Some(known),
            (Found::Replaced(by), _) => otherwise = Origin::Replaced(by),
            (Found::Unreadable, _) => otherwise = Origin::Unreadable,
            (Found::LeftAside, _) => otherwise = Origin::Nobody,
            (Found::Nothing, _) => {}
        }
    }
    let keys: Vec<_> = genuine.iter().map(|known| &known.key).collect();
    alarm(site, "several", &keys);
    let keys: Vec<_> = keys.into_iter().copied().collect();
    react(site, Signal::TossedCookies, &keys, now).await;
    Ok(genuine.map_or(otherwise, Origin::Known))
}

/// The session's cookie as it came.
enum Came<'a> {
    None,
    One(&'a [u8]),
    /// More than one, with different values.
    Several(Sent<'a>),
}

impl<'a> Came<'a> {
    fn with(cookies: &'a CookieHeaders, wanted: &Wanted) -> Self {
        let mut came = Self::None;
        cookies.each(wanted, |value| came.take(value));
        came
    }

    fn take(&mut self, value: &'a [u8]) {
        match self {
            Self::None => *self = Self::One(value),
            Self::One(first) if *first == value => {}
            Self::One(first) => {
                let mut sent = Sent {
                    values: [None; TRIES],
                    too_many: false,
                };
                sent.values[0] = Some(*first);
                sent.values[1] = Some(value);
                *self = Self::Several(sent);
            }
            Self::Several(sent) => sent.take(value),
        }
    }
}

/// The different values of the session's cookie that came.
struct Sent<'a> {
    values: [Option<&'a [u8]>; TRIES],
    too_many: bool,
}

impl<'a> Sent<'a> {
    fn take(&mut self, value: &'a [u8]) {
        if self.values.contains(&Some(value)) {
            return;
        }
        match self.values.iter_mut().find(|free| free.is_none()) {
            Some(free) => *free = Some(value),
            None => self.too_many = true,
        }
    }
}

/// Returns the tokens that came, each once; more than are ever tried count as none.
pub(super) fn tokens(site: &Site, cookies: &CookieHeaders) -> impl Iterator<Item = Token> {
    let tickets = site.rules.policy.tickets;
    let values = match Came::with(cookies, site.session_cookie.wanted()) {
        Came::None => [None; TRIES],
        Came::One(value) => [Some(value), None, None, None],
        Came::Several(sent) if sent.too_many => [None; TRIES],
        Came::Several(sent) => sent.values,
    };
    let tokens = values.map(|value| tickets.parse(value?));
    tokens.into_iter().flatten()
}

/// Tells operators that somebody may have planted a cookie (cookie tossing, RFC 6265bis section 4.2.2).
pub(super) fn alarm(site: &Site, reason: &'static str, genuine: &[&StoreKey]) {
    metrics::counter!("cloakroom_suspicious_total", "reason" => reason).increment(1);
    let ids = genuine.iter().map(|key| site.keys().log_id(key.as_bytes()));
    let sessions = ids.collect::<Vec<_>>().join(" ");
    tracing::warn!(
        reason,
        %sessions,
        "several session cookies came; somebody may have planted one"
    );
}

/// What a token leads to.
enum Found {
    Session(Known),
    /// A login has just given the visitor another token, for the session under this key.
    Replaced(StoreKey),
    Nothing,
    /// Something that others can read and this site can't; it must not be written over.
    Unreadable,
    /// Something that nobody here can read. It stays where it is, and so does its cookie until something
    /// is saved, which begins a session of its own.
    LeftAside,
}

/// Looks a token up, and follows the signs of renewals that were under way with it.
async fn find(site: &Site, token: &Token, now: Timestamp) -> Result<Found, StoreError> {
    let Some(key) = site.digests.of(token) else {
        return Ok(Found::Nothing);
    };
    match site.store.load(&key, now).await? {
        Some(Stored {
            body: Body::Forward(forward),
            ..
        }) if forward.to == key => Ok(match forward.via {
            Via::WritesUnderWay => Found::Unreadable,
            Via::Anything => Found::LeftAside,
        }),
        Some(Stored {
            body: Body::Forward(forward),
            ..
        }) => Box::pin(follow(site, key, forward, now)).await,
        stored => Ok(found(site, key, stored, || Held::Token(token.clone()), now)),
    }
}

/// Loads a session again that another request has moved while this one was under way.
#[cfg(feature = "wizards")]
pub(super) async fn again(site: &Site, key: StoreKey) -> Result<Option<Known>, StoreError> {
    let now = site.clock.now();
    let found = match site.store.load(&key, now).await? {
        Some(Stored {
            body: Body::Forward(forward),
            ..
        }) => follow(site, key, forward, now).await?,
        stored => found(site, key, stored, || Held::OldToken, now),
    };
    match found {
        Found::Session(known) => Ok(Some(known)),
        Found::Replaced(_) | Found::Nothing | Found::Unreadable | Found::LeftAside => Ok(None),
    }
}

/// Follows signs to where the session is now.
async fn follow(
    site: &Site,
    mut key: StoreKey,
    mut forward: Forward,
    now: Timestamp,
) -> Result<Found, StoreError> {
    for _ in 0..HOPS {
        if !may_follow(&forward, now) {
            break;
        }
        key = forward.to;
        match site.store.load(&key, now).await? {
            Some(Stored {
                body: Body::Forward(next),
                ..
            }) => forward = next,
            stored => return Ok(found(site, key, stored, || Held::OldToken, now)),
        }
    }
    if may_follow(&forward, now) {
        return Ok(Found::Nothing);
    }
    if now <= forward.until {
        return Ok(Found::Replaced(forward.to));
    }
    suspect(site, &key);
    react(site, Signal::ReusedToken, &[forward.to], now).await;
    Ok(Found::Nothing)
}

/// Says what became of a session that no sign leads away from.
fn found(
    site: &Site,
    key: StoreKey,
    stored: Option<Stored>,
    held: impl FnOnce() -> Held,
    now: Timestamp,
) -> Found {
    match stored {
        Some(Stored {
            body: Body::Record(record),
            version,
        }) => {
            // By today's rules, which may be tighter than when it was saved.
            if site.rules.policy.is_over(&record, now) {
                return Found::Nothing;
            }
            Found::Session(Known {
                key,
                version,
                record,
                held: held(),
            })
        }
        _ => {
            event("unknown", "a session cookie leads to nothing");
            signal::unknown(site, now);
            Found::Nothing
        }
    }
}

fn suspect(site: &Site, key: &StoreKey) {
    let session = site.keys().log_id(key.as_bytes());
    metrics::counter!("cloakroom_suspicious_total", "reason" => "old token").increment(1);
    tracing::warn!(%session, "a renewed session's old token was used: it may be stolen");
}

pub(super) fn event(reason: &'static str, what: &'static str) {
    metrics::counter!("cloakroom_suspicious_total", "reason" => reason).increment(1);
    tracing::info!(reason, "{what}");
}
