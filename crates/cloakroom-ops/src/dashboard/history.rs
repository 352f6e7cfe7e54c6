//! The audit log as a page: who did what to whose sessions, looked for by name, act and time.
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use cloakroom::clock::Timestamp;
use serde::Deserialize;

use crate::amount::number;
use crate::audit::{Entry, Search, day_or_moment};
use crate::dashboard::acts::{SHOWN, notice};
use crate::dashboard::page::{Safe, Same, name, page, plain, search_form, table};
use crate::dashboard::{Desk, Visit};
use crate::handle::Handle;

/// What is looked for, as the form sends it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    by: String,
    user: String,
    act: String,
    since: String,
    until: String,
    /// How many sessions the act before has ended.
    ended: Option<u64>,
}

impl Asked {
    /// Returns what is meant by the form, or what can't be understood. Of names nothing is cut off.
    fn search(&self, now: Timestamp) -> Result<Search, &'static str> {
        let set = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let time = |text: &str| {
            let read = set(text.trim()).map(|text| day_or_moment(&text, now));
            read.transpose().map_err(|_| {
                "A time is written as 2026-11-21, as 2026-11-21T17:05 in UTC, or as 2d for how long ago it was."
            })
        };
        Ok(Search {
            act: set(self.act.trim()),
            by: set(&self.by),
            user: set(&self.user),
            since: time(&self.since)?,
            until: time(&self.until)?,
        })
    }
}

/// Shows what was done.
pub(super) async fn show(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Response {
    let mut main = format!("<h1>Audit</h1>\n{}", notice(asked.ended));
    let search = match asked.search(desk.now()) {
        Ok(search) => search,
        Err(problem) => {
            main.push_str(&form(&visit, &asked, Some(problem)));
            return page(&visit, "Audit", "/audit", &main);
        }
    };
    main.push_str(&form(&visit, &asked, None));
    match desk.acts.search(&search) {
        Ok(entries) if entries.is_empty() && search != Search::default() => {
            main.push_str("<p>No act is like that.</p>\n");
        }
        Ok(entries) => main.push_str(&acts(&visit, &entries)),
        Err(error) => {
            tracing::error!(%error, "the audit log can't be read");
            let what = "The audit log can't be read";
            return plain(StatusCode::INTERNAL_SERVER_ERROR, what);
        }
    }
    page(&visit, "Audit", "/audit", &main)
}

fn form(visit: &Visit, asked: &Asked, problem: Option<&str>) -> String {
    let fields = [
        ("by", "Who", &*asked.by, "name in the log"),
        ("user", "On the sessions of", &asked.user, "id"),
        ("act", "What", &asked.act, "revoke"),
        ("since", "From", &asked.since, "2026-11-21 or 2d"),
        ("until", "Until", &asked.until, "2026-11-21"),
    ];
    search_form(visit, "/audit", &fields, problem)
}

fn acts(visit: &Visit, entries: &[Entry]) -> String {
    let row = |entry: &Entry| {
        let uid = entry.uid.map(|uid| format!("uid {uid}"));
        let uid = uid.filter(|uid| *uid != entry.by);
        let uid = uid.map_or_else(String::new, |uid| format!(" ({uid})"));
        let host = entry.host.as_deref();
        let host = host.map_or_else(String::new, |host| format!(" on {}", name(host)));
        vec![
            Safe(&entry.at).to_string(),
            name(&entry.by) + &uid,
            Safe(&entry.way).to_string() + &host,
            Safe(&entry.act).to_string(),
            target(visit, &entry.target),
            number(entry.sessions),
        ]
    };
    let rows: Vec<_> = entries.iter().map(row).collect();
    let head = ["When", "Who", "Where", "What", "Which", "Sessions"];
    let caption = match entries.len() {
        SHOWN => format!("The last {SHOWN} acts"),
        _ => "The last acts".to_owned(),
    };
    table(&caption, &head, &rows)
}

/// Shows what an act was done to: a session by the beginning of its handle, all else as it is, but no longer than that it can be
/// taken in.
fn target(visit: &Visit, target: &str) -> String {
    const LONGEST: usize = 120;
    if target.len() == 64 && target.parse::<Handle>().is_ok() {
        return format!(
            "<a href=\"{}/sessions/{target}\" title=\"{target}\"><code>{}</code></a>",
            Same(&visit.base),
            &target[..12]
        );
    }
    let shown: String = target.chars().take(LONGEST).collect();
    let more = if shown.len() < target.len() {
        "…"
    } else {
        ""
    };
    format!("{}{more}", name(&shown))
}
