//! Sessions without a store: the visitor carries the whole session, sealed, in the cookie.
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use bytes::{Buf, Bytes};
use http::HeaderMap;
#[cfg(feature = "django")]
use sha2::{Digest, Sha256};

use crate::clock::Timestamp;
use crate::cookie::{Chunks, MAX_BYTES, MOST_CHUNKS, Ready, bytes_in_chunks, split};
use crate::error::{ConfigError, StoreError};
use crate::keys::{KeyRing, Purpose};
use crate::session::{Body, Forward, Held, Known, Record, StoreKey, Stored, Version};
#[cfg(feature = "django")]
use crate::store::django::{Codec, Unread};
#[cfg(feature = "django")]
use crate::store::left_aside::left_aside;
use crate::store::{AnyStore, Created, Renamed, Saved, Store, Swept};

/// The most bytes of all cookies of one session: 16 KiB.
const MOST_BYTES: usize = MOST_CHUNKS * MAX_BYTES;
/// The fewest bytes that a budget may have.
const LEAST_BYTES: usize = 512;
/// The random bytes by which a session is told from others.
const NUMBER: usize = 16;
/// What sealing adds before it encodes three bytes in four characters.
const SEAL: usize = 43;

type Epoch = Pin<Box<dyn Future<Output = Result<Option<Timestamp>, StoreError>> + Send>>;

/// Keeps each session whole in its visitor's cookie, sealed with AES-256-GCM-SIV, its deadline
/// inside. There is no server to run and none to ask. `store::connect("cookie:")` gives the same.
///
/// ```
/// use cloakroom::{Cloakroom, KeyRing, store::InCookie};
///
/// # fn main() -> Result<(), cloakroom::ConfigError> {
/// let cloakroom = Cloakroom::builder(KeyRing::new(KeyRing::generate_secret())?)
///     .store(InCookie::new().budget(8 * 1024))
///     .build()?;
/// # Ok(())
/// # }
/// ```
///
/// # What it can't promise
///
/// The server remembers nothing, and so can't know better than the cookie that comes:
///
/// - **No logout on the server.** Logging out takes the cookie back from this browser. A copy of it
///   opens until its deadline; so does the cookie from before a login or renewal, although the
///   browser has a new one. Keep [`Policy::idle`](crate::session::Policy::idle) and
///   [`absolute`](crate::session::Policy::absolute) short, or give an epoch to each user
///   ([`InCookie::refuse_before`]).
/// - **The last write wins.** Of two requests that are under way together, the browser keeps the
///   cookie of the response that comes last, whole; what the other changed is lost, be it a cart, a
///   logout or a login. Pushing the deadline is such a write as well: the response to a request that
///   only reads sends the cookie again once a tenth of the time has passed, with
///   [`push_on_every_request`](crate::session::Policy::push_on_every_request) each time. Within one
///   request everything is as with other stores.
/// - **Nobody can look into it:** no list of sessions, no revoking but by epoch or by key.
///
/// # Size
///
/// Browsers keep 4,096 bytes for a cookie's name and value. What is larger goes over several
/// cookies, `sessionid`, `sessionid-1` to `sessionid-3`, which open only together: when one is
/// missing or of another response, there is no session, and the browser is told to forget the
/// rest. Sealing and encoding make three bytes of session into four, and add about 120.
///
/// All of it travels with **every** request, also for images, and servers limit headers. nginx
/// takes 8 KiB for one line, and so for all cookies of a request, unless
/// `large_client_header_buffers` says more (`4 20k` for the largest budget); hyper, and so axum,
/// takes 16 KiB of headers over HTTP/2. A visitor whose cookies are larger than that is answered
/// 400 or 431 until they are deleted: raise those limits, or lower the budget. Small sessions are
/// what this is for.
///
/// # Keys
///
/// What a retired key sealed still opens, and goes out again under the current key when it is read.
/// A key can be dropped once no session that it sealed can be alive: after `session.idle`, or the
/// longest time that the site gives to [`Session::set_expiry`](crate::Session::set_expiry).
#[derive(Clone)]
#[must_use]
pub struct InCookie {
    budget: usize,
    #[cfg(feature = "django")]
    signed: Option<Signed>,
    epoch: Option<Arc<dyn Fn(String) -> Epoch + Send + Sync>>,
}

impl Default for InCookie {
    fn default() -> Self {
        Self {
            budget: MOST_BYTES,
            #[cfg(feature = "django")]
            signed: None,
            epoch: None,
        }
    }
}

impl InCookie {
    /// Returns the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits the bytes of all cookies of one session, names and values, sealed and encoded.
    /// Default: 16 KiB, which is the most; the least is 512 bytes.
    ///
    /// What would be larger is [`Error::TooLarge`](crate::Error::TooLarge): the response says so
    /// with 413, and the browser keeps the cookies that it has.
    pub fn budget(mut self, bytes: usize) -> Self {
        self.budget = bytes;
        self
    }

