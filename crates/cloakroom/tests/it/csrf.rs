//! Requests that change something need proof that they came from our own page.
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Form, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use axum::routing::{any, get, post};
use cloakroom::csrf::Reason;
use cloakroom::testing::{Browser, Page};
use cloakroom::{Builder, CsrfToken};
use tower_layer::Layer;
use tower_service::Service;
use tracing::Level;

use crate::site::{Site, routes};
use crate::watch::Watch;

const FORM: &str = "application/x-www-form-urlencoded";

/// A form, and a page that says how often it was reached and with what.
fn pages() -> Router {
    let form =
        |csrf: CsrfToken| async move { format!("{}\n{}\n{csrf}", csrf.input(), csrf.meta()) };
    let echo = |headers: HeaderMap, body: Bytes| async move {
        let kind = headers
            .get(CONTENT_TYPE)
            .map(|kind| kind.to_str().unwrap().to_owned());
        format!(
            "{} {} {}",
            kind.unwrap_or_default(),
            body.len(),
            String::from_utf8_lossy(&body)
        )
    };
    routes()
        .route("/form", get(form))
        .route("/quiet", get(|_: CsrfToken| async { "no token here" }))
        .route("/send", any(echo))
        .route(
            "/typed",
            post(|Form(fields): Form<Vec<(String, String)>>| async move { format!("{fields:?}") }),
        )
}

/// A browser that has seen the form, and the masked token in it.
async fn with_form(site: &Site) -> (Browser, String) {
    let browser = site.browser.another();
    let page = browser.get("/form").await;
    let token = page.text.lines().last().unwrap().to_owned();
    (browser, token)
}

async fn sends_field(browser: &Browser, token: &str) -> Page {
    let form = format!("name=Ada&csrfmiddlewaretoken={token}");
    browser.post_raw("/send", form).await
}

async fn sends_header(browser: &Browser, method: Method, token: &str) -> Page {
    let browser = browser.clone().with_header("x-csrftoken", token);
    browser
        .send(method, "/send", Body::from("{}"), Some("application/json"))
        .await
}

fn method(name: &str) -> Method {
    Method::from_bytes(name.as_bytes()).unwrap()
}

#[tokio::test]
async fn every_method_that_may_change_something_needs_a_token() {
    let site = Site::of(pages());
    let (browser, token) = with_form(&site).await;
    for name in [
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "PURGE",
        "get",
        "CONNECTED",
    ] {
        let without = browser
            .send(method(name), "/send", Body::empty(), None)
            .await;
        assert_eq!(without.status, 403, "{name}");
        let with = sends_header(&browser, method(name), &token).await;
        assert_eq!(with.status, 200, "{name}");
    }
    for name in ["GET", "HEAD", "OPTIONS", "TRACE"] {
        let guest = site.browser.another();
        let without = guest.send(method(name), "/send", Body::empty(), None).await;
        assert_eq!(without.status, 200, "{name}");
    }
}

#[tokio::test]
async fn a_token_is_taken_from_the_form_or_the_header_masked_or_bare() {
    let site = Site::of(pages());
    let (browser, masked) = with_form(&site).await;
    let bare = browser.cookie("csrftoken").unwrap();
    for token in [&masked, &bare] {
        let page = sends_field(&browser, token).await;
        assert_eq!(page.status, 200);
        assert_eq!(
            sends_header(&browser, Method::POST, token).await.status,
            200
        );
    }
}

#[tokio::test]
async fn each_printing_looks_different_and_all_of_them_pass() {
    let site = Site::of(pages());
    let browser = site.browser.clone();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..5 {
        let page = browser.get("/form").await;
        let lines: Vec<_> = page.text.lines().collect();
        let input = lines[0]
            .strip_prefix("<input type=\"hidden\" name=\"csrfmiddlewaretoken\" value=\"")
            .and_then(|rest| rest.strip_suffix("\">"));
        let meta = lines[1]
            .strip_prefix("<meta name=\"csrf-token\" content=\"")
            .and_then(|rest| rest.strip_suffix("\">"));
        for token in [input.unwrap(), meta.unwrap(), lines[2]] {
            assert!(seen.insert(token.to_owned()));
            assert_eq!(sends_field(&browser, token).await.status, 200);
        }
    }
}

fn reason(page: &Page) -> &str {
    let (_, rest) = page.text.split_once("(In development: ").unwrap();
    rest.split(".)").next().unwrap()
}

fn in_development(settings: Builder) -> Builder {
    settings.allow_plain_http_on_localhost("127.0.0.1:8000".parse().unwrap())
}

