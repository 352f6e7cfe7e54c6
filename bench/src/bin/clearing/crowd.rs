//! The sessions that are cleared: what a typical one holds, and when it expires.
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cloakroom::clock::Timestamp;
use cloakroom::session::{Entries, Name, Raw, Record};
use cloakroom_bench::wire::typical;

/// Sessions expired, or will expire, within two weeks.
pub(crate) const HOURS: u64 = 14 * 24;

/// A typical session that has not expired: a cart of five items, a token, a message.
pub(crate) fn living(now: Timestamp, user: Option<u32>) -> Record {
    let values = [
        ("cart", typical::cart().to_string()),
        ("messages", format!("[{}]", typical::message())),
        ("token", format!("\"{}\"", typical::TOKEN)),
    ];
    let entries: Entries = values
        .into_iter()
        .map(|(name, json)| (Name::from(name), Raw::from_json(json)))
        .collect();
    let expires = now.plus(Duration::from_secs(HOURS * 3_600));
    let record = Record::new(now, expires).with_entries(entries);
    match user {
        Some(user) => record.with_user(format!("user-{user}")),
        None => record,
    }
}

/// How much stands in Django's column for such a session, compressed and signed.
pub(crate) const DJANGO_DATA: usize = 418;

pub(crate) fn now() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let hour = now.expect("it is later than 1970").as_secs() / 3_600;
    // On the hour, so that all that has expired may be swept at once.
    Timestamp::from_secs(hour * 3_600)
}
