//! The `Cookie` headers of a request, kept for when the request itself is gone.
use http::header::{COOKIE, HeaderMap, HeaderValue};

use crate::cookie::Wanted;
use crate::cookie::parse::named;

/// The cookies that came. A browser sends one header of them, which costs no allocation to keep.
#[derive(Clone)]
pub(crate) struct CookieHeaders {
    first: Option<HeaderValue>,
    more: Vec<HeaderValue>,
}

impl CookieHeaders {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        // As long as no header at all came twice, looking one up is cheaper than walking along all of its values.
        if headers.len() == headers.keys_len() {
            return Self {
                first: headers.get(COOKIE).cloned(),
                more: Vec::new(),
            };
        }
        let mut all = headers.get_all(COOKIE).iter();
        Self {
            first: all.next().cloned(),
            more: all.cloned().collect(),
        }
    }

    /// Returns the value of every cookie called `name`, in the order in which they were sent.
    pub(crate) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.all().flat_map(|header| named(header.as_bytes(), name))
    }

    /// Calls `take` with the value of every cookie that is wanted, in the order in which they were sent.
    pub(crate) fn each<'a>(&'a self, wanted: &Wanted, mut take: impl FnMut(&'a [u8])) {
        for header in self.all() {
            wanted.each(header.as_bytes(), &mut take);
        }
    }

    /// Calls `take` with every cookie whose name begins as the wanted one: with the rest of its name, and its value.
    pub(crate) fn each_beginning<'a>(
        &'a self,
        wanted: &Wanted,
        mut take: impl FnMut(&'a [u8], &'a [u8]),
    ) {
        for header in self.all() {
            wanted.each_beginning(header.as_bytes(), &mut take);
        }
    }

    /// Returns them as they came, for what reads a request's headers.
    pub(crate) fn headers(&self) -> HeaderMap {
        self.all().map(|value| (COOKIE, value.clone())).collect()
    }

    fn all(&self) -> impl Iterator<Item = &HeaderValue> {
        self.first.iter().chain(&self.more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_cookies_are_found_whatever_else_comes_twice() {
        for (lines, values) in [
            (&[("cookie", "n=1; o=2")][..], &["1"][..]),
            (
                &[("cookie", "n=1"), ("accept", "a"), ("accept", "b")],
                &["1"],
            ),
            (
                &[("cookie", "n=1"), ("cookie", "o=2; n=3"), ("cookie", "n=4")],
                &["1", "3", "4"],
            ),
            (&[("accept", "a")], &[]),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.append(*name, HeaderValue::from_static(value));
            }
            let cookies = CookieHeaders::of(&headers);
            let found: Vec<_> = cookies.values("n").collect();
            let mut wanted = Vec::new();
            cookies.each(&Wanted::new("n"), |value| wanted.push(value));
            let values: Vec<_> = values.iter().map(|value| value.as_bytes()).collect();
            assert_eq!((&found, &wanted), (&values, &values), "{lines:?}");
        }
    }
}
