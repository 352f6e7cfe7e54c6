//! The body of a request that needs a token: read only where it must be, and passed on whole.
use axum::body::{Body, Bytes};
use axum::http::Method;
use cloakroom::csrf::Reason;

use super::{FORM, in_development, pages, reason, sends_field, with_form};
use crate::site::Site;

#[tokio::test]
async fn the_body_arrives_at_the_handler_as_it_was_sent() {
    let site = Site::of(pages());
    let (browser, token) = with_form(&site).await;
    for rest in [
        "",
        "&a=%20+%26&b=ü&b=2&&=x&c",
        "&name=\u{0}",
        "&csrfmiddlewaretoken=second",
    ] {
        let form = format!("csrfmiddlewaretoken={token}{rest}");
        let page = browser.post_raw("/send", form.clone()).await;
        assert_eq!(page.text, format!("{FORM} {} {form}", form.len()));
    }
    let page = browser
        .post("/typed", &[("name", "Ada & co"), ("note", "ü=1")])
        .await;
    let bare = browser.cookie("csrftoken").unwrap();
    let fields = [
        ("csrfmiddlewaretoken", &*bare),
        ("name", "Ada & co"),
        ("note", "ü=1"),
    ];
    assert_eq!(page.text, format!("{fields:?}"));
}

#[tokio::test]
async fn the_token_is_found_wherever_it_stands_in_the_form() {
    let site = Site::of(pages());
    let (browser, token) = with_form(&site).await;
    let padding = "x".repeat(100_000);
    let form = format!("a={padding}&csrfmiddleware%74oken={token}&b={padding}");
    assert_eq!(browser.post_raw("/send", form).await.status, 200);
}

#[tokio::test]
async fn a_form_of_two_mebibytes_arrives_whole_and_one_byte_more_is_too_large() {
    let site = Site::of(pages().layer(axum::extract::DefaultBodyLimit::disable()));
    let (browser, token) = with_form(&site).await;
    let begin = format!("csrfmiddlewaretoken={token}&a=");
    for (bytes, status) in [(2 << 20, 200), ((2 << 20) + 1, 413), (3 << 20, 413)] {
        let form = format!("{begin}{}", "x".repeat(bytes - begin.len()));
        let announces = browser
            .clone()
            .with_header("content-length", &bytes.to_string());
        for (browser, announced) in [(&announces, true), (&browser, false)] {
            let body = Body::new(InPieces(form.clone().into_bytes()));
            let page = browser.post_raw("/send", body).await;
            assert_eq!(page.status, status, "{bytes} announced: {announced}");
            if status == 200 {
                assert!(page.text.ends_with(&form));
            }
        }
    }
}

/// A body in pieces whose length nobody announced.
struct InPieces(Vec<u8>);

impl http_body::Body for InPieces {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        let end = self.0.len().min(10_000);
        let piece: Vec<u8> = self.0.drain(..end).collect();
        let frame = (!piece.is_empty()).then(|| Ok(http_body::Frame::data(piece.into())));
        std::task::Poll::Ready(frame)
    }
}

/// A body that breaks off.
struct BreaksOff(Option<Bytes>);

impl http_body::Body for BreaksOff {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        let frame = match self.0.take() {
            Some(bytes) => Ok(http_body::Frame::data(bytes)),
            None => Err(std::io::Error::other("the line went dead")),
        };
        std::task::Poll::Ready(Some(frame))
    }
}

#[tokio::test]
async fn a_form_that_announces_too_much_is_refused_before_it_is_read() {
    let site = Site::of(pages());
    let (browser, token) = with_form(&site).await;
    for (announced, status) in [("2097153", 413), ("99999999999999999999", 200), ("x", 200)] {
        let announces = browser.clone().with_header("content-length", announced);
        let page = sends_field(&announces, &token).await;
        assert_eq!(page.status, status, "{announced}");
    }
}

#[tokio::test]
async fn a_form_that_is_cut_off_is_refused_even_with_its_token() {
    let site = Site::of(pages());
    let (browser, token) = with_form(&site).await;
    let begin = format!("csrfmiddlewaretoken={token}&a=x");
    let page = browser
        .post_raw("/send", Body::new(BreaksOff(Some(begin.into()))))
        .await;
    assert_eq!(page.status, 403);
}

