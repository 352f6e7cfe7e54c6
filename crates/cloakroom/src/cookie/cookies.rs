//! The cookies of one visit, as a handler sees them: plain, signed and sealed.
use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::HeaderValue;

use crate::clock::{Clock, Timestamp};
use crate::cookie::{CookieSpec, Jar, MAX_AGE, SetCookie, pairs, parse};
use crate::error::{Error, Result};
use crate::keys::{KeyRing, Opened, Purpose, Refused};

/// How long a protected cookie opens when its description gives no age: 30 days.
const BROWSER_LENGTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Reads the request's cookies and writes the response's.
///
/// A cheap handle: clones share the same visit. What was written goes out with whatever the handler
/// answers, an error included. The last writing of a name, domain and path counts.
///
/// ```
/// # use cloakroom::{CookieSpec, Cookies};
/// async fn greet(cookies: Cookies) -> cloakroom::Result<String> {
///     let nickname = CookieSpec::new("nickname");
///     let name = cookies.signed().get(&nickname).unwrap_or("stranger".into());
///     cookies.signed().set(&nickname, &name)?;
///     Ok(format!("Good evening, {name}."))
/// }
/// ```
#[derive(Clone)]
pub struct Cookies {
    inner: Arc<Inner>,
}

struct Inner {
    sent: Vec<HeaderValue>,
    jar: Mutex<Jar>,
    keys: KeyRing,
    clock: Clock,
    plain_http: bool,
}

impl Cookies {
    pub(crate) fn new(
        sent: Vec<HeaderValue>,
        keys: KeyRing,
        clock: Clock,
        plain_http: bool,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                sent,
                jar: Mutex::default(),
                keys,
                clock,
                plain_http,
            }),
        }
    }

    /// Returns the first value that came under this name, or `None` when there is none in UTF-8.
    ///
    /// Names are compared byte by byte and nothing is percent-decoded. Quotes around a value, which
    /// Python writes, are taken off.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.all(name).next()
    }

    /// Returns every value that came under this name, in order.
    ///
    /// There is more than one when a parent domain or another path set a cookie of the same name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = Cow<'_, str>> {
        self.raw(name).filter_map(parse::text)
    }

    /// Returns the names and values as they came, byte for byte.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.inner
            .sent
            .iter()
            .flat_map(|header| pairs(header.as_bytes()))
    }

    fn raw(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.iter()
            .filter(move |(found, _)| *found == name.as_bytes())
            .map(|(_, value)| value)
    }

    /// Tells the browser to keep this value.
    ///
    /// # Errors
    /// When the value has a character that cookies can't carry, the description breaks a rule of
    /// RFC 6265bis, the cookie has more than 4,096 bytes, or the headers have gone out.
    pub fn set(&self, spec: &CookieSpec, value: impl AsRef<str>) -> Result<()> {
        let cookie = SetCookie::new(&self.effective(spec), value.as_ref())?;
        self.put(cookie)
    }

    /// Tells the browser to forget this cookie.
    ///
    /// # Errors
    /// When the description breaks a rule of RFC 6265bis, or the headers have gone out.
    pub fn delete(&self, spec: &CookieSpec) -> Result<()> {
        let cookie = SetCookie::delete(&self.effective(spec))?;
        self.put(cookie)
    }

    /// Returns the cookies that a client can read but not change.
    #[must_use]
    pub fn signed(&self) -> Protected<'_> {
        Protected {
            cookies: self,
            purpose: Purpose::SignedCookie,
        }
    }

    /// Returns the cookies that a client can neither read nor change.
    #[must_use]
    pub fn sealed(&self) -> Protected<'_> {
        Protected {
            cookies: self,
            purpose: Purpose::SealedCookie,
        }
    }

    fn effective<'a>(&self, spec: &'a CookieSpec) -> Cow<'a, CookieSpec> {
        if self.inner.plain_http {
            spec.over_plain_http()
        } else {
            Cow::Borrowed(spec)
        }
    }

    fn put(&self, cookie: SetCookie) -> Result<()> {
        let mut jar = self.jar();
        if jar.is_closed() {
            return Err(Error::Closed);
        }
        jar.put(cookie);
        Ok(())
    }

    pub(crate) fn jar(&self) -> MutexGuard<'_, Jar> {
        self.inner
            .jar
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Cookies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cookies(..)")
    }
}

