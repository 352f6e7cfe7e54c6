//! The history checker on tower-sessions: `history [--store URL] [--clients N] [--sessions N] [--ops N] [--seed N]`.
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Json, Response};
use cloakroom::testing::history::{Kind, Seen, Wish};
use cloakroom::testing::{Browser, History};
use cloakroom_bench_peers::{postgres, redis, sqlite};
use tower_sessions::session::Error as Broken;
use tower_sessions::{Session, SessionManagerLayer, SessionStore};

/// As many nodes as the checker of cloakroom has.
const NODES: usize = 3;
/// The fields that are set and removed.
const FIELDS: u64 = 3;

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let said = said()?;
    let number = |name: &str, default: u64| said.get(name).map_or(Ok(default), |text| text.parse());
    let mut clean = true;
    let folder = std::env::temp_dir().join(format!("cloakroom-peer-{}", std::process::id()));
    std::fs::create_dir(&folder)?;
    for url in stores(&said, &folder) {
        let sites = nodes(&url).await?;
        let report = History::visiting(sites, "id")
            .clients(usize::try_from(number("--clients", 16)?)?)
            .sessions(usize::try_from(number("--sessions", 4)?)?)
            .ops(number("--ops", 2_000)?)
            .seed(number("--seed", 1)?)
            .run()
            .await;
        let store = url.split(':').next().unwrap_or_default();
        println!("tower-sessions with {store} on {NODES} nodes: {report}\n");
        clean &= report.is_clean();
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(if clean {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Reads the options; each has a value.
fn said() -> Result<BTreeMap<String, String>, String> {
    let mut said = BTreeMap::new();
    let mut words = std::env::args().skip(1);
    while let Some(name) = words.next() {
        let known = [
            "--peer",
            "--store",
            "--clients",
            "--sessions",
            "--ops",
            "--seed",
        ];
        match words.next() {
            Some(value) if known.contains(&name.as_str()) => said.insert(name, value),
            _ => return Err(format!("`{name}` means nothing here, or lacks its value")),
        };
    }
    match said.get("--peer").map(String::as_str) {
        None | Some("tower-sessions") => Ok(said),
        Some(other) => Err(format!("--peer: {other} is not here, only tower-sessions")),
    }
}

/// Returns the given store's URL, or those of all that are there.
fn stores(said: &BTreeMap<String, String>, folder: &Path) -> Vec<String> {
    if let Some(url) = said.get("--store") {
        return vec![url.clone()];
    }
    let servers = ["CLOAKROOM_TEST_POSTGRES", "CLOAKROOM_TEST_REDIS"];
    let there = servers
        .into_iter()
        .filter_map(|name| std::env::var(name).ok());
    [format!("sqlite://{}", folder.join("sessions.db").display())]
        .into_iter()
        .chain(there)
        .collect()
}

async fn nodes(url: &str) -> Result<Vec<Browser>, Box<dyn Error>> {
    let mut nodes = Vec::new();
    for _ in 0..NODES {
        nodes.push(match url.split(':').next() {
            Some("redis") => site(redis(url).await?),
            Some("postgres") => site(postgres(url).await?),
            Some("sqlite") => site(sqlite(url).await?),
            _ => {
                return Err(
                    "--store: needs a URL that begins with redis:, postgres: or sqlite:".into(),
                );
            }
        });
    }
    Ok(nodes)
}

fn site<S: SessionStore + Clone>(store: S) -> Browser {
    Browser::of(
        Router::new()
            .fallback(page)
            .layer(SessionManagerLayer::new(store)),
    )
}

async fn page(session: Session, uri: Uri) -> Response {
    let Some(wish) = Wish::of(uri.path()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    dawdle(wish.op).await;
    let seen = fulfil(&session, wish).await;
    dawdle(wish.op).await;
    match seen {
        Ok(seen) => Json(seen).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// Does to the session what is asked for, as the documentation of tower-sessions shows it.
async fn fulfil(session: &Session, Wish { op, kind }: Wish) -> Result<Seen, Broken> {
    let mut lineage: Vec<u64> = session.get("lineage").await?.unwrap_or_default();
    match kind {
        Kind::Read => return seen(session, lineage).await,
        Kind::Logout => session.flush().await?,
        Kind::Renew => session.cycle_id().await?,
        Kind::Login => session.cycle_id().await?,
        Kind::Append => {
            let mut items: Vec<u64> = session.get("items").await?.unwrap_or_default();
            items.push(op);
            session.insert("items", items).await?;
        }
        Kind::Increment => {
            let count: u64 = session.get("count").await?.unwrap_or_default();
            session.insert("count", count + 1).await?;
        }
        Kind::Set(field) => session.insert(&name(field), op).await?,
        Kind::Remove(field) => drop(session.remove::<u64>(&name(field)).await?),
    }
    let signs = kind == Kind::Login || lineage.is_empty();
    if signs && !matches!(kind, Kind::Logout | Kind::Renew) {
        lineage.push(op);
        session.insert("lineage", &lineage).await?;
    }
    Ok(Seen {
        lineage,
        ..Seen::default()
    })
}

async fn seen(session: &Session, lineage: Vec<u64>) -> Result<Seen, Broken> {
    let mut fields = BTreeMap::new();
    for field in 0..FIELDS {
        if let Some(value) = session.get(&name(field)).await? {
            fields.insert(field, value);
        }
    }
    Ok(Seen {
        lineage,
        items: session.get("items").await?.unwrap_or_default(),
        count: session.get("count").await?.unwrap_or_default(),
        fields,
    })
}

fn name(field: u64) -> String {
    format!("field-{field}")
}

/// Takes its time, one request in twenty some milliseconds of it, as cloakroom's pages do here.
async fn dawdle(op: u64) {
    for _ in 0..op % 5 {
        tokio::task::yield_now().await;
    }
    if op.is_multiple_of(20) {
        tokio::time::sleep(Duration::from_micros(op * 7_919 % 3_000)).await;
    }
}
