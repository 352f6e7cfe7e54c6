//! The wizards, from their first page to what becomes of the answers.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use cloakroom::store::MemoryStore;
use cloakroom::testing::{Browser, Page};

use super::{browser, browser_on, sign_in};

/// A browser in the middle of a run.
struct Visit {
    browser: Browser,
    run: String,
    page: Page,
}

impl Visit {
    async fn begin(browser: &Browser, wizard: &str) -> Self {
        let start = browser.get(wizard).await;
        assert_eq!(start.status, StatusCode::SEE_OTHER, "{}", start.text);
        let first = start.location().unwrap().to_owned();
        let (run, _) = first.rsplit_once('/').unwrap();
        Self {
            browser: browser.clone(),
            run: run.to_owned(),
            page: browser.get(&first).await,
        }
    }

    /// Fills in a step and presses a button; goes where that leads.
    async fn press(
        &mut self,
        button: (&str, &str),
        step: &str,
        fields: &[(&str, &str)],
    ) -> StatusCode {
        let mut all = hidden(&self.page.text);
        all.push((button.0.to_owned(), button.1.to_owned()));
        let typed = fields
            .iter()
            .map(|(name, value)| (format!("{step}-{name}"), (*value).to_owned()));
        all.extend(typed);
        let all: Vec<_> = all
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let answer = self
            .browser
            .post(&format!("{}/{step}", self.run), &all)
            .await;
        self.follow(answer).await
    }

    async fn go_on(&mut self, step: &str, fields: &[(&str, &str)]) -> StatusCode {
        self.press(("continue", "1"), step, fields).await
    }

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

    async fn follow(&mut self, answer: Page) -> StatusCode {
        let status = answer.status;
        self.page = match answer.location() {
            Some(to) => self.browser.get(to).await,
            None => answer,
        };
        status
    }

    fn heading(&self) -> &str {
        let (_, after) = self
            .page
            .text
            .split_once("<h1>")
            .expect("a page has a heading");
        after.split_once("</h1>").expect("it ends").0
    }
}

/// Returns the hidden inputs of the wizard's form.
fn hidden(html: &str) -> Vec<(String, String)> {
    let form = html.split("id=\"wizard\"").nth(1).unwrap_or_default();
    let inputs = form.split("<input type=\"hidden\" ").skip(1);
    let attribute = |input: &str, name: &str| {
        let after = input
            .split(&format!("{name}=\""))
            .nth(1)
            .unwrap_or_default();
        after.split('"').next().unwrap_or_default().to_owned()
    };
    inputs
        .map(|input| (attribute(input, "name"), attribute(input, "value")))
        .collect()
}

const INFO: [(&str, &str); 3] = [
    ("first_name", "Ada"),
    ("last_name", "Lovelace"),
    ("email", "ada@example.com"),
];
const ADDRESS: [(&str, &str); 4] = [
    ("street", "1 High Street"),
    ("city", "London"),
    ("postcode", "N1"),
    ("country", "UK"),
];

async fn about(visit: &mut Visit, kind: &str) -> StatusCode {
    let mut fields = INFO.to_vec();
    fields.push(("kind", kind));
    visit.go_on("info", &fields).await
}

