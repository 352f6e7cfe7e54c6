//! `move`: before and after the site goes over to the new store, and when it is killed on the way.
use std::path::Path;
use std::time::Duration;

use cloakroom::clock::Clock;
use cloakroom::session::StoreKey;
use cloakroom_ops::moving::{Doubt, Move, Moved, Place};
use cloakroom_ops::stop::Stop;
use serde_json::Value;

use crate::clearing::interrupt;
use crate::command::{PRIVATE, Ran, run, start};
use crate::shelf::{Shelf, key, record};

/// Two stores and the journal of a move between them.
struct Van {
    old: Shelf,
    new: Shelf,
    journal: String,
}

impl Van {
    async fn new() -> Self {
        let (old, new) = (Shelf::new().await, Shelf::new().await);
        let journal = old.path("move.journal");
        Self { old, new, journal }
    }

    fn words(&self) -> [&str; 8] {
        let Self { old, new, journal } = self;
        [
            "move",
            "--json",
            "--from",
            &old.url,
            "--to",
            &new.url,
            "--journal",
            journal,
        ]
    }

    #[track_caller]
    fn drive(&self) -> Value {
        run(&self.words()).json()
    }

    /// Drives as the command does, but by a clock that can be turned.
    async fn drive_at(&self, clock: &Clock) -> Moved {
        let place = |shelf: &Shelf| Place {
            store: shelf.store.clone(),
            shown: shelf.url.clone(),
        };
        let (from, to) = (place(&self.old), place(&self.new));
        let journal = Path::new(&self.journal);
        let work = Move::new(&from, &to, journal, Doubt::Ask, clock.clone()).unwrap();
        work.run(&Stop::new(), |_| {}).await.unwrap()
    }

    async fn values(&self, key: StoreKey) -> (Option<String>, Option<String>) {
        (self.old.value(key).await, self.new.value(key).await)
    }
}

#[tokio::test]
async fn live_sessions_are_copied_whole_and_a_second_run_finds_nothing_to_do() {
    let van = Van::new().await;
    let key = van.old.put(1, Some("ada"), 70).await;
    for number in 2..1_200 {
        van.old.put(number, None, 0).await;
    }
    van.old.put_expired(0).await;
    let moved = van.drive();
    assert_eq!(
        (&moved["copied"], &moved["new_in_use"]),
        (&1_199.into(), &false.into())
    );
    assert_eq!((van.new.live().await, van.new.expired().await), (1_199, 0));
    let (old, new) = (
        van.old.load(key).await.unwrap(),
        van.new.load(key).await.unwrap(),
    );
    assert_eq!(old.0, new.0);
    let moved = van.drive();
    assert_eq!(
        (&moved["copied"], &moved["unchanged"]),
        (&0.into(), &1_199.into())
    );
}

#[tokio::test]
async fn before_the_switch_a_second_run_follows_what_happened_in_the_old_store() {
    let van = Van::new().await;
    let mut keys = Vec::new();
    for number in 1..=3 {
        keys.push(van.old.put(number, None, 0).await);
    }
    van.drive();
    van.old.change(keys[0], "changed").await;
    van.old.store.delete(&keys[1]).await.unwrap();
    let late = van.old.put(4, None, 0).await;
    let moved = van.drive();
    let figures = [
        "copied",
        "updated",
        "unchanged",
        "ended_in_old",
        "kept",
        "left_out",
    ];
    assert_eq!(
        figures.map(|name| moved[name].as_u64().unwrap()),
        [1, 1, 1, 1, 0, 0]
    );
    assert_eq!(van.new.value(keys[0]).await.unwrap(), "changed");
    assert_eq!(van.new.value(keys[1]).await, None);
    assert!(van.new.value(late).await.is_some());
}

#[tokio::test]
async fn after_the_switch_nothing_ended_comes_back_and_nothing_newer_is_overwritten() {
    let van = Van::new().await;
    let mut keys = Vec::new();
    for number in 1..=6 {
        keys.push(van.old.put(number, None, 0).await);
    }
    van.drive();
    // In the last moments of the old store: changed, changed, changed, ended, ended, and a new one.
    for key in &keys[..3] {
        van.old.change(*key, "late").await;
    }
    for key in &keys[3..5] {
        van.old.store.delete(key).await.unwrap();
    }
    let late = van.old.put(7, None, 0).await;
    // The site is on the new store now: changed, ended, untouched; changed, untouched; a new one.
    van.new.change(keys[0], "newest").await;
    van.new.store.delete(&keys[1]).await.unwrap();
    van.new.change(keys[3], "newest").await;
    let newcomer = van.new.put(8, None, 0).await;

    for _ in 0..2 {
        let moved = van.drive();
        assert_eq!(moved["new_in_use"], true);
        assert_eq!(van.new.value(keys[0]).await.unwrap(), "newest");
        assert_eq!(van.values(keys[1]).await, (Some("late".into()), None));
        assert_eq!(van.new.value(keys[2]).await.unwrap(), "late");
        assert_eq!(van.new.value(keys[3]).await.unwrap(), "newest");
        assert_eq!(van.new.value(keys[4]).await, None);
        assert_eq!(van.new.value(keys[5]).await.unwrap(), PRIVATE);
        assert!(van.new.value(late).await.is_some());
        assert!(van.new.value(newcomer).await.is_some());
    }
}

