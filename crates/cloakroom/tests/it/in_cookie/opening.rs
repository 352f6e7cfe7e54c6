//! Which cookies open, and that nobody sees what is in them.
use cloakroom::KeyRing;
use cloakroom::testing::Browser;
use tracing::Level;

use super::{coat, in_cookie, pages, site, site_with};
use crate::site::{SECRET, Site};
use crate::watch::Watch;

/// Cookies that are no session of this site, though many come close.
async fn not_sessions(site: &Site, genuine: &str) -> Vec<String> {
    let other_keys = KeyRing::new("another secret that is long enough").unwrap();
    let foreign = site.again_with_keys(other_keys, pages(), in_cookie);
    foreign.browser.get("/set/coat/blue").await;
    let renamed = site_with(|s| s.session(|p| p.cookie_name("other")));
    renamed.browser.get("/set/coat/blue").await;
    let stored = Site::of(pages());
    stored.browser.get("/set/coat/blue").await;
    let sealed = site.browser.another();
    sealed.get("/sealed").await;
    let sealed = sealed.cookie("sessionid").unwrap();
    let mut all = vec![
        "rubbish".into(),
        genuine[2..].into(),
        format!("2{}", &genuine[1..]),
        format!("9{}", &genuine[1..]),
        format!("{genuine}A"),
        format!("1.{}", "A".repeat(4 << 10)),
        format!("1.{}", "A".repeat(1 << 20)),
        foreign.token(),
        renamed.browser.cookie("other").unwrap(),
        stored.token(),
        format!("1.{sealed}"),
        sealed,
    ];
    for at in 0..genuine.len() {
        let (before, after) = genuine.split_at(at);
        let other = if after.starts_with('A') { "B" } else { "A" };
        all.push(before.to_owned());
        all.push(format!("{before}{other}{}", &after[1..]));
    }
    all
}

#[tokio::test]
async fn a_cookie_that_does_not_open_is_an_absent_session_counted_and_taken_back() {
    let watch = Watch::begin();
    let site = site();
    site.browser.get("/set/coat/blue").await;
    let genuine = site.token();
    for bad in not_sessions(&site, &genuine).await {
        let begin: String = bad.chars().take(50).collect();
        let counted = watch.counted("cloakroom_suspicious_total");
        let browser = site.with_token(&bad);
        assert_eq!(coat(&browser).await, "nothing", "{begin}");
        assert!(browser.cookie_names().is_empty(), "{begin}");
        let after = watch.counted("cloakroom_suspicious_total");
        assert_eq!(after, counted + 1, "{begin}");
    }
    let browser = site.with_token("rubbish");
    browser.get("/set/coat/red").await;
    assert_eq!(coat(&browser).await, "\"red\"");
    assert_eq!(coat(&site.with_token(&genuine)).await, "\"blue\"");
}

/// Sends two session cookies at once, as when somebody has planted one at another path.
fn with_two(site: &Site, cookies: [&str; 2]) -> Browser {
    let [one, two] = cookies.map(|value| format!("__Host-sessionid={value}"));
    site.browser
        .another()
        .with_header("cookie", &format!("{one}; {two}"))
}

#[tokio::test]
async fn of_several_session_cookies_the_one_that_opens_counts() {
    let site = site();
    site.browser.get("/set/coat/blue").await;
    let genuine = site.token();
    for cookies in [
        ["rubbish", &genuine],
        [&genuine, "rubbish"],
        [&genuine, &genuine],
    ] {
        let browser = with_two(&site, cookies);
        assert_eq!(coat(&browser).await, "\"blue\"");
    }
}

#[tokio::test]
async fn of_two_genuine_sessions_neither_counts_and_neither_is_taken_back() {
    let watch = Watch::begin();
    let site = site();
    site.browser.get("/set/coat/blue").await;
    let planted = site.browser.another();
    planted.get("/set/coat/red").await;
    let (ours, theirs) = (site.token(), planted.cookie("sessionid").unwrap());
    for cookies in [[&*ours, &theirs], [&theirs, &ours]] {
        let page = with_two(&site, cookies).get("/get/coat").await;
        assert_eq!(page.text, "nothing");
        assert!(page.set_cookies().is_empty());
    }
    assert!(watch.traced(Level::WARN, "several genuine"));
}

#[tokio::test]
async fn a_key_rotation_logs_nobody_out_and_reading_seals_anew() {
    let before = site();
    before.browser.get("/set/coat/blue").await;
    let name = before.browser.get("/name").await.text;
    let new_secret = "the next secret of the tests, long";
    let both = KeyRing::new(new_secret).unwrap().retire(SECRET).unwrap();
    let during = before.again_with_keys(both, pages(), in_cookie);
    assert_eq!(coat(&during.browser).await, "\"blue\"");
    assert_ne!(during.token(), before.token());
    assert!(
        during
            .browser
            .get("/get/coat")
            .await
            .set_cookies()
            .is_empty()
    );
    let only_new = || KeyRing::new(new_secret).unwrap();
    let after = during.again_with_keys(only_new(), pages(), in_cookie);
    assert_eq!(coat(&after.browser).await, "\"blue\"");
    assert_ne!(
        after.browser.get("/name").await.text,
        name,
        "logs change names"
    );
    let late = before.again_with_keys(only_new(), pages(), in_cookie);
    assert_eq!(coat(&late.browser).await, "nothing");
}

#[tokio::test]
async fn nobody_reads_a_value_in_the_cookie_in_a_trace_or_in_debug() {
    let watch = Watch::begin();
    let site = site();
    let value = "value-that-nobody-may-read";
    site.browser.get(&format!("/set/coat/{value}")).await;
    site.browser.get("/login/user-that-nobody-knows").await;
    let mut unseen = vec![value.to_owned(), "user-that-nobody-knows".into()];
    for path in [
        "/get/coat",
        "/renew",
        "/fill/coat/9000",
        "/fill/coat/99000",
        "/logout",
    ] {
        unseen.extend(site.browser.cookie("sessionid"));
        site.browser.get(path).await;
    }
    site.with_token(&unseen[2][..40]).get("/get/coat").await;
    let said = [
        site.browser.get("/debug").await.text,
        format!("{:?} {:?}", site.cloakroom, site.cloakroom.store()),
        format!("{:?}", cloakroom::store::InCookie::new()),
        watch.log(),
    ];
    for text in said {
        for secret in &unseen {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}
