//! Rows that no `manage.py runserver` writes, and sites that keep theirs in a way of their own.
use super::{KEY, Side, THEIRS, signed};
use crate::site::routes;

#[tokio::test]
async fn a_row_of_bytes_is_no_session_here_as_it_is_none_in_django() {
    let side = Side::of(routes()).await;
    side.begin(r#"{"a":"x"}"#);
    let bytes = signed(KEY, r#"{"a":"x"}"#);
    for change in [
        "UPDATE django_session SET session_data = CAST(session_data AS BLOB)",
        "UPDATE django_session SET session_data = x''",
    ] {
        side.table().execute(change, []).unwrap();
        side.browser.set_cookie("sessionid", THEIRS);
        assert_eq!(side.browser.get("/get/a").await.text, "nothing", "{change}");
        side.browser.set_cookie("sessionid", THEIRS);
        let page = side.browser.get("/set/a/y").await;
        assert_eq!(page.status, 200, "{change}");
        let key = side.browser.cookie("sessionid").unwrap();
        assert_ne!(key, THEIRS);
        assert_eq!(side.browser.get("/get/a").await.text, "\"y\"");
        side.delete(&key);
    }
    // The same text is one.
    side.write_raw(THEIRS, &bytes);
    side.browser.set_cookie("sessionid", THEIRS);
    assert_eq!(side.browser.get("/get/a").await.text, "\"x\"");
}

#[tokio::test]
async fn a_session_over_the_limit_may_be_changed_as_long_as_it_does_not_grow() {
    let side = Side::of(routes()).await;
    let large = "0".repeat(1 << 20);
    side.begin(&format!(r#"{{"large":"{large}","a":"before"}}"#));
    let page = side.browser.get("/set/a/after!").await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert_eq!(side.browser.get("/get/a").await.text, "\"after!\"");
    let before = side.raw(THEIRS);
    for grown in ["/set/a/later!!", "/set/b/x"] {
        let page = side.browser.get(grown).await;
        assert_eq!((page.status.as_u16(), page.set_cookies().len()), (413, 0));
        assert_eq!(side.raw(THEIRS), before, "nothing is cut off");
    }
    side.browser.get("/set/large/small").await;
    assert_eq!(side.browser.get("/set/b/x").await.status, 200);
}

#[tokio::test]
async fn a_database_with_a_zone_of_its_own_has_it_in_its_rows_and_sessions_end_on_time() {
    let zone = serde_json::json!({"default": {"TIME_ZONE": "Asia/Kolkata"}});
    let side = Side::with(routes(), |settings| settings.set("DATABASES", zone)).await;
    side.browser.get("/set/a/x").await;
    assert_eq!(side.rows()[0].2, "2026-01-15 05:30:00");
    let key = side.browser.cookie("sessionid").unwrap();
    for (seconds, found) in [(14 * 86_400 - 1, "\"x\""), (1, "nothing")] {
        side.turn(seconds);
        side.browser.set_cookie("sessionid", &key);
        assert_eq!(side.browser.get("/get/a").await.text, found);
    }
}

#[tokio::test]
async fn two_session_cookies_that_are_both_genuine_count_as_none_and_stay() {
    let side = Side::of(routes()).await;
    let other = "b".repeat(32);
    side.write(&other, r#"{"a":"planted"}"#);
    side.write(THEIRS, r#"{"a":"mine"}"#);
    for (cookies, found) in [
        (format!("sessionid={other}; sessionid={THEIRS}"), "nothing"),
        (format!("sessionid={THEIRS}; sessionid={other}"), "nothing"),
        // One that leads nowhere is none, and the same one twice is one.
        (
            format!("sessionid={THEIRS}; sessionid={}", "c".repeat(32)),
            "\"mine\"",
        ),
        (
            format!("sessionid={THEIRS}; sessionid={THEIRS}"),
            "\"mine\"",
        ),
    ] {
        let both = side.browser.another().with_header("cookie", &cookies);
        let page = both.get("/get/a").await;
        assert_eq!(
            (&page.text[..], page.set_cookies().len()),
            (found, 0),
            "{cookies}"
        );
    }
}
