//! Wizards in the cookie of formtools.
use cloakroom::wizard::Storage;
use http::StatusCode;

use super::{BEGUN, Both, texts, wizard_of};

#[tokio::test]
async fn a_cookie_begun_in_django_ends_here_and_an_old_copy_of_it_ends_nothing_again() {
    let both = Both::keeping(Storage::cookie()).await;
    both.begin_in_cookie(&wizard_of(BEGUN).replace("NaN", "1"));
    let theirs = both.side.browser.cookie("wizard_registration").unwrap();
    both.address().await;
    let state = both.cookie();
    assert_eq!(
        texts(&state, "newsletter"),
        r#"{"newsletter-weekly":["on"]}"#
    );
    assert!(texts(&state, "address").contains(r#""address-city":["London"]"#));
    let shown = both.open("/register").await;
    let ours = both.side.browser.cookie("wizard_registration").unwrap();
    assert_eq!(
        both.send(&shown, &[("accept", "on")]).await.location(),
        Some("/welcome")
    );
    assert_eq!(both.side.browser.cookie("wizard_registration"), None);
    both.side.browser.set_cookie("wizard_registration", &ours);
    assert_eq!(
        both.send(&shown, &[("accept", "on")]).await.location(),
        Some("/welcome")
    );
    assert_eq!(both.office.done(), ["Zoë London"]);
    // A copy from before this side had written anything is known as well, and keeps nobody from beginning anew.
    both.side.browser.set_cookie("wizard_registration", &theirs);
    let fields = [
        ("name", "Ada"),
        ("email", "ada@example.com"),
        ("kind", "person"),
    ];
    both.go_on("info", &fields).await;
    assert_eq!(texts(&both.cookie(), "newsletter"), "null");
    assert_eq!(both.office.tries(), 1);
}

#[tokio::test]
async fn a_cookie_that_nobody_here_signed_or_that_grew_too_long_loses_nothing_else() {
    let both = Both::keeping(Storage::cookie()).await;
    both.side
        .browser
        .set_cookie("wizard_registration", "{}:1vb66i:forged");
    assert!(both.open("/register").await.0.ends_with("/info"));
    let long = "x".repeat(99);
    let fields = [
        ("name", &*long),
        ("email", "zoe@example.com"),
        ("kind", "person"),
    ];
    both.go_on("info", &fields).await;
    let shown = both.open("/register").await;
    let long = "x".repeat(5_000);
    let page = both
        .send(&shown, &[("street", &*long), ("city", "London")])
        .await;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(texts(&both.cookie(), "info").contains("zoe@example.com"));
}
