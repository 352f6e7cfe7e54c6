//! Sessions in Django's table.
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use cloakroom::session::Expiry;
use cloakroom::{Cloakroom, KeyRing, Session};
use std::time::Duration;

use super::{KEY, Side, THEIRS, signed};
use crate::site::{Gate, routes};
use crate::watch::Watch;

#[tokio::test]
async fn a_session_is_a_row_and_a_cookie_to_the_letter_as_django_has_them() {
    let side = Side::of(routes()).await;
    let page = side.browser.get("/set/a/é").await;
    let key = side.browser.cookie("sessionid").unwrap();
    assert_eq!(key.len(), 32);
    assert_eq!(
        page.set_cookies(),
        [format!(
            "sessionid={key}; expires=Thu, 15 Jan 2026 00:00:00 GMT; HttpOnly; Max-Age=1209600; Path=/; SameSite=Lax"
        )]
    );
    let row = (
        key,
        r#"{"a":"\u00e9"}"#.into(),
        "2026-01-15 00:00:00".into(),
    );
    assert_eq!(side.rows(), [row]);
    side.browser.get("/plain").await;
    let page = side.browser.get("/get/a").await;
    assert_eq!((page.text.as_str(), page.set_cookies().len()), ("\"é\"", 0));
    assert_eq!(page.headers["vary"], "Cookie");
}

#[tokio::test]
async fn what_nobody_touches_stays_as_python_wrote_it_and_in_its_place() {
    let side = Side::of(routes()).await;
    let json = r#"{"big":1180591620717411303424,"nan":NaN,"lone":"\ud800","\ud801":1,"f":1e+16,"_language":"de","a":1}"#;
    side.begin(json);
    side.browser.get("/set/a/x").await;
    assert_eq!(side.session(), json.replace("\"a\":1", "\"a\":\"x\""));
    side.browser.get("/set/b/y").await;
    let longer = json.replace("\"a\":1}", "\"a\":\"x\",\"b\":\"y\"}");
    assert_eq!(side.session(), longer);
    // Only who asks for what JSON can't say is told so.
    let page = side.browser.get("/get/nan").await;
    assert_eq!(page.status, 500);
    assert_eq!(side.session(), longer);
}

#[tokio::test]
async fn reading_writes_nothing_and_each_save_begins_the_time_anew() {
    let side = Side::of(routes()).await;
    side.browser.get("/set/a/x").await;
    let before = side.rows();
    side.turn(13 * 86_400);
    assert_eq!(side.browser.get("/get/a").await.text, "\"x\"");
    assert_eq!(side.rows(), before);
    let page = side.browser.get("/set/a/y").await;
    assert_eq!(page.set_cookies().len(), 1);
    assert_eq!(side.rows()[0].2, "2026-01-28 00:00:00");
    side.turn(14 * 86_400);
    assert_eq!(side.browser.get("/get/a").await.text, "nothing");
}

async fn wait(State(gate): State<Gate>, session: Session) -> cloakroom::Result<()> {
    gate.pass().await;
    session.update("cart", |cart: &mut Vec<u32>| cart.push(3))?;
    session.set("mine", 1)
}

fn waiting() -> (Router, Gate) {
    let gate = Gate::default();
    let slow = Router::new()
        .route("/slow", get(wait))
        .with_state(gate.clone());
    (routes().merge(slow), gate)
}

#[tokio::test]
async fn a_site_of_local_times_has_them_in_its_rows_and_its_sessions_end_on_time() {
    for (zone, end) in [
        ("Asia/Kolkata", "2026-01-15 05:30:00"),
        ("America/Chicago", "2026-01-14 18:00:00"),
    ] {
        let local = |settings: cloakroom::django::Settings| {
            settings.set("USE_TZ", false).set("TIME_ZONE", zone)
        };
        let side = Side::with(routes(), local).await;
        side.browser.get("/set/a/x").await;
        assert_eq!(side.rows()[0].2, end);
        let key = side.browser.cookie("sessionid").unwrap();
        side.turn(14 * 86_400 - 1);
        side.browser.set_cookie("sessionid", &key);
        assert_eq!(side.browser.get("/get/a").await.text, "\"x\"", "{zone}");
        side.turn(1);
        side.browser.set_cookie("sessionid", &key);
        assert_eq!(side.browser.get("/get/a").await.text, "nothing", "{zone}");
    }
}

