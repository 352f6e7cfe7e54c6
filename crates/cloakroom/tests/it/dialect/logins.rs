//! Who is signed in, as `django.contrib.auth` writes and verifies it.
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::get;
use cloakroom::Session;
use cloakroom::django::Settings;
use cloakroom::session::Login;
use serde_json::Value;

use super::{KEY, Side, THEIRS};
use crate::account;
use crate::site::routes;

const PASSWORD: &str =
    "pbkdf2_sha256$1000000$saltsaltsaltsaltsaltsa$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU=";
const HASH: &str = "2dfde459417ce465c4f1a67e1d04a200132521fb332a99c121041bd36be11a6a";

fn pages() -> Router {
    entrance().merge(routes())
}

fn entrance() -> Router {
    let enter = |session: Session| async move { session.login(Login::user("42").stamp(PASSWORD)) };
    Router::new().route("/enter", get(enter))
}

fn signed_in(hash: &str) -> String {
    format!(
        r#"{{"_auth_user_id":"42","_auth_user_backend":"django.contrib.auth.backends.ModelBackend","_auth_user_hash":"{hash}","cart":1}}"#
    )
}

/// Everybody's password, which a test may change.
fn with_password(
    password: Option<&str>,
) -> (
    Arc<Mutex<Option<String>>>,
    impl FnOnce(Settings) -> Settings,
) {
    let column = Arc::new(Mutex::new(password.map(str::to_owned)));
    let there = column.clone();
    let hook = move |settings: Settings| {
        settings.passwords(move |user| {
            assert_eq!(user, "42");
            let password = there.lock().unwrap().clone();
            async move { Ok(password) }
        })
    };
    (column, hook)
}

