//! Sessions in the visitor's cookie: opened when they are asked for, sealed anew when a request ends.
use std::time::Duration;

use axum_core::response::{IntoResponse, Response};
use http::HeaderMap;

use crate::clock::Timestamp;
use crate::config::Site;
use crate::cookie::{Brought, Chunks};
use crate::error::{Error, StoreError};
use crate::session::plan::{Plan, Step};
use crate::session::{Amendment, Known, Origin, Owed, Record, StoreKey};
use crate::store::InCookie;
use crate::web::carry_out::{Ticketed, refuse_write};
use crate::web::load::{alarm, event};

/// The values of the cookies that carry a session, and for how long they outlive the browser.
pub(super) struct Sealed {
    /// By which the session inside is told from others.
    pub(super) key: StoreKey,
    pub(super) chunks: Vec<String>,
    pub(super) age: Option<Duration>,
}

/// Finds the session in the request's cookies, unless its user has signed out everywhere since, and says
/// which of them came.
///
/// # Errors
/// When it can't be known whether its user has.
pub(super) async fn find(
    site: &Site,
    in_cookie: &InCookie,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<(Origin, Brought), StoreError> {
    let (origin, brought) = find_by_itself(site, in_cookie, headers, now);
    if let Origin::Known(known) = &origin
        && in_cookie.refuses(&known.record).await?
    {
        event(
            "epoch",
            "a session from before its user's epoch was refused",
        );
        return Ok((Origin::DeadCookie, brought));
    }
    Ok((origin, brought))
}

/// Finds the session in the request's cookies, and says which of them came; nobody else is asked.
pub(super) fn find_by_itself(
    site: &Site,
    in_cookie: &InCookie,
    headers: &HeaderMap,
    now: Timestamp,
) -> (Origin, Brought) {
    let chunks = in_cookie.chunks(headers, &site.session_cookie);
    if !chunks.came() {
        return (Origin::Nobody, Brought::default());
    }
    (open(site, in_cookie, &chunks, now), chunks.brought())
}

/// Opens the one that opens and is not over, of those that came; where two do, neither counts.
fn open(site: &Site, in_cookie: &InCookie, chunks: &Chunks<'_>, now: Timestamp) -> Origin {
    if chunks.are_too_many() {
        alarm(site, "too many", &[]);
        return Origin::Nobody;
    }
    let mut values = chunks.joined().peekable();
    if values.peek().is_none() {
        event("incomplete", WHY);
    }
    let mut is_closed = false;
    let mut opened = values.filter_map(|value| {
        let opened = open_one(site, in_cookie, value.as_deref(), now);
        is_closed |= opened
            .as_ref()
            .is_err_and(|reason| *reason == InCookie::CLOSED);
        opened.ok().flatten()
    });
    let first = opened.next();
    let others: Vec<_> = opened.collect();
    let all = first.iter().chain(&others).map(|known| &known.key);
    if !others.is_empty() {
        alarm(site, "several genuine", &all.collect::<Vec<_>>());
        // Nobody can tell which is the visitor's own.
        return Origin::Nobody;
    }
    if chunks.are_several() {
        alarm(site, "several", &all.collect::<Vec<_>>());
    }
    match first {
        Some(known) => Origin::Known(known),
        // A genuine one, which the other program may read.
        None if is_closed => Origin::Unreadable,
        // The other program may have the newer key already, and reads it.
        None if site.store.is_shared() => Origin::Nobody,
        None => Origin::DeadCookie,
    }
}

/// Opens one; `None` when it is over.
fn open_one(
    site: &Site,
    in_cookie: &InCookie,
    sealed: Option<&[u8]>,
    now: Timestamp,
) -> Result<Option<Known>, &'static str> {
    let name = site.session_cookie.name();
    let opened = match sealed {
        Some(sealed) => in_cookie.open(site.keys(), name, sealed, now),
        None => Err("incomplete"),
    };
    let known = opened.inspect_err(|reason| event(reason, WHY))?;
    // By today's rules, which may be tighter than when it was sealed.
    Ok((!site.rules.policy.is_over(&known.record, now)).then_some(known))
}

const WHY: &str = "a session cookie did not open";

/// Does what is owed, which is to seal the session as it is now.
///
/// # Errors
/// Gives the answer to give instead when it does not fit; the browser then keeps what it has.
pub(super) fn carry_out(
    site: &Site,
    in_cookie: &InCookie,
    Plan { step, ticket }: Plan,
    Owed { origin, amendment }: &Owed,
) -> Result<Ticketed, Response> {
    let policy = &site.rules.policy;
    let amended = |known: &Known| Ok(amendment.apply(&known.record, policy)?.record);
    let record = match (step, origin) {
        (Step::Create | Step::DeleteAndCreate, _) => amendment.first(policy),
        (
            Step::Save | Step::Push | Step::Renew | Step::Replace | Step::SignIn,
            Origin::Known(known),
        ) => amended(known),
        (Step::Delete, _) => return Ok(Ticketed::TakeBack),
        (Step::Refuse, _) => return Err(refuse_write()),
        (_, _) => return Ok(Ticketed::without_store(ticket)),
    };
    let key = match (step, origin) {
        (Step::Save | Step::Push, Origin::Known(known)) => known.key,
        (_, _) => InCookie::draw(),
    };
    match record.and_then(|record| seal(site, in_cookie, (&key, &record), amendment)) {
        Ok(sealed) => Ok(Ticketed::GiveSealed(sealed)),
        // That the deadline is not pushed costs the visitor nothing but a little time.
        Err(_) if step == Step::Push => Ok(Ticketed::Keep),
        Err(error) => Err(error.into_response()),
    }
}

fn seal(
    site: &Site,
    in_cookie: &InCookie,
    (key, record): (&StoreKey, &Record),
    amendment: &Amendment,
) -> Result<Sealed, Error> {
    let now = amendment.now();
    let chunks = in_cookie
        .seal(site.keys(), site.session_cookie.name(), (key, record), now)
        .map_err(|by| amendment.too_large(by))?;
    let age = site.rules.policy.cookie_age(record, now);
    Ok(Sealed {
        key: *key,
        chunks,
        age,
    })
}
