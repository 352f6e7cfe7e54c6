//! Signed and sealed cookies: genuine, bound to their name, and renewed when keys rotate.
use std::time::Duration;

use axum::routing::get;
use cloakroom::{Builder, CookieSpec, Cookies, Error, KeyRing};

use super::{page, pages, read, set};
use crate::site::{SECRET, Site, told};

#[tokio::test]
async fn protected_cookies_carry_any_text_and_sealed_ones_hide_it() {
    let text = "a;b,c \"d\" \\ é 🧥\r\n\0";
    for kind in ["signed", "sealed"] {
        let site = Site::of(
            page(move |cookies| told(set(&cookies, kind, &CookieSpec::new("coat"), text))).route(
                "/check",
                get(move |cookies: Cookies| async move {
                    (read(&cookies, kind, "coat").as_deref() == Some(text)).to_string()
                }),
            ),
        );
        assert_eq!(site.browser.get("/work").await.text, "()");
        assert_eq!(site.browser.get("/check").await.text, "true", "{kind}");
    }
    let site = Site::of(pages());
    site.browser.get("/set/sealed/coat?v=recognisable").await;
    let value = site.browser.cookie("coat").unwrap();
    use base64::Engine;
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let bytes = engine.decode(&value).unwrap();
    assert!(memchr::memmem::find(&bytes, b"recognisable").is_none());
    site.browser.get("/set/sealed/coat?v=recognisable").await;
    assert_ne!(
        site.browser.cookie("coat").unwrap(),
        value,
        "each seal is new"
    );
}

#[tokio::test]
async fn a_protected_cookie_that_was_tampered_with_is_no_cookie() {
    for kind in ["signed", "sealed"] {
        let site = Site::of(pages());
        site.browser.get(&format!("/set/{kind}/coat?v=blue")).await;
        let genuine = site.browser.cookie("coat").unwrap();
        let mut forged: Vec<String> = (0..genuine.len())
            .map(|at| {
                let other = if &genuine[at..=at] == "A" { "B" } else { "A" };
                format!("{}{other}{}", &genuine[..at], &genuine[at + 1..])
            })
            .collect();
        forged.extend([
            String::new(),
            genuine[1..].into(),
            genuine[..genuine.len() - 1].into(),
            format!("{genuine}A"),
            format!("{genuine}."),
            genuine.replace('.', ""),
            "blue".into(),
            "A".repeat(1 << 20),
        ]);
        let visitor = site.browser.another();
        for value in forged.iter().filter(|value| **value != genuine) {
            visitor.set_cookie("coat", value);
            let page = visitor.get(&format!("/get/{kind}/coat")).await;
            assert_eq!(page.text, "nothing", "{kind}");
        }
        visitor.set_cookie("coat", &genuine);
        let page = visitor.get(&format!("/get/{kind}/coat")).await;
        assert_eq!(page.text, "blue", "{kind}");
    }
}

#[tokio::test]
async fn a_protected_cookie_is_worth_nothing_under_another_name_or_as_another_kind() {
    let site = Site::of(pages());
    for kind in ["signed", "sealed"] {
        site.browser
            .get(&format!("/set/{kind}/{kind}?v=admin"))
            .await;
    }
    let value = |name: &str| site.browser.cookie(name).unwrap();
    for (name, value, kind) in [
        ("role", value("signed"), "signed"),
        ("role", value("sealed"), "sealed"),
        ("signed", value("signed"), "sealed"),
        ("sealed", value("sealed"), "signed"),
    ] {
        let thief = site.browser.another();
        thief.set_cookie(name, &value);
        let page = thief.get(&format!("/get/{kind}/{name}")).await;
        assert_eq!(page.text, "nothing", "{kind} as {name}");
    }
}

