//! Ending sessions from the dashboard, each act noted; many only after a page that says how many.
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use cloakroom::clock::Timestamp;
use cloakroom::store::Listed;
use serde::Deserialize;

use crate::OpsError;
use crate::amount::{counted, number};
use crate::audit::{AuditLog, Entry, Search};
use crate::dashboard::detail::found;
use crate::dashboard::listing::Wanted;
use crate::dashboard::page::{Safe, Same, farewell, outage, page, plain};
use crate::dashboard::{Desk, Doer, Visit};
use crate::handle::{Found, handle_of};
use crate::revoking::{end, end_all};
use crate::selection::Selection;
use crate::stop::Stop;

/// How many acts are kept in memory where there is no log, and shown.
const KEPT: usize = 1_000;
pub(super) const SHOWN: usize = 200;

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

    pub(super) fn search(&self, search: &Search) -> Result<Vec<Entry>, OpsError> {
        if let Some(log) = &self.log {
            return log.search(search, SHOWN);
        }
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let found = memory.iter().filter(|entry| search.has(entry));
        Ok(found.take(SHOWN).cloned().collect())
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
    /// When that was, in seconds since 1970.
    #[serde(default)]
    asked: Option<u64>,
}

/// Which sessions are meant, and how many they are now.
struct Meant {
    selection: Selection,
    asked: Timestamp,
    /// In words.
    which: String,
    count: u64,
    /// Whether that of the operator is among them.
    is_own: bool,
}

impl Several {
    /// Whoever came after the question was asked is not meant: the operator was not told of him.
    async fn meant(&self, desk: &Desk, visit: &Visit) -> Result<Meant, Response> {
        let now = desk.now();
        let asked = self.asked.map_or(now, Timestamp::from_secs).min(now);
        let selection = self.wanted.selection(asked);
        let wrong = |what| plain(StatusCode::UNPROCESSABLE_ENTITY, what);
        let mut selection = selection.map_err(wrong)?;
        let which = selection.to_string();
        selection.begun_until.get_or_insert(asked);
        let mut is_own = false;
        let see = |listed: &Listed| is_own |= visit.is_own(desk, listed);
        let store = desk.cloakroom.store();
        let count = selection.count_seeing(store, now, see).await;
        let count = count.map_err(|error| outage(desk, &error))?;
        Ok(Meant {
            selection,
            asked,
            which,
            count,
            is_own,
        })
    }
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
    if let Err(answer) = desk.note(
        &visit.staff,
        "revoke",
        &handle_of(desk.cloakroom.store(), &key),
        1,
    ) {
        return answer;
    }
    let is_own = visit.is_own_id(Some(&desk.cloakroom.log_id(&key)));
    match end(&desk.cloakroom, key).await {
        Ok(_) if is_own => farewell(&visit, "Your own session was ended"),
        Ok(was_there) => {
            let ended = u64::from(was_there);
            Redirect::to(&format!("{}/sessions?ended={ended}", visit.base)).into_response()
        }
        Err(error) => outage(&desk, &error),
    }
}

/// Says how many sessions those are, and ends them once that was confirmed.
pub(super) async fn revoke(
    State(desk): State<Arc<Desk>>,
    Doer(visit): Doer,
    Form(several): Form<Several>,
) -> Response {
    let meant = match several.meant(&desk, &visit).await {
        Ok(meant) => meant,
        Err(answer) => return answer,
    };
    match several.told {
        Some(told) if meant.count <= told => {}
        told => return ask(&visit, &several.wanted, &meant, told),
    }
    // Noted first, and with the number after: what is done is never unknown.
    if let Err(answer) = desk.note(&visit.staff, "revoking", &meant.which, meant.count) {
        return answer;
    }
    // In a task of its own, so that it ends and is noted although the browser is gone.
    let ended = tokio::spawn(async move {
        let (now, mut count) = (desk.now(), 0);
        let tell = |ended| count = ended;
        let selection = &meant.selection;
        let ended = end_all(&desk.cloakroom, selection, now, &Stop::new(), tell).await;
        let noted = desk.note(&visit.staff, "revoke", &meant.which, count);
        match (noted, ended) {
            (Err(answer), _) => answer,
            (Ok(()), Err(error)) => outage(&desk, &error),
            (Ok(()), Ok(_)) if meant.is_own => {
                let text = format!(
                    "Ended: {}, and your own among them",
                    counted(count, "session")
                );
                farewell(&visit, &text)
            }
            (Ok(()), Ok(_)) => {
                Redirect::to(&format!("{}/audit?ended={count}", visit.base)).into_response()
            }
        }
    });
    let stopped = |_| plain(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong");
    ended.await.unwrap_or_else(stopped)
}

fn ask(visit: &Visit, wanted: &Wanted, meant: &Meant, told: Option<u64>) -> Response {
    let more = match told {
        Some(told) => format!(
            "<p class=\"alarm\" role=\"alert\">Nothing was ended: they are more than the {} that you were told of.</p>\n",
            number(told)
        ),
        None => String::new(),
    };
    let own = match meant.is_own {
        true => " <b>Your own is among them.</b>",
        false => "",
    };
    let main = format!(
        "{more}<h1>Revoke {}?</h1>\n<p>Which: {}. Whoever has them is logged out at once.{own}</p>\n\
         <form method=\"post\" action=\"{base}/revoke\">{}{}<input type=\"hidden\" name=\"told\" value=\"{}\">\
         <input type=\"hidden\" name=\"asked\" value=\"{}\">\n\
         <button class=\"danger\">Revoke {}</button> <a class=\"button\" href=\"{base}/sessions\">Leave them</a></form>\n",
        counted(meant.count, "session"),
        Safe(&meant.which),
        visit.csrf.input(),
        wanted.hidden(),
        meant.count,
        meant.asked.as_secs(),
        number(meant.count),
        base = Same(&visit.base),
    );
    page(visit, "Revoke sessions", "/sessions", &main)
}

/// Says that so many sessions were ended, on the page that an act leads to.
pub(super) fn notice(ended: Option<u64>) -> String {
    let what = match ended {
        None => return String::new(),
        Some(0) => "It was over already.".to_owned(),
        Some(count) => format!("Ended: {}.", counted(count, "session")),
    };
    format!("<p class=\"done\" role=\"status\">{what}</p>\n")
}
