//! Messages and signed cookies that both sides read.
use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use cloakroom::django::messages::{Cookies as Jar, from_session};
use cloakroom::django::signing::Keys;
use cloakroom::{CookieSpec, Cookies, Level, Messages};
use serde_json::json;

use super::{KEY, Side};

fn pages() -> Router {
    let say = |messages: Messages, Path(text): Path<String>| async move {
        messages.add(Level::INFO, text).tags("a b");
    };
    let show = |messages: Messages| async move {
        let all = messages.iter().map(|it| format!("{}:{it}", it.tags()));
        all.collect::<Vec<_>>().join(" ")
    };
    let long = |messages: Messages| async move {
        for number in 0..4 {
            // What can't be packed.
            let noise = (0..6).map(|_| cloakroom::KeyRing::generate_secret());
            let noise: String = noise.collect();
            messages.info(format!("{number}{noise}"));
        }
    };
    Router::new()
        .route("/say/{text}", get(say))
        .route("/show", get(show))
        .route("/long", get(long))
        .route(
            "/count",
            get(|messages: Messages| async move { messages.len().to_string() }),
        )
}

fn in_cookie(side: &Side) -> Vec<String> {
    let jar = Jar::new(&Keys::new(KEY));
    let cookie = side.browser.cookie("messages");
    let all = jar.decode(cookie.as_deref()).unwrap().messages;
    let texts = all.unwrap_or_default().into_iter();
    texts
        .map(|message| message.text.to_string_lossy().into_owned())
        .collect()
}

#[tokio::test]
async fn a_message_is_djangos_cookie_and_shown_once() {
    let side = Side::of(pages()).await;
    let page = side.browser.get("/say/hi").await;
    assert_eq!(
        page.set_cookies(),
        [
            "messages=W1siX19qc29uX21lc3NhZ2UiLDAsMjAsImhpIiwiYSBiIl1d:1vb66i:wrCKiZRy3QtoQfEdcUtt2qemSUCo8Avn8VIm5rdCA-k; HttpOnly; Path=/; SameSite=Lax"
        ]
    );
    side.browser.get("/say/again").await;
    assert_eq!(in_cookie(&side), ["hi", "again"]);
    assert_eq!(side.browser.get("/count").await.text, "2");
    let page = side.browser.get("/show").await;
    assert_eq!(page.text, "a b info:hi a b info:again");
    assert_eq!(side.browser.cookie("messages"), None);
    assert_eq!(side.browser.get("/show").await.text, "");
}

#[tokio::test]
async fn what_does_not_fit_into_the_cookie_waits_in_the_session_and_all_is_shown_once() {
    let side = Side::of(pages()).await;
    side.browser.get("/long").await;
    side.browser.get("/long").await;
    side.browser.get("/long").await;
    let kept = in_cookie(&side).len();
    let session: serde_json::Value = serde_json::from_str(&side.session()).unwrap();
    let rest = from_session(session["_messages"].as_str().unwrap())
        .unwrap()
        .len();
    assert!(kept > 0 && rest > 0 && kept + rest == 12, "{kept} {rest}");
    let page = side.browser.get("/show").await;
    assert_eq!(page.text.split(' ').count(), 12);
    assert_eq!(side.session(), "{}");
    assert_eq!(side.browser.get("/show").await.text, "");
}

#[tokio::test]
async fn messages_of_the_session_are_the_text_that_django_puts_there() {
    let storage = "django.contrib.messages.storage.session.SessionStorage";
    let side = Side::with(pages(), |s| {
        s.set("MESSAGE_STORAGE", storage)
            .set("MESSAGE_TAGS", json!({"20": "low"}))
    })
    .await;
    side.browser.get("/say/hi").await;
    assert_eq!(
        side.session(),
        r#"{"_messages":"[[\"__json_message\", 0, 20, \"hi\", \"a b\"]]"}"#
    );
    assert_eq!(side.browser.get("/show").await.text, "a b low:hi");
    assert_eq!(side.session(), "{}");
}

#[tokio::test]
async fn what_is_signed_and_yet_no_message_is_taken_away_and_nothing_fails() {
    use cloakroom::django::signing::Signer;
    let side = Side::of(pages()).await;
    let signer = Signer::timestamped(&Keys::new(KEY).for_cookies(), "django.contrib.messages");
    let now = cloakroom::django::Moment::default();
    for junk in ["{\"a\":1}", "[[\"__json_message\"]]", "7"] {
        side.browser
            .set_cookie("messages", &signer.dumps_json(junk, now, false));
        assert_eq!(side.browser.get("/show").await.text, "", "{junk}");
        assert_eq!(side.browser.cookie("messages"), None, "{junk}");
    }
}

fn tickets() -> Router {
    let give = |cookies: Cookies, Path(value): Path<String>| async move {
        cookies
            .signed()
            .set(&CookieSpec::new("a").secure(false), value)
    };
    let show = |cookies: Cookies| async move {
        let spec = CookieSpec::new("a").max_age(std::time::Duration::from_secs(60));
        cookies.signed().get(&spec).unwrap_or("nothing".into())
    };
    Router::new()
        .route("/give/{value}", get(give))
        .route("/show", get(show))
}

#[tokio::test]
async fn signed_cookies_are_djangos_of_both_kinds() {
    use cloakroom::django::cookie::{SaltStyle, sign};
    let side = Side::of(tickets()).await;
    side.browser.get("/give/hello").await;
    let now = cloakroom::django::Moment::from_micros(super::START as i64 * 1_000_000);
    let keys = Keys::new(KEY);
    let expected = sign(&keys, "a", "", "hello", now, SaltStyle::Counted);
    assert_eq!(side.browser.cookie("a").as_deref(), Some(&expected[..]));
    assert_eq!(side.browser.get("/show").await.text, "hello");
    side.turn(61);
    assert_eq!(side.browser.get("/show").await.text, "nothing");
    let legacy = sign(
        &keys,
        "a",
        "",
        "old",
        now.plus_secs(60.0),
        SaltStyle::Legacy,
    );
    side.browser.set_cookie("a", &legacy);
    assert_eq!(side.browser.get("/show").await.text, "old");
    let strict = side
        .again(tickets(), |s| {
            s.set("SIGNED_COOKIE_LEGACY_SALT_FALLBACK", false)
        })
        .await;
    assert_eq!(strict.browser.get("/show").await.text, "nothing");
    let before = strict
        .again(tickets(), |s| s.write_legacy_signed_cookies())
        .await;
    before.browser.get("/give/x").await;
    let now = now.plus_secs(61.0);
    let expected = sign(&keys, "a", "", "x", now, SaltStyle::Legacy);
    assert_eq!(before.browser.cookie("a").as_deref(), Some(&expected[..]));
}
