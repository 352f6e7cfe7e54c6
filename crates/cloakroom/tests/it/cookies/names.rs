//! What cookies are called and marked with: over HTTPS, in development, and by names of one's own.
use axum::Router;
use axum::routing::get;
use cloakroom::{CookieSpec, Cookies, Error, SameSite};
use tracing::Level;

use super::page;
use crate::site::{Site, told};
use crate::watch::Watch;

#[tokio::test]
async fn a_prefix_is_kept_to_or_refused() {
    let site = Site::of(page(|cookies| {
        let rows = [
            CookieSpec::new("__Host-a"),
            CookieSpec::new("__Host-b").path("/x"),
            CookieSpec::new("__hOsT-c").domain("example.com"),
            CookieSpec::new("__Secure-d").secure(false),
        ];
        rows.map(|spec| told(cookies.set(&spec, "1"))).join("\n")
    }));
    let page = site.browser.get("/work").await;
    let lines: Vec<_> = page.text.lines().collect();
    assert_eq!(
        lines,
        [
            "()",
            "cookie `__Host-b`: its name's prefix needs Path=/",
            "cookie `__hOsT-c`: its name's prefix forbids Domain",
            "cookie `__Secure-d`: its name's prefix needs Secure",
        ]
    );
}

/// A page that uses every cookie the library has.
fn everything() -> Router {
    use cloakroom::{CsrfToken, Messages, Session};
    let all = |session: Session, messages: Messages, csrf: CsrfToken, cookies: Cookies| async move {
        session.set("a", 1)?;
        messages.info("hello");
        cookies.set(&CookieSpec::new("own"), "1")?;
        cookies.set(&CookieSpec::new("__Host-own"), "1")?;
        Ok::<_, Error>(csrf.to_string())
    };
    Router::new().route("/", get(all))
}

#[tokio::test]
async fn over_https_the_librarys_own_cookies_belong_to_this_host_alone() {
    let site = Site::of(everything());
    let navigates = site
        .browser
        .clone()
        .with_header("sec-fetch-mode", "navigate");
    let page = navigates.get("/").await;
    let mut cookies = page.set_cookies();
    cookies.sort();
    let attributes: Vec<_> = cookies
        .iter()
        .map(|cookie| {
            let (pair, attributes) = cookie.split_once("; ").unwrap();
            (pair.split('=').next().unwrap(), attributes)
        })
        .collect();
    assert_eq!(
        attributes,
        [
            (
                "__Host-csrftoken",
                "Path=/; Max-Age=31449600; SameSite=Lax; Secure"
            ),
            ("__Host-messages", "Path=/; SameSite=Lax; Secure; HttpOnly"),
            ("__Host-own", "Path=/; SameSite=Lax; Secure; HttpOnly"),
            ("__Host-sessionid", "Path=/; SameSite=Lax; Secure; HttpOnly"),
            ("own", "Path=/; SameSite=Lax; Secure; HttpOnly"),
        ]
    );
}

#[tokio::test]
async fn in_development_on_plain_http_cookies_have_plain_names_and_no_secure() {
    let watch = Watch::begin();
    let site = Site::with(everything(), |settings| {
        settings.allow_plain_http_on_localhost("127.0.0.1:8000".parse().unwrap())
    });
    assert!(watch.traced(Level::WARN, "DEVELOPMENT"));
    let navigates = site
        .browser
        .clone()
        .with_header("sec-fetch-mode", "navigate");
    let page = navigates.get("/").await;
    let mut names = site.browser.cookie_names();
    names.sort();
    assert_eq!(
        names,
        ["__Host-own", "csrftoken", "messages", "own", "sessionid"]
    );
    for cookie in page.set_cookies() {
        let prefixed = cookie.starts_with("__Host-own");
        assert_eq!(cookie.contains("Secure"), prefixed, "{cookie}");
    }
}

#[tokio::test]
async fn in_development_a_cookie_that_needs_secure_keeps_it() {
    let site = Site::with(
        page(|cookies| {
            let spec = || CookieSpec::new("coat");
            let rows = [
                spec().same_site(SameSite::None),
                spec().partitioned(true),
                CookieSpec::new("__Secure-coat"),
            ];
            for spec in rows {
                cookies.set(&spec, "1")?;
                cookies.delete(&spec)?;
            }
            Ok::<_, Error>(())
        }),
        |settings| settings.allow_plain_http_on_localhost("[::1]:8000".parse().unwrap()),
    );
    let page = site.browser.get("/work").await;
    assert_eq!(page.status, 200, "{}", page.text);
    for cookie in page.set_cookies() {
        assert!(cookie.contains("; Secure"), "{cookie}");
    }
}

#[tokio::test]
async fn names_of_ones_own_keep_the_prefix() {
    let site = Site::with(everything(), |settings| {
        settings
            .session(|s| s.cookie_name("sid"))
            .csrf(|c| c.cookie_name("__Secure-proof"))
            .messages(cloakroom::messages::Settings::default().cookie_name("flash"))
    });
    let navigates = site
        .browser
        .clone()
        .with_header("sec-fetch-mode", "navigate");
    navigates.get("/").await;
    let mut names = site.browser.cookie_names();
    names.sort();
    let expected = [
        "__Host-flash",
        "__Host-own",
        "__Host-sid",
        "__Secure-proof",
        "own",
    ];
    assert_eq!(names, expected);
}
