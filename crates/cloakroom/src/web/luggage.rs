//! The messages that come with a request: in its cookies and in its session.
use http::HeaderMap;
use http::header::{COOKIE, HeaderName};

use crate::clock::Timestamp;
use crate::config::Site;
use crate::cookie::{pairs, values};
use crate::keys::Purpose;
use crate::messages::{Arrived, Brought, FAMILY_LIMIT, Keeps, Luggage, Place, SESSION_KEY, Wire};
use crate::session::Session;

static SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Reads all messages that wait. What is damaged is counted, to be forgotten.
pub(super) fn read(site: &Site, headers: &HeaderMap, session: Option<&Session>) -> Luggage {
    if let Some(keeps) = &site.messages.keeps {
        return shared(site, &**keeps, headers, session);
    }
    let in_session = session.map(|session| session.own(&SESSION_KEY));
    let place = place(headers);
    let mut arrived = arrived(site, headers);
    if place == Place::Unknown {
        for cookie in &mut arrived {
            cookie.messages = cookie.messages.take().and_then(|all| unseen(site, all));
        }
    }
    Luggage {
        arrived,
        in_session: in_session.unwrap_or_default(),
        place,
        has_session: session.is_some_and(Session::is_kept),
        brought: None,
    }
}

/// Reads what another program may have left, which keeps one cookie.
fn shared(
    site: &Site,
    keeps: &dyn Keeps,
    headers: &HeaderMap,
    session: Option<&Session>,
) -> Luggage {
    let name = site.messages_cookie.name();
    let value = values(headers, name).last();
    let value = value.and_then(|value| std::str::from_utf8(value).ok());
    let in_session = session.map(|session| session.own::<Option<String>>(&SESSION_KEY));
    let brought = Brought {
        cookie: value.map(ToOwned::to_owned),
        session: in_session.flatten(),
    };
    let arrived = Arrived {
        cookie: name.to_owned(),
        bytes: value.map_or(0, str::len),
        messages: Some(keeps.read(&brought)),
        retired: false,
    };
    Luggage {
        arrived: vec![arrived],
        in_session: Vec::new(),
        place: Place::Navigation,
        has_session: session.is_some_and(Session::is_kept),
        brought: Some(brought),
    }
}

fn arrived(site: &Site, headers: &HeaderMap) -> Vec<Arrived> {
    let family = site.messages_cookie.name();
    let cookies = headers.get_all(COOKIE).iter();
    let mut found = cookies
        .flat_map(|header| pairs(header.as_bytes()))
        .filter(|(name, _)| is_of_family(name, family))
        .take(FAMILY_LIMIT)
        .peekable();
    if found.peek().is_none() {
        return Vec::new();
    }
    let now = site.clock.now();
    found
        .map(|(name, value)| open(site, name, value, now))
        .collect()
}

fn open(site: &Site, name: &[u8], value: &[u8], now: Timestamp) -> Arrived {
    let cookie = String::from_utf8_lossy(name).into_owned();
    let opened = site
        .keys()
        .open(Purpose::Messages, &cookie, value, now)
        .map_err(|refused| {
            metrics::counter!("cloakroom_damaged_messages_total").increment(1);
            tracing::info!(
                reason = refused.reason(),
                "a cookie with messages did not open"
            );
        })
        .ok();
    Arrived {
        cookie,
        bytes: value.len(),
        retired: opened.as_ref().is_some_and(|opened| opened.retired),
        messages: opened.and_then(|opened| Wire::read_all(&opened.content)),
    }
}

/// Returns what was not shown yet; a cookie without any is to be forgotten, once more.
fn unseen(site: &Site, mut messages: Vec<Wire>) -> Option<Vec<Wire>> {
    messages.retain(|message| !site.shown.contains(message.id()));
    (!messages.is_empty()).then_some(messages)
}

/// Says whether this is the cookie for messages, or its name with an ending of its own.
fn is_of_family(name: &[u8], family: &str) -> bool {
    name.strip_prefix(family.as_bytes())
        .is_some_and(|end| end.is_empty() || is_ending(end))
}

fn is_ending(end: &[u8]) -> bool {
    end.len() > 1
        && end[0] == b'-'
        && end[1..]
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte))
}

/// Says what kind of request this is (Fetch Metadata, W3C).
fn place(headers: &HeaderMap) -> Place {
    match headers.get(&SEC_FETCH_MODE) {
        None => Place::Unknown,
        Some(mode) if mode == "navigate" => Place::Navigation,
        Some(_) => Place::Script,
    }
}
