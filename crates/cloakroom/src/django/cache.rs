//! Django's cache entries: their keys, values and lifetimes in Redis, memcached, a table and files.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::digest::Digest as _;

use crate::django::{DjangoError, Moment, Result, Value, mac, pickle, session, zlib};

/// What stands before the session key in the entries of Django's `cache` sessions.
pub const CACHE_PREFIX: &str = "django.contrib.sessions.cache";
/// What stands before the session key in the entries of Django's `cached_db` sessions.
pub const CACHED_DB_PREFIX: &str = "django.contrib.sessions.cached_db";

/// The flag of a pickle in memcached, as pymemcache sets it.
pub const MEMCACHED_PICKLE_FLAG: u32 = 1;
/// The longest key that memcached takes.
const MEMCACHED_KEY: usize = 250;
/// Memcached takes longer times for points in time and not for durations.
const MEMCACHED_RELATIVE: f64 = 2_592_000.0;

/// Returns the key of an entry as Django's own `KEY_FUNCTION` makes it.
#[must_use]
pub fn key(prefix: &str, version: i64, key: &str) -> String {
    format!("{prefix}:{version}:{key}")
}

/// Writes a value for Redis: a pickle, but a whole number in digits, so that Redis can count with it.
///
/// # Errors
///
/// When it nests too deep.
pub fn to_redis(value: &Value) -> Result<Vec<u8>> {
    match value {
        Value::Int(number) => Ok(number.to_string().into_bytes()),
        Value::BigInt(digits) => Ok(digits.clone().into_bytes()),
        other => pickle::to_bytes(other),
    }
}

/// Reads a value from Redis.
///
/// # Errors
///
/// As [`pickle::parse`].
pub fn from_redis(bytes: &[u8]) -> Result<Value> {
    match whole_number(bytes) {
        Some(number) => Ok(number),
        None => pickle::parse(bytes),
    }
}

/// Reads what Python's `int()` takes: spaces around it, a sign, and single underscores within.
fn whole_number(bytes: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(bytes).ok()?.trim_matches(is_space);
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        _ => ("", text),
    };
    let groups = digits.split('_');
    let right = |group: &str| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit());
    if digits.len() > 4300 || !groups.clone().all(right) {
        return None;
    }
    let digits: String = groups.collect();
    Some(Value::int(&format!("{sign}{digits}")))
}

fn is_space(char: char) -> bool {
    matches!(char, ' ' | '\t'..='\r')
}

/// Returns the `EX` of a Redis entry: whole seconds, never below zero, or `None` for ever.
///
/// At zero Django deletes the entry instead.
#[must_use]
pub fn redis_timeout(timeout: Option<f64>) -> Option<i64> {
    timeout.map(|seconds| (seconds as i64).max(0))
}

/// Returns the `exptime` of a memcached entry: 0 for ever, -1 for at once, and a point in time above 30
/// days.
#[must_use]
pub fn memcached_timeout(timeout: Option<f64>, now: Moment) -> i64 {
    match timeout {
        None => 0,
        Some(seconds) if seconds as i64 == 0 => -1,
        Some(seconds) if seconds > MEMCACHED_RELATIVE => (seconds + now.as_secs() as f64) as i64,
        Some(seconds) => seconds as i64,
    }
}

/// Checks a key for memcached.
///
/// # Errors
///
/// When it is longer than 250 characters, or has a space or a control character.
pub fn check_memcached_key(key: &str) -> Result<()> {
    let what = if key.chars().count() > MEMCACHED_KEY {
        "it is longer than memcached takes"
    } else if key.chars().any(|char| char <= ' ' || char == '\u{7f}') {
        "it has a character that memcached does not take"
    } else {
        return Ok(());
    };
    Err(DjangoError::malformed("cache key", what))
}

/// Writes a value for the table of Django's `DatabaseCache`: a pickle in base64.
///
/// # Errors
///
/// When it nests too deep.
pub fn to_table(value: &Value) -> Result<String> {
    Ok(STANDARD.encode(pickle::to_bytes(value)?))
}

/// Reads a value from the table of Django's `DatabaseCache`.
///
/// # Errors
///
/// When it is no base64, and as [`pickle::parse`].
pub fn from_table(text: &str) -> Result<Value> {
    let bytes = STANDARD.decode(text);
    pickle::parse(&bytes.map_err(|_| DjangoError::malformed("base64", "it is damaged"))?)
}