#[tokio::test]
async fn a_protected_cookie_opens_until_its_age_is_over_even_if_the_browser_keeps_it() {
    let day = 86_400;
    let rows = [(Some(60), 60, 61), (None, 30 * day, 30 * day + 1)];
    for kind in ["signed", "sealed"] {
        for (age, last, over) in rows {
            for (rest, expected) in [(last, "blue"), (over, "nothing")] {
                let site = Site::of(page(move |cookies| {
                    let mut spec = CookieSpec::new("coat");
                    if let Some(age) = age {
                        spec = spec.max_age(Duration::from_secs(age));
                    }
                    set(&cookies, kind, &spec, "blue")
                }));
                site.browser.get("/work").await;
                let kept = site.browser.another();
                kept.set_cookie("coat", &site.browser.cookie("coat").unwrap());
                site.turn(rest);
                let page = kept.get(&format!("/get/{kind}/coat")).await;
                assert_eq!(page.text, expected, "{kind} after {rest} seconds");
            }
        }
    }
}

fn rotated() -> KeyRing {
    let keys = KeyRing::new("the next secret of the tests, long").unwrap();
    keys.retire(SECRET).unwrap()
}

#[tokio::test]
async fn after_a_key_rotation_cookies_still_open_and_go_out_under_the_new_key() {
    let keep = |settings: Builder| settings;
    for kind in ["signed", "sealed"] {
        let before = Site::of(pages());
        before
            .browser
            .get(&format!("/set/{kind}/coat?v=blue"))
            .await;
        let old = before.browser.cookie("coat").unwrap();
        let read = format!("/get/{kind}/coat");
        let after = before.again_with_keys(rotated(), pages(), keep);
        assert_eq!(after.browser.get(&read).await.text, "blue", "{kind}");
        assert_ne!(after.browser.cookie("coat").unwrap(), old, "{kind}");
        assert!(
            after.browser.get(&read).await.set_cookies().is_empty(),
            "{kind}"
        );
        let next = KeyRing::new("the next secret of the tests, long").unwrap();
        let later = after.again_with_keys(next, pages(), keep);
        assert_eq!(later.browser.get(&read).await.text, "blue", "{kind}");
        let strangers = KeyRing::new("a secret that nobody has ever used").unwrap();
        let stranger = after.again_with_keys(strangers, pages(), keep);
        assert_eq!(stranger.browser.get(&read).await.text, "nothing", "{kind}");
    }
}

#[tokio::test]
async fn a_rotation_does_not_lengthen_a_cookies_life() {
    let spec = || CookieSpec::new("coat").max_age(Duration::from_secs(100));
    let pages = move || {
        page(move |cookies| cookies.sealed().set(&spec(), "blue")).route(
            "/read",
            get(move |cookies: Cookies| async move {
                cookies.sealed().get(&spec()).unwrap_or("nothing".into())
            }),
        )
    };
    let before = Site::of(pages());
    before.browser.get("/work").await;
    before.turn(60);
    let after = before.again_with_keys(rotated(), pages(), |settings| settings);
    let page = after.browser.get("/read").await;
    assert!(page.set_cookie("coat").unwrap().contains("Max-Age=40;"));
    let kept = after.browser.another();
    kept.set_cookie("coat", &after.browser.cookie("coat").unwrap());
    after.turn(40);
    assert_eq!(kept.get("/read").await.text, "blue");
    after.turn(1);
    assert_eq!(kept.get("/read").await.text, "nothing");
}

#[tokio::test]
async fn what_a_handler_writes_is_not_replaced_by_what_a_rotation_would_renew() {
    for deletes in [false, true] {
        let spec = || CookieSpec::new("coat");
        let pages = move || {
            page(move |cookies| {
                if deletes {
                    cookies.delete(&spec())?;
                } else {
                    cookies.sealed().set(&spec(), "red")?;
                }
                Ok::<_, Error>(cookies.sealed().get(&spec()).unwrap_or_default())
            })
        };
        let before = Site::of(pages());
        before.browser.get("/set/sealed/coat?v=blue").await;
        let after = before.again_with_keys(rotated(), pages(), |settings| settings);
        assert_eq!(after.browser.get("/work").await.text, "blue");
        let expected = if deletes { "nothing" } else { "red" };
        assert_eq!(after.browser.get("/get/sealed/coat").await.text, expected);
    }
}
