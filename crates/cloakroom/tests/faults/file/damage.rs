//! Files that are torn, garbage, of another kind or left behind by a process that died.
use std::fs;
use std::os::unix::fs::symlink;

use cloakroom::session::{Body, StoreKey};
use cloakroom::store::{AnyStore, Created, Renamed, Saved};
use libtest_mimic::Trial;

use super::{NOW, Place, after, beside, created, found, numbered, record, saved, sign};
use crate::Faults;

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    vec![
        faults.trial(
            "file: a file that is cut off anywhere is left aside and never overwritten",
            cut_off,
        ),
        faults.trial(
            "file: garbage, or another session's file, is left aside",
            garbage,
        ),
        faults.trial(
            "file: a link under a session's name is neither followed nor replaced",
            link,
        ),
        faults.trial(
            "file: what a process left half-written is neither read nor in the way",
            left_behind,
        ),
        faults.trial(
            "file: a move that was broken off happened wholly or not at all",
            half_moved,
        ),
        faults.trial(
            "file: sweeping trusts no file's time more than what is in it",
            wrong_time,
        ),
    ]
}

/// Makes sure that nobody reads, replaces or sweeps what stands there.
async fn assert_left_aside(
    store: &AnyStore,
    key: &StoreKey,
    version: &cloakroom::session::Version,
) {
    assert_eq!(found(store, key).await, None);
    let missed = store.save(key, version, &record("2")).await;
    assert_eq!(missed.expect("the store works"), Saved::Gone);
    let to = beside(key);
    let missed = store
        .rename(key, version, &to, &record("2"), &sign(to))
        .await;
    assert_eq!(missed.expect("the store works"), Renamed::Gone);
    let taken = store.create(key, &record("2")).await;
    assert_eq!(taken.expect("the store works"), Created::Taken);
    let swept = store.sweep(after(1_000_000), 100).await;
    assert_eq!(swept.expect("the store works").removed, 0);
    assert_eq!(
        store.list(None, 10, NOW).await.expect("the store works"),
        []
    );
}

async fn cut_off() {
    let place = Place::new();
    let store = place.open().await;
    let key = numbered(7);
    let version = created(&store, &key, &record("1")).await;
    let whole = fs::read(place.file(&key)).expect("the file is there");
    for length in 0..whole.len() {
        fs::write(place.file(&key), &whole[..length]).expect("it can be written");
        assert_eq!(found(&store, &key).await, None, "at {length}");
    }
    assert_left_aside(&store, &key, &version).await;
    let left = fs::read(place.file(&key)).expect("the file is there");
    assert_eq!(left, whole[..whole.len() - 1]);
    fs::write(place.file(&key), whole).expect("it can be written");
    saved(&store, &key, &version, &record("2")).await;
}

async fn garbage() {
    let place = Place::new();
    let store = place.open().await;
    let (key, other) = (numbered(7), numbered(8));
    let version = created(&store, &key, &record("1")).await;
    created(&store, &other, &record("1")).await;
    let others = fs::read(place.file(&other)).expect("the file is there");
    store.delete(&other).await.expect("the store works");
    for bytes in [b"junk".to_vec(), vec![0; 4_096], others] {
        fs::write(place.file(&key), bytes).expect("it can be written");
        assert_left_aside(&store, &key, &version).await;
    }
    fs::remove_file(place.file(&key)).expect("it can be removed");
    fs::create_dir(place.file(&key)).expect("a folder can be made");
    assert_left_aside(&store, &key, &version).await;
}

async fn link() {
    let place = Place::new();
    let store = place.open().await;
    let (key, other) = (numbered(7), numbered(8));
    let version = created(&store, &key, &record("1")).await;
    let target = place.0.path().join("target");
    fs::rename(place.file(&key), &target).expect("it can be moved");
    let before = fs::read(&target).expect("the file is there");
    symlink(&target, place.file(&key)).expect("a link can be made");
    assert_left_aside(&store, &key, &version).await;
    // Nor is one followed where the store writes before it renames.
    created(&store, &other, &record("1")).await;
    let new = place.file(&other).with_file_name("new");
    symlink(&target, &new).expect("a link can be made");
    created(&store, &beside(&other), &record("1")).await;
    assert_eq!(fs::read(&target).expect("the file is there"), before);
    let lock = place.file(&other).with_file_name("lock");
    fs::remove_file(&lock).expect("it can be removed");
    symlink(&target, &lock).expect("a link can be made");
    assert!(store.delete(&other).await.is_err());
}

