//! Finding the session that a request's cookie leads to.
use std::sync::Arc;

use http::HeaderMap;

use crate::clock::Timestamp;
use crate::config::Site;
use crate::cookie::values;
use crate::error::StoreError;
use crate::session::{Body, Forward, Known, Origin, Session, StoreKey, Stored, Token};
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
    let mut otherwise = Origin::DeadCookie;
    for token in tokens {
        match find(site, token, now).await? {
            Found::Session(known) => return Ok(Origin::Known(known)),
            Found::Replaced => otherwise = Origin::Replaced,
            Found::Nothing => {}
        }
    }
    Ok(otherwise)
}

/// What a token leads to.
enum Found {
    Session(Known),
    /// A login has just given the visitor another token.
    Replaced,
    Nothing,
}

impl Found {
    /// The session, unless it is over by today's rules, which may be tighter than when it was saved.
    fn live(site: &Site, known: Known, now: Timestamp) -> Self {
        if site.rules.policy.is_over(&known.record, now) {
            Self::Nothing
        } else {
            Self::Session(known)
        }
    }
}

async fn find(site: &Site, token: Token, now: Timestamp) -> Result<Found, StoreError> {
    let key = token.key();
    match site.store.load(&key, now).await? {
        None => {
            event("unknown", "a session cookie leads to nothing");
            Ok(Found::Nothing)
        }
        Some(Stored {
            body: Body::Record(record),
            version,
        }) => {
            let known = Known {
                key,
                version,
                record,
                own_token: Some(token),
            };
            Ok(Found::live(site, known, now))
        }
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
) -> Result<Found, StoreError> {
    for _ in 0..HOPS {
        if !may_follow(&forward, now) {
            let session = site.keys().log_id(old.as_bytes());
            metrics::counter!("cloakroom_suspicious_total", "reason" => "old token").increment(1);
            tracing::warn!(%session, "a renewed session's old token was used: it may be stolen");
            return Ok(if now <= forward.until {
                Found::Replaced
            } else {
                Found::Nothing
            });
        }
        match site.store.load(&forward.to, now).await? {
            Some(Stored {
                body: Body::Record(record),
                version,
            }) => {
                let known = Known {
                    key: forward.to,
                    version,
                    record,
                    own_token: None,
                };
                return Ok(Found::live(site, known, now));
            }
            Some(Stored {
                body: Body::Forward(next),
                ..
            }) => forward = next,
            None => return Ok(Found::Nothing),
        }
    }
    Ok(Found::Nothing)
}

fn event(reason: &'static str, what: &'static str) {
    metrics::counter!("cloakroom_suspicious_total", "reason" => reason).increment(1);
    tracing::info!(reason, "{what}");
}
