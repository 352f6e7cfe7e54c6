//! Forms as handlers' arguments.
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use cloakroom::form::{Bound, Context, Count, Form, Formset, Limits, Problem, Received, Upload};
use cloakroom::{CsrfToken, Valid};
use http::StatusCode;

use crate::site::Site;

#[derive(Form, Debug)]
struct Note {
    #[field(max_length = 10)]
    title: String,
    #[field(widget = textarea)]
    body: Option<String>,
}

async fn write(csrf: CsrfToken, form: Bound<Note>) -> Response {
    let page = |form: &Bound<Note>| Html(format!("{}{}{form}", csrf.input(), form.summary()));
    match form.into_valid() {
        Ok(note) if note.title == "taken" => {
            let mut form = Note::fill(cloakroom::form::Fields::answers(&note), Context::new());
            form.refuse("title", Problem::saying("unique", "That is taken"));
            (StatusCode::UNPROCESSABLE_ENTITY, page(&form)).into_response()
        }
        Ok(note) => format!("pinned {}", note.title).into_response(),
        Err(form) if form.errors().is_empty() => page(&form).into_response(),
        Err(form) => (StatusCode::UNPROCESSABLE_ENTITY, page(&form)).into_response(),
    }
}

#[derive(Form)]
struct Document {
    file: Option<Upload>,
}

/// Says how many forms there are, how many problems, and whether the set is right.
async fn pin_many(csrf: CsrfToken, received: Received) -> String {
    let context = Context::new().prefix("notes");
    let set = Formset::<Note>::receive(&received, Count::between(2, 3), context);
    let (rows, problems, is_valid) = (set.len(), set.errors().len(), set.is_valid());
    format!("{rows} {problems} {is_valid} {}", csrf.input())
}

fn site() -> Site {
    let routes = Router::new()
        .route("/notes", get(pin_many).post(pin_many))
        .route("/note", get(write).post(write))
        .route(
            "/valid",
            post(|Valid(note): Valid<Note>| async move { note.title }),
        )
        .route(
            "/token",
            get(|csrf: CsrfToken| async move { csrf.to_string() }),
        )
        .route("/file", post(|_: Valid<Document>| async {}))
        .route(
            "/prefixed",
            post(|Valid(note): Valid<Note>| async move { note.title })
                .layer(Extension(Context::new().prefix("n"))),
        )
        .route(
            "/few",
            post(|_: Received| async {}).layer(Extension(Limits::default().fields(3))),
        )
        .route(
            "/raw",
            post(
                |received: Received| async move { received.text("x").unwrap_or("none").to_owned() },
            ),
        );
    Site::of(routes)
}

#[tokio::test]
async fn one_handler_shows_a_form_shows_it_again_with_422_and_takes_it() {
    let browser = site().browser;
    let page = browser.get("/note").await;
    assert_eq!(page.status, 200);
    assert!(
        page.text.contains(r#"name="title""#) && !page.text.contains("Error"),
        "{}",
        page.text
    );
    let page = browser
        .post("/note", &[("title", "much too long"), ("body", "<i>")])
        .await;
    assert_eq!(page.status, 422);
    assert!(
        page.text.contains(r#"value="much too long""#),
        "{}",
        page.text
    );
    assert!(page.text.contains("&lt;i&gt;</textarea>"), "{}", page.text);
    let page = browser.post("/note", &[("title", "taken")]).await;
    assert_eq!(page.status, 422);
    assert!(page.text.contains("That is taken"), "{}", page.text);
    let page = browser.post("/note", &[("title", "short")]).await;
    assert_eq!(
        (page.status.as_u16(), page.text.as_str()),
        (200, "pinned short")
    );
}

#[tokio::test]
async fn a_form_that_is_sent_by_get_comes_in_the_url() {
    let browser = site().browser;
    assert_eq!(browser.get("/note?title=a+b").await.text, "pinned a b");
    assert_eq!(browser.get("/note?title=").await.status, 422);
    assert_eq!(browser.get("/note?page=2").await.status, 200);
}

#[tokio::test]
async fn a_valid_form_reaches_the_handler_and_another_is_shown_again_ready_to_be_sent() {
    let browser = site().browser;
    browser.get("/token").await;
    assert_eq!(
        browser.post("/valid", &[("title", "short")]).await.text,
        "short"
    );
    let page = browser
        .post("/valid", &[("body", "what I \"wrote\"")])
        .await;
    assert_eq!(page.status, 422);
    for part in [
        "<title>Error: Please check your answers</title>",
        r##"<a href="#title">Title is required</a>"##,
        "what I &quot;wrote&quot;</textarea>",
        r#"name="csrfmiddlewaretoken""#,
        "novalidate",
    ] {
        assert!(page.text.contains(part), "{part} is not in {}", page.text);
    }
}

#[tokio::test]
async fn settings_come_from_the_requests_extensions() {
    let browser = site().browser;
    browser.get("/token").await;
    assert_eq!(
        browser
            .post("/prefixed", &[("n-title", "short")])
            .await
            .text,
        "short"
    );
    assert_eq!(
        browser
            .post("/prefixed", &[("title", "short")])
            .await
            .status,
        422
    );
    assert_eq!(
        browser.post("/few", &[("a", ""), ("b", "")]).await.status,
        200
    );
    let page = browser
        .post("/few", &[("a", ""), ("b", ""), ("c", "")])
        .await;
    assert_eq!(page.status, 413);
    assert!(page.text.contains("more than 3 fields"), "{}", page.text);
    assert_eq!(browser.post("/raw", &[("x", "1")]).await.text, "1");
}

#[tokio::test]
async fn what_is_no_form_is_answered_with_a_page_that_says_so() {
    let site = site();
    let token = site.browser.get("/token").await.text;
    let browser = site.browser.clone().with_header("x-csrftoken", &token);
    let json = browser
        .send(
            http::Method::POST,
            "/valid",
            "{}".into(),
            Some("application/json"),
        )
        .await;
    assert_eq!(json.status, 415);
    let upload = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nhi\r\n--x--\r\n";
    let kind = Some("multipart/form-data; boundary=x");
    let file = browser
        .send(http::Method::POST, "/file", upload.into(), kind)
        .await;
    assert_eq!(file.status, 500, "there is no storage for files");
    assert!(!file.text.contains("storage"), "that is for the trace");
    let cut = browser
        .send(
            http::Method::POST,
            "/file",
            upload[..60].to_owned().into(),
            kind,
        )
        .await;
    assert_eq!(cut.status, 400);
}

#[tokio::test]
async fn a_get_finds_as_many_blank_forms_as_there_are_to_be_and_nothing_wrong() {
    let site = site();
    let said = |page: &cloakroom::testing::Page| {
        let words: Vec<&str> = page.text.split(' ').take(3).collect();
        words.join(" ")
    };
    let blank = site.browser.get("/notes").await;
    assert_eq!(said(&blank), "2 0 false");
    let nothing = site.browser.post("/notes", &[]).await;
    assert_eq!(said(&nothing), "0 1 false");
    let two = [("notes-0-title", "a"), ("notes-1-title", "b")];
    let both = site.browser.post("/notes", &two).await;
    assert_eq!(said(&both), "2 0 true");
}
