//! Which folders a store takes, and which it refuses.
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;

use cloakroom::session::Body;
use cloakroom::store::{self, Options};
use libtest_mimic::Trial;

use super::{NOW, Place, created, found, numbered, opened, record, refused, url};
use crate::Faults;

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    let is_root = give_away(Place::new().0.path()).is_ok();
    vec![
        faults.trial(
            "file: the folder and all in it are their owner's alone",
            private,
        ),
        faults.trial(
            "file: a folder is not made where the one around it is missing",
            missing,
        ),
        faults.trial(
            "file: a folder is neither made nor taken where opening may not change anything",
            unmade,
        ),
        faults.trial(
            "file: a folder that others may write into is refused",
            too_open,
        ),
        faults.trial(
            "file: a folder with somebody else's files is refused and left alone",
            foreign,
        ),
        faults.trial("file: what is no folder is refused", no_folder),
        faults
            .trial("file: a folder of another user is refused", other_owner)
            .with_ignored_flag(!is_root),
        faults.trial(
            "file: a folder of another version is refused",
            other_version,
        ),
        faults.trial(
            "file: a store that is gone is an error and never an absent session",
            gone,
        ),
        faults.trial(
            "file: eight that start together on a new folder all open it",
            eight,
        ),
    ]
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path)
        .expect("it is there")
        .permissions()
        .mode()
        & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the rights can be set");
}

async fn private() {
    let place = Place::new();
    fs::create_dir(place.folder()).expect("a folder can be made");
    set_mode(&place.folder(), 0o755);
    let store = place.open().await;
    created(&store, &numbered(7), &record("1")).await;
    let mut folders = vec![place.folder()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        assert_eq!(mode(&folder), 0o700, "{}", folder.display());
        for entry in fs::read_dir(folder).expect("it can be read") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                assert_eq!(mode(&path), 0o600, "{}", path.display());
                files += 1;
            }
        }
    }
    assert_eq!(files, 3, "the marker, a lock and a session");
}

async fn missing() {
    let place = Place::new();
    let error = refused(&place.folder().join("deeper")).await;
    assert!(error.contains("make the folder around it"), "{error}");
    assert!(!place.folder().exists());
}

async fn unmade() {
    let place = Place::new();
    let as_it_is = Options::new().migrate(false);
    let connect = async || store::connect_with(&url(&place.folder()), &as_it_is).await;
    let refused = async |why: &str| {
        let error = connect().await.expect_err("it is not a store's folder");
        let versions = error.table_versions();
        assert_eq!(versions.map(|versions| versions.found), Some(0), "{error}");
        let error = error.to_string();
        assert!(error.contains(why), "{error}");
        assert!(error.contains("run `cloakroom migrate`"), "{error}");
    };
    refused("there is no such folder").await;
    assert!(!place.folder().exists());
    fs::create_dir(place.folder()).expect("a folder can be made");
    refused("it is empty").await;
    let entries = fs::read_dir(place.folder()).expect("it can be read");
    assert_eq!(entries.count(), 0);
    let store = place.open().await;
    created(&store, &numbered(7), &record("1")).await;
    let store = connect().await.expect("now it is a store's folder");
    assert!(found(&store, &numbered(7)).await.is_some());
}

async fn too_open() {
    for (rights, others) in [(0o770, "group"), (0o702, "all")] {
        let place = Place::new();
        fs::create_dir(place.folder()).expect("a folder can be made");
        set_mode(&place.folder(), rights);
        let error = refused(&place.folder()).await;
        assert!(
            error.contains("others may write into it"),
            "{others}: {error}"
        );
        set_mode(&place.folder(), 0o700);
        let store = place.open().await;
        set_mode(&place.folder(), rights);
        assert!(store.check().await.is_err(), "{others}");
    }
}

async fn foreign() {
    let place = Place::new();
    fs::create_dir(place.folder()).expect("a folder can be made");
    set_mode(&place.folder(), 0o750);
    let letter = place.folder().join("letter.txt");
    fs::write(&letter, "Dear Anna").expect("a file can be written");
    let error = refused(&place.folder()).await;
    assert!(
        error.contains("it holds files that are not the store's"),
        "{error}"
    );
    assert_eq!(
        fs::read_dir(place.folder())
            .expect("it can be read")
            .count(),
        1
    );
    assert_eq!(mode(&place.folder()), 0o750);
    assert!(refused(Path::new("/")).await.contains("not the store's"));
}

async fn no_folder() {
    let place = Place::new();
    fs::write(place.folder(), "").expect("a file can be written");
    let error = refused(&place.folder()).await;
    assert!(error.contains("it is no folder"), "{error}");
}

async fn other_owner() {
    let place = Place::new();
    place.open().await;
    give_away(&place.folder()).expect("root can give a folder away");
    let error = refused(&place.folder()).await;
    assert!(error.contains("belongs to another user"), "{error}");
}

/// Gives a folder to another user, as only root can.
fn give_away(folder: &Path) -> std::io::Result<()> {
    chown(folder, Some(65_534), None)
}

async fn other_version() {
    let place = Place::new();
    place.open().await;
    let marker = place.folder().join("cloakroom-sessions");
    let text = fs::read_to_string(&marker).expect("the marker is there");
    fs::write(&marker, text.replace("version 1", "version 2")).expect("it can be written");
    let error = refused(&place.folder()).await;
    assert!(
        error.contains("another version of this crate made it"),
        "{error}"
    );
}

async fn gone() {
    let place = Place::new();
    let store = place.open().await;
    let key = numbered(7);
    let version = created(&store, &key, &record("1")).await;
    let away = place.0.path().join("away");
    fs::rename(place.folder(), &away).expect("it can be moved");
    // As when the disk is not mounted: the folder is there, or is not, and is empty.
    for empty in [false, true] {
        if empty {
            fs::create_dir(place.folder()).expect("a folder can be made");
        }
        let errors = [
            store.load(&key, NOW).await.map(drop),
            store.save(&key, &version, &record("2")).await.map(drop),
            store.create(&numbered(8), &record("2")).await.map(drop),
            store.delete(&key).await.map(drop),
            store.list(None, 10, NOW).await.map(drop),
            store.sweep(NOW, 10).await.map(drop),
            store.check().await,
        ];
        for error in errors {
            let error = error.expect_err("the store is gone").to_string();
            assert!(error.contains("see that its disk is mounted"), "{error}");
        }
    }
    fs::remove_dir(place.folder()).expect("nothing was put there");
    fs::rename(&away, place.folder()).expect("it can be moved");
    assert_eq!(found(&store, &key).await, Some(Body::Record(record("1"))));
}

async fn eight() {
    let place = Place::new();
    // A link to the folder is the operator's own.
    let link = place.0.path().join("link");
    symlink(place.folder(), &link).expect("a link can be made");
    let instances = (0..8).map(|_| {
        let folder = place.folder();
        tokio::spawn(async move { opened(&folder).await })
    });
    for instance in instances.collect::<Vec<_>>() {
        instance.await.expect("each opens");
    }
    opened(&link).await;
}
