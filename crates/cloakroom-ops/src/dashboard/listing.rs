//! Sessions by user, handle, age and device, a page at a time; no page looks at more than so many.
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use cloakroom::StoreError;
use cloakroom::clock::Timestamp;
use cloakroom::store::Listed;
use serde::Deserialize;

use crate::amount::number;
use crate::dashboard::acts::notice;
use crate::dashboard::page::{Safe, Same, name, outage, page, search_form, table};
use crate::dashboard::{Desk, Role, Visit};
use crate::handle::{Handle, cursor, handle_of, in_place, place};
use crate::pages::Pages;
use crate::selection::Selection;
use crate::sight::Glance;
use crate::slice;
use crate::span;

/// How many sessions one page shows.
const SHOWN: usize = 50;
/// How many sessions one page looks at; what follows is on the next.
const LOOKED_AT: usize = 5_000;

/// What is looked for, as the form sends it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    user: String,
    handle: String,
    device: String,
    older: String,
    after: String,
    /// How many sessions the act before has ended.
    ended: Option<u64>,
}

impl Wanted {
    /// Returns what is meant by the form, or what can't be understood. Of a user's id nothing is cut off: one with a space
    /// is another user.
    pub(super) fn selection(&self, now: Timestamp) -> Result<Selection, &'static str> {
        let set = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let age = set(self.older.trim())
            .map(|older| span::parse(&older))
            .transpose();
        let age = age.map_err(|_| "An age is written as 30d, 12h or 90m.")?;
        let ago = |age: Duration| Timestamp::from_secs(now.as_secs().saturating_sub(age.as_secs()));
        Ok(Selection {
            user: set(&self.user),
            begun_until: age.map(ago),
            device: set(self.device.trim()),
        })
    }

    /// Returns it as fields of a form that shows none.
    pub(super) fn hidden(&self) -> String {
        let fields = [
            ("user", &self.user),
            ("device", &self.device),
            ("older", &self.older),
        ];
        let field = |(name, value): (&str, &String)| {
            let value = Same(value);
            format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">")
        };
        fields.map(field).concat()
    }

    fn query(&self, after: &str) -> String {
        let encoded = |text: &str| -> String {
            let byte = |byte: u8| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                    char::from(byte).to_string()
                }
                byte => format!("%{byte:02X}"),
            };
            text.bytes().map(byte).collect()
        };
        let [user, device, older] = [&self.user, &self.device, &self.older].map(|it| encoded(it));
        format!("?user={user}&device={device}&older={older}&after={after}")
    }

    fn is_filtered(&self) -> bool {
        [&self.user, self.device.trim(), self.older.trim()]
            .iter()
            .any(|text| !text.is_empty())
    }
}

