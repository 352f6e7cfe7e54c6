//! A server without room on its disk.
use std::fs::{DirBuilder, metadata};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, chown};
use std::path::{Path, PathBuf};

use libtest_mimic::Trial;
use services::Postgres;

use super::{ask, blocking, created, found, key, opened_in_a_hurry, record, saved};
use crate::Faults;
use crate::disk::{Disk, where_a_disk_can_be_mounted};
use crate::kept::filled;

/// How many sessions fill a disk of 512 KiB for certain.
const ENOUGH: usize = 50;

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    let full = faults.trial(
        "postgres: a full disk is said to be full, loses nothing, and is used again once there is room",
        full,
    );
    vec![where_a_disk_can_be_mounted(full)]
}

async fn full() {
    let server = blocking(Postgres::start);
    let folder = folder_beside(&server);
    let disk = Disk::of(&folder).expect("a disk can be mounted");
    ask(
        &server,
        &format!(
            "CREATE TABLESPACE small LOCATION '{}'",
            folder.to_string_lossy()
        ),
    );
    let url = format!("{}?options=-c%20default_tablespace%3Dsmall", server.url());
    let store = opened_in_a_hurry(&url).await;
    let first = key();
    let version = created(&store, &first, &record("1")).await;
    let large = record(format!("\"{}\"", crate::random_text(50_000)));
    let (kept, error) = filled(&store, &large, ENOUGH).await;
    assert!(error.to_string().contains("disk is full"), "{error}");
    assert!(!error.is_out_of_reach(), "it did answer: {error}");
    let refused = store.save(&first, &version, &large).await;
    let error = refused.expect_err("there is no room").to_string();
    assert!(error.contains("disk is full"), "{error}");
    assert_eq!(found(&store, &first).await.unwrap(), Some(record("1")));
    for key in &kept {
        assert_eq!(found(&store, key).await.unwrap(), Some(large.clone()));
    }
    disk.grow();
    saved(&store, &first, &version, &large).await;
    assert_eq!(found(&store, &first).await.unwrap(), Some(large));
}

/// Makes a folder for the server beside its data.
fn folder_beside(server: &Postgres) -> PathBuf {
    let data = ask(server, "SHOW data_directory");
    let data = Path::new(&data);
    let folder = data.with_file_name("small");
    let owner = metadata(data).expect("the data are there");
    let made = DirBuilder::new().mode(0o700).create(&folder);
    made.expect("a folder can be made");
    let given = chown(&folder, Some(owner.uid()), Some(owner.gid()));
    given.expect("it can be given away");
    folder
}
