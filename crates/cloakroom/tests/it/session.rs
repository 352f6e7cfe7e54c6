//! What a session costs, and what it keeps.
mod limits;

use std::collections::BTreeMap;

use axum::Router;
use axum::routing::get;
use cloakroom::store::{AnyStore, MemoryStore};
use cloakroom::testing::Call::{Create, Delete, Load, Rename, Save};
use cloakroom::{Error, Key, LazySession, MAX_DEPTH, Messages, Session};
use limits::nested;

use crate::site::{Site, assert_untouched, every_store, memory, routes, told};

/// A site whose only page does this with the session and tells what came of it.
fn page<F>(work: F) -> Router
where
    F: Fn(&Session) -> String + Clone + Send + Sync + 'static,
{
    routes().route(
        "/work",
        get(|session: Session| async move { work(&session) }),
    )
}

#[tokio::test]
async fn a_handler_that_asks_for_nothing_costs_nothing_whatever_cookies_come() {
    let site = Site::of(routes());
    let guest = site.browser.another();
    site.browser.get("/set/a/1").await;
    let forged = site.with_token("forged");
    let before = site.faults.all_calls();
    for browser in [guest, site.browser.clone(), forged] {
        let page = browser.get("/plain").await;
        assert_eq!(page.text, "Good evening.");
        assert_untouched(&page);
    }
    assert_eq!(site.faults.all_calls(), before);
}

#[tokio::test]
async fn a_lazy_session_costs_nothing_until_it_is_loaded_and_then_one_call() {
    let load_if_asked = |lazy: LazySession, request: axum::extract::Request| async move {
        if request.uri().query() == Some("load") {
            let (one, two) = (lazy.load().await?, lazy.clone().load().await?);
            two.set("b", one.get::<String>("a")?)?;
        }
        Ok::<_, cloakroom::Error>("done")
    };
    let site = Site::of(routes().route("/lazy", get(load_if_asked)));
    site.browser.get("/set/a/1").await;
    let page = site.browser.get("/lazy").await;
    assert_untouched(&page);
    assert_eq!(site.calls([Load, Save]), [0, 0]);
    site.browser.get("/lazy?load").await;
    assert_eq!(site.calls([Load, Save]), [1, 1]);
    assert_eq!(site.browser.get("/get/b").await.text, "\"1\"");
}

#[tokio::test]
async fn each_page_costs_the_store_calls_that_it_needs_and_no_more() {
    let rows = [
        // page -> load, create, save, rename, delete
        ("/get/a", [0, 0, 0, 0, 0]),
        ("/keys", [0, 0, 0, 0, 0]),
        ("/renew", [0, 0, 0, 0, 0]),
        ("/logout", [0, 0, 0, 0, 0]),
        ("/set/a/1", [0, 1, 0, 0, 0]),
        ("/get/a", [1, 0, 0, 0, 0]),
        ("/set/a/1", [1, 0, 0, 0, 0]),
        ("/set/a/2", [1, 0, 1, 0, 0]),
        ("/count/n", [1, 0, 1, 0, 0]),
        ("/plain", [0, 0, 0, 0, 0]),
        ("/renew", [1, 0, 0, 1, 0]),
        ("/login/ada", [1, 0, 0, 1, 0]),
        ("/who", [1, 0, 0, 0, 0]),
        ("/logout", [1, 0, 0, 0, 1]),
        ("/get/a", [0, 0, 0, 0, 0]),
        ("/login/ada", [0, 1, 0, 0, 0]),
    ];
    let site = Site::of(routes());
    for (path, expected) in rows {
        let calls = || site.calls([Load, Create, Save, Rename, Delete]);
        let before = calls();
        assert_eq!(site.browser.get(path).await.status, 200, "{path}");
        let after = calls();
        let spent: [usize; 5] = std::array::from_fn(|at| after[at] - before[at]);
        assert_eq!(spent, expected, "{path}");
    }
}

#[tokio::test]
async fn reading_creates_no_row_and_sets_no_cookie() {
    let read = page(|session| {
        let read = session.get::<u8>("a").and_then(|_| session.take::<u8>("b"));
        let removed = session.remove("c").and_then(|()| session.clear());
        format!("{read:?} {removed:?} {}", session.contains("d"))
    });
    let site = Site::of(read);
    let page = site.browser.get("/work").await;
    assert_eq!(page.text, "Ok(None) Ok(()) false");
    assert!(page.set_cookies().is_empty());
    assert_eq!(site.sessions().await, 0);
}

#[tokio::test]
async fn what_is_set_and_removed_in_one_request_leaves_no_trace() {
    let site = Site::of(page(|session| {
        told(session.set("a", 1).and_then(|()| session.remove("a")))
    }));
    assert!(site.browser.get("/work").await.set_cookies().is_empty());
    site.browser.get("/set/b/1").await;
    site.browser.get("/work").await;
    assert_eq!(site.calls([Create, Save]), [1, 0]);
}