    /// Refuses sessions whose user signed in before the time that `epoch` gives for that user. Default: none.
    ///
    /// To sign a user out everywhere, keep the present time with the user, and give it here. It is
    /// asked once for a request that uses the session of a signed-in user, never for a guest; an
    /// error is a 503, since an outage is not a logout. Times are whole seconds: a sign-in within
    /// the second of the epoch counts as after it.
    ///
    /// ```
    /// # use std::{collections::HashMap, sync::{Arc, Mutex}};
    /// # use cloakroom::{clock::Timestamp, store::InCookie};
    /// let signed_out: Arc<Mutex<HashMap<String, Timestamp>>> = Arc::default();
    /// let epochs = signed_out.clone();
    /// let store = InCookie::new().refuse_before(move |user| {
    ///     let epoch = epochs.lock().unwrap().get(&user).copied();
    ///     async move { Ok(epoch) }
    /// });
    /// ```
    pub fn refuse_before<F, A>(mut self, epoch: F) -> Self
    where
        F: Fn(String) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Option<Timestamp>, StoreError>> + Send + 'static,
    {
        self.epoch = Some(Arc::new(move |user| Box::pin(epoch(user))));
        self
    }

    /// Keeps sessions as Django's `signed_cookies` does, signed and not sealed, in one cookie; they open
    /// for `age` seconds.
    #[cfg(feature = "django")]
    pub(super) fn signed(codec: Codec, age: u64) -> Self {
        Self {
            budget: MAX_BYTES,
            signed: Some(Signed { codec, age }),
            epoch: None,
        }
    }

    pub(crate) fn check(&self, problems: &mut ConfigError) {
        if !(LEAST_BYTES..=MOST_BYTES).contains(&self.budget) {
            problems.add(
                "in_cookie.budget",
                format!("is not between {LEAST_BYTES} and {MOST_BYTES} bytes, of which servers take no more in headers"),
            );
        }
    }

    /// Looks for a session's cookies in a request.
    #[cfg_attr(
        not(feature = "django"),
        expect(clippy::unused_self, reason = "with the feature it is asked")
    )]
    pub(crate) fn chunks<'a>(&self, headers: &'a HeaderMap, cookie: &Ready) -> Chunks<'a> {
        #[cfg(feature = "django")]
        if self.signed.is_some() {
            return Chunks::read_whole(headers, cookie.name());
        }
        Chunks::find(headers, cookie.wanted())
    }

    /// Returns the most bytes of all cookies of one session.
    pub(crate) fn most_bytes(&self) -> usize {
        self.budget
    }

    /// Says whether sessions from before their user's epoch are refused.
    pub(crate) fn has_epochs(&self) -> bool {
        self.epoch.is_some()
    }

    /// Returns a number of bytes that no session's names and values can exceed, so that a handler
    /// learns of it when it sets the value.
    pub(crate) fn most_content(&self) -> usize {
        #[cfg(feature = "django")]
        if self.signed.is_some() {
            // How much fits depends on how well it is compressed.
            return usize::MAX;
        }
        (self.budget * 3 / 4).saturating_sub(SEAL + NUMBER)
    }

    /// Seals a session, and splits what comes out into the values of one cookie or several.
    ///
    /// # Errors
    /// Says by how many bytes the cookies would be over the budget.
    pub(crate) fn seal(
        &self,
        keys: &KeyRing,
        cookie: &str,
        (key, record): (&StoreKey, &Record),
        now: Timestamp,
    ) -> Result<Vec<String>, usize> {
        #[cfg(feature = "django")]
        if let Some(signed) = &self.signed {
            return signed.seal(cookie, record);
        }
        let mut content = Vec::with_capacity(NUMBER + 256);
        content.extend_from_slice(&key.as_bytes()[..NUMBER]);
        record.write_to(&mut content);
        let times = (now, record.expires());
        keys.seal_with(
            Purpose::Session,
            cookie,
            &content,
            times,
            |sealed| match bytes_in_chunks(cookie, sealed.as_bytes().len()).checked_sub(self.budget)
            {
                Some(by @ 1..) => Err(by),
                _ => Ok(split(cookie, sealed.as_str())),
            },
        )
    }

    /// Why a genuine session did not open that another program may read, and this side can't.
    pub(crate) const CLOSED: &str = "closed";

    /// Opens a session.
    ///
    /// # Errors
    /// Says why it does not open.
    #[cfg_attr(
        not(feature = "django"),
        expect(clippy::unused_self, reason = "with the feature it is asked")
    )]
    pub(crate) fn open(
        &self,
        keys: &KeyRing,
        cookie: &str,
        sealed: &[u8],
        now: Timestamp,
    ) -> Result<Known, &'static str> {
        #[cfg(feature = "django")]
        if let Some(signed) = &self.signed {
            return signed.open(sealed, now);
        }
        let opened = keys
            .open(Purpose::Session, cookie, sealed, now)
            .map_err(|refused| refused.reason())?;
        let mut content = Bytes::from(opened.content);
        if content.len() < NUMBER {
            return Err("undecodable");
        }
        let key = numbered(&content[..NUMBER]);
        content.advance(NUMBER);
        match Body::from_bytes(content) {
            Ok(Body::Record(record)) => Ok(Known {
                key,
                version: Version::Number(0),
                record,
                held: Held::Sealed {
                    retired: opened.retired,
                },
            }),
            _ => Err("undecodable"),
        }
    }

    /// Says whether the session's user has signed out everywhere since.
    ///
    /// It is the time of the sign-in that counts, not that of the seal: a request that was under way
    /// seals an older session again.
    pub(crate) async fn refuses(&self, record: &Record) -> Result<bool, StoreError> {
        let (Some(epoch), Some(user)) = (&self.epoch, record.user()) else {
            return Ok(false);
        };
        let epoch = epoch(user.to_owned()).await?;
        Ok(epoch.is_some_and(|epoch| record.created() < epoch))
    }

    /// Draws the number of a new session, in the place of the digest that others have.
    pub(crate) fn draw() -> StoreKey {
        let mut number = [0; NUMBER];
        getrandom::fill(&mut number).expect("the operating system gives random bytes");
        numbered(&number)
    }
}

