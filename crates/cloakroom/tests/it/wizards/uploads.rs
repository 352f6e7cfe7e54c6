//! Files in wizards: kept through errors and Back, handed on at the end, and gone when nobody refers to them.
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use cloakroom::clock::Timestamp;
use cloakroom::files::{Files, Sweeping};
use cloakroom::form::{Form, Problem, Upload};
use cloakroom::testing::Page;
use cloakroom::wizard::{Broken, Done, Ending, Finish, Finished, Wizard};
use tempfile::TempDir;

use super::{Office, Visit, Wizards, hidden_inputs};
use crate::site::settle;

#[derive(Form, Debug)]
struct Title {
    title: String,
}

#[derive(Form, Debug)]
struct Document {
    #[field(accept = ["application/pdf"], max_size = "1 MiB")]
    document: Upload,
    note: String,
}

#[derive(Form, Debug)]
struct Review;

#[derive(Wizard, Debug)]
struct Documents {
    info: Title,
    upload: Document,
    #[step(review)]
    #[expect(dead_code, reason = "it is only asked for")]
    review: Review,
}

impl Finish<Office> for Documents {
    async fn done(self, visit: Done<Office>) -> Ending {
        let files = visit.files.expect("there is a storage");
        let path = format!("documents/{}.pdf", self.info.title);
        let kept = files.keep(self.upload.document.id(), &path).await;
        kept.map_err(|error| match error.is_absent() {
            true => Broken::wrong("upload", "document", Problem::new("gone")),
            false => Broken::try_again("The archive is closed"),
        })?;
        visit
            .state
            .take(self.upload.document.name().to_owned())
            .await?;
        Ok(Finished::redirect("/documents"))
    }
}

pub(super) const PDF: &[u8] = b"%PDF-1.7 and so on";
pub(super) const OTHER_PDF: &[u8] = b"%PDF-1.7 another";
pub(super) const NOTE: (&str, &str) = ("upload-note", "x");

pub(super) struct Archive {
    pub(super) wizards: Wizards,
    pub(super) files: Files,
    pub(super) folder: Option<TempDir>,
}

impl Archive {
    pub(super) async fn open() -> Self {
        Self::open_with::<Documents>().await
    }

    /// Opens a wizard on a folder of its own.
    pub(super) async fn open_with<W: Finish<Office>>() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(&format!("file://{}", folder.path().display()))
            .await
            .unwrap();
        Self {
            folder: Some(folder),
            ..Self::with::<W>(files)
        }
    }

    /// Opens the wizard on this storage.
    pub(super) fn on(files: Files) -> Self {
        Self::with::<Documents>(files)
    }

    fn with<W: Finish<Office>>(files: Files) -> Self {
        let storage = files.clone();
        let wizards = Wizards::with::<W>(|mount| mount.files(storage));
        Self {
            wizards,
            files,
            folder: None,
        }
    }

    /// A run that has come to the step with the file.
    pub(super) async fn at_upload(&self) -> Visit {
        let visit = self.wizards.begin().await;
        visit.send("info", &[("title", "report")]).await;
        visit
    }

    /// Counts the files that wait.
    pub(super) async fn waiting(&self) -> u64 {
        for _ in 0..50 {
            settle().await;
            tokio::task::spawn_blocking(|| ()).await.unwrap();
        }
        let end = Timestamp::from_secs(2_000_000_000);
        self.files.sweep(end, Sweeping::Count).await.unwrap().files
    }
}

/// Loads the step's page and sends it with a file and all else that it needs.
pub(super) async fn send_file(visit: &Visit, name: &str, content: &[u8]) -> Page {
    let shown = visit.get("upload").await;
    send_on(visit, &shown, name, content).await
}

/// The same on a page that was loaded earlier.
pub(super) async fn send_on(visit: &Visit, shown: &Page, name: &str, content: &[u8]) -> Page {
    upload(visit, shown, Some((name, content)), &[NOTE]).await
}

/// Sends the step's page with a file, as a browser does.
pub(super) async fn upload(
    visit: &Visit,
    shown: &Page,
    file: Option<(&str, &[u8])>,
    fields: &[(&str, &str)],
) -> Page {
    let (name, content) = file.unwrap_or(("", b""));
    send_all(visit, shown, fields, &[("upload-document", name, content)]).await
}

