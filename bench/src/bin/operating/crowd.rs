//! A million sessions in PostgreSQL, and a thousand of one user among them.
use std::time::Duration;

use cloakroom::clock::{Clock, Timestamp};
use cloakroom::session::{Record, StoreKey};
use cloakroom::store::{self, AnyStore};
use cloakroom_bench::Result;
use cloakroom_bench::wire::typical;
use services::Postgres;

/// Whose sessions are ended.
pub(crate) const USER: &str = "ada";
pub(crate) const OF_USER: u64 = 1_000;

const DAY: u64 = 86_400;
/// The keys of the sessions after which all others are made: of somebody who is signed in, and of a guest.
const SAMPLES: [[u8; 32]; 2] = [[0xee; 32], [0xef; 32]];

/// Opens the store and fills it: half are signed in, a tenth has expired, all ages up to two weeks.
pub(crate) async fn fill(server: &Postgres, sessions: u32) -> Result<AnyStore> {
    let store = store::connect(&server.url()).await?;
    let now = Clock::system().now();
    for (key, user) in SAMPLES.into_iter().zip([Some("user-1"), None]) {
        let key = StoreKey::from_bytes(key);
        store.create(&key, &living(now, user)).await?;
    }
    let body = |sample: usize| {
        let half: String = SAMPLES[sample][..16]
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        format!("(SELECT body FROM cloakroom_sessions WHERE key = '{half}')")
    };
    let now_at = now.as_secs();
    server.ask(&format!(
        "INSERT INTO cloakroom_sessions (key, key_end, version, expires_at, sweep_at, is_sign, user_id, body, \
         began_at, seen_at, method, device) \
         SELECT md5('key' || n)::uuid, md5('end' || n)::uuid, 1, {now_at} + lives, ({now_at} + lives) / 3600 + 1, false, \
         CASE WHEN n % 2 = 0 THEN convert_to('user-' || n, 'UTF8') END, CASE WHEN n % 2 = 0 THEN {signed} ELSE {guest} END, \
         {now_at} / 60 - (random() * 20160)::integer, \
         CASE WHEN n % 2 = 0 THEN {now_at} / 60 - (random() * 1440)::integer END, \
         CASE WHEN n % 2 = 0 THEN 'password' END, \
         CASE WHEN n % 2 = 0 THEN (ARRAY['Firefox on Linux', 'Safari on iPhone', 'Chrome on Windows', 'Chrome on Android', \
         'Edge on Windows', 'Safari on Mac'])[1 + n / 2 % 6] END \
         FROM (SELECT n, ((random() - 0.1) * 14 * {DAY})::bigint AS lives FROM generate_series(1, {sessions}) AS n) AS crowd",
        signed = body(0),
        guest = body(1),
    ))?;
    for number in 0..OF_USER {
        store.create(&key(number), &living(now, Some(USER))).await?;
    }
    server.ask("VACUUM ANALYZE cloakroom_sessions")?;
    server.ask("CHECKPOINT")?;
    Ok(store)
}

fn key(number: u64) -> StoreKey {
    let mut bytes = [0x5a; 32];
    bytes[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    StoreKey::from_bytes(bytes)
}

fn living(now: Timestamp, user: Option<&str>) -> Record {
    let expires = now.plus(Duration::from_secs(14 * DAY));
    let record = Record::new(now, expires).with_entries(typical::values().into_iter().collect());
    match user {
        Some(user) => record.with_user(user),
        None => record,
    }
}
