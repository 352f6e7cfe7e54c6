//! Requests that change something need proof that they came from our own page.
mod body;
mod bound;
mod django;
mod matrix;
mod multipart;
mod routes;

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
