//! What caches on the way are told: an answer that shows something of a visitor is for that visitor.
mod cache_control;
mod targeted;
mod vary;

use std::fmt;

use axum_core::response::Response;
use http::header::{CACHE_CONTROL, HeaderMap, HeaderName, SET_COOKIE, VARY};

/// For whom an answer is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum For {
    /// Everybody, or as the handler says.
    Anyone,
    /// This visitor, as often as they like.
    Visitor,
    /// This visitor, this once: it sets a cookie or shows a message.
    Once,
}

/// What an answer used of the visitor, in the order in which a developer would look for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Used {
    pub(super) session: bool,
    pub(super) messages: bool,
    /// Messages were shown, so that a second look would show them again.
    pub(super) shown: bool,
    pub(super) token: bool,
    pub(super) nonce: bool,
    /// The request's cookies were looked at.
    pub(super) cookies: bool,
    pub(super) sets_cookie: bool,
}

impl Used {
    pub(super) fn good_for(self) -> For {
        if self.sets_cookie || self.shown {
            For::Once
        } else if self.session || self.messages || self.token || self.nonce {
            For::Visitor
        } else {
            For::Anyone
        }
    }

    /// Says whether another cookie could have led to another answer.
    fn depends_on_cookies(self) -> bool {
        self.session || self.messages || self.token || self.cookies || self.sets_cookie
    }

    fn first(self) -> &'static str {
        let words = [
            (self.session, "the visitor's session"),
            (self.messages, "flash messages"),
            (self.token, "a CSRF token"),
            (self.nonce, "a CSP nonce"),
            (self.sets_cookie, "a cookie for the visitor"),
        ];
        let used = words.into_iter().find(|(used, _)| *used);
        used.map_or("something of the visitor", |(_, word)| word)
    }
}

/// In the answer's extensions, in development: why a page was refused that caches would have shared.
///
/// Its text says which header of the handler's is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overshared {
    header: HeaderName,
    used: &'static str,
}

impl fmt::Display for Overshared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { header, used } = self;
        write!(
            f,
            "This answer has {used} in it, but its handler marks it for caches that many visitors share, \
             by the header {header}. Somebody else would get it. Leave that header out or say private there, \
             or let the page do without {used}. In production the header is corrected and a warning is traced."
        )
    }
}

/// What an answer's headers say already. Answers have few, so that one look at each is faster than
/// asking for some of them by name.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Said {
    pub(super) sets_cookie: bool,
    /// Whether there is anything for caches among them.
    to_caches: bool,
}

impl Said {
    pub(super) fn by(headers: &HeaderMap) -> Self {
        let mut said = Self::default();
        for name in headers.keys() {
            said.sets_cookie |= *name == SET_COOKIE;
            said.to_caches |= *name == VARY || *name == CACHE_CONTROL || targeted::is(name);
        }
        said
    }
}

/// Says whether an answer gives the visitor a cookie, or takes one.
pub(super) fn sets_cookie(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| *name == SET_COOKIE)
}

/// Says which header of an answer gives away to others what it used of this visitor.
pub(super) fn overshared(headers: &HeaderMap, said: Said, used: Used) -> Option<Overshared> {
    if !said.to_caches || used.good_for() == For::Anyone {
        return None;
    }
    let header = marked_public(headers)?;
    let used = used.first();
    Some(Overshared { header, used })
}

fn marked_public(headers: &HeaderMap) -> Option<HeaderName> {
    if cache_control::is_public(headers) {
        return Some(CACHE_CONTROL);
    }
    targeted::first(headers)
}

/// Tells caches whom an answer is good for, together with what the handler told them.
pub(super) fn tell(headers: &mut HeaderMap, said: Said, used: Used) {
    if said.to_caches {
        return tell_as_well(headers, used);
    }
    if used.depends_on_cookies() {
        headers.append(VARY, vary::COOKIE);
    }
    match used.good_for() {
        For::Anyone => {}
        For::Visitor => _ = headers.append(CACHE_CONTROL, cache_control::PRIVATE),
        For::Once => _ = headers.append(CACHE_CONTROL, cache_control::NO_STORE),
    }
}

fn tell_as_well(headers: &mut HeaderMap, used: Used) {
    if used.depends_on_cookies() {
        vary::by_cookie(headers);
    }
    match used.good_for() {
        For::Anyone => return,
        For::Visitor => cache_control::keep_private(headers),
        For::Once => cache_control::forbid(headers),
    }
    targeted::correct(headers);
}