async fn left_behind() {
    let place = Place::new();
    let store = place.open().await;
    let key = numbered(7);
    let version = created(&store, &key, &record("1")).await;
    for name in ["new", "moved"] {
        let torn = place.file(&key).with_file_name(name);
        fs::write(torn, "half of a").expect("it can be written");
    }
    let version = saved(&store, &key, &version, &record("2")).await;
    let to = beside(&key);
    let moved = store
        .rename(&key, &version, &to, &record("3"), &sign(to))
        .await;
    assert!(matches!(moved, Ok(Renamed::Moved(_))), "{moved:?}");
    assert_eq!(found(&store, &to).await, Some(Body::Record(record("3"))));
    let mut names: Vec<_> = fs::read_dir(place.file(&key).parent().expect("a rack"))
        .expect("it can be read")
        .map(|entry| entry.expect("it can be read").file_name())
        .collect();
    names.sort();
    assert_eq!(names.len(), 3, "two files and the lock: {names:?}");
}

/// At each step of a move the process dies; whoever comes next finds both or neither.
async fn half_moved() {
    let (key, to) = (numbered(7), beside(&numbered(7)));
    // What was renamed when the process died: the files that a whole move leaves, under their names before.
    let deaths: [(&[(&str, bool)], bool); 5] = [
        (&[("moved", true), ("new", false)], false),
        (&[("moved", true), ("move", false)], true),
        // The machine stopped, and the record's name had not reached the disk.
        (&[("lost", true), ("move", false)], false),
        (&[("move", false)], true),
        (&[], true),
    ];
    for (names, happened) in deaths {
        for again in [false, true] {
            let place = Place::new();
            let mut store = place.open().await;
            let version = created(&store, &key, &record("1")).await;
            let before = fs::read(place.file(&key)).expect("the file is there");
            let moved = store
                .rename(&key, &version, &to, &record("2"), &sign(to))
                .await;
            assert!(matches!(moved, Ok(Renamed::Moved(_))), "{moved:?}");
            for (name, is_record) in names {
                let file = place.file(if *is_record { &to } else { &key });
                fs::rename(&file, file.with_file_name(name)).expect("it can be moved");
                if !is_record {
                    fs::write(file, &before).expect("it can be written");
                }
            }
            if again {
                store = place.open().await;
            }
            let (sign, old) = (Body::Forward(sign(to)), Body::Record(record("1")));
            let (at_from, at_to) = if happened {
                (sign, Some(Body::Record(record("2"))))
            } else {
                (old, None)
            };
            let listed = store.list(None, 10, NOW).await.expect("the store works");
            let listed: Vec<_> = listed.iter().map(|listed| listed.key).collect();
            assert_eq!(listed, [if happened { to } else { key }], "{names:?}");
            assert_eq!(found(&store, &key).await, Some(at_from), "{names:?}");
            assert_eq!(found(&store, &to).await, at_to, "{names:?}");
        }
    }
}

async fn wrong_time() {
    let place = Place::new();
    let store = place.open().await;
    let (lives, expired) = (numbered(7), numbered(8));
    created(&store, &lives, &record("1")).await;
    created(&store, &expired, &record("1")).await;
    let file = fs::File::open(place.file(&lives)).expect("the file is there");
    file.set_modified(std::time::UNIX_EPOCH)
        .expect("its time can be set");
    let swept = store.sweep(NOW, 10).await.expect("the store works");
    assert_eq!((swept.removed, swept.oldest_left), (0, None));
    assert!(found(&store, &lives).await.is_some());
    let swept = store
        .sweep(after(1_000), 10)
        .await
        .expect("the store works");
    assert_eq!((swept.removed, swept.oldest_left), (2, None));
}
