//! Files that visitors send: whole or not there, within their limits, and gone when nobody waits for them.
pub(crate) mod places;

use std::time::Duration;

use bytes::Bytes;
use cloakroom::clock::Timestamp;
use cloakroom::files::{Files, Intake, Limits, Refused, Sweeping, SweptFiles};

use places::{Place, every_place, folder};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn now() -> Timestamp {
    Timestamp::from_secs(1_800_000_000)
}

fn later() -> Timestamp {
    now().plus(DAY)
}

/// A picture of so many bytes, no two parts alike.
fn picture(length: usize) -> Bytes {
    let noise = (0_u32..).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes());
    PNG.iter().copied().chain(noise).take(length).collect()
}

async fn push_all(intake: &mut Intake, content: &Bytes, chunk: usize) -> Result<(), Refused> {
    for at in (0..content.len()).step_by(chunk) {
        let end = content.len().min(at + chunk);
        intake.push(content.slice(at..end)).await?;
    }
    Ok(())
}

async fn take(files: &Files, content: &Bytes, chunk: usize) -> String {
    let mut intake = files.intake(Limits::default().max_bytes(64 << 20), now());
    push_all(&mut intake, content, chunk).await.unwrap();
    intake.complete().await.unwrap().id
}

async fn waiting(files: &Files) -> SweptFiles {
    files.sweep(later(), Sweeping::Count).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_is_read_again_byte_for_byte_whatever_the_sizes() {
    for place in every_place().await {
        let sizes = [
            (9, 9),
            (8_191, 100),
            (8_192, 8_192),
            (262_144, 262_144),
            (300_001, 7_777),
        ];
        let long = [((5 << 20) * 2 + 17, 300_000), (5 << 20, 5 << 20)];
        for (size, chunk) in sizes.into_iter().chain(long) {
            let content = picture(size);
            let id = take(&place.files, &content, chunk).await;
            let read = place.files.read(&id).await.unwrap();
            assert_eq!(read.bytes_left(), size as u64, "{place}");
            assert!(
                read.all(size).await.unwrap() == content,
                "{place}, {size} bytes"
            );
            assert!(
                place
                    .files
                    .read(&id)
                    .await
                    .unwrap()
                    .all(size - 1)
                    .await
                    .is_err()
            );
        }
        assert_eq!(waiting(&place.files).await.incomplete, 0, "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_refused_leaves_nothing_behind() {
    for place in every_place().await {
        let files = &place.files;
        let long = Limits::default().max_bytes(6 << 20);
        let mut intake = files.intake(long, now());
        let pushed = push_all(&mut intake, &picture((6 << 20) + 1), 65_536).await;
        assert!(matches!(pushed, Err(Refused::TooLarge { max_bytes }) if max_bytes == 6 << 20));
        drop(intake);

        let pictures = Limits::default().accept("image/*");
        let mut intake = files.intake(pictures.clone(), now());
        let program = Bytes::from([b"MZ\x90\0".as_slice(), &[7; 8_192]].concat());
        let found = "application/vnd.microsoft.portable-executable";
        let pushed = intake.push(program).await;
        assert!(matches!(pushed, Err(Refused::WrongType { found: it }) if it == found));

        let mut intake = files.intake(pictures, now());
        intake.push("short".into()).await.unwrap();
        let completed = intake.complete().await;
        assert!(matches!(
            completed,
            Err(Refused::WrongType {
                found: "text/plain"
            })
        ));

        let completed = files.intake(Limits::default(), now()).complete().await;
        assert!(matches!(completed, Err(Refused::Empty)));
        place.sees_nothing().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_who_hangs_up_half_way_leaves_nothing_behind() {
    for place in every_place().await {
        let mut intake = place.files.intake(Limits::default(), now());
        push_all(&mut intake, &picture(6 << 20), 65_536)
            .await
            .unwrap();
        assert_eq!(place.incomplete().await, 1, "{place}: it had begun");
        drop(intake);
        place.sees_nothing().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_process_had_begun_is_swept_by_age() {
    for place in every_place().await {
        let mut intake = place.files.intake(Limits::default(), now());
        push_all(&mut intake, &picture(6 << 20), 65_536)
            .await
            .unwrap();
        // Nothing cleans up after a process that was killed.
        std::mem::forget(intake);
        let early = place.files.sweep(now(), Sweeping::Remove).await.unwrap();
        assert_eq!(early, SweptFiles::default(), "{place}");
        let swept = place.files.sweep(later(), Sweeping::Remove).await.unwrap();
        assert_eq!((swept.files, swept.incomplete), (0, 1), "{place}");
        place.sees_nothing().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_takes_what_is_old_and_ours_and_nothing_else() {
    for place in every_place().await {
        let files = &place.files;
        let (old, kept) = (picture(100), picture(200));
        take(files, &old, 100).await;
        let id = take(files, &kept, 100).await;
        files.keep(&id, "documents/7.png").await.unwrap();
        let mut young = files.intake(Limits::default(), later());
        young.push(picture(300)).await.unwrap();
        let young = young.complete().await.unwrap();

        let counted = files.sweep(later(), Sweeping::Count).await.unwrap();
        let swept = files.sweep(later(), Sweeping::Remove).await.unwrap();
        assert_eq!(counted, swept, "{place}");
        assert_eq!((swept.files, swept.bytes), (1, 100), "{place}");
        assert!(files.read(&id).await.is_err(), "{place}: it moved");
        let read = files.read("documents/7.png").await.unwrap();
        assert_eq!(read.all(1_000).await.unwrap(), kept, "{place}");
        assert_eq!(
            files.read(&young.id).await.unwrap().bytes_left(),
            300,
            "{place}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_what_is_gone_is_no_error_and_paths_stay_inside() {
    for place in every_place().await {
        let files = &place.files;
        let id = take(files, &picture(10), 10).await;
        files.remove(&id).await.unwrap();
        files.remove(&id).await.unwrap();
        let id = take(files, &picture(10), 10).await;
        for path in ["", "/", "../x", "a/../../x", "a//b", &id] {
            assert!(files.keep(&id, path).await.is_err(), "{place}: {path}");
        }
        for wrong in ["documents/7", "../x", "", &id[1..]] {
            let error = files
                .keep(wrong, "documents/7")
                .await
                .unwrap_err()
                .to_string();
            assert!(
                error.starts_with("the upload store could not keep a file"),
                "{error}"
            );
        }
        assert_eq!(files.read(&id).await.unwrap().bytes_left(), 10, "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_vanishes_is_an_error_and_no_panic() {
    let Place { files, folder, .. } = folder().await;
    let folder = folder.unwrap();
    let root = folder.path().join("uploads");
    let mut intake = files.intake(Limits::default(), now());
    intake.push(picture(300_000)).await.unwrap();
    std::fs::remove_dir_all(&root).unwrap();
    std::fs::write(&root, "in the way").unwrap();
    let taken = async {
        intake.push(picture(600_000)).await?;
        intake.complete().await
    };
    let error = taken.await.unwrap_err();
    assert!(matches!(error, Refused::Storage(_)));
    let words = error.to_string();
    assert!(!words.contains(folder.path().to_str().unwrap()), "{words}");
    assert!(
        Files::open(&format!("file://{}", root.display()))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_url_that_can_not_be_used_is_refused_without_being_repeated() {
    for url in [
        "",
        "uploads",
        "ftp://secret/x",
        "file://secret",
        "file:///no-such-folder/secret/x",
        "s3://",
    ] {
        let error = Files::open(url).await.unwrap_err().to_string();
        assert!(error.starts_with("the upload store could not "), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
}
