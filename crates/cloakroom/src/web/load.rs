//! Finding the session that a request's cookie leads to.
use std::sync::Arc;

use http::HeaderMap;

use crate::clock::Timestamp;
use crate::config::Site;
use crate::cookie::{Brought, values};
use crate::error::StoreError;
use crate::session::{Body, Held, Known, Origin, Session, StoreKey, Stored, Token};
use crate::store::may_follow;
use crate::web::in_cookie;

/// How many different tokens of one request are looked up; a browser sends one.
const TRIES: usize = 3;
/// How many signs are followed from an old token; more renewals within the grace are not honest.
const HOPS: usize = 4;

/// Loads the session, or begins a blank one.
///
/// # Errors
/// When the store can't be used: an outage is never an empty session.
pub(super) async fn session(site: &Arc<Site>, headers: &HeaderMap) -> Result<Loaded, StoreError> {
    let (origin, brought) = match site.store.in_cookie() {
        // In a box, so that those who have a store don't carry it along.
        Some(in_cookie) => Box::pin(in_cookie::find(site, in_cookie, headers)).await?,
        None => (origin(site, headers).await?, Brought::default()),
    };
    Ok(Loaded {
        session: Session::new(origin, site.rules.clone(), site.clock.now()),
        brought,
    })
}

/// A session, and which of the cookies that carry a whole one came.
pub(super) struct Loaded {
    pub(super) session: Session,
    pub(super) brought: Brought,
}

async fn origin(site: &Site, headers: &HeaderMap) -> Result<Origin, StoreError> {
    let Some(tokens) = tokens(headers, site.session_cookie.name()) else {
        return Ok(Origin::Nobody);
    };
    if tokens[1].is_some() {
        event(
            "several",
            "several session cookies came; somebody may have planted one",
        );
    }
    let now = site.clock.now();
    let mut replaced = None;
    for token in tokens.into_iter().flatten() {
        let Some(token) = Token::parse(token) else {
            continue;
        };
        match find(site, token, now).await? {
            Found::Session(known) => return Ok(Origin::Known(known)),
            Found::Replaced(by) => replaced = Some(by),
            Found::Nothing => {}
        }
    }
    Ok(replaced.map_or(Origin::DeadCookie, Origin::Replaced))
}

/// Returns the different values that came, or `None` when not even a cookie of that name did.
fn tokens<'a>(headers: &'a HeaderMap, name: &'a str) -> Option<[Option<&'a [u8]>; TRIES]> {
    let mut cookies = values(headers, name).peekable();
    cookies.peek()?;
    let mut tokens = [None; TRIES];
    let mut free = 0;
    for token in cookies.filter(|value| Token::parse(value).is_some()) {
        if free < TRIES && !tokens.contains(&Some(token)) {
            tokens[free] = Some(token);
            free += 1;
        }
    }
    Some(tokens)
}

/// What a token leads to.
enum Found {
    Session(Known),
    /// A login has just given the visitor another token, for the session under this key.
    Replaced(StoreKey),
    Nothing,
}

/// Looks a token up, and follows the signs of renewals that were under way with it.
async fn find(site: &Site, token: Token, now: Timestamp) -> Result<Found, StoreError> {
    let Some(mut key) = site.digests.of(&token) else {
        return Ok(Found::Nothing);
    };
    let mut held = Held::Token(token);
    for _ in 0..=HOPS {
        let Some(Stored { body, version }) = site.store.load(&key, now).await? else {
            event("unknown", "a session cookie leads to nothing");
            return Ok(Found::Nothing);
        };
        match body {
            // By today's rules, which may be tighter than when it was saved.
            Body::Record(record) if site.rules.policy.is_over(&record, now) => break,
            Body::Record(record) => {
                return Ok(Found::Session(Known {
                    key,
                    version,
                    record,
                    held,
                }));
            }
            Body::Forward(forward) if may_follow(&forward, now) => {
                key = forward.to;
                held = Held::OldToken;
            }
            Body::Forward(forward) if now <= forward.until => {
                return Ok(Found::Replaced(forward.to));
            }
            Body::Forward(_) => {
                suspect(site, &key);
                break;
            }
        }
    }
    Ok(Found::Nothing)
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
