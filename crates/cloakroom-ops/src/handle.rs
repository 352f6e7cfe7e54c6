//! Handles: how an operator names one session. A handle is the digest by which a store knows it; in a store that a
//! Django site shares, which knows sessions by what their visitors hold, it is a digest of that under `SECRET_KEY`.
use std::fmt::{self, Write};
use std::str::FromStr;
use std::time::{Duration, Instant};

use cloakroom::clock::Timestamp;
use cloakroom::session::{Body, Record, StoreKey};
use cloakroom::store::AnyStore;
use cloakroom::{Cloakroom, ConfigError, KeyRing};

use crate::OpsError;
use crate::pages::Pages;

/// How many digits a whole handle has.
const WHOLE: usize = 64;
/// With how many digits it may begin, when no other handle begins so.
const SHORTEST: usize = 8;
/// How many digits the id in a log line has.
const LOG_ID: usize = 16;
/// How many are shown of those that begin alike.
const SHOWN: usize = 5;

/// A session's handle, its beginning, or the id by which logs speak of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handle(String);

impl FromStr for Handle {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if !(SHORTEST..=WHOLE).contains(&text.len()) || !is_hexadecimal(text) {
            return Err(format!(
                "expected {WHOLE} hexadecimal digits, or at least the first {SHORTEST} of them"
            ));
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Handle {
    /// Says whether it has all digits, so that nothing has to be searched for.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.0.len() == WHOLE
    }

    fn whole(&self) -> Option<StoreKey> {
        self.is_whole().then(|| first_with(&self.0))
    }

