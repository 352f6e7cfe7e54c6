//! Where the layer answers otherwise than Django on purpose, in Django's mode too, and why.
use cloakroom::django::Value;

use crate::case::{Case, Inputs};

/// What an untouched request costs.
const UNTOUCHED: &str =
    "what a handler does not touch costs nothing: no store call and no cookie (promise 1)";
/// Who makes rows.
const NO_ROW: &str = "a session in which nothing is remembered makes no row (promise 1)";
/// Who is signed out.
const NO_400: &str = "a session that was ended meanwhile drops its write and takes its cookie back, and the page is kept (promise 4)";
/// What is forgotten.
const EMPTY: &str = "what opens to nothing here is taken back, or left where the other side may have the newer key; no empty session takes its place";
/// Who is told of a session.
const NO_SECRET: &str = "a secret that no page printed begins no session (promise 1), and Vary goes out as with the SessionMiddleware that stands before Django's on every site, and not in these cases";
/// What is left after an error.
const RENEWED: &str = "a renewal counts although the page failed, so its cookie goes out: Django has moved the row by then and tells nobody";

/// Says why a case is answered otherwise, if it is one of those.
pub(crate) fn on_purpose(case: &Case) -> Option<&'static str> {
    match case.kind.as_str() {
        "session_middleware" => of_sessions(&case.inputs),
        "csrf_cookie" => {
            let called = |name| case.inputs.flag(name, false).ok();
            let untouched = called("get_token_called")? || called("rotate_token_called")?;
            let in_session = setting(&case.inputs, "CSRF_USE_SESSIONS");
            let blank = case.inputs.optional_text("request_cookie").ok()?.is_none();
            match (!untouched, in_session && blank) {
                (true, _) => Some(UNTOUCHED),
                (_, true) => Some(NO_SECRET),
                _ => None,
            }
        }
        _ => None,
    }
}

fn of_sessions(inputs: &Inputs) -> Option<&'static str> {
    let actions = inputs.texts("actions").ok()?;
    let has = |wanted: &str| {
        actions
            .iter()
            .any(|action| action.split('+').any(|one| one == wanted))
    };
    let cookie = inputs.optional_text("request_cookie").ok()?;
    let status = inputs.number("view_status").ok()?;
    if actions.iter().all(|action| *action == "noop") {
        return Some(UNTOUCHED);
    }
    if has("external_delete") {
        return Some(NO_400);
    }
    match cookie {
        Some("stale" | "short") if has("clear") && inputs.text("engine").ok()? == "db" => {
            Some(NO_400)
        }
        Some("stale" | "short") => Some(EMPTY),
        None if ["cycle", "clear", "expiry0", "expiry60"]
            .into_iter()
            .any(has) =>
        {
            Some(NO_ROW)
        }
        None if setting(inputs, "SESSION_SAVE_EVERY_REQUEST") => Some(NO_ROW),
        _ if has("cycle") && status >= 500.0 => Some(RENEWED),
        _ => None,
    }
}

fn setting(inputs: &Inputs, name: &str) -> bool {
    let settings = inputs.get("settings");
    settings
        .and_then(|it| it.get(name))
        .is_some_and(Value::is_truthy)
}
