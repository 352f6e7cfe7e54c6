//! Sessions by user, handle, age and device, a page at a time; no page looks at more than so many.
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use cloakroom::StoreError;
use cloakroom::clock::Timestamp;
use cloakroom::session::StoreKey;
use cloakroom::store::Listed;
use serde::Deserialize;

use crate::dashboard::page::{Safe, number, outage, page, table};
use crate::dashboard::{Desk, Role, Visit};
use crate::handle::{Handle, cursor, digits};
use crate::pages::Pages;
use crate::selection::Selection;
use crate::sight::Glance;
use crate::span;

/// How many sessions one page shows.
const SHOWN: usize = 50;
/// How many sessions one page looks at; what follows is on the next.
const LOOKED_AT: usize = 5_000;

/// What is looked for, as the form sends it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    pub(super) user: String,
    handle: String,
    pub(super) device: String,
    pub(super) older: String,
    after: String,
}

impl Wanted {
    /// Returns what is meant by the form, or what can't be understood.
    pub(super) fn selection(&self, now: Timestamp) -> Result<Selection, &'static str> {
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let age = text(&self.older)
            .map(|older| span::parse(&older))
            .transpose();
        let age = age.map_err(|_| "An age is written as 30d, 12h or 90m.")?;
        let ago = |age: Duration| Timestamp::from_secs(now.as_secs().saturating_sub(age.as_secs()));
        Ok(Selection {
            user: text(&self.user),
            begun_until: age.map(ago),
            device: text(&self.device),
        })
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
        Some(selection) => look(&desk, selection, cursor(&wanted.after).ok(), now).await,
        None => Ok(Found::default()),
    };
    let found = match found {
        Ok(found) => found,
        Err(error) => return outage(&error),
    };
    let mut main = format!("<h1>Sessions</h1>\n{}", search(&visit, &wanted, problem));
    let rows: Vec<_> = found
        .shown
        .iter()
        .map(|listed| row(listed, &visit, now))
        .collect();
    let caption = match found.looked_at {
        0 => "Sessions".to_owned(),
        looked_at => format!(
            "{} of {} that were looked at",
            number(rows.len() as u64),
            number(looked_at as u64)
        ),
    };
    let head = ["Handle", "User", "Device", "Begun", "Used", "Ends", "Size"];
    main.push_str(&table(&caption, &head, &rows));
    if let Some(last) = found.last {
        let next = wanted.query(&digits(&last));
        main.push_str(&format!(
            "<p><a class=\"button\" href=\"{}\">Go on</a></p>\n",
            Safe(&next)
        ));
    }
    if visit.may(Role::Operator) {
        main.push_str(&revoking(&visit, &wanted));
    }
    page(&visit, "Sessions", "/sessions", &main)
}

#[derive(Default)]
struct Found {
    shown: Vec<Listed>,
    looked_at: usize,
    /// Behind which session there may be more.
    last: Option<StoreKey>,
}

async fn look(
    desk: &Desk,
    selection: &Selection,
    after: Option<StoreKey>,
    now: Timestamp,
) -> Result<Found, StoreError> {
    let store = desk.cloakroom.store();
    let mut found = Found::default();
    if selection.user.is_some() {
        let mut selected = selection.after(store, after, now).await?;
        while let Some(page) = selected.next().await? {
            found.looked_at += page.len();
            found.shown.extend(page);
        }
        found
            .shown
            .sort_by_key(|listed| std::cmp::Reverse(listed.created));
        return Ok(found);
    }
    let mut pages = Pages::after(store, after, now);
    if selection.begun_until.is_none() && selection.device.is_none() {
        pages.size(SHOWN + 1);
    }
    while let Some(page) = pages.next().await? {
        for listed in page {
            if found.shown.len() == SHOWN || found.looked_at == LOOKED_AT {
                return Ok(found);
            }
            found.looked_at += 1;
            found.last = Some(listed.key);
            if selection.has(&listed) {
                found.shown.push(listed);
            }
        }
    }
    found.last = None;
    Ok(found)
}

fn row(listed: &Listed, visit: &Visit, now: Timestamp) -> Vec<String> {
    let glance = Glance::from(listed);
    let text = |text: Option<&str>| Safe(text.unwrap_or("–")).to_string();
    let handle = &glance.handle;
    vec![
        format!(
            "<a href=\"{}/sessions/{handle}\"><code>{}</code></a>",
            Safe(&visit.base),
            &handle[..12]
        ),
        text(glance.user.as_deref()),
        text(glance.device.as_deref()),
        glance.created.from(now),
        glance
            .seen
            .map_or_else(|| "–".into(), |seen| seen.from(now)),
        glance.expires.from(now),
        format!("{} B", number(glance.bytes as u64)),
    ]
}

fn search(visit: &Visit, wanted: &Wanted, problem: Option<&str>) -> String {
    let field = |name: &str, label: &str, value: &str, hint: &str| {
        format!(
            "<label>{label} <input name=\"{name}\" value=\"{}\" placeholder=\"{hint}\" autocomplete=\"off\"></label>\n",
            Safe(value)
        )
    };
    let problem = problem.map_or_else(String::new, |it| {
        format!("<p class=\"alarm\" role=\"alert\">{it}</p>\n")
    });
    format!(
        "{problem}<form class=\"search\" action=\"{}/sessions\">\n{}{}{}{}<button>Find</button></form>\n",
        Safe(&visit.base),
        field("user", "User", &wanted.user, "id"),
        field("handle", "Handle", &wanted.handle, "8 digits or more"),
        field("device", "Device", &wanted.device, "Firefox on Linux"),
        field("older", "Older than", &wanted.older, "30d"),
    )
}

/// The form that ends what was looked for; it leads to a page that says how many those are.
fn revoking(visit: &Visit, wanted: &Wanted) -> String {
    let is_any = [&wanted.user, &wanted.device, &wanted.older]
        .iter()
        .any(|text| !text.trim().is_empty());
    let what = if is_any {
        "Revoke what was found…"
    } else {
        "Revoke everybody…"
    };
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
    format!(
        "<form method=\"post\" action=\"{}/revoke\">{}{}<button class=\"danger\">{what}</button></form>\n",
        Safe(&visit.base),
        visit.csrf.input(),
        hidden.concat(),
    )
}