/// Cookies under the site's keys: bound to their name, their purpose and a deadline.
///
/// The deadline is the description's age from the moment of writing, or 30 days when it has none.
/// What a retired key made goes out again under the current key when it is read.
#[derive(Clone, Copy, Debug)]
pub struct Protected<'a> {
    cookies: &'a Cookies,
    purpose: Purpose,
}

impl Protected<'_> {
    /// Returns the first value under this name that is genuine and not over its deadline.
    #[must_use]
    pub fn get(&self, spec: &CookieSpec) -> Option<String> {
        let now = self.cookies.inner.clock.now();
        let opened = self
            .cookies
            .raw(spec.name())
            .find_map(|raw| self.open(spec, raw, now).ok())?;
        let (retired, deadline) = (opened.retired, opened.deadline);
        let value = String::from_utf8(opened.content).ok()?;
        if retired {
            self.renew(spec, &value, now, deadline);
        }
        Some(value)
    }

    /// Tells the browser to keep this value, which may be any text.
    ///
    /// # Errors
    /// As [`Cookies::set`]; the size is measured after sealing and encoding.
    pub fn set(&self, spec: &CookieSpec, value: impl AsRef<str>) -> Result<()> {
        let now = self.cookies.inner.clock.now();
        let age = spec.max_age.unwrap_or(BROWSER_LENGTH).min(MAX_AGE);
        let protected = self.protect(spec, value.as_ref(), now, now.plus(age));
        self.cookies.set(spec, protected)
    }

    /// Tells the browser to forget this cookie.
    ///
    /// # Errors
    /// As [`Cookies::delete`].
    pub fn delete(&self, spec: &CookieSpec) -> Result<()> {
        self.cookies.delete(spec)
    }

    /// Writes what a retired key made again, to end when it would have ended, unless the handler
    /// has written something else.
    fn renew(&self, spec: &CookieSpec, value: &str, now: Timestamp, deadline: Timestamp) {
        let mut spec = spec.clone();
        spec.max_age = spec.max_age.map(|_| deadline.since(now));
        let protected = self.protect(&spec, value, now, deadline);
        match SetCookie::new(&self.cookies.effective(&spec), &protected) {
            Ok(cookie) => self.cookies.jar().put_if_new(cookie),
            Err(_) => tracing::debug!(cookie = spec.name(), "left under its retired key"),
        }
    }

    fn protect(
        &self,
        spec: &CookieSpec,
        value: &str,
        now: Timestamp,
        deadline: Timestamp,
    ) -> String {
        let keys = &self.cookies.inner.keys;
        match (self.purpose, keys.shared()) {
            (Purpose::SignedCookie, Some(other)) => other.sign(spec.name(), value, now),
            (Purpose::SignedCookie, None) => {
                keys.sign(self.purpose, spec.name(), value, now, deadline)
            }
            _ => keys.seal(self.purpose, spec.name(), value.as_bytes(), now, deadline),
        }
    }

    fn open(&self, spec: &CookieSpec, raw: &[u8], now: Timestamp) -> Result<Opened, Refused> {
        let keys = &self.cookies.inner.keys;
        match (self.purpose, keys.shared()) {
            (Purpose::SignedCookie, Some(other)) => {
                let age = spec.max_age.map(|age| age.as_secs());
                other.verify(spec.name(), raw, age, now)
            }
            (Purpose::SignedCookie, None) => keys.verify(self.purpose, spec.name(), raw, now),
            _ => keys.open(self.purpose, spec.name(), raw, now),
        }
    }
}
