//! Uploads: the token's field is looked for at the beginning, and the rest streams.
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::Method;
use axum::routing::post;
use cloakroom::csrf::Reason;
use cloakroom::testing::{Browser, Page};
use http_body::Frame;
use http_body_util::BodyExt;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{in_development, pages, reason, with_form};
use crate::site::{Gate, Site};

const KIND: &str = "multipart/form-data; boundary=\"the edge\"";

fn field(name: &str, content: &str) -> String {
    format!("--the edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n")
}

fn file(bytes: usize) -> String {
    let head = "--the edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\nContent-Type: application/octet-stream\r\n\r\n";
    format!("{head}{}\r\n", "x".repeat(bytes))
}

const END: &str = "--the edge--\r\n";

async fn uploads(browser: &Browser, form: impl Into<Body>) -> Page {
    browser
        .send(Method::POST, "/send", form.into(), Some(KIND))
        .await
}

fn site() -> Site {
    Site::with(
        pages().layer(axum::extract::DefaultBodyLimit::disable()),
        in_development,
    )
}

/// A body whose pieces a test sends when it likes.
struct Live(UnboundedReceiver<Result<&'static str, std::io::Error>>);

impl http_body::Body for Live {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let piece = self.0.poll_recv(cx);
        piece.map(|piece| piece.map(|piece| Ok(Frame::data(Bytes::from_static(piece?.as_bytes())))))
    }
}

fn live() -> (UnboundedSender<Result<&'static str, std::io::Error>>, Body) {
    let (sender, receiver) = unbounded_channel();
    (sender, Body::new(Live(receiver)))
}

#[tokio::test]
async fn an_upload_with_its_token_arrives_as_it_was_sent() {
    let site = site();
    let (browser, token) = with_form(&site).await;
    for before in [String::new(), field("name", "Ada"), file(60_000)] {
        let proof = field("csrfmiddlewaretoken", &token);
        let form = format!("{before}{proof}{}{END}", file(500_000));
        let page = uploads(&browser, form.clone()).await;
        assert_eq!(page.status, 200);
        assert!(page.text.ends_with(&form), "{} bytes", before.len());
    }
}

#[tokio::test]
async fn the_handler_begins_before_the_upload_has_ended() {
    let gate = Gate::default();
    let at_work = gate.clone();
    let handler = |request: Request| async move {
        let mut body = request.into_body();
        let mut read = 0;
        at_work.pass().await;
        while let Some(Ok(frame)) = body.frame().await {
            read += frame.data_ref().map_or(0, Bytes::len);
        }
        read.to_string()
    };
    let site = Site::of(pages().route("/slow", post(handler)));
    let (browser, token) = with_form(&site).await;
    let (send, body) = live();
    let proof = field("csrfmiddlewaretoken", &token);
    let (first, second) = proof.split_at(100);
    let begin = file(1_000);
    let length = proof.len() + begin.len() + END.len();
    let leak = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
    let tab = browser.clone();
    let visit =
        tokio::spawn(async move { tab.send(Method::POST, "/slow", body, Some(KIND)).await });
    send.send(Ok(leak(first))).unwrap();
    send.send(Ok(leak(second))).unwrap();
    // The field is over where the next part begins, which is all that was sent of that.
    send.send(Ok(leak(&begin[..20]))).unwrap();
    gate.reached(1).await;
    send.send(Ok(leak(&begin[20..]))).unwrap();
    gate.open();
    send.send(Ok(END)).unwrap();
    drop(send);
    assert_eq!(visit.await.unwrap().text, length.to_string());
}

#[tokio::test]
async fn what_is_wrong_with_an_upload_is_said() {
    let site = site();
    let (browser, token) = with_form(&site).await;
    let (_, theirs) = with_form(&site).await;
    let proof = |token: &str| field("csrfmiddlewaretoken", token);
    let good = proof(&token);
    for (form, expected) in [
        (format!("{}{good}{END}", file(70_000)), Reason::TokenTooLate),
        (format!("{}{END}", file(1_000)), Reason::NoToken),
        (format!("{}{END}", proof("")), Reason::NoToken),
        (format!("{}{END}", proof("rubbish")), Reason::BadToken),
        (
            format!("{}{END}", proof(&"A".repeat(60_000))),
            Reason::BadToken,
        ),
        (
            format!("{}{END}", proof(&"A".repeat(70_000))),
            Reason::TokenTooLate,
        ),
        (format!("{}{END}", proof(&theirs)), Reason::WrongToken),
        (format!("{}{good}{END}", proof(&theirs)), Reason::WrongToken),
        // Without an end nobody knows whether all of the token has come.
        (good.trim_end().to_owned(), Reason::NoToken),
        (file(1_000), Reason::NoToken),
        (String::new(), Reason::NoToken),
        (format!("{END}{good}"), Reason::NoToken),
        (format!("csrfmiddlewaretoken={token}"), Reason::NoToken),
    ] {
        let page = uploads(&browser, form).await;
        assert_eq!(page.status, 403, "{expected:?}");
        assert_eq!(reason(&page), expected.as_str());
    }
    let endless = format!("{good}{}", file(1_000));
    assert_eq!(
        uploads(&browser, endless).await.status,
        200,
        "the token has come whole"
    );
}

#[tokio::test]
async fn a_form_with_its_token_behind_a_file_is_told_to_put_it_first_on_a_live_site_too() {
    let site = Site::of(pages());
    let (browser, token) = with_form(&site).await;
    let form = format!(
        "{}{}{END}",
        file(70_000),
        field("csrfmiddlewaretoken", &token)
    );
    let page = uploads(&browser, form).await;
    assert_eq!(page.status, 403);
    assert!(page.text.contains("must be put first"), "{}", page.text);
}

#[tokio::test]
async fn an_upload_that_breaks_off_before_its_token_is_refused_and_after_it_is_the_handlers() {
    let site = site();
    let (browser, token) = with_form(&site).await;
    let proof: &'static str = Box::leak(field("csrfmiddlewaretoken", &token).into_boxed_str());
    for (begin, status) in [(&proof[..60], 403), (proof, 400)] {
        let (send, body) = live();
        send.send(Ok(begin)).unwrap();
        send.send(Ok("--the edge\r\n")).unwrap();
        send.send(Err(std::io::Error::other("the line went dead")))
            .unwrap();
        let page = uploads(&browser, body).await;
        assert_eq!(page.status, status);
        if status == 403 {
            assert_eq!(reason(&page), Reason::CutOff.as_str());
        }
    }
}

#[tokio::test]
async fn no_more_than_the_first_part_of_an_endless_upload_is_read() {
    let site = site();
    let (browser, _) = with_form(&site).await;
    let (send, body) = live();
    let piece: &'static str = Box::leak("x".repeat(10_000).into_boxed_str());
    for _ in 0..8 {
        send.send(Ok(piece)).unwrap();
    }
    let page = uploads(&browser, body).await;
    assert_eq!(reason(&page), Reason::TokenTooLate.as_str());
    assert!(send.is_closed(), "the body was let go");
}

#[tokio::test]
async fn a_browser_that_says_where_it_comes_from_needs_no_token_in_its_upload() {
    let site = site();
    let browser = site
        .browser
        .clone()
        .with_header("sec-fetch-site", "same-origin");
    let form = format!("{}{END}", file(200_000));
    let page = uploads(&browser, form.clone()).await;
    assert!(page.text.ends_with(&form));
}