    fn begins(&self, store: &AnyStore, key: &StoreKey) -> bool {
        handle_of(store, key).starts_with(&self.0)
    }
}

/// Returns the whole handle of a session in this store: 64 hexadecimal digits.
#[must_use]
pub fn handle_of(store: &AnyStore, key: &StoreKey) -> String {
    digits(&in_place(store)(key))
}

/// Returns what stands in a key's place where it would be shown.
pub fn in_place(store: &AnyStore) -> impl Fn(&StoreKey) -> StoreKey {
    move |key| StoreKey::from_bytes(store.handle(key))
}

/// Writes a handle that is a key: that of a session in a store which knows digests only. For any store, see
/// [`handle_of`].
#[must_use]
pub fn digits(key: &StoreKey) -> String {
    let mut digits = String::with_capacity(WHOLE);
    for byte in key.as_bytes() {
        write!(digits, "{byte:02x}").expect("a string takes all");
    }
    digits
}

/// Reads where a listing goes on: a whole handle or how one begins.
///
/// # Errors
/// Says what is expected when it is anything else.
pub fn cursor(text: &str) -> Result<StoreKey, String> {
    if !(1..=WHOLE).contains(&text.len()) || !is_hexadecimal(text) {
        return Err("expected a handle, or the first of its hexadecimal digits".into());
    }
    Ok(first_with(text))
}

/// Returns the key behind which a listing goes on that was read up to this handle.
///
/// # Errors
/// When the store can't be asked, or is ordered by keys that can't be told from a handle and has no such session.
pub async fn place(
    store: &AnyStore,
    cursor: Option<StoreKey>,
    now: Timestamp,
) -> Result<Option<StoreKey>, OpsError> {
    let Some(cursor) = cursor.filter(|_| store.is_shared()) else {
        return Ok(cursor);
    };
    let handle = Handle(digits(&cursor));
    let found = alike(store, &handle, now).await?;
    match &found[..] {
        [only] => Ok(Some(*only)),
        _ => Err(OpsError::Unknown(handle.to_string())),
    }
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Returns the first key whose digits begin so.
fn first_with(digits: &str) -> StoreKey {
    let mut key = [0; 32];
    for (at, digit) in digits.chars().enumerate() {
        let value = digit.to_digit(16).expect("a handle has such digits only") as u8;
        key[at / 2] |= value << (4 * (1 - at % 2));
    }
    StoreKey::from_bytes(key)
}

/// Returns the key just before; `None` before the first.
fn before(key: &StoreKey) -> Option<StoreKey> {
    let mut bytes = *key.as_bytes();
    for byte in bytes.iter_mut().rev() {
        let (less, borrowed) = byte.overflowing_sub(1);
        *byte = less;
        if !borrowed {
            return Some(StoreKey::from_bytes(bytes));
        }
    }
    None
}

/// The ids by which a site's logs speak of sessions; without the site's secret there are none.
///
/// No store finds a session by such an id, since it tells nothing of the key: all sessions are looked at, one after the other, for as
/// long as it may take. There is no limit unless [`LogIds::within`] sets one.
#[derive(Clone, Debug)]
pub struct LogIds {
    source: Source,
    patience: Option<Duration>,
}

#[derive(Clone, Debug)]
enum Source {
    /// One ring for each secret.
    Rings(Vec<KeyRing>),
    Site(Cloakroom),
}

impl From<Source> for LogIds {
    fn from(source: Source) -> Self {
        Self {
            source,
            patience: None,
        }
    }
}

impl Default for LogIds {
    fn default() -> Self {
        Source::Rings(Vec::new()).into()
    }
}

impl From<&Cloakroom> for LogIds {
    fn from(site: &Cloakroom) -> Self {
        Source::Site(site.clone()).into()
    }
}

impl LogIds {
    /// Takes `CLOAKROOM_SECRET` and `CLOAKROOM_SECRET_FALLBACKS`; without the first there are no ids.
    ///
    /// # Errors
    /// When a secret is too weak to be one.
    pub fn of(secret: &str, fallbacks: &str) -> Result<Self, ConfigError> {
        if secret.is_empty() {
            return Ok(Self::default());
        }
        let ring = |setting: &'static str, text: &str| {
            KeyRing::new(text).map_err(|error| error.renamed(setting))
        };
        let mut rings = vec![ring("CLOAKROOM_SECRET", secret)?];
        for retired in fallbacks.split(',').map(str::trim) {
            if !retired.is_empty() {
                rings.push(ring("CLOAKROOM_SECRET_FALLBACKS", retired)?);
            }
        }
        Ok(Source::Rings(rings).into())
    }

    /// Gives up looking for an id after so long, with [`OpsError::NotInTime`]; it is asked after each page of sessions.
    #[must_use]
    pub fn within(mut self, patience: Duration) -> Self {
        self.patience = Some(patience);
        self
    }

    /// Returns the id that logs show today.
    #[must_use]
    pub fn id(&self, key: &StoreKey) -> Option<String> {
        match &self.source {
            Source::Rings(rings) => Some(rings.first()?.log_id(key.as_bytes())),
            Source::Site(site) => Some(site.log_id(key)),
        }
    }

    fn is(&self, key: &StoreKey, id: &Handle) -> bool {
        match &self.source {
            Source::Rings(rings) => {
                let mut rings = rings.iter();
                rings.any(|ring| ring.log_id(key.as_bytes()) == id.0)
            }
            Source::Site(site) => site.has_log_id(key, &id.0),
        }
    }

    fn are_known(&self) -> bool {
        !matches!(&self.source, Source::Rings(rings) if rings.is_empty())
    }
}

/// What a handle led to.
#[derive(Clone, Debug)]
pub enum Found {
    /// A session.
    Session(StoreKey, Record),
    /// The sign of a session that was renewed and goes on under the second key.
    Renewed(StoreKey, StoreKey),
}

/// Finds the one session that a handle names.
///
/// # Errors
/// When there is none or are several, or the store can't be asked or can list no sessions.
pub async fn find(
    store: &AnyStore,
    handle: &Handle,
    logs: &LogIds,
    now: Timestamp,
) -> Result<Found, OpsError> {
    let key = match handle.whole().filter(|_| !store.is_shared()) {
        Some(key) => key,
        None if store.is_inspectable() => search(store, handle, logs, now).await?,
        None if store.is_shared() => {
            return Err(OpsError::CannotList(store.name(), "found by their handles"));
        }
        None => return Err(OpsError::OnlyWhole(store.name())),
    };
    match store.load(&key, now).await?.map(|stored| stored.body) {
        Some(Body::Record(record)) => Ok(Found::Session(key, record)),
        // What can't be read leads to itself.
        Some(Body::Forward(sign)) if sign.to == key => {
            Err(OpsError::Unreadable(handle.to_string()))
        }
        Some(Body::Forward(sign)) => Ok(Found::Renewed(key, sign.to)),
        None => Err(OpsError::Unknown(handle.to_string())),
    }
}

async fn search(
    store: &AnyStore,
    handle: &Handle,
    logs: &LogIds,
    now: Timestamp,
) -> Result<StoreKey, OpsError> {
    match &alike(store, handle, now).await?[..] {
        [only] => Ok(*only),
        [] => logged(store, handle, logs, now).await,
        several => {
            let some = several.iter().map(|key| handle_of(store, key)).collect();
            Err(OpsError::Ambiguous(handle.to_string(), some))
        }
    }
}

/// Returns some of the sessions whose handles begin so.
async fn alike(
    store: &AnyStore,
    handle: &Handle,
    now: Timestamp,
) -> Result<Vec<StoreKey>, OpsError> {
    if !store.is_shared() {
        let after = before(&first_with(&handle.0));
        let listed = store.list(after, SHOWN, now).await?;
        let keys = listed.iter().map(|listed| listed.key);
        return Ok(keys.filter(|key| handle.begins(store, key)).collect());
    }
    // The order of their keys says nothing of their handles, so all are looked at.
    let (mut pages, mut found) = (Pages::after(store, None, now), Vec::new());
    while let Some(page) = pages.next().await? {
        let keys = page.iter().map(|listed| listed.key);
        found.extend(keys.filter(|key| handle.begins(store, key)));
    }
    found.truncate(SHOWN);
    Ok(found)
}

/// Looks for the session of which logs speak so; only all of them together tell, so it ends when patience does.
async fn logged(
    store: &AnyStore,
    id: &Handle,
    logs: &LogIds,
    now: Timestamp,
) -> Result<StoreKey, OpsError> {
    if id.0.len() == LOG_ID && logs.are_known() {
        let (mut pages, mut looked_at) = (Pages::after(store, None, now), 0);
        let begun = Instant::now();
        while let Some(page) = pages.next().await? {
            let patience = logs.patience.filter(|most| begun.elapsed() >= *most);
            if let Some(patience) = patience.filter(|_| looked_at > 0) {
                return Err(OpsError::NotInTime(id.to_string(), looked_at, patience));
            }
            if let Some(listed) = page.iter().find(|listed| logs.is(&listed.key, id)) {
                return Ok(listed.key);
            }
            looked_at += page.len();
        }
    }
    Err(OpsError::Unknown(id.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_has_at_least_eight_hexadecimal_digits() {
        let whole = "0123456789abcdef".repeat(4);
        for good in ["01234567", "DEADBEEF0", &whole] {
            assert!(good.parse::<Handle>().is_ok(), "{good}");
        }
        for bad in ["", "0123456", "0123456g", "жжжж", &format!("{whole}0")] {
            assert!(bad.parse::<Handle>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_key_before_a_beginning_is_before_all_that_begin_so() {
        let zero = StoreKey::from_bytes([0; 32]);
        assert_eq!(before(&zero), None);
        let key = first_with("abc");
        assert_eq!(digits(&key), format!("abc{}", "0".repeat(61)));
        let before = before(&key).unwrap();
        assert_eq!(digits(&before), format!("abb{}", "f".repeat(61)));
    }

    #[test]
    fn a_retired_secret_still_finds_what_was_logged_under_it() {
        let (old, new) = (KeyRing::generate_secret(), KeyRing::generate_secret());
        let key = StoreKey::from_bytes([7; 32]);
        let before = LogIds::of(&old, "").unwrap().id(&key).unwrap();
        let after = LogIds::of(&new, &format!(" {old} ,")).unwrap();
        assert_ne!(after.id(&key).unwrap(), before);
        assert!(after.is(&key, &before.parse().unwrap()));
    }
}