#[tokio::test]
async fn a_handler_with_several_arguments_loads_once_and_all_see_the_same() {
    let several = |one: Session, lazy: LazySession, _: Messages, two: Session| async move {
        one.set("a", 1)?;
        let three = lazy.load().await?;
        let seen = (two.get::<u8>("a")?, three.get::<u8>("a")?);
        Ok::<_, cloakroom::Error>(format!("{seen:?}"))
    };
    let site = Site::of(routes().route("/several", get(several)));
    site.browser.get("/set/b/1").await;
    let page = site.browser.get("/several").await;
    assert_eq!(page.text, "(Some(1), Some(1))");
    assert_eq!(site.calls([Load, Save]), [1, 1]);
}

#[tokio::test]
async fn values_of_any_shape_come_back_as_they_were() {
    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Coat {
        colour: String,
        buttons: Option<u8>,
    }
    const COAT: Key<Vec<Coat>> = Key::new("coat");
    let blue = || Coat {
        colour: "blue \"\\\u{0} – 🧥".into(),
        buttons: None,
    };
    for (name, store, _folder) in every_store().await {
        let site = Site::on(
            store,
            page(move |session| match session.get(&COAT) {
                Ok(None) => told(session.set(&COAT, vec![blue()])),
                got => (got.unwrap() == Some(vec![blue()])).to_string(),
            }),
            |settings| settings,
        );
        assert_eq!(site.browser.get("/work").await.text, "()", "{name}");
        assert_eq!(site.browser.get("/work").await.text, "true", "{name}");
    }
}

#[tokio::test]
async fn a_value_of_another_type_is_an_error_that_names_its_key_and_stays() {
    let site = Site::of(page(|session| {
        [
            told(session.get::<u32>("name")),
            told(session.get_or_default::<u32>("name")),
            told(session.take::<u32>("name")),
            told(session.update("name", |count: &mut u32| *count += 1)),
        ]
        .join("\n")
    }));
    site.browser.get("/set/name/Ada").await;
    let page = site.browser.get("/work").await;
    let error = "session key `name` does not hold the type asked for";
    assert_eq!(page.text, [error; 4].join("\n"));
    assert_eq!(site.browser.get("/get/name").await.text, "\"Ada\"");
    assert_eq!(site.calls([Save]), [0]);
}

#[tokio::test]
async fn a_handlers_mistake_is_answered_with_the_status_that_fits_and_changes_nothing() {
    type Work = fn(&Session) -> cloakroom::Result<()>;
    let rows: [(Work, u16); 5] = [
        (|session| session.get::<u32>("name").map(drop), 500),
        (|session| session.set("_own", 1), 500),
        (|session| session.set("deep", nested(MAX_DEPTH + 1)), 413),
        (|session| session.set("large", "x".repeat(1 << 20)), 413),
        (|session| session.set("fine", "x".repeat(1 << 19)), 200),
    ];
    for (work, status) in rows {
        let work = move |session: Session| async move {
            session.set("half", true)?;
            work(&session)
        };
        let site = Site::of(routes().route("/work", get(work)));
        site.browser.get("/set/name/Ada").await;
        let page = site.browser.get("/work").await;
        assert_eq!(page.status, status);
        assert!(!page.text.contains("Ada"), "{}", page.text);
        let half = site.browser.get("/get/half").await.text;
        let expected = if status == 200 { "true" } else { "nothing" };
        assert_eq!(half, expected, "what a handler did before its mistake");
    }
}

#[tokio::test]
async fn names_with_an_underscore_are_the_librarys_own() {
    let site = Site::of(page(|session| {
        [
            told(session.set("_messages", 1)),
            told(session.update("_messages", |_: &mut u8| ())),
            told(session.remove("_")),
            told(session.take::<u8>("_x")),
        ]
        .join("\n")
    }));
    let page = site.browser.get("/work").await;
    for (line, key) in page.text.lines().zip(["_messages", "_messages", "_", "_x"]) {
        let expected =
            format!("session key `{key}` starts with an underscore, which is the library's own");
        assert_eq!(line, expected);
    }
}

#[tokio::test]
async fn any_text_is_a_name_and_names_are_listed_in_order() {
    let names = ["", " ", "ключ", "🧥", "a\0b", "a.b", "$"];
    for (store_name, store, _folder) in every_store().await {
        let site = Site::on(
            store,
            page(move |session| {
                if session.keys().is_empty() {
                    for name in names {
                        session.set(name, name).unwrap();
                    }
                }
                for name in names {
                    assert!(session.contains(name));
                    assert_eq!(session.get::<String>(name).unwrap().unwrap(), name);
                }
                format!("{:?}", session.keys())
            }),
            |settings| settings,
        );
        let mut sorted = names;
        sorted.sort_unstable();
        for _ in 0..2 {
            let page = site.browser.get("/work").await;
            assert_eq!(page.text, format!("{sorted:?}"), "{store_name}");
        }
    }
}

