//! How cases of each kind are run.
mod auth;
mod cache;
mod cookies;
mod csrf;
mod layer;
mod messages;
mod sessions;
mod signing;
mod times;
mod wizard;
mod wizard_flow;

use cloakroom::django::signing::Keys;
use cloakroom::django::{Moment, Result as DjangoResult, Value, json, signing::Signer};

use crate::case::{Answer, Case, Checked, Inputs, Unknown};

/// When vectors were made, where they don't say.
const MADE: Moment = Moment::from_micros(1_767_225_600_000_000);

/// The site's `SESSION_COOKIE_AGE` where a case does not say.
const COOKIE_AGE: f64 = 1_209_600.0;

/// Runs a case.
pub(crate) fn check(case: &Case) -> Checked {
    let run: fn(&Case) -> Checked = match case.kind.as_str() {
        "b62_encode" => signing::b62_encode,
        "b62_decode" => signing::b62_decode,
        "salted_hmac" => signing::salted_hmac,
        "signer_sign" => signing::signer_sign,
        "signer_unsign" => signing::signer_unsign,
        "timestamp_sign" => signing::timestamp_sign,
        "timestamp_unsign" => signing::timestamp_unsign,
        "dumps" => signing::dumps,
        "loads" => signing::loads,
        "signed_cookie_set" => cookies::signed_set,
        "signed_cookie_get" => cookies::signed_get,
        "cookie_parse" => cookies::parse,
        "cookie_header_decode" => cookies::header_decode,
        "cookie_output" => cookies::output,
        "cookie_delete" => cookies::delete,
        "cookie_sequence" => cookies::sequence,
        "session_encode" => sessions::encode,
        "session_decode" => sessions::decode,
        "session_db_row" => sessions::db_row,
        "session_db_load" => sessions::db_load,
        "session_file" => sessions::file,
        "session_file_path" => sessions::file_path,
        "session_file_load" => sessions::file_load,
        "session_key_valid" => sessions::key_valid,
        "session_expiry" => sessions::expiry,
        "session_signed_cookie" => sessions::signed_cookie,
        "session_signed_cookie_load" => sessions::signed_cookie_load,
        "session_cache_redis" => cache::redis,
        "session_cache_memcached" => cache::memcached,
        "session_cache_read" => cache::read,
        "session_cache_dbtable" => cache::table,
        "session_cache_filebased" => cache::file,
        "redis_timeout" => cache::redis_timeout,
        "memcached_timeout" => cache::memcached_timeout,
        "messages_cookie" => messages::cookie,
        "messages_cookie_decode" => messages::cookie_decode,
        "messages_session" => messages::session,
        "messages_overflow" => messages::overflow,
        "messages_flow" => messages::flow,
        "csrf_mask" => csrf::mask,
        "csrf_unmask" => csrf::unmask,
        "csrf_match" => csrf::matches,
        "csrf_token_format" => csrf::token_format,
        "csrf_request" => layer::csrf_request,
        "csrf_cookie" => layer::csrf_cookie,
        "session_middleware" => layer::session_middleware,
        "security_headers" => layer::security_headers,
        "auth_hash" => auth::hash,
        "auth_login" => auth::login,
        "auth_get_user" => auth::get_user,
        "wizard_normalize_name" => wizard::normalize_name,
        "wizard_cookie" => wizard::cookie,
        "wizard_cookie_load" => wizard::cookie_load,
        "wizard_session" => wizard::session,
        "wizard_flow" => wizard_flow::check,
        "form_preview_hash" => wizard::form_preview_hash,
        kind => return Err(format!("nothing runs the kind {kind}")),
    };
    run(case)
}

/// The keys of a case: `secret` or `key`, and `fallback_keys`.
fn keys(inputs: &Inputs, secret: &str) -> Result<Keys, Unknown> {
    let keys = Keys::new(inputs.text(secret)?);
    let fallbacks = inputs.texts("fallback_keys")?;
    Ok(fallbacks.into_iter().fold(keys, Keys::fallback))
}

/// Compares two signed texts: as they are, or where both are compressed, by what they unpack to and when
/// they were signed.
fn signed_alike(signer: &Signer, ours: &str, theirs: &str) -> Answer {
    let parts = |signed: &str| -> Option<(String, String)> {
        let json = signer.loads_json(signed, None, MADE).ok()?;
        let stamp = signed.rsplit(':').nth(1)?.to_owned();
        signed.starts_with('.').then_some((json, stamp))
    };
    match (parts(ours), parts(theirs)) {
        (Some(ours), Some(theirs)) => {
            let both = |(json, stamp): (String, String)| {
                Value::List(vec![Value::text(json), Value::text(stamp)])
            };
            Answer::Both(both(ours), both(theirs))
        }
        _ => Answer::Both(Value::text(ours), Value::text(theirs)),
    }
}

/// Writes the JSON of an input as a session that nothing has touched.
fn session_json(inputs: &Inputs, name: &str) -> Result<String, Unknown> {
    written(json::to_string(inputs.value(name)?))
}

fn written<T>(result: DjangoResult<T>) -> Result<T, Unknown> {
    result.map_err(|error| error.to_string())
}
