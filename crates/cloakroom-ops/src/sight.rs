//! What an operator sees of one session: who, since when, how large; what it holds only when asked.
use cloakroom::session::{Record, StoreKey};
use cloakroom::store::{AnyStore, Listed};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::handle::{LogIds, handle_of};
use crate::when::When;

/// One session in a list.
#[derive(Clone, Debug, Serialize)]
pub struct Glance {
    /// Its whole handle.
    pub handle: String,
    /// The signed-in user's id.
    pub user: Option<String>,
    /// When it began, or when its user last signed in.
    pub created: When,
    /// When it is over.
    pub expires: When,
    /// How many bytes its names and values have.
    pub bytes: usize,
    /// When it was last used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<When>,
    /// How its user signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Browser and system that its user signed in with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The network that its user signed in from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// The keyed digest of that address, to see which sessions share one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

impl Glance {
    /// Describes a session of this store, from what listing it has told: nothing is asked.
    #[must_use]
    pub fn of(store: &AnyStore, listed: &Listed) -> Self {
        let noted = listed.particulars.as_ref();
        let text = |text: Option<&str>| text.map(ToOwned::to_owned);
        Self {
            handle: handle_of(store, &listed.key),
            user: listed.user.clone(),
            created: When(listed.created),
            expires: When(listed.expires),
            bytes: listed.bytes,
            seen: noted.map(|noted| When(noted.seen())),
            method: text(noted.and_then(|noted| noted.method())),
            device: text(noted.and_then(|noted| noted.device())),
            network: text(noted.and_then(|noted| noted.network())),
            address: noted.and_then(|noted| noted.address()),
        }
    }
}

/// One session, looked at closely.
#[derive(Debug, Serialize)]
pub struct Sight {
    /// What a list shows.
    #[serde(flatten)]
    pub glance: Glance,
    /// The id by which logs speak of it, when the site's secret is known.
    pub log_id: Option<String>,
    /// Its values, sorted by name.
    pub values: Vec<Value>,
}

/// One value of a session.
#[derive(Debug, Serialize)]
pub struct Value {
    /// Its name.
    pub name: String,
    /// How many bytes its JSON has.
    pub bytes: usize,
    /// Its JSON, when it was to be revealed; `null` when it is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Box<RawValue>>,
}

/// Says whether values are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// Their names and sizes only.
    Hidden,
    /// The values themselves.
    Revealed,
}

impl Sight {
    /// Describes a session of this store from its record, as [`handle::find`](crate::handle::find) returns it: nothing is asked.
    #[must_use]
    pub fn of(
        store: &AnyStore,
        key: StoreKey,
        record: &Record,
        logs: &LogIds,
        values: Values,
    ) -> Self {
        let value = |json: &[u8]| {
            let text = String::from_utf8_lossy(json).into_owned();
            RawValue::from_string(text).unwrap_or_else(|_| RawValue::NULL.to_owned())
        };
        Self {
            glance: Glance::of(store, &Listed::of(key, record)),
            log_id: logs.id(&key),
            values: record
                .entries()
                .iter()
                .map(|(name, raw)| Value {
                    name: name.as_str().to_owned(),
                    bytes: raw.as_bytes().len(),
                    value: (values == Values::Revealed).then(|| value(raw.as_bytes())),
                })
                .collect(),
        }
    }
}
