//! Hostile and broken input: it costs little, breaks nothing and is never believed.

use cloakroom::KeyRing;
use cloakroom::testing::{Browser, Call};
use tracing::Level;

use crate::site::{Site, every_store, routes};
use crate::watch::Watch;

/// A token as the library makes them, but of nobody.
fn unknown_token() -> String {
    format!("A{}", KeyRing::generate_secret())
}

fn sends(site: &Site, cookies: &str) -> Browser {
    site.browser.another().with_header("cookie", cookies)
}

#[tokio::test]
async fn a_malformed_token_costs_no_store_call_and_is_taken_back() {
    let good = unknown_token();
    let malformed = [
        String::new(),
        "x".into(),
        good[1..].into(),
        format!("{good}A"),
        format!("{good}="),
        format!("\"{good}\""),
        format!("+{}", &good[1..]),
        format!("/{}", &good[1..]),
        format!("%41{}", &good[1..]),
        format!("{} {}", &good[..21], &good[22..]),
        format!("{}é", &good[2..]),
        format!("{}=", "A".repeat(43)),
        "' OR 1=1 --".into(),
        "../../etc/passwd".into(),
        "\u{202e}".repeat(43),
        "A".repeat(4 << 10),
        "A".repeat(64 << 10),
        "A".repeat(1 << 20),
    ];
    let site = Site::of(routes());
    for token in &malformed {
        let browser = site.with_token(token);
        let page = browser.get("/get/a").await;
        let begin: String = token.chars().take(50).collect();
        assert_eq!(
            (page.status.as_u16(), &*page.text),
            (200, "nothing"),
            "{begin}"
        );
        let cookie = page.set_cookie("sessionid").unwrap_or_default();
        assert!(cookie.contains("Max-Age=0"), "{begin}");
        assert_eq!(browser.cookie("sessionid"), None, "{begin}");
    }
    assert_eq!(site.faults.all_calls(), 0);
    for token in &malformed {
        let browser = site.with_token(token);
        browser.get("/set/a/1").await;
        assert_eq!(browser.get("/get/a").await.text, "\"1\"");
        assert_ne!(browser.cookie("sessionid").as_ref(), Some(token));
    }
}

#[tokio::test]
async fn an_unknown_token_is_never_adopted_and_is_counted() {
    let watch = Watch::begin();
    for (name, store, _folder) in every_store().await {
        let site = Site::on(store, routes(), |settings| settings);
        let token = unknown_token();
        let reader = site.with_token(&token);
        reader.get("/get/a").await;
        assert_eq!(reader.cookie("sessionid"), None, "{name}");
        let writer = site.with_token(&token);
        writer.get("/set/a/1").await;
        assert_ne!(writer.cookie("sessionid").unwrap(), token, "{name}");
        assert_eq!(writer.get("/get/a").await.text, "\"1\"", "{name}");
        let thief = site.with_token(&token);
        assert_eq!(thief.get("/get/a").await.text, "nothing", "{name}");
        assert_eq!(site.sessions().await, 1, "{name}");
    }
    assert_eq!(watch.counted("cloakroom_suspicious_total"), 6);
    assert!(watch.traced(Level::INFO, "a session cookie leads to nothing"));
}

#[tokio::test]
async fn a_session_cookie_is_found_among_three_thousand_others() {
    let site = Site::of(routes());
    site.browser.get("/set/coat/blue").await;
    let others = (0..3_000).map(|number| format!("c{number}=v"));
    let mut all: Vec<_> = others.collect();
    all.push(format!("__Host-sessionid={}", site.token()));
    let page = sends(&site, &all.join("; ")).get("/get/coat").await;
    assert_eq!(page.text, "\"blue\"");
    assert_eq!(site.faults.calls(Call::Load), 1);
}

#[tokio::test]
async fn names_that_only_look_like_the_session_cookies_are_not() {
    let site = Site::of(routes());
    site.browser.get("/set/coat/blue").await;
    let token = site.token();
    for name in [
        "sessionid",
        "__host-sessionid",
        "__HOST-sessionid",
        "%5F_Host-sessionid",
        "\"__Host-sessionid\"",
        "$Version=1; $__Host-sessionid",
        "=__Host-sessionid",
        "__Host-sessionid ",
        "\t__Host-sessionid",
    ] {
        let page = sends(&site, &format!("{name}={token}"))
            .get("/get/coat")
            .await;
        // Blanks around a name are the one thing that may be there.
        let expected = if name.trim_ascii() == "__Host-sessionid" {
            "\"blue\""
        } else {
            "nothing"
        };
        assert_eq!(page.text, expected, "{name:?}");
    }
}

#[tokio::test]
async fn tokens_are_taken_from_nowhere_but_the_cookie() {
    let site = Site::of(routes());
    site.browser.get("/set/coat/blue").await;
    let token = site.token();
    let guest = site
        .browser
        .another()
        .with_header("authorization", &format!("Bearer {token}"))
        .with_header("x-session-id", &token);
    let page = guest.get(&format!("/get/coat?sessionid={token}")).await;
    assert_eq!(page.text, "nothing");
    assert_eq!(site.faults.calls(Call::Load), 0);
}
