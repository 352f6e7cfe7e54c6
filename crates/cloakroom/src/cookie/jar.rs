//! The cookies of one response: at most one for each name, domain and path, and the last one counts.
use http::header::{HeaderMap, SET_COOKIE};

use crate::cookie::SetCookie;

/// What the browser will be told to keep or forget.
#[derive(Default)]
pub(crate) struct Jar {
    cookies: Vec<SetCookie>,
    closed: bool,
}

impl Jar {
    /// Puts a cookie in, in the place of one that the browser would keep in the same place.
    pub(crate) fn put(&mut self, cookie: SetCookie) {
        if self.cookies.is_empty() {
            // Most answers set one, for which no room for more is made.
            self.cookies = vec![cookie];
            return;
        }
        self.cookies.retain(|kept| !cookie.replaces(kept));
        self.cookies.push(cookie);
    }

    /// Puts a cookie in, unless something was said about it already.
    pub(crate) fn put_if_new(&mut self, cookie: SetCookie) {
        if !self.cookies.iter().any(|kept| cookie.replaces(kept)) {
            self.cookies.push(cookie);
        }
    }

    /// Says whether the browser is to keep any of the cookies.
    pub(crate) fn gives(&self) -> bool {
        self.cookies.iter().any(|cookie| !cookie.deletes())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.cookies.is_empty()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Makes a jar with cookies that were taken out of another.
    pub(crate) fn of(cookies: Vec<SetCookie>) -> Self {
        Self {
            cookies,
            closed: false,
        }
    }

    /// Closes the jar and takes the cookies out: the headers are about to go out.
    pub(crate) fn close(&mut self) -> Vec<SetCookie> {
        self.closed = true;
        std::mem::take(&mut self.cookies)
    }

    /// Writes the cookies into a response, in the place of those a handler wrote by hand, if it did.
    pub(crate) fn write(cookies: Vec<SetCookie>, headers: &mut HeaderMap, by_hand: bool) {
        if by_hand {
            drop_replaced(&cookies, headers);
        }
        for cookie in cookies {
            headers.append(SET_COOKIE, cookie.into_header());
        }
    }
}

fn drop_replaced(cookies: &[SetCookie], headers: &mut HeaderMap) {
    let replaced = |header: &[u8]| cookies.iter().any(|cookie| cookie.replaces_header(header));
    let by_hand = headers.get_all(SET_COOKIE);
    if !by_hand.iter().any(|header| replaced(header.as_bytes())) {
        return;
    }
    let kept: Vec<_> = by_hand
        .iter()
        .filter(|header| !replaced(header.as_bytes()))
        .cloned()
        .collect();
    headers.remove(SET_COOKIE);
    for header in kept {
        headers.append(SET_COOKIE, header);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cookie::CookieSpec;
    use http::HeaderValue;

    fn set(name: &'static str, value: &str) -> SetCookie {
        SetCookie::new(&CookieSpec::new(name).secure(false), value).unwrap()
    }

    fn written(jar: &mut Jar, headers: &mut HeaderMap) -> Vec<String> {
        let by_hand = headers.contains_key(SET_COOKIE);
        Jar::write(jar.close(), headers, by_hand);
        headers
            .get_all(SET_COOKIE)
            .iter()
            .map(|header| header.to_str().unwrap().split(';').next().unwrap().into())
            .collect()
    }

    #[test]
    fn the_last_of_the_same_name_wins_and_owes_nothing_to_the_first() {
        let mut jar = Jar::default();
        jar.put(SetCookie::delete(&CookieSpec::new("n")).unwrap());
        jar.put(set("other", "1"));
        jar.put(set("n", "new"));
        let mut headers = HeaderMap::new();
        assert_eq!(written(&mut jar, &mut headers), ["other=1", "n=new"]);
        let last = headers.get_all(SET_COOKIE).iter().next_back().unwrap();
        assert_eq!(last, "n=new; Path=/; SameSite=Lax; HttpOnly");
    }

    #[test]
    fn a_cookie_that_a_handler_wrote_by_hand_is_not_sent_twice() {
        let mut jar = Jar::default();
        jar.put(set("n", "new"));
        let mut headers = HeaderMap::new();
        for by_hand in ["n=old; Path=/", "mine=1", "n=elsewhere; Path=/x"] {
            headers.append(SET_COOKIE, HeaderValue::from_static(by_hand));
        }
        assert_eq!(
            written(&mut jar, &mut headers),
            ["mine=1", "n=elsewhere", "n=new"]
        );
    }
}
