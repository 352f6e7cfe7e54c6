//! What is owed to the session's store and cookie at the end of a request.
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use cloakroom::django::session::Payloads;
use cloakroom::django::signing::Keys;
use cloakroom::django::{Moment, Value, json};
use cloakroom::session::Expiry;
use cloakroom::{LazySession, Session};
use rusqlite::Connection;

use super::{SECRET, SESSION, Site, all, base, built, in_cookie, lines, sent, texts, vary};
use crate::case::{Answer, Case, Checked, Inputs, Unknown, dict};

/// What the visitor's session holds at first.
const STORED: &str = r#"{"k":"v","l":[]}"#;
/// The key that Django draws in the cases.
const DRAWN: &str = "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn";

pub(in crate::kinds) fn middleware(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&[
        "engine",
        "actions",
        "request_cookie",
        "view_status",
        "view_vary",
        "settings",
        "now",
        "secret",
    ])?;
    if inputs.text("secret")? != SECRET {
        return Err("the secret is another one".into());
    }
    match inputs.text("engine")? {
        "db" => in_database(inputs),
        "signed_cookies" => in_cookies(inputs),
        engine => Err(format!("the engine {engine} is unknown")),
    }
}

fn in_database(inputs: &Inputs) -> Checked {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let file = folder.path().join("db.sqlite3");
    let settings = all(base(), inputs.get("settings"))?;
    let site = Site {
        settings,
        url: format!("sqlite://{}", file.display()),
        now: inputs.number("now")? as u64,
    };
    let table = table(&file).map_err(|error| error.to_string())?;
    let cookie = match inputs.optional_text("request_cookie")? {
        Some("valid") => {
            put(&table, inputs)?;
            Some(SESSION.to_owned())
        }
        Some("stale") => Some(SESSION.to_owned()),
        Some("short") => Some("short".to_owned()),
        Some(other) => return Err(format!("the cookie {other} is unknown")),
        None => None,
    };
    let table = Arc::new(Mutex::new(table));
    let answer = answer(site, inputs, cookie, table.clone())?;
    let table = table.lock().map_err(|_| "the table is lost")?;
    outcome(&answer, rows(&table)?)
}

fn in_cookies(inputs: &Inputs) -> Checked {
    let mut site = Site::with(inputs.get("settings"))?;
    let now = inputs.number("now")?;
    site.now = now as u64;
    let cookie = match inputs.optional_text("request_cookie")? {
        Some("valid") => Some(in_cookie(STORED, Moment::from_secs_f64(now))?),
        Some("stale" | "short") => Some("stale-and-forged-cookie-value-000".to_owned()),
        Some(other) => return Err(format!("the cookie {other} is unknown")),
        None => None,
    };
    let nothing = Connection::open_in_memory().map_err(|error| error.to_string())?;
    let answer = answer(site, inputs, cookie, Arc::new(Mutex::new(nothing)))?;
    outcome(&answer, Value::None)
}

fn answer(
    site: Site,
    inputs: &Inputs,
    cookie: Option<String>,
    table: Arc<Mutex<Connection>>,
) -> Result<Response, Unknown> {
    let texts = inputs.texts("actions")?;
    let actions: Vec<Action> = texts
        .iter()
        .flat_map(|text| text.split('+'))
        .map(Action::read)
        .collect::<Result<_, _>>()?;
    let status = inputs.number("view_status")? as u16;
    let status = StatusCode::from_u16(status).map_err(|error| error.to_string())?;
    let said = inputs
        .optional_text("view_vary")?
        .map(HeaderValue::from_str);
    let said = said.transpose().map_err(|error| error.to_string())?;
    let view = move |lazy: LazySession| async move {
        for action in &actions {
            action.take(&lazy, &table).await?;
        }
        let mut response = (status, "view").into_response();
        if let Some(said) = said {
            response.headers_mut().insert("vary", said);
        }
        Ok::<_, cloakroom::Error>(response)
    };
    let name = inputs.inner("settings")?;
    let name = name
        .optional_text("SESSION_COOKIE_NAME")?
        .unwrap_or("sessionid");
    let cookies: Vec<_> = cookie
        .map(|value| format!("{name}={value}"))
        .into_iter()
        .collect();
    let request = Request::builder().uri("/").header("host", "testserver");
    let request = built(sent(request, &cookies, false), Body::empty())?;
    site.answer(Router::new().fallback(view), request, |builder| builder)
}