#[tokio::test]
async fn a_business_registers_in_four_steps_and_a_person_in_three() {
    for (kind, steps) in [
        (
            "person",
            &["About you", "Your address", "Check your answers"][..],
        ),
        (
            "business",
            &[
                "About you",
                "Your address",
                "Your business",
                "Check your answers",
            ],
        ),
    ] {
        let browser = browser().await;
        let mut visit = Visit::begin(&browser, "/register").await;
        let mut seen = vec![visit.heading().to_owned()];
        assert_eq!(about(&mut visit, kind).await, StatusCode::SEE_OTHER);
        seen.push(visit.heading().to_owned());
        visit.go_on("address", &ADDRESS).await;
        seen.push(visit.heading().to_owned());
        if kind == "business" {
            visit
                .go_on("company", &[("name", "Engines Ltd"), ("vat", "GB123")])
                .await;
            seen.push(visit.heading().to_owned());
            assert!(visit.page.text.contains("<dd>Engines Ltd</dd>"));
        }
        assert_eq!(seen, steps);
        assert!(visit.page.text.contains("<dt>First name</dt><dd>Ada</dd>"));
        visit.go_on("confirm", &[("accept", "true")]).await;
        assert_eq!(visit.heading(), "Thank you");
        let told = "Welcome, Ada. You are our customer number 1.";
        assert!(visit.page.text.contains(told), "{}", visit.page.text);
        let again = browser.get(&format!("{}/finished", visit.run)).await;
        assert!(again.text.contains(told));
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_by_field_in_the_visitors_language() {
    let browser = browser().await;
    for (language, said) in [
        ("en", "Enter an email address like name@example.com"),
        (
            "de",
            "Geben Sie eine E-Mail-Adresse wie name@example.com ein",
        ),
    ] {
        browser
            .post("/preferences", &[("language", language)])
            .await;
        browser.get("/").await;
        let mut visit = Visit::begin(&browser, "/register?new").await;
        let status = visit
            .go_on("info", &[("first_name", "Ada"), ("email", "nobody")])
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = &visit.page.text;
        assert!(
            page.contains(&format!("<a href=\"#info-email\">{said}</a>")),
            "{page}"
        );
        assert!(page.contains("value=\"Ada\"") && page.contains("value=\"nobody\""));
        assert!(page.contains(&format!("<html lang=\"{language}\"")));
    }
}

#[tokio::test]
async fn every_word_of_every_step_is_there_in_each_language() {
    for (language, foreign) in [("hi", "पहला नाम"), ("ko", "이름"), ("de", "Vorname")]
    {
        let browser = browser().await;
        browser
            .post("/preferences", &[("language", language)])
            .await;
        browser.get("/").await;
        let mut visit = Visit::begin(&browser, "/register").await;
        assert!(visit.page.text.contains(foreign));
        about(&mut visit, "business").await;
        visit.go_on("address", &ADDRESS).await;
        visit
            .go_on("company", &[("name", "Engines"), ("vat", "GB1")])
            .await;
        let shown = visit.page.text.split("<main").nth(1).unwrap();
        for english in [
            "First name",
            "Country",
            "Change",
            "Continue",
            "Back",
            "Step",
            "Not provided",
        ] {
            assert!(
                !shown.contains(&format!(">{english}")),
                "{language}: {english}"
            );
        }
    }
}

#[tokio::test]
async fn feedback_waits_in_a_cookie_that_is_gone_at_the_end() {
    let browser = browser().await;
    let mut visit = Visit::begin(&browser, "/feedback").await;
    let is_draft = |name: &String| name.starts_with("wizard-feedback");
    visit.go_on("rating", &[("stars", "5")]).await;
    assert_eq!(
        browser
            .cookie_names()
            .iter()
            .filter(|name| is_draft(name))
            .count(),
        1
    );
    assert_eq!(browser.cookie("sessionid"), None);
    assert_eq!(
        visit.go_on("comments", &[("text", "")]).await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    visit.go_on("comments", &[("text", "More hangers")]).await;
    assert!(
        visit
            .page
            .text
            .contains("Your opinion is number 1 in our book.")
    );
    assert_eq!(
        browser
            .cookie_names()
            .iter()
            .filter(|name| is_draft(name))
            .count(),
        0
    );
    for stars in ["0", "6", ""] {
        let mut visit = Visit::begin(&browser, "/feedback?new").await;
        assert_eq!(
            visit.go_on("rating", &[("stars", stars)]).await,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
}

#[tokio::test]
async fn a_stale_tab_sees_both_versions_and_overwrites_nothing() {
    let browser = browser().await;
    let mut visit = Visit::begin(&browser, "/register").await;
    let stale = visit.page.clone();
    about(&mut visit, "person").await;
    visit.page = stale;
    let other = [("first_name", "Grace"), ("last_name", "Hopper")];
    assert_eq!(visit.go_on("info", &other).await, StatusCode::CONFLICT);
    let page = &visit.page.text;
    assert_eq!(visit.heading(), "This page was changed elsewhere");
    assert!(
        page.contains("<dd>Ada</dd>") && page.contains("value=\"Grace\""),
        "{page}"
    );
    assert!(page.contains("Peg &amp; Ticket"), "it is the shop's page");
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
    let page = device.visit(&links[1]).await;
    assert_eq!(page.status, StatusCode::OK);
    let info = device.get(&format!("{}/info", visit.run)).await;
    assert!(info.text.contains("value=\"Receipt\""));
}
