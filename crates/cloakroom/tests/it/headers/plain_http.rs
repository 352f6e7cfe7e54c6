//! What came over plain HTTP, and what is sent over HTTPS only.
use axum::Extension;
use cloakroom::headers::{Hsts, HttpsRedirect, Scheme};
use cloakroom::testing::Browser;

use super::{one, pages, problems, site};
use crate::site::{Site, keys, memory};

fn over(site: &Site, scheme: &str) -> Browser {
    site.browser
        .another()
        .with_header("host", "shop.example")
        .with_header("x-forwarded-proto", scheme)
}

#[tokio::test]
async fn hsts_is_sent_over_https_only() {
    let site = site(|h| {
        h.hsts(Hsts::seconds(60))
            .trust_forwarded_proto("X-Forwarded-Proto", "https")
    });
    let hsts = async |browser: Browser| {
        let page = browser.get("/plain").await;
        one(&page.headers, "strict-transport-security").map(ToOwned::to_owned)
    };
    assert_eq!(
        hsts(over(&site, "https")).await.as_deref(),
        Some("max-age=60")
    );
    assert_eq!(hsts(over(&site, "http")).await, None);
    assert_eq!(hsts(site.browser.another()).await, None);
}

#[tokio::test]
async fn a_visitor_over_plain_http_is_sent_on_with_method_path_and_query() {
    let site = site(|h| {
        h.https_redirect(
            HttpsRedirect::to_host("www.shop.example")
                .except("/plain")
                .except_under("/own"),
        )
        .trust_forwarded_proto("x-forwarded-proto", "https")
    });
    let page = over(&site, "http").post("/post?a=b", &[("c", "d")]).await;
    assert_eq!(page.status, 308);
    assert_eq!(
        page.headers["location"],
        "https://www.shop.example/post?a=b"
    );
    assert_eq!(
        one(&page.headers, "x-content-type-options"),
        Some("nosniff")
    );
    assert!(page.set_cookies().is_empty());
    for path in ["/plain", "/own"] {
        assert_eq!(over(&site, "http").get(path).await.status, 200, "{path}");
    }
    assert_eq!(over(&site, "https").get("/read").await.status, 200);
    assert_eq!(site.faults.all_calls(), 0);
}

#[tokio::test]
async fn a_request_that_names_no_sound_host_is_answered_and_not_sent_anywhere() {
    let site = site(|h| {
        h.https_redirect(HttpsRedirect::to_requested_host())
            .trust_forwarded_proto("x-forwarded-proto", "https")
    });
    let from = |host: &str| site.browser.another().with_header("host", host);
    let page = from("shop.example:8080").get("/plain").await;
    assert_eq!(page.location(), Some("https://shop.example/plain"));
    for host in ["evil.example/path", "user@evil.example", ""] {
        let page = from(host).get("/plain").await;
        assert_eq!(
            (page.status.as_u16(), page.location()),
            (400, None),
            "{host}"
        );
    }
}

#[tokio::test]
async fn a_server_can_say_itself_what_a_request_came_over() {
    let of = |scheme: Scheme| {
        let cloakroom = cloakroom::Cloakroom::builder(keys())
            .store(memory())
            .headers(|h| {
                h.https_redirect(HttpsRedirect::to_host("shop.example"))
                    .scheme_from_server()
            })
            .build()
            .unwrap();
        Browser::of(pages().layer(cloakroom.layer()).layer(Extension(scheme)))
    };
    assert_eq!(of(Scheme::Http).get("/plain").await.status, 308);
    assert_eq!(of(Scheme::Https).get("/plain").await.status, 200);
}

#[tokio::test]
async fn in_development_on_loopback_nobody_is_sent_to_https() {
    let site = Site::with(pages(), |builder| {
        builder
            .allow_plain_http_on_localhost("127.0.0.1:8000".parse().unwrap())
            .headers(|h| {
                h.hsts(Hsts::seconds(60))
                    .https_redirect(HttpsRedirect::to_host("shop.example"))
                    .csp(|c| c.default_src(["'self'"]).upgrade_insecure_requests())
            })
    });
    for browser in [site.browser.another(), over(&site, "https")] {
        let page = browser.get("/plain").await;
        assert_eq!(page.status, 200);
        assert_eq!(one(&page.headers, "strict-transport-security"), None);
        assert_eq!(
            one(&page.headers, "content-security-policy"),
            Some("default-src 'self'")
        );
    }
}

#[test]
fn a_redirect_that_can_not_tell_https_from_http_does_not_start() {
    let text = problems(|h| h.https_redirect(HttpsRedirect::to_host("shop.example")));
    assert!(
        text.starts_with("headers.https_redirect: can't tell"),
        "{text}"
    );
}
