//! Finding the session that a request's cookie leads to.
use std::sync::Arc;

use http::HeaderMap;

use crate::clock::Timestamp;
use crate::config::Site;
use crate::cookie::values;
use crate::error::StoreError;
use crate::session::{Body, Forward, Known, Origin, Record, Session, StoreKey, Stored, Token};
use crate::store::may_follow;

/// How many different tokens of one request are looked up; a browser sends one.
const TRIES: usize = 3;
/// How many signs are followed from an old token; more renewals within the grace are not honest.
const HOPS: usize = 4;

/// Loads the session, or begins a blank one.
///
/// # Errors
/// When the store can't be used: an outage is never an empty session.
pub(super) async fn session(site: &Arc<Site>, headers: &HeaderMap) -> Result<Session, StoreError> {
    let origin = origin(site, headers).await?;
    Ok(Session::new(origin, site.rules.clone()))
}

async fn origin(site: &Site, headers: &HeaderMap) -> Result<Origin, StoreError> {
    let mut tokens = Vec::new();
    let mut came = false;
    for value in values(headers, site.session_cookie.name()) {
        came = true;
        match Token::parse(value) {
            Some(token) if tokens.len() < TRIES && !tokens.contains(&token) => tokens.push(token),
            _ => {}
        }
    }
    if !came {
        return Ok(Origin::Nobody);
    }
    if tokens.len() > 1 {
        event(
            "several",
            "several session cookies came; somebody may have planted one",
        );
    }
    let now = site.clock.now();
    for token in tokens {
        if let Some(known) = find(site, token, now).await? {
            return Ok(Origin::Known(known));
        }
    }
    Ok(Origin::DeadCookie)
}

async fn find(site: &Site, token: Token, now: Timestamp) -> Result<Option<Known>, StoreError> {
    let key = token.key();
    match site.store.load(&key, now).await? {
        None => {
            event("unknown", "a session cookie leads to nothing");
            Ok(None)
        }
        Some(Stored {
            body: Body::Record(record),
            version,
        }) => Ok(is_live(site, &record, now).then_some(Known {
            key,
            version,
            record,
            own_token: Some(token),
        })),
        Some(Stored {
            body: Body::Forward(forward),
            ..
        }) => follow(site, key, forward, now).await,
    }
}

/// Follows the sign under an old token, if it is still young.
async fn follow(
    site: &Site,
    old: StoreKey,
    mut forward: Forward,
    now: Timestamp,
) -> Result<Option<Known>, StoreError> {
    for _ in 0..HOPS {
        if !may_follow(&forward, now) {
            let session = site.keys().log_id(old.as_bytes());
            metrics::counter!("cloakroom_suspicious_total", "reason" => "old token").increment(1);
            tracing::warn!(%session, "a renewed session's old token was used: it may be stolen");
            return Ok(None);
        }
        match site.store.load(&forward.to, now).await? {
            Some(Stored {
                body: Body::Record(record),
                version,
            }) => {
                let live = is_live(site, &record, now);
                return Ok(live.then_some(Known {
                    key: forward.to,
                    version,
                    record,
                    own_token: None,
                }));
            }
            Some(Stored {
                body: Body::Forward(next),
                ..
            }) => forward = next,
            None => return Ok(None),
        }
    }
    Ok(None)
}

/// Says whether the session lives by today's rules, which may be tighter than when it was saved.
fn is_live(site: &Site, record: &Record, now: Timestamp) -> bool {
    !site.rules.policy.is_over(record, now)
}

fn event(reason: &'static str, what: &'static str) {
    metrics::counter!("cloakroom_suspicious_total", "reason" => reason).increment(1);
    tracing::info!(reason, "{what}");
}
