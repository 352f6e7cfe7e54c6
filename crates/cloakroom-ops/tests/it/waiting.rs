//! What waits, on the dashboard: drafts that are stuck, uploads, and retired keys that are still needed.
use std::time::Duration;

use axum::Router;
use cloakroom::clock::Clock;
use cloakroom::files::{Files, Limits};
use cloakroom::session::{Name, Record};
use cloakroom::store::{AnyStore, MemoryStore};
use cloakroom::testing::Browser;
use cloakroom::{Cloakroom, KeyRing, Session};
use cloakroom_ops::dashboard::{Role, Staff, dashboard};
use cloakroom_ops::figures::Figures;

use crate::funnel::drafted;
use crate::shelf::{DAY, key};

/// Returns the row of a page's table that begins with these cells, without its tags.
fn row(page: &str, begins: &[&str]) -> Option<Vec<String>> {
    let rows = page.split("<tr>").skip(1);
    let mut rows = rows.map(|row| {
        let cells = row.split("<td data-name=").skip(1);
        let text = |cell: &str| {
            let (_, rest) = cell.split_once('>').unwrap_or_default();
            rest.split("</td>").next().unwrap_or_default().to_owned()
        };
        cells.map(text).collect::<Vec<_>>()
    });
    rows.find(|row| row.len() >= begins.len() && row.iter().zip(begins).all(|(a, b)| a == b))
}

#[tokio::test]
async fn the_overview_tells_drafts_that_are_stuck_uploads_that_wait_and_keys_by_age() {
    let old = KeyRing::generate_secret();
    let keys = KeyRing::new(KeyRing::generate_secret()).unwrap();
    let keys = keys.retire(&old).unwrap();
    let ids = keys.ids();
    let cloakroom = Cloakroom::builder(keys)
        .store(AnyStore::inspectable(MemoryStore::new()))
        .sweep_every(None)
        .build()
        .unwrap();
    let now = Clock::system().now();
    let drafts = AnyStore::inspectable(MemoryStore::new());
    for (number, ago) in [(1, 0), (2, 2 * DAY)] {
        let record = drafted("address", ago, now);
        drafts.create(&key(number), &record).await.unwrap();
    }
    let in_session = drafted("info", 0, now);
    let session = in_session.entries().get(b"draft").unwrap().clone();
    let own = std::iter::once((Name::from("_wizard.register.run"), session));
    let in_session = Record::new(now, in_session.expires()).with_entries(own.collect());
    cloakroom
        .store()
        .create(&key(3), &in_session)
        .await
        .unwrap();
    let files = Files::open("memory:").await.unwrap();
    let mut intake = files.intake(Limits::default(), now);
    intake.push("%PDF-1.7 and so on".into()).await.unwrap();
    intake.complete().await.unwrap();

    let figures = Figures::new();
    metrics::with_local_recorder(&figures, || {
        let labels = [("wizard", "register"), ("step", "address")];
        metrics::gauge!("cloakroom_wizard_place", &labels).set(2.0);
        metrics::counter!("cloakroom_wizard_entered_total", &labels).increment(7);
        let id = ids[1].clone();
        metrics::counter!("cloakroom_opened_by_retired_key_total", "key" => id).increment(5);
    });
    let ops = dashboard(&cloakroom, |_: &Session| {
        Some(Staff::new("reader", Role::Reader))
    });
    let ops = ops.figures(figures).drafts(&drafts).uploads(&files);
    let app = Router::new()
        .nest("/ops/", ops.router())
        .layer(cloakroom.layer());
    let browser = Browser::of(app);
    let mut page = browser.get("/ops/live").await.text;
    // The first look is taken beside the requests.
    for _ in 0..1_000 {
        if !page.contains("being counted") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        page = browser.get("/ops/live").await.text;
    }
    let cells = |row: Option<Vec<String>>| row.map(|row| row[2..].join(" "));
    assert_eq!(
        cells(row(&page, &["register", "address"])).as_deref(),
        Some("7 0 0 2 1"),
        "{page}"
    );
    assert_eq!(
        cells(row(&page, &["register", "info"])).as_deref(),
        Some("0 0 0 1 0"),
        "{page}"
    );
    assert!(
        page.contains("<dt>Uploads waiting</dt><dd>1<small>18 B, 0 incomplete</small>"),
        "{page}"
    );
    let code = |id: &str| format!("<code>{id}</code>");
    let standing = |id: &str| row(&page, &[&code(id)]).map(|row| row[1..].join(": "));
    assert_eq!(
        standing(&ids[0]).as_deref(),
        Some("current: seals and opens: –")
    );
    assert_eq!(standing(&ids[1]).as_deref(), Some("retired last: 5"));
    assert!(
        page.contains("oldest waits 0 s") && page.contains(">check</td>"),
        "{page}"
    );
    assert!(!page.contains(&old), "{page}");
}