#[tokio::test]
async fn take_remove_and_clear_take_effect_at_once_and_for_good() {
    let site = Site::of(page(|session| {
        let taken = session.take::<String>("a").unwrap();
        session.remove("b").unwrap();
        let after = (session.contains("a"), session.get::<String>("b").unwrap());
        format!("{taken:?} {after:?} {:?}", session.keys())
    }));
    for path in ["/set/a/1", "/set/b/2", "/set/c/3"] {
        site.browser.get(path).await;
    }
    let page = site.browser.get("/work").await;
    assert_eq!(page.text, "Some(\"1\") (false, None) [\"c\"]");
    assert_eq!(site.browser.get("/keys").await.text, "c");
}

#[tokio::test]
async fn clearing_keeps_the_token_the_user_and_the_waiting_messages() {
    let clear = |session: Session, messages: Messages| async move {
        messages.info("still here");
        session.clear()
    };
    let settings = |s: cloakroom::Builder| s.messages(cloakroom::messages::Storage::Session);
    let pages = routes().route("/clear", get(clear)).route(
        "/messages",
        get(|messages: Messages| async move { messages.iter().next().unwrap().to_string() }),
    );
    let site = Site::with(pages, settings);
    site.browser.get("/login/ada").await;
    site.browser.get("/set/a/1").await;
    let token = site.token();
    site.browser.get("/clear").await;
    site.browser.get("/clear").await;
    assert_eq!(site.token(), token);
    assert_eq!(site.browser.get("/who").await.text, "ada");
    assert_eq!(site.browser.get("/keys").await.text, "");
    assert_eq!(site.browser.get("/messages").await.text, "still here");
}

#[tokio::test]
async fn a_nested_change_is_found_without_telling() {
    const CART: Key<BTreeMap<String, Vec<u32>>> = Key::new("cart");
    let site = Site::of(page(|session| {
        let mut cart = session.get_or_default(&CART).unwrap();
        cart.entry("hats".into()).or_default().push(7);
        let count = cart["hats"].len();
        session.set(&CART, cart).unwrap();
        count.to_string()
    }));
    for count in ["1", "2", "3"] {
        assert_eq!(site.browser.get("/work").await.text, count);
    }
}

#[tokio::test]
async fn the_store_never_sees_the_token() {
    let (store, folder) = crate::site::sqlite().await;
    let site = Site::on(store, routes(), |settings| settings);
    site.browser.get("/set/a/recognisable").await;
    site.browser.get("/login/ada").await;
    let token = site.token();
    let files = std::fs::read_dir(folder.path()).unwrap();
    let bytes: Vec<u8> = files
        .flat_map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .collect();
    let has = |wanted: &[u8]| memchr::memmem::find(&bytes, wanted).is_some();
    let raw = decoded(&token);
    // The first byte is the rack, which is no secret.
    assert!(has(b"recognisable") && has(&digest(&raw)[1..]));
    assert!(!has(token.as_bytes()) && !has(&raw[1..]));
}

fn decoded(token: &str) -> Vec<u8> {
    use base64::Engine;
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    engine.decode(token).expect("a token is base64url")
}

fn digest(raw: &[u8]) -> Vec<u8> {
    use sha2::Digest;
    sha2::Sha256::digest(raw).to_vec()
}

#[tokio::test]
async fn a_name_for_logs_tells_sessions_apart_and_is_not_the_token() {
    let name = page(|session| session.id_for_logs().unwrap_or_default());
    let site = Site::on(memory(), name, |settings| settings);
    assert_eq!(site.browser.get("/work").await.text, "");
    let mut names = Vec::new();
    for browser in [site.browser.clone(), site.browser.another()] {
        browser.get("/set/a/1").await;
        let name = browser.get("/work").await.text;
        assert_eq!(name, browser.get("/work").await.text);
        assert!(!browser.cookie("sessionid").unwrap().contains(&name));
        names.push(name);
    }
    assert_ne!(names[0], names[1]);
}

#[tokio::test]
async fn an_operator_sees_whose_sessions_there_are() {
    let site = Site::of(routes());
    site.browser.get("/login/ada").await;
    site.browser.another().get("/set/a/1").await;
    let now = site.clock.now();
    let of_ada = site.store.of_user("ada", now).await.unwrap();
    assert_eq!(of_ada.len(), 1);
    assert_eq!(site.store.list(None, 10, now).await.unwrap().len(), 2);
    let blind: AnyStore = MemoryStore::new().into();
    assert!(blind.count(now).await.is_err(), "nobody can look into it");
}

#[tokio::test]
async fn an_error_says_where_a_value_is_of_another_shape_and_not_what_it_is() {
    let site = Site::of(page(|session| {
        let Err(error @ Error::Decode { .. }) = session.get::<u32>("name") else {
            panic!("it is text");
        };
        std::error::Error::source(&error).unwrap().to_string()
    }));
    site.browser.get("/set/name/Ada").await;
    let page = site.browser.get("/work").await;
    assert_eq!(page.text, "it has another shape at line 1 column 5");
}
