//! Sessions that a Django site shares: their keys are what visitors hold, so operators never see one.
use cloakroom::clock::Clock;
use cloakroom::django::Settings;
use cloakroom::session::{Record, StoreKey};
use cloakroom::store;
use std::time::Duration;
use tempfile::TempDir;

use crate::command::run_with;

const SECRET: &str = "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz";
const KEYS: [&str; 2] = [
    "abcdefghijklmnopqrstuvwxyz012345",
    "zyxwvutsrqponmlkjihgfedcba543210",
];

/// A table with two sessions, one of them signed in.
async fn table() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/db.sqlite3", folder.path().display());
    let store = store::django::connect(&url, &Settings::new(SECRET))
        .await
        .unwrap();
    let now = Clock::system().now();
    for (at, key) in KEYS.iter().enumerate() {
        let key = StoreKey::from_bytes(key.as_bytes().try_into().unwrap());
        let record = Record::new(now, now.plus(Duration::from_secs(86_400)));
        let record = if at == 0 {
            record.with_user("7")
        } else {
            record
        };
        store.create(&key, &record).await.unwrap();
    }
    store.close().await;
    (folder, url)
}

fn is_free_of_keys(text: &str) {
    for key in KEYS {
        let digits: String = key.bytes().map(|byte| format!("{byte:02x}")).collect();
        assert!(!text.contains(key) && !text.contains(&digits), "{text}");
    }
}

#[tokio::test]
async fn a_handle_is_no_session_key_and_leads_to_its_session() {
    let (folder, url) = table().await;
    let log = folder.path().join("audit.jsonl").display().to_string();
    let site = [
        ("CLOAKROOM_DIALECT", "django"),
        ("CLOAKROOM_SECRET", SECRET),
    ];
    let run = |words: &[&str]| run_with(&[words, &["--store", &url]].concat(), &site);
    let listed = run(&["list", "--json"]);
    is_free_of_keys(&listed.out);
    let listed = listed.json_lines();
    let handles: Vec<_> = listed
        .iter()
        .map(|line| line["handle"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(handles.len(), 2);
    // When it began is not in a Django session, and its size is that of the row.
    assert!(listed[0]["created"].is_null());
    assert!(listed[0]["bytes"].as_u64().unwrap() > 20);
    let rest = run(&["list", "--json", "--after", &handles[0]]).json_lines();
    assert_eq!(rest[0]["handle"], *handles[1]);
    assert_eq!(rest.len(), 1);
    let mut users = Vec::new();
    for handle in &handles {
        for words in [handle.as_str(), &handle[..12]] {
            let shown = run(&["show", words, "--json"]);
            is_free_of_keys(&shown.out);
            assert_eq!(shown.json()["handle"], **handle);
        }
        users.push(run(&["show", handle, "--json"]).json()["user"].clone());
    }
    assert!(users.contains(&"7".into()) && users.contains(&serde_json::Value::Null));
    is_free_of_keys(&run(&["sessions", "export", "7", "--json"]).out);
    run(&["revoke", &handles[0], "--audit-log", &log]).well();
    is_free_of_keys(&std::fs::read_to_string(&log).unwrap());
    assert_eq!(run(&["list", "--json"]).json_lines().len(), 1);
    run(&["show", &handles[0]]).fails(1);
}

#[tokio::test]
async fn without_the_sites_key_nothing_is_named_and_with_another_all_are_counted_as_unreadable() {
    let (_folder, url) = table().await;
    let django = ("CLOAKROOM_DIALECT", "django");
    let ran = run_with(&["list", "--store", &url], &[django]);
    assert!(ran.err.contains("CLOAKROOM_SECRET"), "{ran:?}");
    is_free_of_keys(&ran.out);
    is_free_of_keys(&ran.err);
    let other = (
        "CLOAKROOM_SECRET",
        "another-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz",
    );
    let stats = run_with(&["stats", "--store", &url, "--json"], &[django, other]).json();
    assert_eq!(stats["undecodable"], 2, "{stats}");
}
