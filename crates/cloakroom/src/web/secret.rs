//! The CSRF secret of a visit: found in what came, held against the session, and kept for the next.
use std::borrow::Cow;

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use crate::config::Site;
use crate::cookie::{CookieHeaders, pairs};
use crate::csrf::{Became, Bound, Format, Kept, Reason, Writing, from_session, settle, to_session};
use crate::session::{Name, Session, Token};
use crate::store::InCookie;
use crate::web::carry_out::Ticketed;
use crate::web::load;
use crate::web::visit::Asked;

/// Where the session keeps the secret, if it does.
const SESSION_KEY: Name = Name::from_static("_csrftoken");

pub(super) fn writing(site: &Site) -> Writing<'_> {
    Writing {
        format: site.csrf.format,
        keys: site.keys(),
        cookie: site.csrf_cookie.name(),
        now: site.clock.now(),
    }
}

/// Finds the secret that came in a cookie and counts for the visitor's session.
pub(super) fn that_came(site: &Site, cookies: &CookieHeaders) -> Result<Kept, Reason> {
    let came = cookies.values(site.csrf_cookie.name());
    match site.csrf.format {
        Format::Native => writing(site).the_one(came, &sessions(site, cookies)),
        Format::Django => writing(site).the_one(came, &[]),
    }
}

/// Returns the secret's text in the session, as another program wrote it.
pub(super) fn text_in_session(session: &Session) -> Option<String> {
    session.own(&SESSION_KEY)
}

/// Finds the secret in the session.
pub(super) fn in_session(site: &Site, session: &Session) -> Option<Kept> {
    from_session(site.csrf.format, &session.own::<String>(&SESSION_KEY))
}

/// Returns the sessions that the request's cookies may lead to; no store is asked for that.
fn sessions(site: &Site, cookies: &CookieHeaders) -> Vec<Bound> {
    if let Some(in_cookie) = site.store.in_cookie() {
        let carried = carried(site, in_cookie, &cookies.headers()).into_iter();
        return carried.map(|(_, bound)| bound).collect();
    }
    let tokens = load::tokens(site, cookies);
    tokens.filter_map(|token| bound(site, &token)).collect()
}

/// The same, each with the value of the cookie that leads there; of several cookies that carry a session
/// together it is the first.
fn session_cookies(site: &Site, headers: &HeaderMap) -> Vec<(Vec<u8>, Bound)> {
    if let Some(in_cookie) = site.store.in_cookie() {
        return carried(site, in_cookie, headers);
    }
    let with_value = |token: Token| {
        let bound = bound(site, &token)?;
        Some((token.as_str().as_bytes().to_vec(), bound))
    };
    let cookies = CookieHeaders::of(headers);
    let tokens = load::tokens(site, &cookies);
    tokens.filter_map(with_value).collect()
}

fn bound(site: &Site, token: &Token) -> Option<Bound> {
    Some(site.digests.of(token)?.into())
}

/// The same where the visitor carries the session: those that open and are not over.
fn carried(site: &Site, in_cookie: &InCookie, headers: &HeaderMap) -> Vec<(Vec<u8>, Bound)> {
    let (name, now) = (site.session_cookie.name(), site.clock.now());
    let chunks = in_cookie.chunks(headers, &site.session_cookie);
    let open = |(first, sealed): (&[u8], Option<_>)| {
        let sealed: Cow<'_, [u8]> = sealed?;
        let known = in_cookie.open(site.keys(), name, &sealed, now).ok()?;
        let is_over = site.rules.policy.is_over(&known.record, now);
        (!is_over).then(|| (first.to_vec(), known.key.into()))
    };
    chunks.by_first().filter_map(open).collect()
}

/// Takes all session cookies out of a request but the one that its token belongs to: what is not proven
/// for a session must not be done in it.
pub(super) fn leave_its_session_only(site: &Site, headers: &mut HeaderMap, kept: &Kept) {
    let Some(to) = kept.bound else {
        return;
    };
    let cookies = session_cookies(site, headers);
    let own = cookies.iter().find(|(_, session)| *session == to);
    let Some((own, _)) = own.filter(|_| cookies.len() > 1) else {
        return;
    };
    load::event(
        "several",
        "several session cookies came; only the one that the token was made for counts",
    );
    let name = site.session_cookie.name().as_bytes();
    let stays = |(found, value): &(&[u8], &[u8])| *found != name || value == own;
    let written = |header: &HeaderValue| {
        let kept: Vec<_> = pairs(header.as_bytes())
            .filter(stays)
            .map(|(name, value)| [name, b"=", value].concat())
            .collect();
        HeaderValue::from_bytes(&kept.join(&b"; "[..])).expect("it is part of a header")
    };
    let all: Vec<_> = headers.get_all(COOKIE).iter().map(written).collect();
    headers.remove(COOKIE);
    headers.extend(all.into_iter().map(|header| (COOKIE, header)));
}

