//! `sweep-uploads`.
use std::path::Path;

use cloakroom::clock::{Clock, Timestamp};
use cloakroom::files::{Files, Limits};
use tempfile::TempDir;

use crate::command::run;

const DAY: u64 = 86_400;

/// A folder with files that came so many days ago, and some that are not ours.
async fn uploads(days: &[u64]) -> (TempDir, String, Files) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}", folder.path().display());
    let files = Files::open(&url).await.unwrap();
    for days in days {
        let mut intake = files.intake(Limits::default(), ago(*days));
        intake.push("%PDF-1.7 and so on".into()).await.unwrap();
        intake.complete().await.unwrap();
    }
    for foreign in ["report.pdf", "upload-of-mine", "upload-00000000-short"] {
        std::fs::write(folder.path().join(foreign), "not ours").unwrap();
    }
    (folder, url, files)
}

fn ago(days: u64) -> Timestamp {
    let now = Clock::system().now().as_secs();
    Timestamp::from_secs(now - days * DAY)
}

fn names(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

#[tokio::test]
async fn what_was_abandoned_is_counted_or_removed_and_nobody_elses_files_are_touched() {
    let (folder, url, files) = uploads(&[1, 61, 100, 120]).await;
    // One that a process had begun when it was killed.
    let mut begun = files.intake(Limits::default(), ago(100));
    begun.push(vec![b'x'; 600_000].into()).await.unwrap();
    std::mem::forget(begun);
    let words = |more: &[&'static str]| {
        let mut words = vec!["sweep-uploads", "--uploads"];
        words.push(&url);
        words.extend(more);
        run(&words)
    };
    let told = words(&["--dry-run"]).well();
    let expected = "2 abandoned files and 1 upload never completed to remove, ";
    assert!(told.starts_with(expected), "{told}");
    assert_eq!(names(folder.path()), 8);
    let told = words(&["--older-than", "60d", "--dry-run", "--json"]).json();
    assert_eq!(
        (&told["files"], &told["dry_run"]),
        (&3.into(), &true.into())
    );
    let told = words(&["--json"]).json();
    assert_eq!(
        (&told["files"], &told["incomplete"], &told["dry_run"]),
        (&2.into(), &1.into(), &false.into())
    );
    assert_eq!(names(folder.path()), 5);
    let told = words(&[]).well();
    assert_eq!(
        told,
        "Removed 0 abandoned files and 0 uploads never completed, 0 B.\n"
    );
    let kept = folder.path().join("upload-of-mine");
    assert_eq!(std::fs::read_to_string(kept).unwrap(), "not ours");
}

#[tokio::test]
async fn young_files_and_what_was_kept_stay_whatever_is_swept() {
    let (_folder, url, files) = uploads(&[]).await;
    let mut intake = files.intake(Limits::default(), ago(100));
    intake.push("%PDF-1.7 and so on".into()).await.unwrap();
    let taken = intake.complete().await.unwrap();
    files.keep(&taken.id, "documents/7.pdf").await.unwrap();
    let mut intake = files.intake(Limits::default(), ago(0));
    intake.push("%PDF-1.7 and so on".into()).await.unwrap();
    let young = intake.complete().await.unwrap();
    let told = run(&[
        "sweep-uploads",
        "--uploads",
        &url,
        "--older-than",
        "1h",
        "--json",
    ])
    .json();
    assert_eq!(told["files"], 0);
    assert_eq!(
        files.read("documents/7.pdf").await.unwrap().bytes_left(),
        18
    );
    assert_eq!(files.read(&young.id).await.unwrap().bytes_left(), 18);
}

#[test]
fn a_url_that_names_no_storage_is_refused_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let missing = format!("file://{}", missing.display());
    for (url, told) in [
        (&*missing, "names a folder that is not there"),
        ("memory:", "does not begin with a known scheme"),
        ("hunter2", "does not begin with a known scheme"),
        ("", "does not begin with a known scheme"),
    ] {
        let said = run(&["sweep-uploads", "--uploads", url]).fails(2);
        let expected = format!("--uploads (CLOAKROOM_UPLOADS): {told}");
        assert!(said.contains(&expected), "{said}");
    }
    assert_eq!(names(folder.path()), 0);
}
