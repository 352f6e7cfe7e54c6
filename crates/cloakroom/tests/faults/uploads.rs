//! The folder of a wizard's files on a disk that is full.
use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, StatusCode};
use cloakroom::files::Files;
use cloakroom::form::{Form, Upload};
use cloakroom::testing::{Browser, Page};
use cloakroom::wizard::{Done, Ending, Finish, Finished, Wizard};
use cloakroom::{Cloakroom, KeyRing};
use libtest_mimic::Trial;
use tempfile::TempDir;

use crate::Faults;
use crate::disk::{Disk, where_a_disk_can_be_mounted};

pub(crate) fn trials(faults: &Faults) -> Vec<Trial> {
    let promise = "uploads: a full disk is told at the field, costs nothing else, and is forgotten once there is room";
    vec![where_a_disk_can_be_mounted(
        faults.trial(promise, full_disk),
    )]
}

#[derive(Form)]
struct Scan {
    title: String,
    scan: Upload,
    note: String,
}

#[derive(Wizard)]
struct Scans {
    scan: Scan,
}

impl Finish for Scans {
    async fn done(self, visit: Done) -> Ending {
        let files = visit.files.expect("there is a storage");
        files.keep(self.scan.scan.id(), "kept").await?;
        let said = format!("{} {}", self.scan.title, self.scan.note);
        Ok(Finished::confirmation(said))
    }
}

/// What is left of the disk, but for so many bytes, is taken by somebody else.
fn fill(disk: &Path, free: usize) {
    let mut file = fs::File::create(disk.join("somebody else's")).expect("it can be made");
    let page = [1; 4096];
    let mut pages = 0;
    while file.write_all(&page).is_ok() {
        pages += 1;
    }
    let length = (pages * page.len()).saturating_sub(free);
    file.set_len(length as u64).expect("it can be cut");
}

struct Office {
    browser: Browser,
    folder: TempDir,
}

impl Office {
    async fn open() -> (Self, Disk) {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let disk = Disk::of(folder.path()).expect("a disk can be mounted");
        let url = format!("file://{}/uploads", folder.path().display());
        let files = Files::open(&url).await.expect("the storage opens");
        let keys = KeyRing::new(KeyRing::generate_secret()).expect("it is long enough");
        let builder = Cloakroom::builder(keys).store_in_memory().sweep_every(None);
        let cloakroom = builder.build().expect("the settings are sound");
        let wizard = Scans::mount().files(files).router(&cloakroom);
        let routes = Router::new().nest("/scans", wizard.expect("the wizard is sound"));
        let browser = Browser::of(routes.layer(cloakroom.layer()));
        (Self { browser, folder }, disk)
    }

    /// Sends a scan of so many bytes, and what was typed beside it.
    async fn send(&self, page: &str, title: &str, bytes: usize) -> Page {
        let shown = self.browser.get(page).await;
        let hidden = |name: &str| {
            let begins = format!("{name}\" value=\"");
            let (_, value) = shown.text.split_once(&begins).expect("it is there");
            value.split('"').next().unwrap_or_default()
        };
        let mut body = Vec::new();
        let texts = [
            ("csrfmiddlewaretoken", hidden("csrfmiddlewaretoken")),
            ("wizard-revision", hidden("wizard-revision")),
            ("continue", "1"),
            ("scan-title", title),
        ];
        let part = |name: &str, text: &str| {
            format!("--XxX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
        };
        for (name, text) in texts {
            body.extend(part(name, text).into_bytes());
        }
        body.extend(b"--XxX\r\nContent-Disposition: form-data; name=\"scan-scan\"; filename=\"a.bin\"\r\n\r\n");
        body.extend(vec![7; bytes]);
        body.extend(b"\r\n");
        // What stands behind the file is read as well.
        body.extend(part("scan-note", "behind").into_bytes());
        body.extend(b"--XxX--\r\n");
        let kind = Some("multipart/form-data; boundary=XxX");
        let sent = self
            .browser
            .send(Method::POST, page, Body::from(body), kind);
        sent.await
    }

    /// What is left of a file that was given up; it may take a moment to go.
    async fn left(&self) -> Vec<String> {
        for _ in 0..500 {
            if self.kept().is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.kept()
    }

    /// The names of all that stands in the storage.
    fn kept(&self) -> Vec<String> {
        let all = fs::read_dir(self.folder.path().join("uploads")).expect("it can be read");
        let name =
            |entry: std::io::Result<fs::DirEntry>| entry.ok()?.file_name().into_string().ok();
        all.filter_map(name).collect()
    }
}

async fn full_disk() {
    let (office, _disk) = Office::open().await;
    let disk = office.folder.path();
    let start = office.browser.get("/scans").await;
    let page = start.location().expect("it leads to a step").to_owned();
    // No room at all; room for the beginning only, of a file that is written at once and of one that comes in parts.
    for (free, bytes) in [(0, 1_000), (8 << 10, 100 << 10), (300 << 10, 600 << 10)] {
        fill(disk, free);
        let title = format!("of {bytes} bytes");
        let sent = office.send(&page, &title, bytes).await;
        assert_eq!(sent.status, StatusCode::SERVICE_UNAVAILABLE, "{title}");
        let told = "Scan: the file could not be stored";
        assert!(sent.text.contains(told), "{title}: {}", sent.text);
        let shown = office.browser.get(&page).await;
        for typed in [title.as_str(), "behind"] {
            let value = format!("value=\"{typed}\"");
            assert!(sent.text.contains(&value), "{title}: {}", sent.text);
            assert!(shown.text.contains(&value), "{title}: {}", shown.text);
        }
        let left = office.left().await;
        assert!(left.is_empty(), "{title}: left are {left:?}");
    }
    fs::remove_file(disk.join("somebody else's")).expect("it can be removed");
    let sent = office.send(&page, "at last", 300 << 10).await;
    let end = sent.location().expect("it is done").to_owned();
    let said = office.browser.get(&end).await.text;
    assert!(said.contains("at last behind"), "{said}");
    assert_eq!(office.kept(), ["kept"]);
}
