//! `Clear-Site-Data`: at logout the browser forgets what the site left there (Clear Site Data, W3C).
use http::{HeaderName, HeaderValue};

pub(super) const NAME: HeaderName = HeaderName::from_static("clear-site-data");

/// What a browser is to forget when a session ends at the visitor's wish.
///
/// **Cookies go for the whole registrable domain**: at the logout from `shop.example.com` those of
/// `mail.example.com` and `example.com` go as well, and so do passwords of HTTP authentication. Where
/// other applications share the domain, choose [`ClearSiteData::storage_only`]; the library's own
/// cookies are taken back by name in any case.
///
/// Browsers clear cookies *after* they have kept those of the same answer (seen in Chromium 156), so
/// an answer that gives the browser a cookie, such as a message of farewell, goes without `"cookies"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct ClearSiteData {
    pub(crate) cookies: bool,
    pub(crate) storage: bool,
    pub(crate) cache: bool,
}

impl ClearSiteData {
    /// Cookies, and what scripts stored: the default (OWASP Session Management, ASVS 14.3.1).
    pub const fn cookies_and_storage() -> Self {
        Self {
            cookies: true,
            storage: true,
            cache: false,
        }
    }

    /// Only what scripts of this origin stored; other applications of the domain notice nothing.
    pub const fn storage_only() -> Self {
        Self {
            cookies: false,
            ..Self::cookies_and_storage()
        }
    }

    /// Clears the browser's cache of this origin too, which may hold up the answer for seconds.
    pub const fn and_cache(mut self) -> Self {
        self.cache = true;
        self
    }

    /// Writes the header for an answer that gives the browser cookies, or doesn't.
    pub(super) fn value(self, gives_cookies: bool) -> Option<HeaderValue> {
        let words: Vec<_> = [
            (self.cache, "\"cache\""),
            (self.cookies && !gives_cookies, "\"cookies\""),
            (self.storage, "\"storage\""),
        ]
        .into_iter()
        .filter_map(|(on, word)| on.then_some(word))
        .collect();
        let value = HeaderValue::from_str(&words.join(", ")).expect("the words are plain ASCII");
        (!words.is_empty()).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_same_answer_gives_is_not_taken_away_again() {
        let both = ClearSiteData::cookies_and_storage();
        for (what, gives_cookies, text) in [
            (both, false, "\"cookies\", \"storage\""),
            (both, true, "\"storage\""),
            (ClearSiteData::storage_only(), false, "\"storage\""),
            (
                both.and_cache(),
                false,
                "\"cache\", \"cookies\", \"storage\"",
            ),
            (both.and_cache(), true, "\"cache\", \"storage\""),
        ] {
            assert_eq!(what.value(gives_cookies).unwrap(), text);
        }
    }
}