#[tokio::test]
async fn a_copy_that_only_expired_is_made_again_until_the_new_store_is_in_use() {
    for (in_use, copied, left_out) in [(false, 1, 0), (true, 0, 1)] {
        let van = Van::new().await;
        let clock = Clock::standing_at(van.old.now);
        let key = van.old.put_until(1, None, 0, 100).await;
        let lasting = van.old.put(2, None, 0).await;
        assert_eq!(van.drive_at(&clock).await.copied, 2);
        // The visitor comes back in the old store's last moments, and there the deadline is pushed.
        let (_, version) = van.old.load(key).await.unwrap();
        let until = van.old.now.plus(Duration::from_secs(1_000));
        let pushed = record(van.old.now, until, None, PRIVATE);
        van.old.store.save(&key, &version, &pushed).await.unwrap();
        if in_use {
            van.new.store.delete(&lasting).await.unwrap();
        }
        clock.turn(Duration::from_secs(200));
        let moved = van.drive_at(&clock).await;
        assert_eq!(
            (moved.new_in_use, moved.copied, moved.left_out),
            (in_use, copied, left_out)
        );
        let there = van.new.store.load(&key, clock.now()).await.unwrap();
        assert_eq!(there.is_some(), !in_use);
    }
}

#[tokio::test]
async fn a_killed_move_is_resumed_and_brings_all_over() {
    let van = Van::new().await;
    for number in 0..4_000 {
        van.old.put(number, None, 0).await;
    }
    let mut child = start(&van.words());
    while van.new.live().await < 500 {
        tokio::task::yield_now().await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let before = van.new.live().await;
    assert!((500..4_000).contains(&before), "{before}");
    van.old.change(key(0), "changed").await;
    van.drive();
    assert_eq!(van.new.live().await, 4_000);
    assert_eq!(van.new.value(key(0)).await.unwrap(), "changed");
}

#[cfg(unix)]
#[tokio::test]
async fn an_interrupted_move_says_so_and_leaves_nothing_half_done() {
    let van = Van::new().await;
    for number in 0..6_000 {
        van.old.put(number, None, 0).await;
    }
    let child = start(&van.words());
    while van.new.live().await < 500 {
        tokio::task::yield_now().await;
    }
    interrupt(child.id());
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(130), "{ran:?}");
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(told["stopped"], true);
    let copied = told["copied"].as_u64().unwrap();
    assert_eq!(van.new.live().await, copied);
    let moved = van.drive();
    assert_eq!(
        (&moved["copied"], &moved["unchanged"]),
        (&(6_000 - copied).into(), &copied.into())
    );
}

#[tokio::test]
async fn what_nobody_may_have_meant_is_not_done_without_yes() {
    let van = Van::new().await;
    for number in 0..30 {
        van.old.put(number, None, 0).await;
    }
    van.drive();
    let refused = |words: &[&str]| run(words).fails(2);
    // A new journal where there was a move before.
    let another = van.old.path("another.journal");
    let words = [
        "move",
        "--from",
        &van.old.url,
        "--to",
        &van.new.url,
        "--journal",
        &another,
    ];
    assert!(refused(&words).contains("the journal is new"));
    // The old store was emptied.
    run(&["revoke", "--all", "--yes", "--store", &van.old.url]).well();
    assert!(refused(&van.words()).contains("no longer in the old store"));
    assert_eq!(van.new.live().await, 30);
    // The new store was emptied.
    run(&["revoke", "--all", "--yes", "--store", &van.new.url]).well();
    assert!(refused(&van.words()).contains("no longer in the new store"));
    run(&[&van.words()[..], &["--yes"]].concat()).well();
}

#[tokio::test]
async fn a_move_needs_two_stores_that_can_be_listed_and_a_journal_of_its_own() {
    let van = Van::new().await;
    let url = &van.old.url;
    let journal = van.journal.as_str();
    run(&["move", "--from", url, "--to", url, "--journal", journal]).fails(2);
    let (folder, file) = url.rsplit_once('/').unwrap();
    let again = format!("{folder}/./{file}");
    let told = run(&["move", "--from", url, "--to", &again, "--journal", journal]).fails(2);
    assert!(told.contains("the same store"), "{told}");
    run(&["move", "--from", url, "--to", &van.new.url]).fails(2);
    let told = run(&[
        "move",
        "--from",
        url,
        "--to",
        "cookie:",
        "--journal",
        journal,
    ])
    .fails(2);
    assert!(told.contains("--to (CLOAKROOM_TO)"), "{told}");
    std::fs::write(journal, "my notes").unwrap();
    let told = run(&van.words()).fails(1);
    assert!(told.contains("--journal: is no journal"), "{told}");
    assert_eq!(std::fs::read_to_string(journal).unwrap(), "my notes");
}

#[tokio::test]
async fn that_the_site_went_over_is_remembered_although_all_it_did_was_one_logout() {
    let van = Van::new().await;
    let key = van.old.put(1, None, 0).await;
    van.old.put(2, None, 0).await;
    van.drive();
    van.new.store.delete(&key).await.unwrap();
    for _ in 0..2 {
        let moved = van.drive();
        let told = (
            &moved["new_in_use"],
            &moved["ended_in_new"],
            &moved["unchanged"],
        );
        assert_eq!(told, (&true.into(), &1.into(), &1.into()));
    }
}

#[tokio::test]
async fn a_refused_move_leaves_nothing_in_the_way_of_the_right_one() {
    let van = Van::new().await;
    van.old.put(1, None, 0).await;
    let wrong = Shelf::new().await;
    wrong.put(2, None, 0).await;
    let mut words = van.words();
    words[5] = &wrong.url;
    let told = run(&words).fails(2);
    assert!(told.contains("the journal is new"), "{told}");
    assert_eq!(van.drive()["copied"], 1);
}
