//! Security headers, as a browser sees them.
mod csp;
mod logout;
mod plain_http;
mod vectors;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use cloakroom::headers::{FrameOptions, Hsts, OpenerPolicy, ResourcePolicy, Settings};
use cloakroom::{Builder, CspNonce, Error, Session};

use crate::site::Site;

/// Pages with and without inline scripts, and one whose handler chose its own headers.
fn pages() -> Router {
    let own = || async {
        [
            ("x-content-type-options", "mine"),
            ("referrer-policy", "mine"),
            ("cross-origin-opener-policy", "mine"),
            ("x-frame-options", "mine"),
            ("content-security-policy", "mine"),
            ("strict-transport-security", "mine"),
            ("permissions-policy", "mine"),
        ]
    };
    Router::new()
        .route("/plain", get(|| async { "Good evening." }))
        .route("/own", get(own))
        .route("/post", post(|| async { "done" }))
        .route("/unasked", get(|_: CspNonce| async { "no script" }))
        .route("/script", get(script))
        .route(
            "/twice",
            get(|n: CspNonce| async move { format!("{n} {n}") }),
        )
        .route("/not-modified", get(not_modified))
        .route("/fails", get(|| async { Err::<(), _>(Error::Closed) }))
        .route("/read", get(|s: Session| async move { s.keys().join(" ") }))
}

async fn script(nonce: CspNonce) -> String {
    format!("<script nonce=\"{nonce}\"></script>")
}

async fn not_modified(nonce: CspNonce) -> axum::http::StatusCode {
    let _shown = nonce.to_string();
    axum::http::StatusCode::NOT_MODIFIED
}

fn site(change: impl FnOnce(Settings) -> Settings) -> Site {
    Site::with(pages(), |builder| builder.headers(change))
}

fn problems(change: impl FnOnce(Settings) -> Settings) -> String {
    let builder: Builder = cloakroom::Cloakroom::builder(crate::site::keys());
    let built = builder.store_in_memory().headers(change).build();
    built.unwrap_err().to_string()
}

/// Returns the one header of this name.
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?.to_str().ok();
    assert!(all.next().is_none(), "{name} stands twice");
    first
}

#[tokio::test]
async fn a_site_that_sets_nothing_sends_what_breaks_nobody() {
    let site = Site::of(pages());
    for path in ["/plain", "/fails", "/nowhere", "/post", "/read"] {
        let page = site.browser.get(path).await;
        for (name, value) in [
            ("x-content-type-options", Some("nosniff")),
            ("referrer-policy", Some("same-origin")),
            ("cross-origin-opener-policy", Some("same-origin")),
            ("x-frame-options", Some("DENY")),
            ("strict-transport-security", None),
            ("content-security-policy", None),
            ("content-security-policy-report-only", None),
            ("permissions-policy", None),
            ("cross-origin-resource-policy", None),
            ("reporting-endpoints", None),
            ("x-xss-protection", None),
            ("clear-site-data", None),
        ] {
            assert_eq!(one(&page.headers, name), value, "{name} on {path}");
        }
    }
}

#[tokio::test]
async fn every_header_that_is_set_goes_out_with_every_answer_refusals_too() {
    let site = site(|h| {
        h.hsts(Hsts::seconds(63_072_000).include_subdomains().preload())
            .opener_policy(OpenerPolicy::SameOriginAllowPopups)
            .resource_policy(ResourcePolicy::SameSite)
            .frame_options(FrameOptions::SameOrigin)
            .permissions_policy(|p| p.deny("camera"))
            .reporting_endpoint("csp", "/reports")
            .csp(|c| c.default_src(["'self'"]).report_to("csp"))
            .csp_report_only(|c| c.img_src(["https://images.example"]))
            .xss_filter_off()
    });
    let forged = site.browser.post("/post", &[]).await;
    assert_eq!(forged.status, 403);
    for page in [site.browser.get("/plain").await, forged] {
        let policy = one(&page.headers, "content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'self'; report-to csp"));
        for (name, value) in [
            (
                "strict-transport-security",
                "max-age=63072000; includeSubDomains; preload",
            ),
            ("cross-origin-opener-policy", "same-origin-allow-popups"),
            ("cross-origin-resource-policy", "same-site"),
            ("x-frame-options", "SAMEORIGIN"),
            ("permissions-policy", "camera=()"),
            ("reporting-endpoints", "csp=\"/reports\""),
            (
                "content-security-policy-report-only",
                "img-src https://images.example",
            ),
            ("x-xss-protection", "0"),
        ] {
            assert_eq!(one(&page.headers, name), Some(value), "{name}");
        }
    }
}

#[tokio::test]
async fn what_a_handler_set_stays() {
    let site = site(|h| {
        h.hsts(Hsts::seconds(60))
            .csp(|c| c.default_src(["'self'"]))
            .permissions_policy(|p| p.deny("camera"))
    });
    let page = site.browser.get("/own").await;
    let mine = page.headers.values().filter(|value| *value == "mine");
    assert_eq!(mine.count(), 7);
    one(&page.headers, "content-security-policy");
}

#[tokio::test]
async fn a_site_that_has_them_from_elsewhere_can_switch_all_off() {
    let site = Site::with(crate::site::routes(), |builder| {
        builder.headers(Settings::off)
    });
    site.browser.get("/login/ada").await;
    for path in ["/plain", "/logout"] {
        let page = site.browser.get(path).await;
        let sent = page.headers.keys().filter(|name| {
            ![
                "content-length",
                "content-type",
                "set-cookie",
                "vary",
                "cache-control",
            ]
            .contains(&name.as_str())
        });
        assert_eq!(sent.count(), 0, "{:?}", page.headers);
    }
}

#[test]
fn bad_settings_do_not_start_and_no_value_is_shown() {
    let text = problems(|h| {
        h.hsts(Hsts::seconds(60).preload())
            .csp(|c| c.script_src(["'self' hidden-value"]))
            .permissions_policy(|p| p.allow("camera", ["hidden-value"]))
            .reporting_endpoint("Csp", "hidden-value")
    });
    for setting in [
        "headers.hsts: ",
        "headers.csp.script-src: ",
        "headers.permissions_policy: ",
        "headers.reporting_endpoint: ",
    ] {
        assert!(text.contains(setting), "{setting} in {text}");
    }
    assert!(!text.contains("hidden-value"), "{text}");
}
