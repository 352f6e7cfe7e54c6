//! `revoke`.
use cloakroom::store::{self, MemoryStore};
use cloakroom_ops::handle::digits;

use crate::command::{run, run_with};
use crate::shelf::{DAY, Shelf};

#[tokio::test]
async fn sessions_are_ended_by_their_handles_all_or_none() {
    let shelf = Shelf::new().await;
    let keys = [
        shelf.put(1, None, 0).await,
        shelf.put(2, None, 0).await,
        shelf.put(3, None, 0).await,
    ];
    let [one, two, three] = keys.map(|key| digits(&key));
    let refused = run(&["revoke", &one, "00112233", "--store", &shelf.url]).fails(1);
    assert!(refused.contains("00112233"), "{refused}");
    assert_eq!(shelf.live().await, 3);
    let told = run(&[
        "revoke",
        &one[..10],
        &two,
        &two[..8],
        "--dry-run",
        "--store",
        &shelf.url,
    ])
    .well();
    assert_eq!(told, "Would revoke 2 sessions.\n");
    assert_eq!(shelf.live().await, 3);
    let told = run(&["revoke", &one[..10], &two, "--store", &shelf.url, "--json"]).json();
    assert_eq!(told["sessions"], 2);
    assert!(shelf.value(keys[2]).await.is_some());
    run(&["revoke", &one, "--store", &shelf.url]).fails(1);
    assert_eq!(
        run(&["revoke", &three, "--store", &shelf.url]).well(),
        "Revoked 1 session.\n"
    );
}

#[tokio::test]
async fn sessions_are_ended_by_user_and_by_age() {
    let shelf = Shelf::new().await;
    for number in 0..6 {
        let user = ["ada", "bob"][number as usize % 2];
        shelf.put(number, Some(user), number / 2 * 20 * DAY).await;
    }
    let revoke = |words: &[&str]| {
        let words = [&["revoke", "--json", "--store", &shelf.url], words].concat();
        run(&words).json()["sessions"].clone()
    };
    assert_eq!(revoke(&["--user", "nobody"]), 0);
    assert_eq!(revoke(&["--user", "ada", "--older-than", "30d"]), 1);
    assert_eq!(revoke(&["--older-than", "30d", "--dry-run"]), 1);
    assert_eq!(revoke(&["--older-than", "30d", "--yes"]), 1);
    assert_eq!(revoke(&["--user", "bob"]), 2);
    assert_eq!(shelf.live().await, 2);
}

#[tokio::test]
async fn ending_many_has_to_be_confirmed_where_nobody_can_be_asked() {
    let shelf = Shelf::new().await;
    for number in 0..2_500 {
        shelf.put(number, None, 0).await;
    }
    for words in [&["--all"][..], &["--older-than", "0s"]] {
        let words = [&["revoke", "--store", &shelf.url], words].concat();
        let told = run(&words).fails(2);
        assert!(told.contains("--yes"), "{told}");
    }
    assert_eq!(shelf.live().await, 2_500);
    let told = run(&["revoke", "--all", "--dry-run", "--store", &shelf.url]).well();
    assert_eq!(told, "Would revoke 2,500 sessions.\n");
    let told = run(&["revoke", "--all", "--yes", "--store", &shelf.url]).well();
    assert_eq!(told, "Revoked 2,500 sessions.\n");
    assert_eq!(shelf.live().await, 0);
}

#[tokio::test]
async fn what_is_to_be_revoked_has_to_be_said_and_said_once() {
    let shelf = Shelf::new().await;
    for words in [
        &[][..],
        &["--all", "--user", "ada"],
        &["--all", "01234567"],
        &["--user", ""],
        &["--older-than", "soon"],
        &["xyz"],
        &["0123456"],
    ] {
        let words = [&["revoke", "--store", &shelf.url], words].concat();
        run(&words).fails(2);
    }
}

#[tokio::test]
async fn nothing_is_revoked_behind_the_back_of_a_cache() {
    let shelf = Shelf::new().await;
    let key = shelf.put(1, Some("ada"), 0).await;
    let site = store::cached(shelf.store.clone(), MemoryStore::new());
    // The site's first look finds the cache well and says so to all nodes.
    while !store::has_cache(&shelf.store).await.unwrap() {
        site.load(&key, shelf.now).await.unwrap();
        tokio::task::yield_now().await;
    }
    let words = ["revoke", "--user", "ada", "--store", &shelf.url];
    let told = run(&words).fails(2);
    assert!(told.contains("CLOAKROOM_CACHE"), "{told}");
    let told = run_with(
        &words,
        &[("CLOAKROOM_CACHE", "redis://:hunter2@127.0.0.1:1")],
    )
    .fails(1);
    assert!(told.contains("--cache (CLOAKROOM_CACHE)"), "{told}");
    let told = run_with(&words, &[("CLOAKROOM_CACHE", "memory:")]).fails(2);
    assert!(told.contains("--no-cache"), "{told}");
    assert_eq!(
        run(&["list", "--json", "--store", &shelf.url])
            .json_lines()
            .len(),
        1
    );
    run(&[
        "revoke",
        "--all",
        "--yes",
        "--no-cache",
        "--store",
        &shelf.url,
    ])
    .well();
    assert!(
        store::has_cache(&shelf.store).await.unwrap(),
        "the notice is no session"
    );
    assert_eq!(shelf.value(key).await, None);
}