/// The session of a visit, before its changes are carried out.
#[derive(Clone, Copy)]
pub(super) struct Held {
    session: Option<Bound>,
    /// Whether it began, and was saved, before the request ended.
    has_begun: bool,
    signs_in: bool,
}

impl Held {
    pub(super) fn of(asked: &Asked) -> Self {
        let session = asked.session();
        Self {
            session: session.and_then(Session::store_key).map(Bound::from),
            #[cfg(feature = "wizards")]
            has_begun: asked.given.get().is_some_and(|given| given.is_new),
            #[cfg(not(feature = "wizards"))]
            has_begun: false,
            signs_in: session.is_some_and(Session::signs_in),
        }
    }
}

/// Returns what the cookie is to be from now on; `None` when it stays, or there is none.
///
/// `held` is the session as it was, where the store took it over.
pub(super) fn for_the_cookie(
    asked: &Asked,
    held: Option<Held>,
    ticketed: &Ticketed,
) -> Option<String> {
    let (site, csrf) = (&asked.site, &asked.site.csrf);
    if !csrf.on || csrf.in_session {
        return None;
    }
    let token = asked.csrf.get();
    let printed = token.is_some_and(|token| token.is_printed());
    if !printed && matches!(ticketed, Ticketed::Keep | Ticketed::TakeBack) {
        return None;
    }
    let held = held.unwrap_or_else(|| Held::of(asked));
    let became = became(asked, held, ticketed);
    if matches!(became, Became::Same(_) | Became::Ended) && !printed {
        return None;
    }
    let found;
    let came = match token {
        Some(token) => token.came(),
        None => {
            found = that_came(site, asked.sent()?).ok();
            found.as_ref()
        }
    };
    let minted = token.and_then(|token| token.minted());
    let writing = writing(site);
    let fresh = || csrf.format.generate();
    let kept = settle(
        came,
        minted,
        printed,
        became,
        (writing.now, csrf.grace),
        fresh,
    );
    // Django sends the cookie with every page that uses it, which renews its age.
    let again = came.filter(|_| printed && csrf.format == Format::Django);
    // By its rules a login makes one, whether or not there was one before.
    let first = || {
        let rotated = matches!(became, Became::SignedIn(_)) && csrf.rules.is_some();
        rotated.then(|| Kept::new(csrf.format.generate(), None))
    };
    let kept = kept.or_else(|| again.cloned()).or_else(first)?;
    Some(writing.write(&kept, csrf.cookie_age))
}

fn became(asked: &Asked, held: Held, ticketed: &Ticketed) -> Became {
    let site = &asked.site;
    let given = match ticketed {
        Ticketed::Keep => None,
        Ticketed::Give(token, _) => site.digests.of(token),
        Ticketed::GiveSealed(sealed) => Some(sealed.key),
        Ticketed::TakeBack => return Became::Ended,
    };
    match given.map(Bound::from) {
        Some(new) if held.session == Some(new) && !held.has_begun => Became::Same(held.session),
        Some(new) if held.signs_in => Became::SignedIn(new),
        Some(_) if site.csrf.format == Format::Django => Became::Same(None),
        Some(new) => Became::New(new),
        None => Became::Same(
            held.session
                .or_else(|| sessions(site, asked.sent()?).first().copied()),
        ),
    }
}

/// Keeps the secret in the session, if that is where it is kept.
pub(super) fn keep_in_session(asked: &Asked, session: &Session) {
    let (site, csrf) = (&asked.site, &asked.site.csrf);
    if !csrf.on || !csrf.in_session {
        return;
    }
    let token = asked.csrf.get();
    let minted = token.and_then(|token| token.minted());
    let signs_in = session.signs_in();
    if minted.is_none() && !signs_in {
        return;
    }
    // Another user's login ends the session that the forms of other tabs were made in. They count for the
    // grace, as with a cookie: a token says from which browser a form comes, not who sends it.
    let before = || from_session(csrf.format, &session.own_as_loaded::<String>(&SESSION_KEY));
    let came = in_session(site, session).or_else(|| signs_in.then(before).flatten());
    let became = match signs_in {
        true => Became::SignedIn(Bound::NONE),
        false => Became::Same(None),
    };
    let times = (site.clock.now(), csrf.grace);
    let fresh = || csrf.format.generate();
    let Some(kept) = settle(came.as_ref(), minted, true, became, times, fresh) else {
        return;
    };
    let text = to_session(csrf.format, &kept);
    let put = session.update_own(SESSION_KEY, move |kept: &mut String| kept.clone_from(&text));
    if let Err(error) = put {
        tracing::error!(%error, "the CSRF secret did not fit into the session");
    }
}
