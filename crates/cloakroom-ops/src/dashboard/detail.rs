//! One session: who, since when, from where, which values it has; the values themselves only when they are revealed.
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::OpsError;
use crate::amount::number;
use crate::dashboard::page::{Safe, Same, name, outage, page, plain};
use crate::dashboard::{Desk, Doer, Role, Visit};
use crate::handle::{Found, Handle, find};
use crate::sight::{Sight, Value, Values};
use crate::when::When;

pub(super) async fn show(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Path(handle): Path<String>,
) -> Response {
    sight(&desk, &handle, Values::Hidden).await.map_or_else(
        |answer| answer,
        |sight| draw(&desk, &visit, &sight, Values::Hidden),
    )
}

/// Shows the values as well, once that is written down.
pub(super) async fn reveal(
    State(desk): State<Arc<Desk>>,
    Doer(visit): Doer,
    Path(handle): Path<String>,
) -> Response {
    if !visit.may(Role::Revealer) {
        return plain(StatusCode::FORBIDDEN, "You may not see values");
    }
    let sight = match sight(&desk, &handle, Values::Revealed).await {
        Ok(sight) => sight,
        Err(answer) => return answer,
    };
    match desk.note(&visit.staff, "reveal", &sight.glance.handle, 1) {
        Ok(()) => draw(&desk, &visit, &sight, Values::Revealed),
        Err(answer) => answer,
    }
}

/// Finds a session by its handle.
async fn sight(desk: &Desk, handle: &str, values: Values) -> Result<Sight, Response> {
    let (key, record) = match found(desk, handle).await? {
        Found::Session(key, record) => (key, record),
        Found::Renewed(..) => {
            let what = "That session was renewed and has another handle";
            return Err(plain(StatusCode::NOT_FOUND, what));
        }
    };
    let store = desk.cloakroom.store();
    Ok(Sight::of(store, key, &record, &desk.log_ids(), values))
}

pub(super) async fn found(desk: &Desk, handle: &str) -> Result<Found, Response> {
    let unknown = || plain(StatusCode::NOT_FOUND, "No live session has this handle");
    let handle: Handle = handle.parse().map_err(|_| unknown())?;
    let found = find(desk.cloakroom.store(), &handle, &desk.log_ids(), desk.now()).await;
    found.map_err(|error| match error {
        OpsError::Store(error) => outage(desk, &error),
        OpsError::NotInTime(..) => plain(
            StatusCode::SERVICE_UNAVAILABLE,
            "There are too many sessions to find one here by its id in logs: `cloakroom show` takes the time it needs",
        ),
        OpsError::Ambiguous(..) => plain(
            StatusCode::NOT_FOUND,
            "Several sessions have handles that begin so",
        ),
        _ => unknown(),
    })
}

fn draw(desk: &Desk, visit: &Visit, sight: &Sight, values: Values) -> Response {
    let (glance, now) = (&sight.glance, desk.now());
    let when = |when: When| {
        format!(
            "{} <span class=\"soft\">({})</span>",
            when.utc(),
            when.from(now)
        )
    };
    let (user, log_id) = (
        glance.user.as_deref(),
        sight.log_id.as_deref().unwrap_or("–"),
    );
    let text = |text: &Option<String>| Safe(text.as_deref().unwrap_or("–")).to_string();
    let own = match visit.is_own_id(sight.log_id.as_deref()) {
        true => " <b>This is your own session.</b>",
        false => "",
    };
    let facts = [
        ("Handle", format!("<code>{}</code>", glance.handle)),
        ("In logs", format!("<code>{log_id}</code>")),
        (
            "User",
            user.map_or_else(|| "– (a guest)".into(), name) + own,
        ),
        ("Begun", when(glance.created)),
        ("Used", glance.seen.map_or_else(|| "–".into(), when)),
        ("Ends", when(glance.expires)),
        ("Method", text(&glance.method)),
        ("Device", text(&glance.device)),
        ("Network", text(&glance.network)),
        ("Address", text(&glance.address)),
        ("Size", format!("{} bytes", number(glance.bytes as u64))),
    ];
    let facts = facts.map(|(label, what)| format!("<div><dt>{label}</dt><dd>{what}</dd></div>\n"));
    let mut main = format!(
        "<h1>A session</h1>\n<dl class=\"facts\">\n{}</dl>\n<h2>Values</h2>\n{}",
        facts.concat(),
        list(&sight.values)
    );
    let mut button = |act: &str, label: &str, class: &str| {
        main.push_str(&format!(
            "<form method=\"post\" action=\"{}/sessions/{}/{act}\">{}<button class=\"{class}\">{label}</button></form>\n",
            Same(&visit.base),
            glance.handle,
            visit.csrf.input()
        ));
    };
    if visit.may(Role::Revealer) && values == Values::Hidden && !sight.values.is_empty() {
        button("reveal", "Show the values", "");
    }
    if visit.may(Role::Operator) {
        button("revoke", "Revoke this session", "danger");
    }
    page(visit, "A session", "/sessions", &main)
}

/// Lists values by their names, one below the other on a phone.
fn list(values: &[Value]) -> String {
    if values.is_empty() {
        return "<p class=\"soft\">There are none.</p>\n".to_owned();
    }
    let row = |value: &Value| {
        let shown = match &value.value {
            Some(json) => format!("<code>{}</code>", Safe(json.get())),
            None => "<span class=\"soft\">hidden</span>".to_owned(),
        };
        let (name, bytes) = (Safe(&value.name), number(value.bytes as u64));
        format!("<div><dt>{name} <small>{bytes} B</small></dt><dd>{shown}</dd></div>\n")
    };
    let rows: String = values.iter().map(row).collect();
    format!("<dl class=\"facts values\">\n{rows}</dl>\n")
}
