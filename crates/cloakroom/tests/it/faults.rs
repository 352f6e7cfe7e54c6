//! A store that fails: an outage is never an empty session, and nothing is promised that was not kept.
use axum::Router;
use axum::routing::get;
use cloakroom::messages::Storage;
use cloakroom::store::{AnyStore, MemoryStore};
use cloakroom::testing::{Call, Page};
use cloakroom::{CookieSpec, Cookies, CsrfToken, Error, LazySession, Messages, Session};
use tracing::Level;

use crate::site::{Site, every_store, routes, told};
use crate::watch::Watch;

fn assert_unavailable(page: &Page, what: &str) {
    assert_eq!(page.status, 503, "{what}");
    assert_eq!(page.headers["retry-after"], "2", "{what}");
    assert_eq!(page.headers["cache-control"], "no-store", "{what}");
    assert!(page.set_cookies().is_empty(), "{what}: {page:?}");
    assert!(
        page.text.contains("Nothing that we keep is lost"),
        "{what}: {}",
        page.text
    );
}

/// Pages that say something, set a cookie of their own and print a token, beside what they do.
fn busy() -> Router {
    let busy = |session: Session, messages: Messages, cookies: Cookies, csrf: CsrfToken| async move {
        session.set("busy", true)?;
        messages.success("kept");
        cookies.set(&CookieSpec::new("own"), "1")?;
        Ok::<_, Error>(csrf.to_string())
    };
    let optional = |session: Option<Session>| async move {
        match session {
            Some(session) => told(session.get::<String>("coat")),
            None => "without a session".into(),
        }
    };
    let lazy = |lazy: LazySession| async move {
        let session = lazy.load().await?;
        session.get_or_default::<String>("coat")
    };
    routes()
        .route("/busy", get(busy))
        .route("/optional", get(optional))
        .route("/lazy", get(lazy))
        .route(
            "/said",
            get(|messages: Messages| async move {
                messages
                    .iter()
                    .map(|message| message.to_string())
                    .collect::<String>()
            }),
        )
}

#[tokio::test]
async fn a_store_that_is_down_is_a_503_and_afterwards_all_is_as_before() {
    for (name, store, _folder) in every_store().await {
        let site = Site::on(store, busy(), |settings| settings);
        site.browser.get("/login/ada").await;
        site.browser.get("/set/coat/blue").await;
        site.faults.fail(Call::Load, true);
        for path in ["/get/coat", "/set/coat/red", "/logout", "/busy", "/lazy"] {
            let page = site.browser.get(path).await;
            assert_unavailable(&page, path);
            assert_eq!(page.headers["vary"], "Cookie", "{path}");
        }
        for path in ["/plain", "/said"] {
            assert_eq!(site.browser.get(path).await.status, 200, "{path}");
        }
        site.faults.fail(Call::Load, false);
        assert_eq!(
            site.browser.get("/get/coat").await.text,
            "\"blue\"",
            "{name}"
        );
        assert_eq!(site.browser.get("/who").await.text, "ada", "{name}");
    }
}

#[tokio::test]
async fn guests_without_a_cookie_do_not_notice_that_loading_fails() {
    let site = Site::of(busy());
    site.faults.fail(Call::Load, true);
    assert_eq!(site.browser.get("/get/coat").await.text, "nothing");
    assert_eq!(site.browser.get("/said").await.status, 200);
}

#[tokio::test]
async fn a_page_that_can_do_without_a_session_says_so_and_gets_none() {
    let watch = Watch::begin();
    let site = Site::of(busy());
    site.browser.get("/set/coat/blue").await;
    let page = site.browser.get("/optional").await;
    assert_eq!(page.text, "Some(\"blue\")");
    site.faults.fail(Call::Load, true);
    let page = site.browser.get("/optional").await;
    assert_eq!(
        (page.status.as_u16(), &*page.text),
        (200, "without a session")
    );
    assert!(page.set_cookies().is_empty());
    assert_eq!(
        page.headers["vary"], "Cookie",
        "another visitor's page may differ"
    );
    assert!(watch.traced(Level::ERROR, "a page goes without its session"));
    site.faults.fail(Call::Load, false);
    assert_eq!(site.browser.get("/get/coat").await.text, "\"blue\"");
}

#[tokio::test]
async fn what_cannot_be_saved_is_a_503_without_any_cookie_and_leaves_all_as_it_was() {
    let rows = [
        (Call::Save, "/set/coat/red"),
        (Call::Save, "/busy"),
        (Call::Save, "/count/n"),
        (Call::Rename, "/renew"),
        (Call::Rename, "/login/ada"),
        (Call::Delete, "/login/grace"),
        (Call::Delete, "/logout"),
    ];
    for (name, store, _folder) in every_store().await {
        for (call, path) in rows {
            let what = format!("{name} {path}");
            let site = Site::on(store.clone(), busy(), |settings| settings);
            site.browser.get("/login/ada").await;
            site.browser.get("/set/coat/blue").await;
            let (token, names) = (site.token(), site.browser.cookie_names());
            site.faults.fail(call, true);
            assert_unavailable(&site.browser.get(path).await, &what);
            assert_eq!(site.browser.cookie_names(), names, "{what}");
            site.faults.fail(call, false);
            assert_eq!(site.token(), token, "{what}");
            assert_eq!(site.browser.get("/keys").await.text, "coat", "{what}");
            assert_eq!(
                site.browser.get("/get/coat").await.text,
                "\"blue\"",
                "{what}"
            );
            assert_eq!(site.browser.get("/who").await.text, "ada", "{what}");
        }
    }
}

