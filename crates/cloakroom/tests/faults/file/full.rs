//! A disk without room, and a folder that can't be written.
use std::fs;
use std::process::{Command, Stdio};

use cloakroom::session::Body;
use libtest_mimic::Trial;

use super::child::{self, LARGE};
use super::{Place, created, found, numbered, record};
use crate::Faults;
use crate::disk::{Disk, where_a_disk_can_be_mounted};

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    let small_disk = faults.trial("file: a full disk loses nothing, and says so", full_disk);
    vec![
        faults.trial(
            "file: a file that may not be so large loses nothing",
            limited,
        ),
        where_a_disk_can_be_mounted(small_disk),
        faults.trial(
            "file: a folder that can't be written is said at the start",
            read_only,
        ),
    ]
}

/// The system refuses to write more than 256 KiB to one file, in the middle of it.
async fn limited() {
    let place = Place::new();
    created(&place.open().await, &numbered(7), &record("1")).await;
    let limited = child::command(LARGE, &place.folder());
    let mut shell = Command::new("sh");
    // Without the trap the signal would end the process.
    shell.args(["-c", "trap '' XFSZ; ulimit -f 512; exec \"$0\""]);
    shell.arg(limited.get_program()).stdout(Stdio::piped());
    shell.envs(
        limited
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    assert_says_two(shell).await;
    assert_whole(&place).await;
}

async fn full_disk() {
    let place = Place::new();
    fs::create_dir(place.folder()).expect("a folder can be made");
    let _disk = Disk::of(&place.folder()).expect("a disk can be mounted");
    created(&place.open().await, &numbered(7), &record("1")).await;
    assert_says_two(child::command(LARGE, &place.folder())).await;
    assert_whole(&place).await;
}

async fn read_only() {
    let place = Place::new();
    let store = place.open().await;
    // Not even root can write in here.
    let system = super::refused(std::path::Path::new("/proc/self/task")).await;
    assert!(system.contains("the file store could not"), "{system}");
    store.check().await.expect("the store works");
}

async fn assert_says_two(command: Command) {
    let said = tokio::task::spawn_blocking(move || {
        let (mut child, said) = child::start(command);
        let last = child::last(said);
        (child.wait().expect("it ends"), last)
    });
    let (ending, last) = said.await.expect("the child can be waited for");
    assert!(ending.success(), "{ending}");
    assert_eq!(last, Some(2));
}

/// Makes sure that what was saved stands there and nothing else was left.
async fn assert_whole(place: &Place) {
    let store = place.open().await;
    assert_eq!(
        found(&store, &numbered(7)).await,
        Some(Body::Record(record("2")))
    );
    let rack = place.file(&numbered(7));
    let rack = fs::read_dir(rack.parent().expect("a rack")).expect("it can be read");
    assert_eq!(rack.count(), 2, "the session and the lock");
}
