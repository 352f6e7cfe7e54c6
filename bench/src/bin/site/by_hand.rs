//! What it costs at least: bare axum, and a handler that asks the very same store the very same questions, with nothing around.
use std::time::Duration;

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use cloakroom::clock::{Clock, Timestamp};
use cloakroom::session::{Body, Name, Raw, Record, StoreKey, Stored, Version};
use cloakroom::store::{AnyStore, Saved};
use cloakroom_bench::wire::typical;

const COUNTER: Name = Name::from_static("counter");
const LIFETIME: Duration = Duration::from_secs(1_209_600);

type Answer = Result<String, StatusCode>;

pub(crate) fn site(store: AnyStore) -> Router {
    Router::new()
        .route("/start/{visitor}", get(start))
        .route("/untouched", get(async || "ok"))
        .route("/read", get(read))
        .route("/write", get(write))
        .with_state(store)
}

/// A session as it was loaded.
struct Found {
    key: StoreKey,
    version: Version,
    record: Record,
    counter: u32,
}

async fn start(State(store): State<AnyStore>, Path(visitor): Path<u32>) -> Response {
    let token = drawn();
    let Some(key) = StoreKey::of_token(token.as_bytes()) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let now = now();
    let record = typical::record(visitor, now, now.plus(LIFETIME));
    match store.create(&key, &record).await {
        Ok(_) => ([(header::SET_COOKIE, format!("id={token}"))], "ok").into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn read(State(store): State<AnyStore>, headers: HeaderMap) -> Answer {
    Ok(found(&store, &headers).await?.counter.to_string())
}

async fn write(State(store): State<AnyStore>, headers: HeaderMap) -> Answer {
    let found = found(&store, &headers).await?;
    let next = (found.counter + 1).to_string();
    let mut entries = found.record.entries().clone();
    entries.put(&COUNTER, Some(Raw::from_json(next.clone())));
    let record = found.record.with_entries(entries);
    match store.save(&found.key, &found.version, &record).await {
        // Who came first won; a handler that is written by hand tries no second time.
        Ok(Saved::Saved(_) | Saved::Conflict(_)) => Ok(next),
        Ok(Saved::Gone) => Err(StatusCode::NOT_FOUND),
        Err(_) => Err(StatusCode::SERVICE_UNAVAILABLE),
    }
}

async fn found(store: &AnyStore, headers: &HeaderMap) -> Result<Found, StatusCode> {
    let cookie = headers.get(header::COOKIE).map(|value| value.as_bytes());
    let token = cookie.and_then(|cookie| cookie.strip_prefix(b"id="));
    let key = token.and_then(StoreKey::of_token);
    let key = key.ok_or(StatusCode::NOT_FOUND)?;
    let loaded = store.load(&key, now()).await;
    let loaded = loaded.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let Some(Stored {
        body: Body::Record(record),
        version,
    }) = loaded
    else {
        return Err(StatusCode::NOT_FOUND);
    };
    let counter = record.entries().get(b"counter");
    let counter = counter.and_then(|counter| serde_json::from_slice(counter.as_bytes()).ok());
    Ok(Found {
        key,
        version,
        counter: counter.ok_or(StatusCode::NOT_FOUND)?,
        record,
    })
}

/// Draws a token as cloakroom's are: 33 bytes as 44 letters.
fn drawn() -> String {
    let mut bytes = [0; 33];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let letter = |bits: u32| char::from(LETTERS[(bits & 63) as usize]);
    bytes
        .as_chunks::<3>()
        .0
        .iter()
        .flat_map(|&[a, b, c]| {
            let bits = u32::from_be_bytes([0, a, b, c]);
            [bits >> 18, bits >> 12, bits >> 6, bits].map(letter)
        })
        .collect()
}

fn now() -> Timestamp {
    Clock::system().now()
}
