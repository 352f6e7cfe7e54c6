//! Ending sessions from the dashboard, each act noted; many only after a page that says how many.
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::OpsError;
use crate::audit::{AuditLog, Entry};
use crate::dashboard::detail::found;
use crate::dashboard::listing::Wanted;
use crate::dashboard::page::{Safe, number, outage, page, plain, table};
use crate::dashboard::{Desk, Doer, Visit};
use crate::handle::{Found, digits};
use crate::revoking::{end, end_all};
use crate::stop::Stop;

/// How many acts are kept in memory where there is no log, and shown.
const KEPT: usize = 1_000;
const SHOWN: usize = 200;

/// Where acts are noted.
pub(super) struct Acts {
    log: Option<AuditLog>,
    memory: Mutex<VecDeque<Entry>>,
}

impl Acts {
    pub(super) fn new(log: Option<AuditLog>) -> Self {
        Self {
            log,
            memory: Mutex::default(),
        }
    }

    pub(super) fn note(&self, entry: Entry) -> Result<(), OpsError> {
        let Entry {
            by,
            act,
            target,
            sessions,
            ..
        } = &entry;
        // Quoted, so that no name can look like another line of the log.
        tracing::info!(?by, %act, ?target, sessions, "an operator acted on sessions");
        if let Some(log) = &self.log {
            return log.note(&entry);
        }
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.len() == KEPT {
            memory.pop_back();
        }
        memory.push_front(entry);
        Ok(())
    }

    fn last(&self) -> Result<Vec<Entry>, OpsError> {
        if let Some(log) = &self.log {
            return log.last(SHOWN);
        }
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(memory.iter().take(SHOWN).cloned().collect())
    }
}

/// What the form sends that ends several sessions.
#[derive(Debug, Deserialize)]
pub(super) struct Several {
    #[serde(flatten)]
    wanted: Wanted,
    /// How many the operator was told that they are.
    #[serde(default)]
    told: Option<u64>,
}

pub(super) async fn revoke_one(
    State(desk): State<Arc<Desk>>,
    Doer(visit): Doer,
    Path(handle): Path<String>,
) -> Response {
    let key = match found(&desk, &handle).await {
        Ok(Found::Session(key, _) | Found::Renewed(_, key)) => key,
        Err(answer) => return answer,
    };
    // Noted first: what is done is never unknown.
    if let Err(answer) = desk.note(&visit.staff, "revoke", &digits(&key), 1) {
        return answer;
    }
    match end(&desk.cloakroom, key).await {
        Ok(_) => Redirect::to(&format!("{}/sessions", visit.base)).into_response(),
        Err(error) => outage(&error),
    }
}

/// Says how many sessions those are, and ends them once that was confirmed.
pub(super) async fn revoke(
    State(desk): State<Arc<Desk>>,
    Doer(visit): Doer,
    Form(several): Form<Several>,
) -> Response {
    let (store, now) = (desk.cloakroom.store(), desk.now());
    let selection = match several.wanted.selection(now) {
        Ok(selection) => selection,
        Err(problem) => return plain(StatusCode::UNPROCESSABLE_ENTITY, problem),
    };
    if several.told.is_none() {
        return match selection.count(store, now).await {
            Ok(count) => ask(&visit, &several.wanted, &selection.to_string(), count),
            Err(error) => outage(&error),
        };
    }
    // Noted first, and with the number after: what is done is never unknown.
    if let Err(answer) = desk.note(&visit.staff, "revoking", &selection.to_string(), 0) {
        return answer;
    }
    let audit = format!("{}/audit", visit.base);
    // In a task of its own, so that it ends and is noted although the browser is gone.
    let ended = tokio::spawn(async move {
        let mut count = 0;
        let tell = |ended| count = ended;
        let ended = end_all(&desk.cloakroom, &selection, now, &Stop::new(), tell).await;
        let noted = desk.note(&visit.staff, "revoke", &selection.to_string(), count);
        match (noted, ended) {
            (Err(answer), _) => answer,
            (Ok(()), Err(error)) => outage(&error),
            (Ok(()), Ok(_)) => Redirect::to(&audit).into_response(),
        }
    });
    let stopped = |_| plain(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong.");
    ended.await.unwrap_or_else(stopped)
}

fn ask(visit: &Visit, wanted: &Wanted, what: &str, count: u64) -> Response {
    let hidden = [
        ("user", &wanted.user),
        ("device", &wanted.device),
        ("older", &wanted.older),
    ];
    let hidden = hidden.map(|(name, value)| {
        format!(
            "<input type=\"hidden\" name=\"{name}\" value=\"{}\">",
            Safe(value)
        )
    });
    let main = format!(
        "<h1>Revoke {}?</h1>\n<p>Which: {}. Whoever has them is logged out at once.</p>\n\
         <form method=\"post\" action=\"{}/revoke\">{}{}<input type=\"hidden\" name=\"told\" value=\"{count}\">\n\
         <button class=\"danger\">Revoke {}</button> <a class=\"button\" href=\"{}/sessions\">Leave them</a></form>\n",
        sessions(count),
        Safe(what),
        Safe(&visit.base),
        visit.csrf.input(),
        hidden.concat(),
        number(count),
        Safe(&visit.base),
    );
    page(visit, "Revoke sessions", "/sessions", &main)
}

fn sessions(count: u64) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} session{plural}", number(count))
}

/// Shows what was done.
pub(super) async fn show(State(desk): State<Arc<Desk>>, visit: Visit) -> Response {
    let entries = match desk.acts.last() {
        Ok(entries) => entries,
        Err(error) => {
            tracing::error!(%error, "the audit log can't be read");
            return plain(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The audit log can't be read",
            );
        }
    };
    let row = |entry: &Entry| {
        let texts = [&entry.at, &entry.by, &entry.way, &entry.act, &entry.target];
        let mut row: Vec<_> = texts.iter().map(|text| Safe(text).to_string()).collect();
        row.push(number(entry.sessions));
        row
    };
    let rows: Vec<_> = entries.iter().map(row).collect();
    let head = ["When", "Who", "Where", "What", "Which", "Sessions"];
    let main = format!("<h1>Audit</h1>\n{}", table("The last acts", &head, &rows));
    page(&visit, "Audit", "/audit", &main)
}