#[tokio::test]
async fn a_login_is_djangos_three_members_under_a_new_key_and_a_logout_leaves_nothing() {
    let side = Side::of(pages()).await;
    side.begin(r#"{"cart":1}"#);
    side.browser.get("/enter").await;
    let rows = side.rows();
    assert_eq!(rows.len(), 1);
    assert_ne!(rows[0].0, THEIRS);
    let cart_first =
        format!(r#"{{"cart":1,{}"#, &signed_in(HASH)[1..]).replace(",\"cart\":1}", "}");
    assert_eq!(rows[0].1, cart_first);
    assert_eq!(side.browser.get("/who").await.text, "42");
    let page = side.browser.get("/logout").await;
    assert_eq!(side.rows(), []);
    assert_eq!(
        page.set_cookies(),
        ["sessionid=\"\"; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/; SameSite=Lax"]
    );
}

#[tokio::test]
async fn who_signed_in_in_django_is_signed_in_here_as_long_as_the_hash_is_of_the_password() {
    let (column, hook) = with_password(Some(PASSWORD));
    let side = Side::with(pages(), hook).await;
    side.begin(&signed_in(HASH));
    assert_eq!(side.browser.get("/who").await.text, "42");
    side.browser.get("/set/cart/2").await;
    assert_eq!(
        side.session(),
        signed_in(HASH).replace("\"cart\":1", "\"cart\":\"2\"")
    );
    *column.lock().unwrap() = Some("another".into());
    assert_eq!(side.browser.get("/who").await.text, "nobody");
    assert_eq!(side.rows(), [], "nothing of it is kept");
    assert_eq!(side.browser.cookie("sessionid"), None);
}

#[tokio::test]
async fn a_login_without_a_hash_is_flushed_and_one_of_nobody_is_kept_as_a_guests() {
    let (column, hook) = with_password(Some(PASSWORD));
    let side = Side::with(pages(), hook).await;
    let no_hash = signed_in(HASH).replace(&format!(r#","_auth_user_hash":"{HASH}""#), "");
    side.begin(&no_hash);
    assert_eq!(side.browser.get("/who").await.text, "nobody");
    assert_eq!(side.rows(), []);
    *column.lock().unwrap() = None;
    side.begin(&signed_in(HASH));
    assert_eq!(side.browser.get("/who").await.text, "nobody");
    assert_eq!(side.session(), signed_in(HASH));
    // Nor is anybody signed in by a backend that this site does not know.
    *column.lock().unwrap() = Some(PASSWORD.into());
    let foreign = signed_in(HASH).replace("ModelBackend", "Other");
    side.write(THEIRS, &foreign);
    assert_eq!(side.browser.get("/who").await.text, "nobody");
    side.browser.get("/set/cart/2").await;
    assert_eq!(
        side.session(),
        foreign.replace("\"cart\":1", "\"cart\":\"2\"")
    );
}

#[tokio::test]
async fn a_hash_of_an_old_key_still_counts_and_is_made_anew_where_it_is_when_nobody_has_saved_for_an_hour()
 {
    let old = cloakroom::django::auth::session_hash(b"old key", PASSWORD);
    let (_, hook) = with_password(Some(PASSWORD));
    let side = Side::with(pages(), |settings| hook(settings).fallback("old key")).await;
    side.begin(&signed_in(&old));
    // It may be the key with which the other side still signs, so both would make it anew in turn.
    for _ in 0..3 {
        let page = side.browser.get("/who").await;
        assert_eq!((&page.text[..], page.set_cookies().len()), ("42", 0));
        side.turn(1_100);
    }
    let rows = side.rows();
    assert_eq!((&rows[0].0[..], &rows[0].1), (THEIRS, &signed_in(&old)));
    // Requests that are under way meanwhile find the session where it was, on both sides.
    side.turn(1_100);
    let get = || side.browser.get("/who");
    let (one, two, three) = tokio::join!(get(), get(), get());
    for page in [one, two, three] {
        assert_eq!(page.text, "42");
    }
    let rows = side.rows();
    assert_eq!((&rows[0].0[..], &rows[0].1), (THEIRS, &signed_in(HASH)));
    assert_eq!(side.browser.cookie("sessionid").as_deref(), Some(THEIRS));
    // With the key changed on this side only, nobody knows the hash: the row itself can't be read.
    let (_, hook) = with_password(Some(PASSWORD));
    let side = side
        .again(pages(), |_| {
            hook(Settings::new("newer key, on this side first"))
        })
        .await;
    assert_eq!(side.browser.get("/who").await.text, "nobody");
    assert_eq!(side.session(), signed_in(HASH));
    assert_ne!(KEY, "newer key, on this side first");
}

#[tokio::test]
async fn a_handler_can_hold_a_login_against_the_password_itself() {
    let check = |session: Session| async move {
        let user = session.user_if(|_| Some(PASSWORD))?;
        Ok::<_, cloakroom::Error>(user.unwrap_or("nobody".into()))
    };
    let side = Side::of(Router::new().route("/check", get(check))).await;
    for (hash, user, left) in [(HASH, "42", 1), ("0", "nobody", 0)] {
        side.begin(&signed_in(hash));
        assert_eq!(side.browser.get("/check").await.text, user);
        assert_eq!(side.rows().len(), left);
    }
}

#[tokio::test]
async fn nobody_is_told_when_a_session_began_that_does_not_say_it() {
    let pages = |cloakroom: &cloakroom::Cloakroom| account::pages(cloakroom).merge(entrance());
    let side = Side::mounting(pages, |settings| settings).await;
    side.browser.get("/enter").await;
    let own: serde_json::Value =
        serde_json::from_str(&side.browser.get("/account").await.text).unwrap();
    assert_eq!(own[0]["is_this"], true);
    assert_eq!(
        (&own[0]["began"], &own[0]["began_ago"]),
        (&Value::Null, &Value::Null)
    );
    let html = side.browser.get("/account.html").await.text;
    assert!(html.contains("this session"), "{html}");
    assert!(
        !html.contains("signed in") && !html.contains(" ago"),
        "{html}"
    );
}