pub(super) async fn show(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Response {
    let handle = wanted.handle.trim();
    if handle.parse::<Handle>().is_ok() {
        return Redirect::to(&format!("{}/sessions/{handle}", visit.base)).into_response();
    }
    let now = desk.now();
    let (selection, problem) = match wanted.selection(now) {
        _ if !handle.is_empty() => (None, Some("A handle has at least 8 hexadecimal digits.")),
        Ok(selection) => (Some(selection), None),
        Err(problem) => (None, Some(problem)),
    };
    let found = match &selection {
        Some(selection) => look(&desk, selection, &wanted.after, now).await,
        None => Ok(Found::default()),
    };
    let found = match found {
        Ok(found) => found,
        Err(error) => return outage(&desk, &error),
    };
    let mut main = format!(
        "<h1>Sessions</h1>\n{}{}",
        notice(wanted.ended),
        search(&visit, &wanted, problem)
    );
    if problem.is_none() {
        main.push_str(&result(&desk, &visit, &wanted, &found));
    }
    page(&visit, "Sessions", "/sessions", &main)
}

fn result(desk: &Desk, visit: &Visit, wanted: &Wanted, found: &Found) -> String {
    let rows: Vec<_> = found
        .shown
        .iter()
        .map(|listed| row(listed, desk, visit))
        .collect();
    let head = ["Handle", "User", "Device", "Begun", "Used", "Ends", "Size"];
    let mut out = match rows.is_empty() {
        false => table(&found.caption(wanted), &head, &rows),
        true if found.next.is_some() => format!(
            "<p>None among the {} that were looked at; there are more.</p>\n",
            number(found.looked_at as u64)
        ),
        true if wanted.is_filtered() => "<p>No session is like that.</p>\n".to_owned(),
        true => "<p>There is no session.</p>\n".to_owned(),
    };
    let link = |after: &str, label: &str| {
        let query = wanted.query(after);
        let query = Same(&query);
        format!("<a class=\"button\" href=\"{query}\">{label}</a> ")
    };
    let back = (!wanted.after.is_empty()).then(|| link("", "To the beginning"));
    let on = found.next.as_ref().map(|next| link(next, "Go on"));
    let links: String = back.into_iter().chain(on).collect();
    if !links.is_empty() {
        out.push_str(&format!("<p>{links}</p>\n"));
    }
    // Nobody is asked to end what was not understood, or is not there.
    if visit.may(Role::Operator) && (!rows.is_empty() || found.next.is_some()) {
        out.push_str(&revoking(visit, wanted));
    }
    out
}

#[derive(Default)]
struct Found {
    shown: Vec<Listed>,
    looked_at: usize,
    /// How many there are, where that is known.
    all: Option<usize>,
    /// Where the next page begins.
    next: Option<String>,
}

impl Found {
    fn caption(&self, wanted: &Wanted) -> String {
        let shown = number(self.shown.len() as u64);
        match self.all {
            Some(all) if all > self.shown.len() => {
                format!("{shown} of {} sessions", number(all as u64))
            }
            None if wanted.is_filtered() => {
                format!(
                    "{shown} of {} that were looked at",
                    number(self.looked_at as u64)
                )
            }
            _ => "Sessions".to_owned(),
        }
    }
}

async fn look(
    desk: &Desk,
    selection: &Selection,
    after: &str,
    now: Timestamp,
) -> Result<Found, StoreError> {
    let store = desk.cloakroom.store();
    let mut found = Found::default();
    if selection.user.is_some() {
        return of_user(desk, selection, after, now).await;
    }
    // Where the last one is gone meanwhile, the list begins anew.
    let after = place(store, cursor(after).ok(), now).await;
    let mut pages = Pages::after(store, after.unwrap_or_default(), now);
    if selection.begun_until.is_none() && selection.device.is_none() {
        pages.size(SHOWN + 1);
    }
    while let Some(page) = pages.next().await? {
        for listed in page {
            if found.shown.len() == SHOWN || found.looked_at == LOOKED_AT {
                return Ok(found);
            }
            found.looked_at += 1;
            found.next = Some(handle_of(store, &listed.key));
            if selection.has(&listed) {
                found.shown.push(listed);
            }
        }
    }
    found.next = None;
    Ok(found)
}

/// Looks at the sessions of one user, which begun last first.
async fn of_user(
    desk: &Desk,
    selection: &Selection,
    after: &str,
    now: Timestamp,
) -> Result<Found, StoreError> {
    let mut all = Vec::new();
    let store = desk.cloakroom.store();
    let mut selected = selection.after(store, None, now).await?;
    while let Some(page) = selected.next().await? {
        all.extend(page);
    }
    let count = all.len();
    let (shown, next) = slice::after(all, slice::place(after).ok(), SHOWN, in_place(store));
    Ok(Found {
        shown,
        looked_at: count,
        all: Some(count),
        next: next.map(slice::written),
    })
}

fn row(listed: &Listed, desk: &Desk, visit: &Visit) -> Vec<String> {
    let (glance, now) = (Glance::of(desk.cloakroom.store(), listed), desk.now());
    let handle = &glance.handle;
    let own = match visit.is_own(desk, listed) {
        true => " <b>(you)</b>",
        false => "",
    };
    vec![
        format!(
            "<a href=\"{}/sessions/{handle}\"><code>{}</code></a>",
            Same(&visit.base),
            &handle[..12]
        ),
        glance.user.as_deref().map_or_else(|| "–".into(), name) + own,
        Safe(glance.device.as_deref().unwrap_or("–")).to_string(),
        glance.created.from(now),
        glance
            .seen
            .map_or_else(|| "–".into(), |seen| seen.from(now)),
        glance.expires.from(now),
        format!("{} B", number(glance.bytes as u64)),
    ]
}

fn search(visit: &Visit, wanted: &Wanted, problem: Option<&str>) -> String {
    let fields = [
        ("user", "User", &*wanted.user, "id"),
        (
            "handle",
            "Handle or id in logs",
            &wanted.handle,
            "8 digits or more",
        ),
        ("device", "Device", &wanted.device, "Firefox on Linux"),
        ("older", "Older than", &wanted.older, "30d"),
    ];
    search_form(visit, "/sessions", &fields, problem)
}

/// The form that ends what was looked for; it leads to a page that says how many those are.
fn revoking(visit: &Visit, wanted: &Wanted) -> String {
    let what = match wanted.is_filtered() {
        true => "Revoke what was found…",
        false => "Revoke everybody…",
    };
    format!(
        "<form method=\"post\" action=\"{}/revoke\">{}{}<button class=\"danger\">{what}</button></form>\n",
        Same(&visit.base),
        visit.csrf.input(),
        wanted.hidden(),
    )
}
