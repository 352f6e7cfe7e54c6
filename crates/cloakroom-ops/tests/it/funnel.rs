//! `funnel`: the way through wizards, from metrics and drafts.
use std::time::Duration;

use cloakroom::clock::Timestamp;
use cloakroom::session::{Name, Raw, Record};
use cloakroom::wizard::{Draft, RunId};

use crate::command::run;
use crate::shelf::{DAY, Shelf, key};

const METRICS: &str = r#"
# TYPE cloakroom_wizard_entered_total counter
cloakroom_wizard_entered_total{wizard="register",step="address"} 6
cloakroom_wizard_entered_total{wizard="register",step="info"} 9
cloakroom_wizard_errors_total{wizard="register",step="info"} 2
cloakroom_wizard_completed_total{wizard="register",step="info"} 6
cloakroom_wizard_place{wizard="register",step="info"} 1
cloakroom_wizard_place{wizard="register",step="address"} 2
"#;

/// A record that holds a draft, to which something was last sent so many seconds ago.
pub(crate) fn drafted(step: &str, ago: u64, now: Timestamp) -> Record {
    let then = Timestamp::from_secs(now.as_secs() - ago);
    let mut draft = Draft::new("register", 1, RunId::generate(), then);
    draft.set_at(step);
    let json = serde_json::to_vec(&draft).unwrap();
    let entries = std::iter::once((Name::from("draft"), Raw::from_json(json)));
    Record::new(then, now.plus(Duration::from_secs(DAY))).with_entries(entries.collect())
}

#[tokio::test]
async fn the_way_through_a_wizard_is_told_from_metrics_and_drafts_of_all_nodes() {
    let shelf = Shelf::new().await;
    for (number, step, ago) in [
        (1, "address", 0),
        (2, "address", 2 * DAY),
        (3, "info", 7_200),
    ] {
        let record = drafted(step, ago, shelf.now);
        shelf.store.create(&key(number), &record).await.unwrap();
    }
    shelf.put(4, Some("ada"), 60).await;
    let metrics = shelf.path("metrics");
    std::fs::write(&metrics, METRICS.repeat(2)).unwrap();
    let from = ["--metrics", &metrics, "--drafts", &shelf.url];
    let told = run(&[&["funnel"], &from[..]].concat()).well();
    let rows: Vec<Vec<_>> = told
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        rows,
        [
            [
                "WIZARD",
                "STEP",
                "ENTERED",
                "ERRORS",
                "COMPLETED",
                "OPEN",
                "STUCK"
            ],
            ["register", "info", "18", "4", "12", "1", "0"],
            ["register", "address", "12", "0", "0", "2", "1"],
        ]
    );
    let sooner = run(&[&["funnel", "--json", "--stuck-after", "1h"], &from[..]].concat()).well();
    let info: serde_json::Value = serde_json::from_str(sooner.lines().next().unwrap()).unwrap();
    assert_eq!((&info["step"], &info["stuck"]), (&"info".into(), &1.into()));
    let nothing = run(&["funnel"]);
    assert_eq!(nothing.code, Some(2), "{nothing:?}");
    assert!(nothing.err.contains("--metrics"), "{nothing:?}");
    let missing = run(&["funnel", "--metrics", &shelf.path("none")]);
    assert_eq!(missing.code, Some(1), "{missing:?}");
    assert!(missing.err.contains("--metrics"), "{missing:?}");
}