#[tokio::test]
async fn what_django_wrote_meanwhile_is_merged() {
    let (routes, gate) = waiting();
    let side = Side::of(routes).await;
    side.begin(r#"{"cart":[1],"theme":"light"}"#);
    let browser = side.browser.clone();
    let slow = tokio::spawn(async move { browser.get("/slow").await });
    gate.reached(1).await;
    side.write(THEIRS, r#"{"cart":[1,2],"theme":"dark","theirs":true}"#);
    gate.open();
    assert_eq!(slow.await.unwrap().status, 200);
    assert_eq!(
        side.session(),
        r#"{"cart":[1,2,3],"theme":"dark","theirs":true,"mine":1}"#
    );
}

#[tokio::test]
async fn what_django_ended_meanwhile_is_not_written_again() {
    let (routes, gate) = waiting();
    let side = Side::of(routes).await;
    side.begin("{}");
    let browser = side.browser.clone();
    let slow = tokio::spawn(async move { browser.get("/slow").await });
    gate.reached(1).await;
    side.delete(THEIRS);
    gate.open();
    assert_eq!(slow.await.unwrap().status, 200);
    assert_eq!(side.rows(), []);
    assert_eq!(side.browser.cookie("sessionid"), None);
}

#[tokio::test]
async fn a_renewed_session_moves_and_requests_under_way_still_find_it() {
    let (routes, gate) = waiting();
    let side = Side::of(routes).await;
    side.begin(r#"{"a":1}"#);
    let browser = side.browser.clone();
    let slow = tokio::spawn(async move { browser.get("/slow").await });
    gate.reached(1).await;
    side.browser.get("/renew").await;
    let key = side.browser.cookie("sessionid").unwrap();
    assert_ne!(key, THEIRS);
    gate.open();
    assert_eq!(slow.await.unwrap().status, 200);
    assert_eq!(side.browser.cookie("sessionid"), Some(key.clone()));
    let rows = side.rows();
    assert_eq!((rows.len(), &rows[0].0), (1, &key));
    assert_eq!(rows[0].1, r#"{"a":1,"cart":[3],"mine":1}"#);
}

#[tokio::test]
async fn a_session_says_of_its_end_what_django_reads() {
    let routes = Router::new()
        .route(
            "/browser",
            get(|s: Session| async move { s.set_expiry(Expiry::WithBrowser) }),
        )
        .route(
            "/minute",
            get(|s: Session| async move { s.set_expiry(Expiry::After(Duration::from_secs(60))) }),
        )
        .route(
            "/date",
            get(|s: Session| async move {
                s.set_expiry(Expiry::At(cloakroom::clock::Timestamp::from_secs(
                    super::START + 3_600,
                )))
            }),
        )
        .route(
            "/site",
            get(|s: Session| async move { s.set_expiry(Expiry::Default) }),
        )
        .merge(routes());
    let side = Side::of(routes).await;
    side.begin(r#"{"a":1}"#);
    for (path, json, end, lasts) in [
        (
            "/browser",
            r#"{"a":1,"_session_expiry":0}"#,
            "2026-01-15 00:00:00",
            false,
        ),
        (
            "/minute",
            r#"{"a":1,"_session_expiry":60}"#,
            "2026-01-01 00:01:00",
            true,
        ),
        (
            "/date",
            r#"{"a":1,"_session_expiry":"2026-01-01T01:00:00+00:00"}"#,
            "2026-01-01 01:00:00",
            true,
        ),
        ("/site", r#"{"a":1}"#, "2026-01-15 00:00:00", true),
    ] {
        side.browser.get(path).await;
        let row = &side.rows()[0];
        assert_eq!((&row.1[..], &row.2[..]), (json, end), "{path}");
        assert_eq!(side.browser.outlives_window("sessionid"), lasts, "{path}");
    }
    // What Django stored as a float, or as a date with an offset, stays so as long as nobody sets another.
    for stored in ["300.5", "\"2026-01-02T02:00:00+02:00\""] {
        let json = format!(r#"{{"_session_expiry":{stored},"a":1}}"#);
        side.write(THEIRS, &json);
        side.browser.get("/set/a/x").await;
        assert_eq!(side.session(), json.replace(":1}", ":\"x\"}"));
    }
}

#[tokio::test]
async fn a_session_that_no_key_here_signed_is_left_alone_until_the_keys_are_the_same() {
    let side = Side::of(routes()).await;
    side.write_raw(THEIRS, &signed("another key", r#"{"a":1}"#));
    side.browser.set_cookie("sessionid", THEIRS);
    let page = side.browser.get("/get/a").await;
    assert_eq!(
        (page.text.as_str(), page.set_cookies().len()),
        ("nothing", 0)
    );
    // What was signed a moment ago may be of a key that this side is about to get.
    let watch = Watch::begin();
    assert_eq!(side.browser.get("/set/a/x").await.status, 503);
    assert!(
        watch.log().contains("SECRET_KEY_FALLBACKS"),
        "{}",
        watch.log()
    );
    assert_eq!(watch.counted("cloakroom_unreadable_writes_total"), 1);
    assert_eq!(side.session(), "no key made this signature");
    let side = side.again(routes(), |s| s.fallback("another key")).await;
    assert_eq!(side.browser.get("/get/a").await.text, "1");
    // What is saved is saved under the present key.
    side.browser.get("/set/a/x").await;
    assert_eq!(side.session(), r#"{"a":"x"}"#);
}

#[tokio::test]
async fn beside_what_no_key_here_signed_long_ago_a_write_begins_a_session_of_its_own() {
    let other = signed("another key", r#"{"a":1}"#);
    for row in [other.as_str(), "", "xx:yy:zz", &format!("{other}\n")] {
        let side = Side::of(routes()).await;
        side.write_raw(THEIRS, row);
        side.browser.set_cookie("sessionid", THEIRS);
        side.turn(16 * 60);
        let page = side.browser.get("/get/a").await;
        assert_eq!((&page.text[..], page.set_cookies().len()), ("nothing", 0));
        assert_eq!(side.browser.get("/set/a/x").await.status, 200, "{row}");
        let key = side.browser.cookie("sessionid").unwrap();
        assert_ne!(key, THEIRS);
        assert_eq!(side.browser.get("/get/a").await.text, "\"x\"");
        // Who has the other key finds his session as it was.
        assert_eq!(side.raw(THEIRS), row);
        assert_eq!(side.rows().len(), 2);
    }
}

#[tokio::test]
async fn what_django_reads_and_this_side_can_t_stays_with_its_cookie_and_is_never_written_over() {
    let routes = routes().route(
        "/enter",
        get(|session: Session| async move { session.login("42") }),
    );
    let side = Side::of(routes).await;
    let large = format!("{{\"a\":\"{}\"}}", "0".repeat(200 << 20));
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(950), "]".repeat(950));
    for json in [large, deep] {
        let row = by_hand(&json);
        side.write_raw(THEIRS, &row);
        side.browser.set_cookie("sessionid", THEIRS);
        let page = side.browser.get("/get/a").await;
        assert_eq!((&page.text[..], page.set_cookies().len()), ("nothing", 0));
        let watch = Watch::begin();
        let page = side.browser.get("/set/a/x").await;
        assert_eq!((page.status.as_u16(), page.set_cookies().len()), (503, 0));
        assert_eq!(watch.counted("cloakroom_unreadable_writes_total"), 1);
        assert_eq!(watch.counted("cloakroom_undecodable_total"), 1);
        assert!(watch.log().contains("larger than") || watch.log().contains("nests deeper"));
        assert!(side.raw(THEIRS) == row);
        assert_eq!(side.browser.cookie("sessionid").as_deref(), Some(THEIRS));
        // Who signs in here begins a session of his own.
        side.browser.get("/enter").await;
        let key = side.browser.cookie("sessionid").unwrap();
        assert_ne!(key, THEIRS);
        assert!(side.raw(THEIRS) == row);
        side.delete(&key);
    }
}

#[tokio::test]
async fn a_session_that_is_a_cookie_and_can_t_be_read_here_is_never_written_over_either() {
    let engine = "django.contrib.sessions.backends.signed_cookies";
    let settings = || cloakroom::django::Settings::new(KEY).set("SESSION_ENGINE", engine);
    let store = cloakroom::store::django::connect("cookie:", &settings()).await;
    let cloakroom = Cloakroom::builder(KeyRing::new(KEY).unwrap())
        .store(store.unwrap())
        .django(settings())
        .sweep_every(None)
        .build()
        .unwrap();
    let enter = get(|session: Session| async move { session.login("42") });
    let app = routes().route("/enter", enter).layer(cloakroom.layer());
    let browser = cloakroom::testing::Browser::of(app);
    let now = cloakroom::clock::Clock::system().now();
    let signer = {
        use cloakroom::django::signing::{Keys, Signer};
        Signer::timestamped(&Keys::new(KEY), cloakroom::django::session::COOKIE_SALT)
    };
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(950), "]".repeat(950));
    let theirs = signer.dumps_json(&deep, now.into(), true);
    browser.set_cookie("sessionid", &theirs);
    let page = browser.get("/get/a").await;
    assert_eq!((&page.text[..], page.set_cookies().len()), ("nothing", 0));
    let watch = Watch::begin();
    let page = browser.get("/set/a/x").await;
    assert_eq!((page.status.as_u16(), page.set_cookies().len()), (503, 0));
    assert_eq!(watch.counted("cloakroom_unreadable_writes_total"), 1);
    assert!(watch.log().contains("nests deeper"), "{}", watch.log());
    assert_eq!(browser.cookie("sessionid").as_deref(), Some(&theirs[..]));
    // Who signs in here begins a session of his own.
    assert_eq!(browser.get("/enter").await.status, 200);
    assert_eq!(browser.get("/who").await.text, "42");
}

fn by_hand(json: &str) -> String {
    use cloakroom::django::signing::{Keys, Signer};
    let signer = Signer::timestamped(&Keys::new(KEY), cloakroom::django::session::SALT);
    signer.dumps_json(json, cloakroom::django::Moment::default(), true)
}

#[tokio::test]
async fn rows_that_are_no_sessions_count_as_none_and_stay_where_they_are() {
    let side = Side::of(routes()).await;
    for junk in [by_hand("[1]"), by_hand("{"), by_hand("")] {
        side.write_raw(THEIRS, &junk);
        side.browser.set_cookie("sessionid", THEIRS);
        assert_eq!(side.browser.get("/get/a").await.text, "nothing");
        assert_eq!(side.browser.cookie("sessionid"), None);
        side.browser.set_cookie("sessionid", THEIRS);
        side.browser.get("/set/a/x").await;
        assert_ne!(side.browser.cookie("sessionid").as_deref(), Some(THEIRS));
        assert_eq!(side.rows().len(), 2, "the junk and a new session");
        side.delete(&side.browser.cookie("sessionid").unwrap());
    }
}

#[tokio::test]
async fn what_django_does_not_draw_is_never_looked_up_and_its_cookie_left_if_django_may_take_it() {
    let side = Side::of(routes()).await;
    for (bad, stays) in [
        ("", false),
        ("short", false),
        ("../../../../etc/passwd0000000000", true),
        (&"a".repeat(33), true),
        (&"A".repeat(32), true),
        ("0d1c9f5e-7a43-4c1e-9c3b-7d9f0a1b2c3d", true),
    ] {
        side.browser.set_cookie("sessionid", bad);
        let page = side.browser.get("/get/a").await;
        assert_eq!(
            (page.status.as_u16(), page.text.as_str()),
            (200, "nothing"),
            "{bad}"
        );
        assert_eq!(side.browser.cookie("sessionid").is_some(), stays, "{bad}");
    }
    side.browser.get("/set/a/x").await;
    assert_eq!(side.browser.cookie("sessionid").unwrap().len(), 32);
}

#[tokio::test]
async fn both_sides_may_be_ten_minutes_apart() {
    let side = Side::of(routes()).await;
    side.begin(r#"{"a":1}"#);
    // Django's clock is ahead: what it signed is from our future.
    let ahead = cloakroom::django::Moment::from_micros((super::START as i64 + 600) * 1_000_000);
    let session = cloakroom::django::json::Object::parse(r#"{"a":2}"#).unwrap();
    let keys = cloakroom::django::signing::Keys::new(KEY);
    let payload = cloakroom::django::session::Payloads::new(&keys).encode(&session, ahead);
    side.write_raw(THEIRS, &payload);
    assert_eq!(side.browser.get("/get/a").await.text, "2");
    side.turn(1_200);
    assert_eq!(side.browser.get("/get/a").await.text, "2");
}

#[tokio::test]
async fn a_store_and_a_dialect_that_don_t_belong_together_don_t_start() {
    let ring = || KeyRing::new(KEY).unwrap();
    let settings = || cloakroom::django::Settings::new(KEY);
    let native = Cloakroom::builder(ring())
        .store_in_memory()
        .django(settings());
    let text = native.build().unwrap_err().to_string();
    assert!(
        text.starts_with("store: keeps no Django sessions"),
        "{text}"
    );
    let shared = cloakroom::store::django::connect("sqlite::memory:", &settings())
        .await
        .unwrap();
    let text = Cloakroom::builder(ring())
        .store(shared)
        .build()
        .unwrap_err()
        .to_string();
    assert!(text.starts_with("store: keeps Django sessions"), "{text}");
    for url in ["memory:", "nonsense", "cookie:", "redis://hunter2"] {
        let text = cloakroom::store::django::connect(url, &settings())
            .await
            .unwrap_err()
            .to_string();
        assert!(
            text.starts_with("store: ") && !text.contains("hunter2"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_value_that_django_emptied_with_none_is_as_good_as_none() {
    let add = |session: Session| async move {
        let before: Vec<u32> = session.get_or_default("cart")?;
        session.update("cart", |cart: &mut Vec<u32>| cart.push(3))?;
        Ok::<_, cloakroom::Error>(before.len().to_string())
    };
    let side = Side::of(Router::new().route("/add", get(add))).await;
    side.begin(r#"{"cart":null,"other":null}"#);
    assert_eq!(side.browser.get("/add").await.text, "0");
    assert_eq!(side.session(), r#"{"cart":[3],"other":null}"#);
    side.write(THEIRS, r#"{"cart":"3"}"#);
    assert_eq!(side.browser.get("/add").await.status, 500);
}
