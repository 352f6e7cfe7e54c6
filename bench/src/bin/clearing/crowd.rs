//! The sessions that are cleared: what a typical one holds, and when it expires.
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cloakroom::clock::Timestamp;
use cloakroom::session::Record;
use cloakroom_bench::wire::typical;

/// Sessions expired, or will expire, within two weeks.
pub(crate) const HOURS: u64 = 14 * 24;

/// A typical session that has not expired: a cart of five items, a token, a message.
pub(crate) fn living(now: Timestamp, user: Option<u32>) -> Record {
    let expires = now.plus(Duration::from_secs(HOURS * 3_600));
    let record = Record::new(now, expires).with_entries(typical::values().into_iter().collect());
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