#[tokio::test]
async fn a_refusal_says_why_in_development() {
    let site = Site::with(pages(), in_development);
    let (browser, token) = with_form(&site).await;
    let (stranger, wrong) = with_form(&site).await;
    let cookies = |cookies: &str| site.browser.another().with_header("cookie", cookies);
    let ours = browser.cookie("csrftoken").unwrap();
    let others = stranger.cookie("csrftoken").unwrap();
    let planted = cookies(&format!("csrftoken={ours}; csrftoken={others}"));
    let planted_first = cookies(&format!("csrftoken={others}; csrftoken={ours}"));
    let twice_the_same = cookies(&format!("csrftoken={ours}; csrftoken={ours}"));
    let rows = [
        (&site.browser.another(), &*token, Reason::NoCookie),
        (&cookies("csrftoken="), &token, Reason::BadCookie),
        (&cookies("csrftoken=rubbish"), &token, Reason::BadCookie),
        (
            &cookies(&format!("csrftoken={token}")),
            &token,
            Reason::BadCookie,
        ),
        (
            &cookies(&format!("csrftoken={}", "A".repeat(1 << 20))),
            &token,
            Reason::BadCookie,
        ),
        (&planted, &token, Reason::SeveralCookies),
        (&planted_first, &token, Reason::SeveralCookies),
        (&browser, "", Reason::NoToken),
        (&browser, "rubbish", Reason::BadToken),
        (&browser, &token[1..], Reason::BadToken),
        (&browser, &format!("{token}A"), Reason::BadToken),
        (&browser, &"A".repeat(100_000), Reason::BadToken),
        (&browser, &wrong, Reason::WrongToken),
        (&browser, &others, Reason::WrongToken),
    ];
    for (browser, token, expected) in rows {
        let field = sends_field(browser, token).await;
        let header = sends_header(browser, Method::POST, token).await;
        for page in [field, header] {
            assert_eq!(page.status, 403, "{expected:?}");
            assert_eq!(reason(&page), expected.as_str());
            assert!(page.set_cookies().is_empty());
            assert_eq!(page.headers["vary"], "Cookie");
            assert_eq!(page.headers["cache-control"], "no-store");
        }
    }
    assert_eq!(sends_field(&twice_the_same, &token).await.status, 200);
    let missing = browser.post_raw("/send", "name=Ada").await;
    assert_eq!(reason(&missing), Reason::NoToken.as_str());
}

#[tokio::test]
async fn on_a_live_site_the_visitor_is_not_told_why_but_the_log_is() {
    let watch = Watch::begin();
    let site = Site::of(pages());
    let page = site.browser.post_raw("/send", "name=Ada").await;
    assert_eq!(page.status, 403);
    assert!(
        page.text
            .contains("Please go back, reload the page and send it again.")
    );
    assert!(!page.text.contains("CSRF") && !page.text.contains("development"));
    assert!(watch.traced(Level::WARN, Reason::NoCookie.as_str()));
    assert_eq!(watch.counted("cloakroom_csrf_refused_total"), 1);
}

#[tokio::test]
async fn the_reason_travels_with_the_response_for_whoever_wants_another_page() {
    let site = Site::of(pages());
    let mut app = site.cloakroom.layer().layer(pages());
    let request = Request::post("/send").body(Body::empty()).unwrap();
    let response: Response = app.call(request).await.unwrap();
    assert_eq!(response.status(), 403);
    assert_eq!(
        response.extensions().get::<Reason>(),
        Some(&Reason::NoCookie)
    );
}

#[tokio::test]
async fn a_forged_request_reaches_no_handler_and_no_store() {
    let work = |session: cloakroom::Session| async move { session.set("forged", true) };
    let site = Site::of(pages().route("/work", post(work)));
    site.browser.get("/set/coat/blue").await;
    site.browser.get("/form").await;
    let before = site.faults.all_calls();
    let page = site.browser.post_raw("/work", "").await;
    assert_eq!(page.status, 403);
    assert_eq!(site.faults.all_calls(), before);
    assert_eq!(site.browser.get("/keys").await.text, "coat");
}

#[tokio::test]
async fn a_page_that_prints_no_token_sets_no_cookie_and_one_that_does_sets_it_once() {
    let site = Site::of(pages());
    let page = site.browser.get("/quiet").await;
    assert!(page.set_cookies().is_empty());
    let page = site.browser.get("/form").await;
    assert_eq!(page.set_cookies().len(), 1);
    for path in ["/form", "/quiet"] {
        assert!(
            site.browser.get(path).await.set_cookies().is_empty(),
            "{path}"
        );
    }
    assert_eq!(site.faults.all_calls(), 0, "a guest's form costs no row");
}

#[tokio::test]
async fn a_damaged_cookie_is_replaced_by_the_next_form() {
    let site = Site::of(pages());
    site.browser.set_cookie("__Host-csrftoken", "damaged");
    let page = site.browser.get("/form").await;
    assert_eq!(page.set_cookies().len(), 1);
    let token = page.text.lines().last().unwrap();
    assert_eq!(sends_field(&site.browser, token).await.status, 200);
}

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

#[tokio::test]
async fn field_header_and_cookie_can_have_other_names() {
    let site = Site::with(pages(), |settings| {
        settings.csrf(|c| c.field("proof").header("X-Proof").cookie_name("proof"))
    });
    let (browser, token) = with_form(&site).await;
    assert_eq!(browser.cookie_names(), ["__Host-proof"]);
    let page = browser.get("/form").await;
    assert!(
        page.text
            .starts_with("<input type=\"hidden\" name=\"proof\"")
    );
    assert_eq!(
        browser
            .post_raw("/send", format!("proof={token}"))
            .await
            .status,
        200
    );
    assert_eq!(sends_field(&browser, &token).await.status, 403);
    let with_header = browser.clone().with_header("x-proof", &token);
    assert_eq!(with_header.post_raw("/send", "").await.status, 200);
}

#[tokio::test]
async fn a_service_that_no_browser_visits_can_switch_it_off() {
    let site = Site::with(pages(), |settings| settings.csrf(|c| c.off()));
    let page = site.browser.post_raw("/send", "name=Ada").await;
    assert_eq!(page.status, 200);
    assert!(!page.headers.contains_key("vary"));
}

#[tokio::test]
async fn a_login_form_is_protected_before_there_is_a_session() {
    let login = |session: cloakroom::Session| async move { session.login("ada") };
    let site = Site::of(pages().route("/enter", post(login)));
    assert_eq!(site.browser.post_raw("/enter", "").await.status, 403);
    site.browser.get("/form").await;
    assert_eq!(site.browser.post("/enter", &[]).await.status, 200);
    assert_eq!(site.browser.get("/who").await.text, "ada");
}
