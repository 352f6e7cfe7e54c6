//! This test binary once more, as another process that works on the same folder.
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio, exit};

use cloakroom::session::{Body, Stored};
use cloakroom::store::{AnyStore, Renamed, Saved};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use super::{beside, created, moved, number, numbered, opened, record, sign, the_only_one, there};

const WORK: &str = "CLOAKROOM_TEST_FILE_WORK";
const FOLDER: &str = "CLOAKROOM_TEST_FILE_FOLDER";

/// What the other process does.
pub(super) const SAVE: &str = "save";
pub(super) const MOVE: &str = "move";
pub(super) const COUNT: &str = "count";
pub(super) const LARGE: &str = "large";

/// Returns the command that does this work on this folder.
pub(super) fn command(work: &str, folder: &Path) -> Command {
    let mut child = Command::new(std::env::current_exe().expect("this program has a path"));
    child.env(WORK, work).env(FOLDER, folder);
    child.stdout(Stdio::piped());
    child
}

/// Starts that work and returns what it says, line by line.
pub(super) fn start(mut command: Command) -> (Child, BufReader<ChildStdout>) {
    let mut child = command.spawn().expect("this program starts");
    let said = child.stdout.take().expect("what it says is piped");
    (child, BufReader::new(said))
}

/// Returns the last number that was said whole.
pub(super) fn last(said: BufReader<ChildStdout>) -> Option<u32> {
    let lines = said.split(b'\n').map_while(Result::ok);
    let numbers = lines.filter_map(|line| {
        String::from_utf8(line)
            .ok()?
            .strip_suffix('.')?
            .parse()
            .ok()
    });
    numbers.last()
}

/// Does what the process was started for, if it was started so.
pub(super) fn work_if_asked() {
    let Ok(work) = std::env::var(WORK) else {
        return;
    };
    let folder = PathBuf::from(std::env::var_os(FOLDER).expect("a folder was named"));
    let runtime = Runtime::new().expect("a runtime starts");
    runtime.block_on(async {
        let store = opened(&folder).await;
        match work.as_str() {
            SAVE => save_for_ever(&store).await,
            MOVE => move_for_ever(&store).await,
            COUNT => fifty_count(&store).await,
            LARGE => save_large(&store).await,
            other => panic!("nobody knows how to {other}"),
        }
    });
    exit(0)
}

/// Says what was saved, once the store says that it is.
fn say(number: u32) {
    let mut out = std::io::stdout();
    writeln!(out, "{number}.")
        .and_then(|()| out.flush())
        .expect("somebody listens");
}

async fn save_for_ever(store: &AnyStore) {
    let key = numbered(7);
    let mut there = there(store, &key).await.expect("it was created");
    loop {
        let next = number(&there.body) + 1;
        let saved = store
            .save(&key, &there.version, &record(next.to_string()))
            .await;
        match saved.expect("the store works") {
            Saved::Saved(version) => {
                there.body = Body::Record(record(next.to_string()));
                there.version = version;
            }
            other => panic!("{other:?}"),
        }
        say(next);
    }
}

/// Moves a session to ever new keys.
async fn move_for_ever(store: &AnyStore) {
    let (mut from, mut there) = the_only_one(store).await;
    loop {
        let next = number(&there.body) + 1;
        let to = moved(next);
        let record = record(next.to_string());
        let sign = sign(to);
        let renamed = store.rename(&from, &there.version, &to, &record, &sign);
        let Ok(Renamed::Moved(version)) = renamed.await else {
            panic!("nothing stands in the way");
        };
        say(next);
        from = to;
        there = Stored {
            body: Body::Record(record),
            version,
        };
    }
}

/// Fifty savers of one session, each until its own change is in.
pub(super) async fn fifty_count(store: &AnyStore) {
    let mut savers = JoinSet::new();
    for _ in 0..50 {
        let store = store.clone();
        savers.spawn(async move {
            let key = numbered(7);
            let mut there = there(&store, &key).await.expect("it was created");
            loop {
                let next = record((number(&there.body) + 1).to_string());
                let saved = store.save(&key, &there.version, &next).await;
                match saved.expect("the store works") {
                    Saved::Saved(_) => return,
                    Saved::Conflict(now) => there = now,
                    Saved::Gone => panic!("nobody ended it"),
                }
            }
        });
    }
    savers.join_all().await;
}

/// Saves what is too large for the disk, and says that it was refused and that the old one stands.
async fn save_large(store: &AnyStore) {
    let (key, large) = (numbered(7), record(format!("\"{}\"", "x".repeat(1 << 20))));
    let there = there(store, &key).await.expect("it was created");
    let other = numbered(8);
    let errors = [
        store.save(&key, &there.version, &large).await.map(drop),
        store.create(&other, &large).await.map(drop),
        store
            .rename(
                &key,
                &there.version,
                &beside(&key),
                &large,
                &sign(beside(&key)),
            )
            .await
            .map(drop),
    ];
    for error in errors {
        let error = error.expect_err("there is no room").to_string();
        assert!(
            error.contains("make room") || error.contains("files so large"),
            "{error}"
        );
    }
    assert_eq!(super::there(store, &key).await, Some(there.clone()));
    assert_eq!(super::there(store, &other).await, None);
    // What is small still has room.
    super::saved(store, &key, &there.version, &record("2")).await;
    created(store, &other, &record("1")).await;
    say(2);
}
