//! Several processes on one folder, and processes that are killed in the middle of writing.
use std::io::BufRead;

use libtest_mimic::Trial;

use super::child::{self, COUNT, MOVE, SAVE};
use super::{Place, created, found, moved, number, numbered, record, the_only_one};
use crate::Faults;

/// How often a process is killed.
const DEATHS: u32 = 12;

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    vec![
        faults.trial(
            "file: two processes with fifty savers each lose no change",
            two_processes,
        ),
        faults.trial(
            "file: what a killed process was told is saved is there",
            killed_while_saving,
        ),
        faults.trial(
            "file: a process that is killed while it moves a session leaves exactly one",
            killed_while_moving,
        ),
    ]
}

async fn two_processes() {
    let place = Place::new();
    let store = place.open().await;
    created(&store, &numbered(7), &record("0")).await;
    let (mut child, _) = child::start(child::command(COUNT, &place.folder()));
    child::fifty_count(&store).await;
    let ending = tokio::task::spawn_blocking(move || child.wait());
    let ending = ending
        .await
        .expect("it can be waited for")
        .expect("it ends");
    assert!(ending.success(), "{ending}");
    let there = found(&store, &numbered(7)).await.expect("it is there");
    assert_eq!(number(&there), 100);
}

async fn killed_while_saving() {
    let place = Place::new();
    let store = place.open().await;
    created(&store, &numbered(7), &record("0")).await;
    for death in 0..DEATHS {
        let said = work_and_die(SAVE, &place, death).await;
        let there = found(&store, &numbered(7)).await.expect("it is there");
        // The last save may have been done and not yet been said.
        let there = number(&there);
        assert!((said..=said + 1).contains(&there), "{there} after {said}");
    }
}

async fn killed_while_moving() {
    let place = Place::new();
    let store = place.open().await;
    created(&store, &moved(0), &record("0")).await;
    for death in 0..DEATHS {
        let said = work_and_die(MOVE, &place, death).await;
        let (_, there) = the_only_one(&store).await;
        let there = number(&there.body);
        assert!((said..=said + 1).contains(&there), "{there} after {said}");
    }
}

/// Lets another process work, kills it after some steps and a little, and returns the last number
/// that it said.
async fn work_and_die(work: &'static str, place: &Place, death: u32) -> u32 {
    let command = child::command(work, &place.folder());
    let said = tokio::task::spawn_blocking(move || {
        let (mut child, mut said) = child::start(command);
        let mut line = String::new();
        for _ in 0..=death % 4 {
            line.clear();
            said.read_line(&mut line).expect("it says what it does");
        }
        // Another step of its work, so that it dies in another place each time.
        for _ in 0..death * 40_000 {
            std::hint::spin_loop();
        }
        child.kill().expect("it can be killed");
        child.wait().expect("it has ended");
        child::last(said).or_else(|| line.trim().strip_suffix('.')?.parse().ok())
    });
    said.await
        .expect("it can be waited for")
        .expect("it said something")
}
