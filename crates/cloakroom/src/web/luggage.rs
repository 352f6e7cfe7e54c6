//! The messages that come with a request: in its cookies and in its session.
use http::HeaderMap;
use http::header::HeaderName;

use crate::clock::Timestamp;
use crate::config::Site;
use crate::cookie::{CookieHeaders, values};
use crate::keys::Purpose;
use crate::messages::{
    Arrived, Brought, FAMILY_LIMIT, Keeps, Luggage, Place, SESSION_KEY, Storage, Wire,
};
use crate::session::Session;

static SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Reads the messages that wait in cookies, and those in the session where it is given. What is damaged is
/// counted, to be forgotten.
pub(super) fn read(site: &Site, headers: &HeaderMap, session: Option<&Session>) -> Luggage {
    if let Some(keeps) = &site.messages.keeps {
        return shared(site, &**keeps, headers, session);
    }
    let arrived = match session {
        Some(session) => arrived(site, &session.arrival().sent),
        None => arrived(site, &CookieHeaders::of(headers)),
    };
    packed(site, headers, arrived, session)
}

/// Reads the messages that wait in cookies, unless the session has to be asked as well.
///
/// As long as messages fit into their cookies nobody asks for the session, which spares a page that shows messages a
/// question to the store. A cookie says when there is more, and one that does not open may have said so.
pub(super) fn in_cookies(site: &Site, headers: &HeaderMap, sent: CookieHeaders) -> Option<Luggage> {
    if site.messages.storage != Storage::Fallback || site.messages.keeps.is_some() {
        return None;
    }
    let arrived = arrived(site, &sent);
    let more = arrived.iter().any(|cookie| cookie.more);
    (!more).then(|| Luggage {
        sent: Some(sent),
        ..packed(site, headers, arrived, None)
    })
}

fn packed(
    site: &Site,
    headers: &HeaderMap,
    mut arrived: Vec<Arrived>,
    session: Option<&Session>,
) -> Luggage {
    let place = place(headers);
    if place == Place::Unknown {
        for cookie in &mut arrived {
            let unseen = cookie.messages.take().map(|all| unseen(site, all));
            cookie.messages = unseen.filter(|all| cookie.more || !all.is_empty());
        }
    }
    let in_session = session.map(|session| session.own(&SESSION_KEY));
    Luggage {
        arrived,
        in_session: in_session.unwrap_or_default(),
        place,
        has_session: session.is_some_and(Session::is_kept),
        brought: None,
        sent: None,
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
        ending: String::new(),
        bytes: value.map_or(0, str::len),
        messages: Some(keeps.read(&brought)),
        more: false,
        retired: false,
    };
    Luggage {
        arrived: vec![arrived],
        in_session: Vec::new(),
        place: Place::Navigation,
        has_session: session.is_some_and(Session::is_kept),
        brought: Some(brought),
        sent: None,
    }
}

/// Opens the cookie for messages, and those of its name with an ending of their own.
fn arrived(site: &Site, sent: &CookieHeaders) -> Vec<Arrived> {
    let (mut arrived, mut now) = (Vec::new(), None);
    sent.each_beginning(site.messages_cookie.wanted(), |ending, value| {
        if arrived.len() < FAMILY_LIMIT && (ending.is_empty() || is_ending(ending)) {
            let now = *now.get_or_insert_with(|| site.clock.now());
            let cookie = open(site, ending, value, now);
            match &mut arrived {
                // Mostly there is one.
                none if none.is_empty() => *none = vec![cookie],
                some => some.push(cookie),
            }
        }
    });
    arrived
}

fn open(site: &Site, ending: &[u8], value: &[u8], now: Timestamp) -> Arrived {
    let ending = String::from_utf8_lossy(ending).into_owned();
    let name = site.messages_name(&ending);
    let opened = site
        .keys()
        .open_with(Purpose::Messages, &name, value, now, Wire::read_all)
        .map_err(|refused| {
            metrics::counter!("cloakroom_damaged_messages_total").increment(1);
            tracing::info!(
                reason = refused.reason(),
                "a cookie with messages did not open"
            );
        })
        .ok();
    let (read, retired) = opened.unwrap_or_default();
    let more = read.as_ref().is_none_or(|(_, more)| *more);
    Arrived {
        ending,
        bytes: value.len(),
        messages: read.map(|(messages, _)| messages),
        more,
        retired,
    }
}

/// Returns what was not shown yet; a cookie without any is to be forgotten, once more.
fn unseen(site: &Site, mut messages: Vec<Wire>) -> Vec<Wire> {
    messages.retain(|message| !site.shown.contains(message.id()));
    messages
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
