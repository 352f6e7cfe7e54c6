//! Counting, looking at and ending sessions among a million in PostgreSQL, on a private server with its own settings.
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use cloakroom::store::AnyStore;
use cloakroom::{Cloakroom, KeyRing, Session};
use cloakroom_bench::Result;
use cloakroom_bench::wire::engine::Engine;
use cloakroom_ops::dashboard::{Role, Staff, dashboard};
use cloakroom_ops::figures::Figures;
use cloakroom_ops::revoking::end_all;
use cloakroom_ops::selection::Selection;
use cloakroom_ops::stats::Stats;
use cloakroom_ops::stop::Stop;
use tokio::runtime::Builder;
use tower::ServiceExt;

use crate::crowd::{OF_USER, USER, fill};
use crate::told;

/// All in milliseconds.
const STATS: f64 = 1_000.0;
const PAGE: f64 = 200.0;
const REVOKE: f64 = 1_000.0;
/// How often each is done.
const TIMES: usize = 9;

/// Measures, prints, and says whether the bounds are met.
pub(crate) fn measure(sessions: u32) -> Result<bool> {
    let engine = Engine::PostgresDurable.start()?;
    let server = engine.postgres().ok_or("PostgreSQL does not run")?;
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = fill(server, sessions).await?;
        let mut is_met = stats(&store).await?;
        is_met &= pages(&store).await?;
        is_met &= revoke(&store).await?;
        store.close().await;
        Ok(is_met)
    })
}

async fn stats(store: &AnyStore) -> Result<bool> {
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let (begun, now) = (Instant::now(), cloakroom::clock::Clock::system().now());
        let stats = Stats::of(store, now, |_| {}).await?;
        times.push(begun.elapsed());
        if stats.live < OF_USER || stats.by_device.len() < 6 {
            return Err("the statistics are not those of the crowd".into());
        }
    }
    Ok(tell("stats", times, STATS))
}

async fn pages(store: &AnyStore) -> Result<bool> {
    let keys = KeyRing::new(KeyRing::generate_secret())?;
    let cloakroom = Cloakroom::builder(keys)
        .store(store.clone())
        .sweep_every(None)
        .build()?;
    let ops = dashboard(&cloakroom, |_: &Session| {
        Some(Staff::new("bench", Role::Revealer))
    });
    let app = Router::new()
        .nest("/ops", ops.figures(Figures::new()).router())
        .layer(cloakroom.layer());
    // The first look is taken in the background.
    while page(&app, "/ops/live").await?.contains("being counted") {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut is_met = true;
    for (what, path) in [
        ("dashboard: overview", "/ops"),
        ("dashboard: list", "/ops/sessions"),
        ("dashboard: of a user with 1,000", "/ops/sessions?user=ada"),
        (
            "dashboard: of a device that nobody has",
            "/ops/sessions?device=Lynx",
        ),
        ("dashboard: older than a week", "/ops/sessions?older=7d"),
        (
            "dashboard: by a beginning of a handle",
            "/ops/sessions/eeeeeeee",
        ),
    ] {
        let mut times = Vec::new();
        for _ in 0..TIMES {
            let begun = Instant::now();
            page(&app, path).await?;
            times.push(begun.elapsed());
        }
        is_met &= tell(what, times, PAGE);
    }
    Ok(is_met)
}

async fn page(app: &Router, path: &str) -> Result<String> {
    let request = Request::get(path).body(Body::empty())?;
    let answer = app.clone().oneshot(request).await?;
    if answer.status() != StatusCode::OK {
        return Err(format!("{path} answered {}", answer.status()).into());
    }
    let body = to_bytes(answer.into_body(), usize::MAX).await?;
    Ok(String::from_utf8_lossy(&body).into_owned())
}

async fn revoke(store: &AnyStore) -> Result<bool> {
    let selection = Selection {
        user: Some(USER.to_owned()),
        ..Selection::default()
    };
    let (begun, now) = (Instant::now(), cloakroom::clock::Clock::system().now());
    let ended = end_all(store, &selection, now, &Stop::new(), |_| {}).await?;
    let took = begun.elapsed();
    if ended != OF_USER {
        return Err(format!("{ended} sessions were ended").into());
    }
    Ok(tell(
        "revoke --user with 1,000 sessions",
        vec![took],
        REVOKE,
    ))
}

fn tell(what: &str, mut times: Vec<Duration>, bound: f64) -> bool {
    times.sort();
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    let median = millis(times[times.len() / 2]);
    told(what, "ms", median, millis(times[times.len() - 1]), bound)
}