/// Sends a page with files, each with the name of its field and its own.
pub(super) async fn send_all(
    visit: &Visit,
    shown: &Page,
    fields: &[(&str, &str)],
    files: &[(&str, &str, &[u8])],
) -> Page {
    let mut body = Vec::new();
    let hidden = hidden_inputs(&shown.text);
    let hidden = hidden
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in hidden.chain(fields.iter().copied()) {
        let part =
            format!("--XxX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    for (field, name, content) in files {
        let heading = format!(
            "--XxX\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\nContent-Type: application/pdf\r\n\r\n"
        );
        body.extend_from_slice(heading.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--XxX--\r\n");
    let kind = Some("multipart/form-data; boundary=XxX");
    let url = action(shown, visit);
    visit
        .browser
        .send(Method::POST, &url, Body::from(body), kind)
        .await
}

/// The address to which a page's form is sent.
fn action(shown: &Page, visit: &Visit) -> String {
    let step = match shown.text.split_once(&format!("action=\"{}/", visit.run)) {
        Some((_, rest)) => rest.split('"').next().unwrap_or_default(),
        None => "upload",
    };
    format!("{}/{step}", visit.run)
}

#[tokio::test]
async fn a_file_is_kept_through_an_error_and_back_and_handed_on_at_the_end() {
    let archive = Archive::open().await;
    let visit = archive.at_upload().await;
    let shown = visit.get("upload").await;
    assert!(shown.text.contains("enctype=\"multipart/form-data\""));
    let page = upload(
        &visit,
        &shown,
        Some(("C:\\me\\my.pdf", PDF)),
        &[("upload-note", "")],
    )
    .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("my.pdf"), "{}", page.text);
    let back = upload(&visit, &page, None, &[("back", "1"), ("upload-note", "x")]).await;
    assert_eq!(visit.step_of(&back), "info");
    let shown = visit.get("upload").await;
    assert!(
        shown.text.contains("my.pdf") && !shown.text.contains("C:\\"),
        "{}",
        shown.text
    );
    let page = upload(&visit, &shown, None, &[("upload-note", "a note")]).await;
    assert_eq!(visit.step_of(&page), "review");
    assert_eq!(archive.waiting().await, 1);
    let page = visit.send("review", &[]).await;
    assert_eq!(page.location(), Some("/documents"));
    assert_eq!(archive.wizards.office.done(), ["my.pdf"]);
    assert_eq!(archive.waiting().await, 0);
    let kept = archive.files.read("documents/report.pdf").await.unwrap();
    assert_eq!(kept.all(100).await.unwrap(), PDF);
}

#[tokio::test]
async fn what_is_replaced_or_dropped_is_removed() {
    let archive = Archive::open().await;
    let visit = archive.at_upload().await;
    send_file(&visit, "a.pdf", PDF).await;
    send_file(&visit, "b.pdf", OTHER_PDF).await;
    assert_eq!(archive.waiting().await, 1);
    let shown = visit.get("upload").await;
    assert!(shown.text.contains("b.pdf") && !shown.text.contains("a.pdf"));
    let tick = "name=\"upload-document-remove\" value=\"";
    let (_, rest) = shown.text.split_once(tick).expect("it can be removed");
    let id = rest.split('"').next().unwrap();
    let page = upload(
        &visit,
        &shown,
        None,
        &[NOTE, ("upload-document-remove", id)],
    )
    .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(archive.waiting().await, 0);
}

#[tokio::test]
async fn a_file_that_is_sent_twice_is_kept_once() {
    let archive = Archive::open().await;
    let visit = archive.at_upload().await;
    let shown = visit.get("upload").await;
    for _ in 0..2 {
        let page = send_on(&visit, &shown, "a.pdf", PDF).await;
        assert_eq!(visit.step_of(&page), "review");
    }
    assert_eq!(archive.waiting().await, 1);
    assert_eq!(
        visit.send("review", &[]).await.location(),
        Some("/documents")
    );
    assert_eq!(archive.waiting().await, 0);
}

#[tokio::test]
async fn a_file_that_a_stale_page_sent_is_kept_until_the_visitor_has_decided() {
    for takes_own in [true, false] {
        let archive = Archive::open().await;
        let visit = archive.at_upload().await;
        let stale = visit.get("upload").await;
        send_on(&visit, &stale, "theirs.pdf", PDF).await;
        let page = send_on(&visit, &stale, "mine.pdf", OTHER_PDF).await;
        assert_eq!(page.status, StatusCode::CONFLICT);
        assert!(page.text.contains("theirs.pdf") && page.text.contains("mine.pdf"));
        assert_eq!(archive.waiting().await, 2);
        let mut taken = "theirs.pdf";
        if takes_own {
            let page = upload(&visit, &page, None, &[NOTE]).await;
            assert_eq!(visit.step_of(&page), "review");
            assert_eq!(archive.waiting().await, 1);
            taken = "mine.pdf";
        }
        let page = visit.send("review", &[]).await;
        assert_eq!(page.location(), Some("/documents"), "{}", page.text);
        assert_eq!(archive.wizards.office.done(), [taken]);
        assert_eq!(archive.waiting().await, 0);
    }
}

#[tokio::test]
async fn a_page_with_both_versions_that_is_stale_itself_overwrites_nothing() {
    let archive = Archive::open().await;
    let visit = archive.at_upload().await;
    let stale = visit.get("upload").await;
    send_on(&visit, &stale, "theirs.pdf", PDF).await;
    let mine = send_on(&visit, &stale, "mine.pdf", OTHER_PDF).await;
    let third = send_on(&visit, &stale, "third.pdf", b"%PDF-1.7 the third").await;
    assert_eq!(third.status, StatusCode::CONFLICT);
    assert_eq!(archive.waiting().await, 2, "one is put aside at a time");
    let page = upload(&visit, &mine, None, &[NOTE]).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    assert!(visit.get("upload").await.text.contains("theirs.pdf"));
}

#[tokio::test]
async fn a_file_that_was_corrected_under_its_name_takes_the_place_of_the_first() {
    let archive = Archive::open().await;
    let visit = archive.at_upload().await;
    let stale = visit.get("upload").await;
    send_on(&visit, &stale, "a.pdf", b"%PDF-1.7 amount: 100").await;
    let page = send_on(&visit, &stale, "a.pdf", b"%PDF-1.7 amount: 900").await;
    assert_eq!(page.status, StatusCode::CONFLICT, "these are two files");
    let page = send_file(&visit, "a.pdf", b"%PDF-1.7 amount: 500").await;
    assert_eq!(visit.step_of(&page), "review");
    assert_eq!(archive.waiting().await, 1);
    visit.send("review", &[]).await;
    let kept = archive.files.read("documents/report.pdf").await.unwrap();
    assert_eq!(kept.all(100).await.unwrap(), b"%PDF-1.7 amount: 500");
}

#[tokio::test]
async fn a_file_that_is_not_as_it_should_be_is_told_at_its_field_and_not_kept() {
    let archive = Archive::open().await;
    let visit = archive.at_upload().await;
    let shown = visit.get("upload").await;
    let long = [PDF, &vec![b'x'; 2 << 20][..]].concat();
    for (name, content, told) in [
        (
            "right.pdf",
            &b"MZ\x90\0 a program"[..],
            "must be of the type",
        ),
        ("right.pdf", b"just text", "must be of the type"),
        ("right.pdf", b"", "the file is empty"),
        ("right.pdf", &long, "must be smaller than 1 MiB"),
    ] {
        let page = send_on(&visit, &shown, name, content).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert!(page.text.contains(told), "{told}: {}", page.text);
        assert_eq!(archive.waiting().await, 0, "{told}");
    }
}

#[tokio::test]
async fn what_of_a_request_came_before_it_was_cut_off_is_removed() {
    let archive = Archive::open().await;
    let visit = archive.at_upload().await;
    let shown = visit.get("upload").await;
    let token = hidden_inputs(&shown.text).remove(0);
    let part = |heading: &str, content: &str| {
        format!("--XxX\r\nContent-Disposition: form-data; {heading}\r\n\r\n{content}\r\n")
    };
    let body = [
        part(&format!("name=\"{}\"", token.0), &token.1),
        part("name=\"upload-document\"; filename=\"a.pdf\"", "%PDF-1.7"),
        "--XxX\r\nContent-Disposition: form-da".into(),
    ]
    .concat();
    let kind = Some("multipart/form-data; boundary=XxX");
    let url = format!("{}/upload", visit.run);
    let page = visit
        .browser
        .send(Method::POST, &url, Body::from(body), kind)
        .await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST, "{}", page.text);
    assert_eq!(archive.waiting().await, 0);
}

#[tokio::test]
async fn a_wizard_that_takes_files_without_a_storage_for_them_is_not_set_up() {
    let cloakroom = cloakroom::Cloakroom::builder(crate::site::keys())
        .store_in_memory()
        .sweep_every(None)
        .build()
        .unwrap();
    let error = <Documents as Finish<Office>>::router(&cloakroom).unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("wizard.documents.files: is not set, but a step takes files"),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn files_of_abandoned_runs_are_swept_in_the_background() {
    let archive = Archive::open().await;
    let visit = archive.at_upload().await;
    send_file(&visit, "a.pdf", PDF).await;
    archive.wizards.site.turn(89 * 86_400);
    tokio::time::advance(Duration::from_secs(3_601)).await;
    assert_eq!(archive.waiting().await, 1);
    archive.wizards.site.turn(2 * 86_400);
    tokio::time::advance(Duration::from_secs(3_601)).await;
    assert_eq!(archive.waiting().await, 0);
}