#[tokio::test]
async fn a_session_that_cannot_be_created_is_a_503_and_gives_no_cookie() {
    for path in ["/set/coat/blue", "/login/ada", "/busy"] {
        let site = Site::of(busy());
        site.faults.fail(Call::Create, true);
        assert_unavailable(&site.browser.get(path).await, path);
        assert!(site.browser.cookie_names().is_empty(), "{path}");
        assert_eq!(site.sessions().await, 0, "{path}");
        site.faults.fail(Call::Create, false);
        assert_eq!(site.browser.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_message_on_a_page_that_could_not_be_saved_is_shown_again() {
    let show_and_change = |session: Session, messages: Messages| async move {
        session.set("coat", "red")?;
        Ok::<_, Error>(
            messages
                .iter()
                .map(|message| message.to_string())
                .collect::<String>(),
        )
    };
    for storage in [Storage::Fallback, Storage::Session, Storage::Cookie] {
        let pages = busy().route("/show", get(show_and_change));
        let site = Site::with(pages, |settings| settings.messages(storage));
        site.browser.get("/busy").await;
        site.faults.fail(Call::Save, true);
        assert_unavailable(&site.browser.get("/show").await, "/show");
        site.faults.fail(Call::Save, false);
        assert_eq!(site.browser.get("/said").await.text, "kept", "{storage:?}");
        assert_eq!(site.browser.get("/said").await.text, "", "{storage:?}");
    }
}

#[tokio::test]
async fn a_deadline_that_cannot_be_pushed_costs_nobody_the_page() {
    let watch = Watch::begin();
    let site = Site::with(busy(), |settings| {
        settings.session(|s| s.push_on_every_request(true).end_with_browser(false))
    });
    site.browser.get("/set/coat/blue").await;
    site.faults.fail(Call::Save, true);
    site.turn(60);
    let page = site.browser.get("/get/coat").await;
    assert_eq!((page.status.as_u16(), &*page.text), (200, "\"blue\""));
    assert!(page.set_cookies().is_empty());
    assert!(watch.traced(Level::ERROR, "could not be reached"));
    assert!(
        !watch.traced(Level::ERROR, "answered 503"),
        "{}",
        watch.log()
    );
    site.faults.fail(Call::Save, false);
    let page = site.browser.get("/get/coat").await;
    assert_eq!(page.set_cookies().len(), 1);
}

#[tokio::test]
async fn messages_that_wait_in_cookies_only_need_no_store() {
    let say = |messages: Messages| async move { messages.info("kept") };
    let pages = busy().route("/say", get(say));
    let site = Site::with(pages, |settings| settings.messages(Storage::Cookie));
    site.browser.get("/set/coat/blue").await;
    site.faults.fail(Call::Load, true);
    site.browser.get("/say").await;
    assert_eq!(site.browser.get("/said").await.text, "kept");
}

#[tokio::test]
async fn a_full_store_refuses_new_visitors_and_keeps_the_others() {
    let full = AnyStore::inspectable(MemoryStore::with_capacity(1));
    let site = Site::on(full, routes(), |settings| settings);
    site.browser.get("/set/coat/blue").await;
    let other = site.browser.another();
    assert_unavailable(&other.get("/set/coat/red").await, "full");
    assert_eq!(site.browser.get("/get/coat").await.text, "\"blue\"");
}

#[tokio::test]
async fn a_failing_store_is_traced_once_for_each_visitor_that_noticed() {
    let watch = Watch::begin();
    let site = Site::of(routes());
    site.browser.get("/set/coat/blue").await;
    for call in [Call::Load, Call::Save] {
        site.faults.fail(call, true);
        site.browser.get("/set/coat/red").await;
        site.faults.fail(call, false);
    }
    let log = watch.log();
    let errors = log.lines().filter(|line| line.contains("ERROR"));
    assert_eq!(errors.count(), 2, "{log}");
}

#[tokio::test]
async fn a_health_check_says_whether_the_store_can_be_used() {
    let site = Site::of(routes());
    site.cloakroom.check_store().await.unwrap();
    site.faults.fail(Call::Check, true);
    let sick = site.cloakroom.check_store().await.unwrap_err();
    assert!(sick.to_string().contains("could not be reached"), "{sick}");
}

#[tokio::test]
async fn a_handlers_own_503_carries_its_cookies() {
    let apologise = |cookies: Cookies| async move {
        cookies.set(&CookieSpec::new("seen"), "1")?;
        Ok::<_, Error>(axum::http::StatusCode::SERVICE_UNAVAILABLE)
    };
    let site = Site::of(routes().route("/sorry", get(apologise)));
    let page = site.browser.get("/sorry").await;
    assert_eq!(page.status, 503);
    assert_eq!(site.browser.cookie("seen").as_deref(), Some("1"));
}
