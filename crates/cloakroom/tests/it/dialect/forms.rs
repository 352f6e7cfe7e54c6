//! Forms that are proven by Django's tokens, in its cookie or its session.
use axum::Router;
use axum::routing::{get, post};
use cloakroom::csrf::Because;
use cloakroom::django::csrf::matches;
use cloakroom::{CsrfToken, Session};
use http::StatusCode;

use super::Side;

fn pages() -> Router {
    Router::new()
        .route(
            "/form",
            get(|token: CsrfToken| async move { token.to_string() }),
        )
        .route("/send", post(|| async { "sent" }))
        .route(
            "/enter",
            get(|session: Session| async move { session.login("42") }),
        )
}

#[tokio::test]
async fn a_page_that_prints_a_token_gives_the_bare_secret_for_a_year_and_its_form_passes() {
    let side = Side::of(pages()).await;
    let page = side.browser.get("/form").await;
    let secret = side.browser.cookie("csrftoken").unwrap();
    assert!(secret.len() == 32 && page.text.len() == 64 && matches(&page.text, &secret));
    assert_eq!(
        page.set_cookies(),
        [format!(
            "csrftoken={secret}; expires=Thu, 31 Dec 2026 00:00:00 GMT; Max-Age=31449600; Path=/; SameSite=Lax"
        )]
    );
    let form = format!("csrfmiddlewaretoken={}", page.text);
    assert_eq!(side.browser.post_raw("/send", form).await.text, "sent");
    assert_eq!(
        side.browser.post_raw("/send", "a=b").await.status,
        StatusCode::FORBIDDEN
    );
    let other = side.browser.another();
    assert_eq!(
        other.post_raw("/send", "a=b").await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn the_secret_may_be_in_the_session() {
    let side = Side::with(pages(), |s| s.set("CSRF_USE_SESSIONS", true)).await;
    let page = side.browser.get("/form").await;
    assert_eq!(side.browser.cookie("csrftoken"), None);
    let session: serde_json::Value = serde_json::from_str(&side.session()).unwrap();
    assert!(matches(&page.text, session["_csrftoken"].as_str().unwrap()));
    let form = format!("csrfmiddlewaretoken={}", page.text);
    assert_eq!(side.browser.post_raw("/send", form).await.text, "sent");
    assert_eq!(
        side.browser.post_raw("/send", "a=b").await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn a_login_changes_the_secret() {
    let side = Side::of(pages()).await;
    side.browser.get("/form").await;
    let before = side.browser.cookie("csrftoken").unwrap();
    side.browser.get("/enter").await;
    assert_ne!(side.browser.cookie("csrftoken").unwrap(), before);
}

/// A site beside Django, with a database of its own.
async fn builder(settings: cloakroom::django::Settings) -> cloakroom::Builder {
    let store = cloakroom::store::django::connect("sqlite::memory:", &settings)
        .await
        .unwrap();
    let ring = cloakroom::KeyRing::new(super::KEY).unwrap();
    let builder = cloakroom::Cloakroom::builder(ring);
    builder.store(store).django(settings)
}

#[tokio::test]
async fn a_refusal_says_why_in_djangos_words() {
    use axum::body::Body;
    use tower::ServiceExt;
    let side_pages = pages();
    let settings = cloakroom::django::Settings::new(super::KEY);
    let cloakroom = builder(settings).await.build().unwrap();
    let app = side_pages.layer(cloakroom.layer());
    let request = http::Request::post("/send")
        .header("host", "a.example")
        .header("origin", "https://evil.example")
        .body(Body::empty())
        .unwrap();
    let response = app.oneshot(request).await.unwrap();
    assert_eq!(response.status(), 403);
    let because = response.extensions().get::<Because>().unwrap().to_string();
    assert_eq!(
        because,
        "Origin checking failed - https://evil.example does not match any trusted origins."
    );
}

#[tokio::test]
async fn behind_a_proxy_that_speaks_tls_a_site_on_loopback_decides_as_djangos_does() {
    use axum::body::Body;
    use tower::ServiceExt;
    let settings = cloakroom::django::Settings::new(super::KEY).set(
        "SECURE_PROXY_SSL_HEADER",
        serde_json::json!(["HTTP_X_FORWARDED_PROTO", "https"]),
    );
    let cloakroom = builder(settings)
        .await
        .allow_plain_http_on_localhost("127.0.0.1:8000".parse().unwrap())
        .build()
        .unwrap();
    let app = pages().layer(cloakroom.layer());
    let secret = "a".repeat(32);
    for (proto, origin, referer, status) in [
        ("https", Some("https://www.shop.test"), None, 200),
        ("https", None, Some("https://www.shop.test/cart"), 200),
        ("https", Some("http://www.shop.test"), None, 403),
        ("https", None, None, 403),
        ("https", None, Some("https://evil.test/"), 403),
        ("https", None, Some("malformed"), 403),
        ("http", Some("http://www.shop.test"), None, 200),
        ("http", None, None, 200),
        ("", None, None, 200),
        ("", Some("https://www.shop.test"), None, 403),
    ] {
        // As the guide's nginx sends it on.
        let mut request = http::Request::post("/send")
            .header("host", "www.shop.test")
            .header("cookie", format!("csrftoken={secret}"))
            .header("x-csrftoken", &secret);
        for (name, value) in [
            ("x-forwarded-proto", Some(proto).filter(|it| !it.is_empty())),
            ("origin", origin),
            ("referer", referer),
        ] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let request = request.body(Body::empty()).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status, "{proto} {origin:?} {referer:?}");
    }
}