/// What a view does to the session.
#[derive(Clone, Debug)]
enum Action {
    Nothing,
    Read,
    Set,
    Delete,
    Clear,
    Flush,
    Cycle,
    Expiry(Expiry),
    /// Another process deletes the row once it is loaded.
    DeleteOutside,
}

impl Action {
    fn read(text: &str) -> Result<Self, Unknown> {
        Ok(match text {
            "noop" => Self::Nothing,
            "read" => Self::Read,
            "set" => Self::Set,
            "del" => Self::Delete,
            "clear" => Self::Clear,
            "flush" => Self::Flush,
            "cycle" => Self::Cycle,
            "expiry0" => Self::Expiry(Expiry::WithBrowser),
            "external_delete" => Self::DeleteOutside,
            other => {
                let seconds = other
                    .strip_prefix("expiry")
                    .and_then(|text| text.parse().ok());
                let seconds = seconds.ok_or_else(|| format!("the action {other} is unknown"))?;
                Self::Expiry(Expiry::After(Duration::from_secs(seconds)))
            }
        })
    }

    async fn take(&self, lazy: &LazySession, table: &Mutex<Connection>) -> cloakroom::Result<()> {
        if let Self::Nothing = self {
            return Ok(());
        }
        let session: Session = lazy.load().await?;
        match self {
            Self::Nothing => Ok(()),
            Self::Read => session.get::<String>("k").map(|_| ()),
            Self::Set => session.set("a", 1),
            Self::Delete => session.remove("k"),
            Self::Clear => session.clear(),
            Self::Flush => session.end(),
            Self::Cycle => session.renew(),
            Self::Expiry(expiry) => session.set_expiry(*expiry),
            Self::DeleteOutside => {
                let table = table.lock().expect("nobody panics with the table");
                table
                    .execute("DELETE FROM django_session", [])
                    .expect("the row can go");
                Ok(())
            }
        }
    }
}

fn table(file: &Path) -> rusqlite::Result<Connection> {
    let table = Connection::open(file)?;
    table.execute_batch(
        "CREATE TABLE django_session (session_key varchar(40) NOT NULL PRIMARY KEY, \
         session_data text NOT NULL, expire_date datetime NOT NULL)",
    )?;
    Ok(table)
}

fn put(table: &Connection, inputs: &Inputs) -> Result<(), Unknown> {
    let now = inputs.moment("now")?;
    let session = json::Object::parse(STORED).map_err(|error| error.to_string())?;
    let data = Payloads::new(&Keys::new(SECRET)).encode(&session, now);
    let ends = cloakroom::django::session::row_date(now.plus_secs(1_209_600.0), 0);
    let put = table.execute(
        "INSERT INTO django_session VALUES (?, ?, ?)",
        [SESSION, &data, &ends],
    );
    put.map(|_| ()).map_err(|error| error.to_string())
}

/// Returns what stands in the table, with Django's drawn key in the place of ours.
fn rows(table: &Connection) -> Result<Value, Unknown> {
    let payloads = Payloads::new(&Keys::new(SECRET));
    let read = || {
        let mut all = table.prepare("SELECT session_key, session_data FROM django_session")?;
        let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect::<rusqlite::Result<Vec<(String, String)>>>()
    };
    let rows = read().map_err(|error| error.to_string())?;
    let rows = rows.into_iter().map(|(key, data)| {
        let session = payloads.read(&data).map_err(|error| error.to_string())?;
        Ok(Value::List(vec![Value::text(named(&key)), session]))
    });
    Ok(Value::List(rows.collect::<Result<_, Unknown>>()?))
}

fn named(key: &str) -> &str {
    let drawn = key.len() == SESSION.len() && key != SESSION;
    if drawn { DRAWN } else { key }
}

fn outcome(answer: &Response, rows: Value) -> Checked {
    let cookies = lines(answer.headers(), "set-cookie")
        .into_iter()
        .map(|line| {
            let value = line.split(';').next().and_then(|pair| pair.split_once('='));
            match value {
                Some((name, value)) if named(value) != value => {
                    line.replacen(&format!("{name}={value}"), &format!("{name}={DRAWN}"), 1)
                }
                _ => line,
            }
        });
    Ok(Answer::Output(dict([
        ("status", Value::Int(answer.status().as_u16().into())),
        ("set_cookie", texts(cookies.collect())),
        ("vary", vary(answer.headers())),
        ("rows", rows),
    ])))
}
