//! Handing in documents: files, links to come back by, and who may see what.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use cloakroom::store::MemoryStore;
use cloakroom::testing::Browser;

use super::wizards::{Visit, hidden};
use super::{browser, browser_on, sign_in};

impl Visit {
    /// Sends a file from the step that asks for it.
    async fn upload(&mut self, name: &str, content: &[u8]) -> StatusCode {
        let mut body = Vec::new();
        let mut fields = hidden(&self.page.text);
        fields.push(("continue".into(), "1".into()));
        for (name, value) in fields {
            let part = format!(
                "--XxX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
            body.extend_from_slice(part.as_bytes());
        }
        let part = format!(
            "--XxX\r\nContent-Disposition: form-data; name=\"upload-document\"; filename=\"{name}\"\r\n\
             Content-Type: application/pdf\r\n\r\n"
        );
        body.extend_from_slice(part.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n--XxX--\r\n");
        let url = format!("{}/upload", self.run);
        let kind = Some("multipart/form-data; boundary=XxX");
        let answer = self
            .browser
            .send(Method::POST, &url, Body::from(body), kind)
            .await;
        self.follow(answer).await
    }
}

const PDF: &[u8] = b"%PDF-1.7 and so on";

async fn at_upload(browser: &Browser) -> Visit {
    let mut visit = Visit::begin(browser, "/documents/new").await;
    visit.go_on("info", &[("title", "Receipt <1>")]).await;
    visit
}

#[tokio::test]
async fn a_document_is_handed_in_listed_and_given_back_to_its_owner_alone() {
    let browser = browser().await;
    let mut visit = at_upload(&browser).await;
    assert_eq!(
        visit.upload("receipt.pdf", PDF).await,
        StatusCode::SEE_OTHER
    );
    assert!(
        visit.page.text.contains("<dd>receipt.pdf (18 bytes)</dd>"),
        "{}",
        visit.page.text
    );
    visit.go_on("review", &[]).await;
    assert!(
        visit
            .page
            .text
            .contains("We keep “Receipt &lt;1&gt;” for you."),
        "{}",
        visit.page.text
    );

    let list = browser.get("/documents").await.text;
    let link = list
        .split("href=\"")
        .find(|rest| rest.contains("/file\""))
        .unwrap();
    let link = link.split('"').next().unwrap().to_owned();
    let file = browser.get(&link).await;
    assert_eq!(file.text.as_bytes(), PDF);
    assert_eq!(file.headers["content-type"], "application/pdf");
    assert_eq!(
        file.headers["content-disposition"],
        "attachment; filename*=UTF-8''receipt.pdf"
    );

    let stranger = browser.another();
    assert_eq!(stranger.get(&link).await.status, StatusCode::NOT_FOUND);
    assert!(!stranger.get("/documents").await.text.contains("Receipt"));
}

#[tokio::test]
async fn whoever_was_signed_in_finds_the_document_on_every_device() {
    let browser = browser_on(MemoryStore::new()).await;
    browser.get("/").await;
    sign_in(&browser, &[]).await;
    browser.get("/").await;
    let mut visit = at_upload(&browser).await;
    visit.upload("receipt.pdf", PDF).await;
    visit.go_on("review", &[]).await;
    let other = browser.another();
    other.get("/").await;
    sign_in(&other, &[]).await;
    assert!(
        other
            .get("/documents")
            .await
            .text
            .contains("Receipt &lt;1&gt;")
    );
}

#[tokio::test]
async fn the_content_of_a_file_decides_and_a_wrong_one_gets_the_form_back() {
    let browser = browser().await;
    let mut visit = at_upload(&browser).await;
    let program = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0";
    assert_eq!(
        visit.upload("receipt.pdf", program).await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert!(
        visit.page.text.contains("The file must be a PDF"),
        "{}",
        visit.page.text
    );
    assert_eq!(
        visit.upload("none.pdf", b"").await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let huge = vec![b' '; (10 << 20) + 1];
    assert_eq!(
        visit.upload("huge.txt", &huge).await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert!(visit.page.text.contains("smaller than 10 MiB"));
    assert_eq!(
        visit.upload("notes.txt", b"all is well").await,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn a_link_leads_back_to_a_draft_on_another_device_and_to_nothing_once_it_is_replaced() {
    let browser = browser().await;
    let mut visit = at_upload(&browser).await;
    let mut links = Vec::new();
    for _ in 0..2 {
        let back = browser.get(&format!("{}/info", visit.run)).await;
        visit.page = back;
        visit
            .press(("save", "1"), "info", &[("title", "Receipt")])
            .await;
        assert_eq!(visit.heading(), "Your answers are saved");
        let link = visit
            .page
            .text
            .split("id=\"resume\" href=\"")
            .nth(1)
            .unwrap();
        links.push(link.split('"').next().unwrap().to_owned());
    }
    let device = browser.another();
    let old = device.get(&links[0]).await;
    assert_eq!(old.status, StatusCode::NOT_FOUND);
    assert!(
        old.text.contains("We can’t find these answers") && old.text.contains("Peg &amp; Ticket")
    );
    let asked = device.get(&links[1]).await;
    assert!(asked.text.contains("Go on with these answers?"));
    let nothing = device.get(&format!("{}/info", visit.run)).await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND, "looking is no more");
    let hidden = hidden(&asked.text);
    let hidden: Vec<_> = hidden
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    let taken = device.post(&links[1], &hidden).await;
    assert_eq!(taken.location(), Some(&*visit.run));
    let info = device.get(&format!("{}/info", visit.run)).await;
    assert!(info.text.contains("value=\"Receipt\""));
}