/// Django's way to keep sessions in cookies.
#[cfg(feature = "django")]
#[derive(Clone, Debug)]
struct Signed {
    codec: Codec,
    age: u64,
}

#[cfg(feature = "django")]
impl Signed {
    fn seal(&self, cookie: &str, record: &Record) -> Result<Vec<String>, usize> {
        // What can't be written as JSON was never read as such.
        let signed = self.codec.write(record, None).unwrap_or_default();
        let signed = String::from_utf8_lossy(&signed).into_owned();
        match (cookie.len() + signed.len()).checked_sub(MAX_BYTES) {
            Some(by @ 1..) => Err(by),
            _ => Ok(vec![signed]),
        }
    }

    fn open(&self, signed: &[u8], now: Timestamp) -> Result<Known, &'static str> {
        let read = self.codec.read_fresh(signed, self.age, now);
        let record = read.map_err(|unread| match unread {
            Unread::OtherKey(_) => "forged",
            Unread::Closed(error) => {
                left_aside("cookie", error);
                InCookie::CLOSED
            }
            Unread::Junk(_) => "undecodable",
        })?;
        Ok(Known {
            key: numbered(&Sha256::digest(signed)[..NUMBER]),
            version: Version::Number(0),
            record,
            held: Held::Sealed { retired: false },
        })
    }
}

fn numbered(number: &[u8]) -> StoreKey {
    let mut key = [0; 32];
    key[..NUMBER].copy_from_slice(number);
    StoreKey::from_bytes(key)
}

impl fmt::Debug for InCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InCookie")
            .field("budget", &self.budget)
            .finish_non_exhaustive()
    }
}

impl From<InCookie> for AnyStore {
    fn from(in_cookie: InCookie) -> Self {
        Self::from(WithVisitors).carried_by(in_cookie)
    }
}

/// What can be asked of sessions that nobody but their visitors has: nothing but whether all is well.
struct WithVisitors;

impl WithVisitors {
    fn has_none<T>(&self, doing: &'static str) -> Result<T, StoreError> {
        let error = StoreError::new(self.name(), doing);
        Err(error.because("each session is in its visitor's cookie and nowhere else"))
    }
}

impl Store for WithVisitors {
    fn name(&self) -> &'static str {
        "cookie"
    }

    async fn load(&self, _: &StoreKey, _: Timestamp) -> Result<Option<Stored>, StoreError> {
        self.has_none("load a session")
    }

    async fn create(&self, _: &StoreKey, _: &Record) -> Result<Created, StoreError> {
        self.has_none("create a session")
    }

    async fn save(&self, _: &StoreKey, _: &Version, _: &Record) -> Result<Saved, StoreError> {
        self.has_none("save a session")
    }

    async fn rename(
        &self,
        _: &StoreKey,
        _: &Version,
        _: &StoreKey,
        _: &Record,
        _: &Forward,
    ) -> Result<Renamed, StoreError> {
        self.has_none("renew a session")
    }

    async fn delete(&self, _: &StoreKey) -> Result<Option<Body>, StoreError> {
        self.has_none("delete a session")
    }

    async fn sweep(&self, _: Timestamp, _: usize) -> Result<Swept, StoreError> {
        Ok(Swept::default())
    }

    async fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn close(&self) {}
}
