//! Content-Security-Policy and its nonce.
use std::collections::HashSet;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, ETAG};
use axum::routing::get;
use cloakroom::headers::{Csp, Source};
use cloakroom::testing::Page;
use cloakroom::{CspNonce, Key, Session};

use super::{one, site};
use crate::site::Site;

const STRICT: &str = "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

fn strict() -> Site {
    site(|h| {
        h.csp(|_| Csp::strict())
            .csp_report_only(|c| c.script_src([Source::Nonce]))
    })
}

fn policy(page: &Page) -> &str {
    one(&page.headers, "content-security-policy").unwrap_or_default()
}

fn shown(page: &Page) -> &str {
    page.text.split('"').nth(1).expect("the page has a nonce")
}

#[tokio::test]
async fn a_page_that_shows_no_nonce_has_none_in_its_policy_and_may_be_kept_by_caches() {
    let site = strict();
    for path in ["/plain", "/unasked"] {
        let page = site.browser.get(path).await;
        assert_eq!(policy(&page), STRICT, "{path}");
        assert_eq!(
            one(&page.headers, "content-security-policy-report-only"),
            Some("script-src 'none'")
        );
        assert_eq!(one(&page.headers, "cache-control"), None);
    }
}

#[tokio::test]
async fn a_nonce_has_128_bits_and_is_another_one_in_every_answer() {
    let site = strict();
    let mut seen = HashSet::new();
    for _ in 0..1_000 {
        let page = site.browser.get("/script").await;
        let nonce = shown(&page);
        assert_eq!(nonce.len(), 22, "128 bits in base64");
        let word = format!("'nonce-{nonce}'");
        assert_eq!(
            policy(&page),
            STRICT
                .replace("script-src 'self'", &format!("script-src 'self' {word}"))
                .replace("style-src 'self'", &format!("style-src 'self' {word}"))
        );
        assert_eq!(
            one(&page.headers, "content-security-policy-report-only"),
            Some(&*format!("script-src {word}"))
        );
        assert_eq!(one(&page.headers, "cache-control"), Some("private"));
        assert!(seen.insert(nonce.to_owned()));
    }
}

#[tokio::test]
async fn one_answer_has_one_nonce_however_often_it_is_shown() {
    let page = strict().browser.get("/twice").await;
    let (one, two) = page.text.split_once(' ').unwrap();
    assert_eq!(one, two);
}

#[tokio::test]
async fn a_304_brings_no_policy_so_that_the_kept_page_keeps_the_nonce_it_has() {
    let page = strict().browser.get("/not-modified").await;
    assert_eq!(page.status, 304);
    assert_eq!(policy(&page), "");
    assert!(
        !page
            .headers
            .contains_key("content-security-policy-report-only")
    );
}

#[tokio::test]
async fn a_nonce_takes_a_page_out_of_shared_caches_and_leaves_the_rest_to_the_handler() {
    let page = |nonce: CspNonce| async move {
        let shown = nonce.to_string();
        (
            [(CACHE_CONTROL, "public, max-age=60"), (ETAG, "\"1\"")],
            shown,
        )
    };
    let site = Site::of(Router::new().route("/", get(page)));
    let page = site.browser.get("/").await;
    assert_eq!(
        one(&page.headers, "cache-control"),
        Some("private, max-age=60")
    );
    assert_eq!(
        one(&page.headers, "vary"),
        None,
        "cookies have no part in it"
    );
}

#[tokio::test]
async fn a_nonce_in_a_template_is_drawn_when_it_is_printed() {
    async fn render(nonce: CspNonce, template: &str) -> String {
        let context = minijinja::context! { csp_nonce => &nonce };
        minijinja::Environment::new()
            .render_str(template, context)
            .unwrap()
    }
    let routes = Router::new()
        .route(
            "/with",
            get(|n| render(n, "<script nonce=\"{{ csp_nonce }}\"></script>")),
        )
        .route(
            "/without",
            get(|n| render(n, "{% if false %}{{ csp_nonce }}{% endif %}")),
        );
    let site = Site::with(routes, |b| b.headers(|h| h.csp(|_| Csp::strict())));
    let with = site.browser.get("/with").await;
    assert!(policy(&with).contains(&format!("'nonce-{}'", shown(&with))));
    assert_eq!(policy(&site.browser.get("/without").await), STRICT);
}

#[tokio::test]
async fn a_handlers_own_policy_stays_beside_a_nonce() {
    let page = |nonce: CspNonce| async move {
        let policy = format!("script-src 'nonce-{nonce}'");
        [("content-security-policy", policy)]
    };
    let site = Site::with(Router::new().route("/", get(page)), |b| {
        b.headers(|h| h.csp(|_| Csp::strict()))
    });
    let page = site.browser.get("/").await;
    assert!(policy(&page).starts_with("script-src 'nonce-"), "{page:?}");
}

#[tokio::test]
async fn the_librarys_own_pages_keep_their_style_under_the_sites_policy() {
    let site = strict();
    let page = site.browser.get("/fails").await;
    let style = page
        .text
        .split(['<', '>'])
        .skip_while(|part| *part != "style")
        .nth(1);
    let hash = Source::hash_of(style.expect("the page has a style")).to_string();
    assert_eq!(
        policy(&page),
        format!("{STRICT}; style-src-elem 'self' {hash}")
    );
    assert!(!policy(&site.browser.get("/plain").await).contains(&hash));
}

#[tokio::test]
async fn a_page_that_fails_after_showing_its_nonce_is_answered_with_the_sites_policy() {
    const COAT: Key<u32> = Key::new("coat");
    let page = |nonce: CspNonce, session: Session| async move {
        let shown = nonce.to_string();
        session.set("coat", "blue")?;
        session.get(&COAT).map(|_| shown)
    };
    let site = Site::with(Router::new().route("/", get(page)), |b| {
        b.headers(|h| h.csp(|_| Csp::strict()))
    });
    let page = site.browser.get("/").await;
    assert_eq!(page.status, 500);
    assert!(policy(&page).contains("style-src-elem 'self' 'sha256-"));
}
