//! How deep values nest, and how many bytes a session has.
use cloakroom::MAX_DEPTH;
use serde_json::{Value, json};

use super::page;
use crate::site::{Site, told};

/// A value of so many arrays within one another.
pub(super) fn nested(levels: usize) -> Value {
    (0..levels).fold(json!(1), |inner, _| json!([inner]))
}

#[tokio::test]
async fn the_deepest_value_that_is_taken_can_be_read_again() {
    let site = Site::of(page(|session| match session.get::<Value>("deep") {
        Ok(Some(found)) => (found == nested(MAX_DEPTH)).to_string(),
        _ => [MAX_DEPTH, MAX_DEPTH + 1]
            .map(|levels| told(session.set("deep", nested(levels))))
            .join("\n"),
    }));
    let page = site.browser.get("/work").await;
    let refused = format!("value for session key `deep` nests deeper than {MAX_DEPTH} levels");
    assert_eq!(page.text, format!("()\n{refused}"));
    assert_eq!(site.browser.get("/work").await.text, "true");
}

#[tokio::test]
async fn one_byte_over_the_limit_is_refused_and_says_by_how_much() {
    // The name and two quotes take five bytes, and another value six.
    let set = |bytes: usize| {
        page(move |session| {
            session.set("b", "123").unwrap();
            told(session.set("abc", "x".repeat(bytes)))
        })
    };
    for (bytes, expected) in [
        (9, "()"),
        (
            10,
            "session would be 1 bytes over its limit with the value for key `abc`",
        ),
        (
            109,
            "session would be 100 bytes over its limit with the value for key `abc`",
        ),
    ] {
        let site = Site::with(set(bytes), |settings| settings.session(|s| s.max_bytes(20)));
        assert_eq!(site.browser.get("/work").await.text, expected);
    }
}

#[tokio::test]
async fn a_full_session_still_takes_what_makes_it_smaller() {
    let shrink = page(|session| told(session.set("a", "x")));
    let roomy = Site::of(shrink.clone());
    roomy
        .browser
        .get(&format!("/set/a/{}", "x".repeat(100)))
        .await;
    let tight = roomy.again(shrink, |settings| settings.session(|s| s.max_bytes(20)));
    assert_eq!(tight.browser.get("/work").await.text, "()");
    assert_eq!(tight.browser.get("/get/a").await.text, "\"x\"");
}