/// Says that the answer depends on the request's cookies.
pub(super) fn varied(mut response: Response) -> Response {
    vary::by_cookie(response.headers_mut());
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const SESSION: Used = Used {
        session: true,
        messages: false,
        shown: false,
        token: false,
        nonce: false,
        cookies: false,
        sets_cookie: false,
    };

    fn tell_all(headers: &mut HeaderMap, used: Used) {
        let said = Said::by(headers);
        tell(headers, said, used);
    }

    fn map(lines: &[(HeaderName, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn what_the_handler_says_is_kept_as_far_as_it_is_safe() {
        let rows: [(&[&'static str], &str, &str); 16] = [
            // said -> for the visitor, for once
            (&[], "private", "no-store"),
            (&[""], "private", "no-store"),
            (&["max-age=60"], "private, max-age=60", "no-store"),
            (&["no-cache"], "private, no-cache", "no-store"),
            (&["public, max-age=60"], "private, max-age=60", "no-store"),
            (&["Public", "MAX-AGE=60"], "private, MAX-AGE=60", "no-store"),
            (
                &["max-age=60 ,\tS-MaxAge = 9"],
                "private, max-age=60",
                "no-store",
            ),
            (
                &["private=\"a, public\", max-age=1"],
                "private, max-age=1",
                "no-store",
            ),
            (
                &["ext=\"a, private\", max-age=1"],
                "private, ext=\"a, private\", max-age=1",
                "no-store",
            ),
            (
                &["ext=\"\\\", private\""],
                "private, ext=\"\\\", private\"",
                "no-store",
            ),
            (
                &["PRIVATE, max-age=60"],
                "PRIVATE, max-age=60",
                "PRIVATE, max-age=60",
            ),
            (&["no-cache", "No-Store"], "no-cache", "no-cache"),
            (
                &["private, s-maxage=60"],
                "private, s-maxage=60",
                "private, s-maxage=60",
            ),
            (&["no-store=\"x\""], "private, no-store=\"x\"", "no-store"),
            (
                &["public, private, max-age=1"],
                "private, max-age=1",
                "no-store",
            ),
            (&["private", "Public"], "private", "no-store"),
        ];
        for (said, for_visitor, for_once) in rows {
            let lines: Vec<_> = said.iter().map(|value| (CACHE_CONTROL, *value)).collect();
            let once = Used {
                sets_cookie: true,
                ..SESSION
            };
            for (used, after) in [(SESSION, for_visitor), (once, for_once)] {
                let mut headers = map(&lines);
                tell_all(&mut headers, used);
                assert_eq!(headers[CACHE_CONTROL], after, "{said:?}");
            }
        }
    }

    #[test]
    fn what_is_used_decides_whom_an_answer_is_good_for() {
        let none = Used::default();
        let rows = [
            (none, For::Anyone, false),
            (
                Used {
                    cookies: true,
                    ..none
                },
                For::Anyone,
                true,
            ),
            (SESSION, For::Visitor, true),
            (
                Used {
                    messages: true,
                    ..none
                },
                For::Visitor,
                true,
            ),
            (
                Used {
                    token: true,
                    ..none
                },
                For::Visitor,
                true,
            ),
            (
                Used {
                    nonce: true,
                    ..none
                },
                For::Visitor,
                false,
            ),
            (
                Used {
                    shown: true,
                    messages: true,
                    ..none
                },
                For::Once,
                true,
            ),
            (
                Used {
                    sets_cookie: true,
                    ..none
                },
                For::Once,
                true,
            ),
        ];
        for (used, good_for, varies) in rows {
            assert_eq!(used.good_for(), good_for, "{used:?}");
            let mut headers = HeaderMap::new();
            tell_all(&mut headers, used);
            assert_eq!(headers.contains_key(VARY), varies, "{used:?}");
        }
    }

    #[test]
    fn only_what_says_so_marks_an_answer_for_many() {
        let cdn = HeaderName::from_static("cdn-cache-control");
        let vendor = HeaderName::from_static("cloudflare-cdn-cache-control");
        let nginx = HeaderName::from_static("x-accel-expires");
        let surrogate = HeaderName::from_static("surrogate-control");
        let edge = HeaderName::from_static("edge-control");
        let rows = [
            (vec![], None),
            (vec![(CACHE_CONTROL, "max-age=60")], None),
            (vec![(CACHE_CONTROL, "PUBLIC")], Some(CACHE_CONTROL)),
            (
                vec![(CACHE_CONTROL, "max-age=1,s-maxage=2")],
                Some(CACHE_CONTROL),
            ),
            (vec![(CACHE_CONTROL, "x=\"public\"")], None),
            (vec![(CACHE_CONTROL, "public, no-store")], None),
            (
                vec![(CACHE_CONTROL, "public, private")],
                Some(CACHE_CONTROL),
            ),
            (vec![(edge.clone(), "max-age=60")], Some(edge.clone())),
            (vec![(edge.clone(), "no-store")], None),
            (vec![(edge, "max-age=60, bypass-cache")], None),
            (vec![(cdn.clone(), "max-age=60")], Some(cdn.clone())),
            (
                vec![(CACHE_CONTROL, "private"), (vendor.clone(), "max-age=60")],
                Some(vendor),
            ),
            (vec![(cdn, "max-age=60, Private")], None),
            (vec![(nginx.clone(), "60")], Some(nginx.clone())),
            (vec![(nginx, "0")], None),
            (vec![(surrogate, "no-store")], None),
        ];
        for (lines, marked) in rows {
            let headers = map(&lines);
            let found = overshared(&headers, Said::by(&headers), SESSION).map(|over| over.header);
            assert_eq!(found, marked, "{lines:?}");
            assert_eq!(
                overshared(&headers, Said::by(&headers), Used::default()),
                None
            );
            let mut corrected = headers;
            tell_all(&mut corrected, SESSION);
            assert_eq!(marked_public(&corrected), None, "{lines:?}");
        }
    }
}