#[tokio::test]
async fn how_large_a_form_may_be_is_a_setting() {
    let site = Site::with(pages(), |settings| settings.csrf(|c| c.max_form_bytes(200)));
    let (browser, token) = with_form(&site).await;
    let form = |bytes: usize| {
        let begin = format!("csrfmiddlewaretoken={token}&a=");
        format!("{begin}{}", "x".repeat(bytes - begin.len()))
    };
    assert_eq!(browser.post_raw("/send", form(200)).await.status, 200);
    assert_eq!(browser.post_raw("/send", form(201)).await.status, 413);
}

#[tokio::test]
async fn a_form_that_is_too_large_is_told_with_a_way_back_to_the_page_that_showed_it() {
    let site = Site::with(pages(), |settings| {
        in_development(settings).csrf(|c| c.max_form_bytes(200))
    });
    let (browser, token) = with_form(&site).await;
    let browser = browser.with_header("host", "shop.example");
    for (shown_by, back) in [
        (None, "/send"),
        (Some("https://shop.example/form?a=1&b=2"), "/form?a=1&b=2"),
        (Some("https://evil.example/form"), "/send"),
    ] {
        let browser = match shown_by {
            Some(page) => browser.clone().with_header("referer", page),
            None => browser.clone(),
        };
        // Over plain HTTP `Referer` decides nothing.
        let form = format!("csrfmiddlewaretoken={token}&a={}", "x".repeat(200));
        let page = browser.post_raw("/send", form.clone()).await;
        assert_eq!(page.status, 413, "{shown_by:?}");
        let link = format!(
            "<a href=\"{}\">Back to the form</a>",
            back.replace('&', "&amp;")
        );
        assert!(page.text.contains(&link), "{link}: {}", page.text);
        let script = browser.with_header("accept", "application/json");
        let answer = script.post_raw("/send", form).await;
        assert!(answer.text.starts_with("{\"error\":"), "{}", answer.text);
    }
}

#[tokio::test]
async fn with_the_token_in_the_header_a_body_of_any_kind_and_size_passes_unread() {
    let site = Site::with(
        pages().layer(axum::extract::DefaultBodyLimit::disable()),
        |settings| settings.csrf(|c| c.max_form_bytes(10)),
    );
    let (browser, token) = with_form(&site).await;
    let browser = browser.with_header("x-csrftoken", &token);
    for kind in [
        Some("application/json"),
        Some("text/plain"),
        Some("multipart/form-data; boundary=x"),
        Some(FORM),
        None,
    ] {
        let body = Body::from("x".repeat(100_000));
        let page = browser.send(Method::POST, "/send", body, kind).await;
        assert_eq!(page.status, 200, "{kind:?}");
        let expected = format!("{} 100000 ", kind.unwrap_or_default());
        assert!(page.text.starts_with(&expected), "{kind:?}");
    }
}

#[tokio::test]
async fn only_a_form_is_searched_for_the_token() {
    let site = Site::with(pages(), in_development);
    let (browser, token) = with_form(&site).await;
    let form = format!("csrfmiddlewaretoken={token}");
    for kind in [
        Some("application/json"),
        Some("text/plain"),
        Some("multipart/form-data; boundary=x"),
        Some("application/x-www-form-urlencodedx"),
        None,
    ] {
        let page = browser
            .send(Method::POST, "/send", Body::from(form.clone()), kind)
            .await;
        assert_eq!(page.status, 403, "{kind:?}");
        assert_eq!(reason(&page), Reason::NoToken.as_str(), "{kind:?}");
    }
    for kind in [
        "application/x-www-form-urlencoded; charset=utf-8",
        "APPLICATION/X-WWW-Form-Urlencoded",
    ] {
        let page = browser
            .send(Method::POST, "/send", Body::from(form.clone()), Some(kind))
            .await;
        assert_eq!(page.status, 200, "{kind}");
    }
    let in_address = format!("/send?csrfmiddlewaretoken={token}");
    assert_eq!(browser.post_raw(&in_address, "").await.status, 403);
}