/// Writes when an entry of the table ends, to the second; `ahead` as in [`session::row_date`].
#[must_use]
pub fn table_date(now: Moment, timeout: f64, ahead: i32) -> String {
    let end = now.plus_secs(timeout);
    session::row_date(Moment::from_micros(end.as_secs() * 1_000_000), ahead)
}

/// Returns the name of an entry's file in Django's `FileBasedCache`.
#[must_use]
pub fn file_name(key: &str) -> String {
    format!("{}.djcache", mac::hex(&md5::Md5::digest(key.as_bytes())))
}

/// Writes an entry for Django's `FileBasedCache`: when it ends, or never, and the value, compressed.
///
/// # Errors
///
/// When the value nests too deep.
pub fn to_file(value: &Value, ends: Option<Moment>) -> Result<Vec<u8>> {
    let ends = ends.map_or(Value::None, |ends| {
        Value::Float(ends.as_micros() as f64 / 1e6)
    });
    let mut bytes = pickle::to_bytes(&ends)?;
    bytes.extend(zlib::compress(&pickle::to_bytes(value)?));
    Ok(bytes)
}

/// Reads an entry of Django's `FileBasedCache`: the value, and when it ends.
///
/// # Errors
///
/// When it is damaged, and as [`pickle::parse`].
pub fn from_file(bytes: &[u8]) -> Result<(Value, Option<Moment>)> {
    let (ends, packed) = pickle::parse_prefix(bytes, pickle::MAX_BYTES)?;
    let ends = match ends {
        Value::None => None,
        other => Some(other.as_number().map(Moment::from_secs_f64).ok_or(
            DjangoError::malformed("cache file", "its expiry is no number"),
        )?),
    };
    let value = pickle::parse(&zlib::decompress(packed, pickle::MAX_BYTES)?)?;
    Ok((value, ends))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment::from_micros(1_767_225_600_000_000);

    fn session() -> Value {
        Value::Dict(vec![(Value::text("a"), Value::Int(1))])
    }

    #[test]
    fn entries_are_djangos() {
        assert_eq!(key("myapp", 3, "k"), "myapp:3:k");
        assert_eq!(
            to_table(&session()).unwrap(),
            "gAWVCgAAAAAAAAB9lIwBYZRLAXMu"
        );
        assert_eq!(from_table("gAWVCgAAAAAAAAB9lIwBYZRLAXMu"), Ok(session()));
        let key = ":1:django.contrib.sessions.cacheabcdefghijklmnopqrstuvwxyz012345";
        assert_eq!(file_name(key), "4cceab41b4252c1eda7f8baf8f47cbea.djcache");
        assert_eq!(
            table_date(NOW.plus_secs(0.9), 60.0, 0),
            "2026-01-01 00:01:00"
        );
    }

    #[test]
    fn redis_keeps_whole_numbers_as_digits() {
        assert_eq!(to_redis(&Value::Int(42)).unwrap(), b"42");
        for (bytes, number) in [(&b"42"[..], 42), (b" -4_2\n", -42), (b"+7", 7)] {
            assert_eq!(from_redis(bytes), Ok(Value::Int(number)));
        }
        for bad in [&b""[..], b"garbage", b"4__2", b"_4", b"-", b"4 2"] {
            assert!(from_redis(bad).is_err());
        }
        assert_eq!(from_redis(&to_redis(&session()).unwrap()), Ok(session()));
    }

    #[test]
    fn timeouts_are_djangos() {
        for (timeout, redis, memcached) in [
            (None, None, 0),
            (Some(0.0), Some(0), -1),
            (Some(0.9), Some(0), -1),
            (Some(1.9), Some(1), 1),
            (Some(-5.0), Some(0), -5),
            (Some(2_592_000.0), Some(2_592_000), 2_592_000),
            (Some(2_592_001.0), Some(2_592_001), 1_769_817_601),
        ] {
            assert_eq!(redis_timeout(timeout), redis);
            assert_eq!(memcached_timeout(timeout, NOW), memcached);
        }
    }

    #[test]
    fn keys_that_memcached_would_split_are_refused() {
        assert!(check_memcached_key(&"k".repeat(250)).is_ok());
        for bad in [&"k".repeat(251), "a b", "a\r\nset", "a\u{7f}"] {
            assert!(check_memcached_key(bad).is_err());
        }
    }

    #[test]
    fn files_of_the_cache_read_as_they_were_written_and_damage_is_an_error() {
        for ends in [None, Some(NOW)] {
            let file = to_file(&session(), ends).unwrap();
            assert_eq!(from_file(&file), Ok((session(), ends)));
            for end in 0..file.len() {
                assert!(from_file(&file[..end]).is_err());
            }
        }
    }
}
