//! Files that wait, when they or their storage are gone.
use axum::http::StatusCode;
use cloakroom::clock::Timestamp;
use cloakroom::files::Sweeping;

use super::uploads::{Archive, PDF, send_file, send_on};

#[tokio::test]
async fn a_storage_that_is_down_is_told_and_nothing_is_lost() {
    let archive = Archive::open().await;
    let visit = archive.at_upload().await;
    send_file(&visit, "a.pdf", PDF).await;
    let shown = visit.get("upload").await;
    let folder = archive.folder.as_ref().unwrap().path().to_owned();
    let moved = folder.with_extension("away");
    std::fs::rename(&folder, &moved).unwrap();
    std::fs::write(&folder, "a file where the folder was").unwrap();
    let page = send_on(&visit, &shown, "b.pdf", PDF).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        page.text.contains("Document: the file could not be stored"),
        "{}",
        page.text
    );
    std::fs::remove_file(&folder).unwrap();
    std::fs::rename(&moved, &folder).unwrap();
    assert!(visit.get("upload").await.text.contains("a.pdf"));
}

#[tokio::test]
async fn a_file_that_is_gone_at_the_end_is_asked_for_again() {
    let archive = Archive::open().await;
    let visit = archive.at_upload().await;
    send_file(&visit, "a.pdf", PDF).await;
    let end = Timestamp::from_secs(2_000_000_000);
    let swept = archive.files.sweep(end, Sweeping::Remove).await.unwrap();
    assert_eq!(swept.files, 1);
    let page = visit.send("review", &[]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for shown in ["the file is no longer here. Choose it again", "/upload\""] {
        assert!(page.text.contains(shown), "{shown}: {}", page.text);
    }
    send_on(&visit, &page, "a.pdf", PDF).await;
    let page = visit.send("review", &[]).await;
    assert_eq!(page.location(), Some("/documents"), "{}", page.text);
    assert!(archive.files.read("documents/report.pdf").await.is_ok());
}

#[tokio::test]
async fn a_storage_that_is_down_at_the_end_is_to_be_tried_again() {
    let archive = Archive::open().await;
    let visit = archive.at_upload().await;
    send_file(&visit, "a.pdf", PDF).await;
    let folder = archive.folder.as_ref().unwrap().path().to_owned();
    let moved = folder.with_extension("away");
    std::fs::rename(&folder, &moved).unwrap();
    std::fs::write(&folder, "a file where the folder was").unwrap();
    let page = visit.send("review", &[]).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text.contains("The archive is closed"), "{}", page.text);
    std::fs::remove_file(&folder).unwrap();
    std::fs::rename(&moved, &folder).unwrap();
    let page = visit.send("review", &[]).await;
    assert_eq!(page.location(), Some("/documents"), "{}", page.text);
}
