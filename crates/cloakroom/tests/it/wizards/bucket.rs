//! Files in wizards whose storage is a bucket, on a server of S3's protocol on loopback; and what is far too long, there and
//! in a folder.
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use bytes::Bytes;
use cloakroom::form::{Form, Limits, Upload};
use cloakroom::testing::Page;
use cloakroom::wizard::{Done, Ending, Finish, Finished, Wizard};
use http_body::Frame;

use super::uploads::{Archive, NOTE, OTHER_PDF, PDF, send_file, send_on, upload};
use super::{Office, Visit, Wizards, hidden_inputs};
use crate::files::places::{Place, folder, s3};

const MULTIPART: Option<&str> = Some("multipart/form-data; boundary=XxX");

/// Waits until so many files wait and nothing else; what was given up may take a moment to go.
async fn waits(place: &Place, files: u64) {
    let mut left = place.all().await;
    for _ in 0..500 {
        if (left.files, left.incomplete) == (files, 0) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
        left = place.all().await;
    }
    panic!("{place}: {files} should wait, and {left:?} do");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_bucket_a_file_is_kept_through_an_error_and_back_and_handed_on_at_the_end() {
    let bucket = s3().await;
    let archive = Archive::on(bucket.files.clone());
    let visit = archive.at_upload().await;
    let shown = visit.get("upload").await;
    let wrong = [("upload-note", "")];
    let page = upload(&visit, &shown, Some(("../../etc/my.pdf", PDF)), &wrong).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let back = upload(&visit, &page, None, &[("back", "1"), NOTE]).await;
    assert_eq!(visit.step_of(&back), "info");
    let shown = visit.get("upload").await;
    assert!(shown.text.contains("my.pdf") && !shown.text.contains("etc"));
    waits(&bucket, 1).await;
    // Another takes its place.
    let page = send_on(&visit, &shown, "your.pdf", OTHER_PDF).await;
    assert_eq!(visit.step_of(&page), "review");
    waits(&bucket, 1).await;
    let page = visit.send("review", &[]).await;
    assert_eq!(page.location(), Some("/documents"));
    assert_eq!(archive.wizards.office.done(), ["your.pdf"]);
    waits(&bucket, 0).await;
    let kept = bucket.files.read("documents/report.pdf").await.unwrap();
    assert_eq!(kept.all(100).await.unwrap(), OTHER_PDF);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_bucket_nothing_stays_of_what_is_of_a_wrong_type_empty_or_too_long() {
    let bucket = s3().await;
    let archive = Archive::on(bucket.files.clone());
    let visit = archive.at_upload().await;
    let long = [PDF, &vec![b'x'; 2 << 20][..]].concat();
    for (content, told) in [
        (&b"MZ\x90\0 a program"[..], "must be of the type"),
        (b"", "the file is empty"),
        (&long, "must be smaller than 1 MiB"),
    ] {
        let page = send_file(&visit, "right.pdf", content).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert!(page.text.contains(told), "{told}: {}", page.text);
        waits(&bucket, 0).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_without_room_is_told_and_nothing_is_lost() {
    let bucket = s3().await;
    let archive = Archive::on(bucket.files.clone());
    let visit = archive.at_upload().await;
    send_file(&visit, "a.pdf", PDF).await;
    let shown = visit.get("upload").await;
    bucket.is_full.store(true, Ordering::SeqCst);
    let page = send_on(&visit, &shown, "b.pdf", PDF).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(visit.get("upload").await.text.contains("a.pdf"));
    bucket.is_full.store(false, Ordering::SeqCst);
    let page = send_on(&visit, &shown, "b.pdf", OTHER_PDF).await;
    assert_eq!(visit.step_of(&page), "review");
    waits(&bucket, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_down_is_told_and_nothing_is_lost() {
    let bucket = s3().await;
    let archive = Archive::on(bucket.files.clone());
    let visit = archive.at_upload().await;
    send_file(&visit, "a.pdf", PDF).await;
    bucket.is_down.store(true, Ordering::SeqCst);
    let page = send_file(&visit, "b.pdf", OTHER_PDF).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    bucket.is_down.store(false, Ordering::SeqCst);
    assert!(visit.get("upload").await.text.contains("a.pdf"));
    waits(&bucket, 1).await;
}

#[derive(Form, Debug)]
struct Scan {
    #[field(max_size = "10 MiB")]
    scan: Upload,
}

#[derive(Wizard, Debug)]
struct Scans {
    #[expect(dead_code, reason = "it is only sent")]
    page: Scan,
}

impl Finish<Office> for Scans {
    async fn done(self, _visit: Done<Office>) -> Ending {
        Ok(Finished::redirect("/"))
    }
}

/// How a long body goes on.
#[derive(Clone, Copy)]
enum Then {
    Ends,
    Breaks,
    Hangs,
    Over,
}

/// A form with a file of so many bytes, made while it is sent.
struct Long {
    head: Option<Bytes>,
    left: u64,
    then: Then,
    sent: Arc<AtomicU64>,
}

impl Long {
    fn new(shown: &Page, bytes: u64, then: Then) -> (Self, Arc<AtomicU64>) {
        let (name, value) = hidden_inputs(&shown.text).remove(0);
        let part =
            |heading: &str| format!("--XxX\r\nContent-Disposition: form-data; {heading}\r\n\r\n");
        let token = part(&format!("name=\"{name}\"")) + &value + "\r\n";
        let head = token + &part("name=\"page-scan\"; filename=\"a.bin\"");
        let sent = Arc::<AtomicU64>::default();
        let long = Self {
            head: Some(head.into()),
            left: bytes,
            then,
            sent: sent.clone(),
        };
        (long, sent)
    }
}

impl http_body::Body for Long {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        const CHUNK: u64 = 64 << 10;
        if let Some(head) = self.head.take() {
            return Poll::Ready(Some(Ok(Frame::data(head))));
        }
        if self.left > 0 {
            let bytes = self.left.min(CHUNK);
            self.left -= bytes;
            self.sent.fetch_add(bytes, Ordering::SeqCst);
            static ZEROS: [u8; CHUNK as usize] = [0; CHUNK as usize];
            let chunk = Bytes::from_static(&ZEROS[..usize::try_from(bytes).unwrap()]);
            return Poll::Ready(Some(Ok(Frame::data(chunk))));
        }
        match self.then {
            Then::Hangs => Poll::Pending,
            Then::Breaks => Poll::Ready(Some(Err(std::io::Error::other("the client is gone")))),
            Then::Over => Poll::Ready(None),
            Then::Ends => {
                self.then = Then::Over;
                Poll::Ready(Some(Ok(Frame::data("\r\n--XxX--\r\n".into()))))
            }
        }
    }
}

async fn scans(place: &Place, limits: Limits) -> (Wizards, Visit) {
    let files = place.files.clone();
    let wizards = Wizards::with::<Scans>(|mount| mount.files(files).limits(limits));
    let visit = wizards.begin().await;
    (wizards, visit)
}

async fn send(visit: &Visit, long: Long) -> Page {
    let url = format!("{}/page", visit.run);
    let body = Body::new(long);
    visit
        .browser
        .send(Method::POST, &url, body, MULTIPART)
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_gibibyte_against_ten_mebibytes_nothing_stays_and_little_is_read() {
    for place in [folder().await, s3().await] {
        let (_wizards, visit) = scans(&place, Limits::default()).await;
        let shown = visit.get("page").await;
        let (long, sent) = Long::new(&shown, 1 << 30, Then::Ends);
        let page = send(&visit, long).await;
        assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE, "{place}");
        let read = sent.load(Ordering::SeqCst);
        assert!(read <= 101 << 20, "{place}: {read} bytes were read");
        waits(&place, 0).await;
        // What is just over the field's limit is told at the field.
        let (long, _) = Long::new(&shown, (10 << 20) + 1, Then::Ends);
        let page = send(&visit, long).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{place}");
        assert!(page.text.contains("must be smaller than 10 MiB"), "{place}");
        waits(&place, 0).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_client_who_is_gone_half_way_nothing_stays() {
    for place in [folder().await, s3().await] {
        let (_wizards, visit) = scans(&place, Limits::default()).await;
        let shown = visit.get("page").await;
        let (long, _) = Long::new(&shown, 6 << 20, Then::Breaks);
        let page = send(&visit, long).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{place}");
        waits(&place, 0).await;
        // Who hangs up without a word takes the request along.
        let (long, sent) = Long::new(&shown, 6 << 20, Then::Hangs);
        let there = visit.clone();
        let sending = tokio::spawn(async move { send(&there, long).await });
        while sent.load(Ordering::SeqCst) < 6 << 20 || place.all().await.incomplete == 0 {
            tokio::task::yield_now().await;
        }
        sending.abort();
        waits(&place, 0).await;
        assert_eq!(visit.get("page").await.status, StatusCode::OK, "{place}");
    }
}
