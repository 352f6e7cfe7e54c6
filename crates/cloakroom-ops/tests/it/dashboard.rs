//! The dashboard as staff see it: behind its guard, escaped, with each act checked and noted.
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use cloakroom::session::{Event, EventKind, Login};
use cloakroom::store::{AnyStore, MemoryStore};
use cloakroom::testing::{Browser, Page};
use cloakroom::{Cloakroom, KeyRing, Session};
use cloakroom_ops::audit::AuditLog;
use cloakroom_ops::dashboard::{Role, Staff, dashboard};
use cloakroom_ops::figures::Figures;

use crate::command::PRIVATE;

const NASTY: &str = "<img src=x onerror=alert(1)>";

type Told = Arc<Mutex<Vec<Event>>>;

/// A site whose users named `reader`, `operator` and `revealer` may look at it.
pub(crate) fn site(log: Option<AuditLog>) -> (Browser, Cloakroom) {
    site_with(&KeyRing::generate_secret(), log)
}

/// The same with this secret.
pub(crate) fn site_with(secret: &str, log: Option<AuditLog>) -> (Browser, Cloakroom) {
    site_telling(secret, log, &Told::default())
}

/// The same that tells what happens.
fn site_telling(secret: &str, log: Option<AuditLog>, told: &Told) -> (Browser, Cloakroom) {
    let keys = KeyRing::new(secret).unwrap();
    let told = told.clone();
    let cloakroom = Cloakroom::builder(keys)
        .store(AnyStore::inspectable(MemoryStore::new()))
        .sweep_every(None)
        .on_event(move |event| told.lock().unwrap().push(event.clone()))
        .build()
        .unwrap();
    let guard = |session: &Session| {
        let user = session.user_id()?;
        let role = match user.as_str() {
            "reader" => Role::Reader,
            "operator" => Role::Operator,
            "revealer" => Role::Revealer,
            _ => return None,
        };
        Some(Staff::new(user, role))
    };
    let mut ops = dashboard(&cloakroom, guard).figures(Figures::new());
    if let Some(log) = log {
        ops = ops.audit(log);
    }
    let login = |session: Session, Path(user): Path<String>| async move {
        session.set("secret", PRIVATE)?;
        session.set(NASTY, NASTY)?;
        session.login(Login::user(user).method(NASTY))
    };
    let app = Router::new()
        .route("/login/{user}", get(login))
        .nest("/ops/", ops.router())
        .layer(cloakroom.layer());
    (Browser::of(app), cloakroom)
}

pub(crate) async fn enter(browser: &Browser, user: &str) -> Browser {
    let browser = browser.another();
    browser.get(&format!("/login/{user}")).await;
    browser.with_header("sec-fetch-site", "same-origin")
}

pub(crate) async fn handle_of(cloakroom: &Cloakroom, user: &str) -> String {
    let listed = cloakroom.sessions_of(user).await.unwrap();
    cloakroom_ops::handle::digits(&listed[0].key)
}

fn assert_harmless(page: &Page) {
    assert!(!page.text.contains("<img"), "{}", page.text);
    assert!(!page.text.contains(PRIVATE), "{}", page.text);
}

#[tokio::test]
async fn who_the_guard_does_not_let_in_finds_no_page_at_all() {
    let (browser, _) = site(None);
    let demo = enter(&browser, "demo").await;
    for who in [&browser, &demo] {
        for path in [
            "/ops/",
            "/ops/live",
            "/ops/sessions",
            "/ops/audit",
            "/ops/sessions/00112233",
        ] {
            assert_eq!(who.get(path).await.status, 404, "{path}");
        }
        assert_eq!(
            who.post("/ops/revoke", &[("user", "demo")])
                .await
                .status
                .as_u16()
                / 100,
            4
        );
    }
    let reader = enter(&browser, "reader").await;
    assert_eq!(reader.get("/ops/").await.status, 200);
}

#[tokio::test]
async fn names_and_values_are_escaped_and_values_hidden() {
    let (browser, cloakroom) = site(None);
    enter(&browser, "%3Cimg%20src=x%3E").await;
    let operator = enter(&browser, "operator").await;
    let handle = handle_of(&cloakroom, "<img src=x>").await;
    for path in [
        "/ops/",
        "/ops/live",
        "/ops/sessions",
        "/ops/sessions?user=%3Cimg%20src=x%3E&device=%22%3E%3Cimg&older=%3Cimg",
        "/ops/sessions?handle=%3Cimg",
        &format!("/ops/sessions/{handle}"),
        "/ops/audit",
    ] {
        let page = operator.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(page.headers["cache-control"], "no-store", "{path}");
        assert_harmless(&page);
    }
    let list = operator.get("/ops/sessions?user=%3Cimg%20src=x%3E").await;
    assert!(list.text.contains("&lt;img src=x&gt;"), "{}", list.text);
    assert!(list.text.contains(&handle[..12]), "{}", list.text);
}

#[tokio::test]
async fn values_are_shown_to_who_may_see_them_and_that_is_noted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let log = AuditLog::open("audit", &path).unwrap();
    let (browser, cloakroom) = site(Some(log));
    enter(&browser, "ada").await;
    let handle = handle_of(&cloakroom, "ada").await;
    let reveal = format!("/ops/sessions/{handle}/reveal");
    for (user, status) in [("reader", 403), ("operator", 403), ("revealer", 200)] {
        let staff = enter(&browser, user).await;
        let page = staff.post(&reveal, &[]).await;
        assert_eq!(page.status, status, "{user}");
        assert_eq!(page.text.contains(PRIVATE), status == 200, "{user}");
    }
    let entries = AuditLog::open("audit", &path).unwrap().last(9).unwrap();
    let acts: Vec<_> = entries
        .iter()
        .map(|it| (&*it.by, &*it.act, &*it.target))
        .collect();
    assert_eq!(acts, [("revealer", "reveal", handle.as_str())]);
}

#[tokio::test]
async fn a_reader_ends_nothing_and_an_operator_one_session_or_a_users() {
    let (browser, cloakroom) = site(None);
    let ada = enter(&browser, "ada").await;
    enter(&browser, "bob").await;
    let handle = handle_of(&cloakroom, "ada").await;
    let revoke = format!("/ops/sessions/{handle}/revoke");
    let reader = enter(&browser, "reader").await;
    let page = reader.get(&format!("/ops/sessions/{handle}")).await;
    assert!(!page.text.contains("<form"), "{}", page.text);
    assert_eq!(reader.post(&revoke, &[]).await.status, 403);
    assert_eq!(
        reader.post("/ops/revoke", &[("told", "1")]).await.status,
        403
    );
    assert_eq!(cloakroom.sessions_of("ada").await.unwrap().len(), 1);
    let operator = enter(&browser, "operator").await;
    assert_eq!(operator.post(&revoke, &[]).await.status, 303);
    assert_eq!(cloakroom.sessions_of("ada").await.unwrap().len(), 0);
    assert_eq!(ada.get("/ops/").await.status, 404);
    // How many those are comes first, and nothing is ended by it.
    let page = operator.post("/ops/revoke", &[("user", "bob")]).await;
    assert!(page.text.contains("Revoke 1 session?"), "{}", page.text);
    assert_eq!(cloakroom.sessions_of("bob").await.unwrap().len(), 1);
    let page = operator
        .post("/ops/revoke", &[("user", "bob"), ("told", "1")])
        .await;
    assert_eq!(page.location(), Some("/ops/audit?ended=1"));
    let page = operator.get("/ops/audit?ended=1").await;
    assert!(page.text.contains("Ended: 1 session."), "{}", page.text);
    assert_eq!(cloakroom.sessions_of("bob").await.unwrap().len(), 0);
    let audit = operator.get("/ops/audit").await;
    assert!(
        audit.text.contains("user &quot;bob&quot;") && audit.text.contains(&handle),
        "{}",
        audit.text
    );
    for (query, found) in [
        ("user=bob", [true, false]),
        ("user=bob&by=operator&act=revoke&since=1d", [true, false]),
        ("by=operator", [true, true]),
        ("by=reader", [false, false]),
        ("until=1970-01-01", [false, false]),
        ("since=yesterday", [false, false]),
    ] {
        let page = operator.get(&format!("/ops/audit?{query}")).await;
        assert_eq!(page.status, 200, "{query}");
        let rows = [">user &quot;bob&quot;", &format!("sessions/{handle}")];
        assert_eq!(rows.map(|it| page.text.contains(it)), found, "{query}");
    }
    assert_eq!(operator.get("/ops/").await.status, 200);
}

#[tokio::test]
async fn what_an_operator_ends_is_told_to_who_listens() {
    let told = Told::default();
    let (browser, cloakroom) = site_telling(&KeyRing::generate_secret(), None, &told);
    for user in ["ada", "bob", "bob"] {
        enter(&browser, user).await;
    }
    let operator = enter(&browser, "operator").await;
    let handle = handle_of(&cloakroom, "ada").await;
    operator
        .post(&format!("/ops/sessions/{handle}/revoke"), &[])
        .await;
    let bob = [("user", "bob"), ("told", "2")];
    operator.post("/ops/revoke", &bob).await;
    let told = told.lock().unwrap();
    let mut revoked: Vec<_> = told
        .iter()
        .filter(|event| event.kind == EventKind::Revoked)
        .map(|event| (event.user.as_deref(), event.session.is_some()))
        .collect();
    revoked.sort();
    let expected = [("ada", true), ("bob", true), ("bob", true)];
    assert_eq!(revoked, expected.map(|(user, id)| (Some(user), id)));
}

#[tokio::test]
async fn a_handle_that_was_made_up_leads_nowhere_and_ends_nothing() {
    let (browser, cloakroom) = site(None);
    enter(&browser, "ada").await;
    let staff = enter(&browser, "revealer").await;
    let long = "a".repeat(10_000);
    for handle in [
        "x",
        "0000000",
        &"0".repeat(64),
        &long,
        "%00",
        "..%2f..",
        "%3Cimg%3E",
    ] {
        let path = format!("/ops/sessions/{handle}");
        assert_eq!(staff.get(&path).await.status, 404, "{handle:.20}");
        for act in ["reveal", "revoke"] {
            let page = staff.post(&format!("{path}/{act}"), &[]).await;
            assert_eq!(page.status, 404, "{handle:.20} {act}");
        }
    }
    assert_eq!(cloakroom.sessions_of("ada").await.unwrap().len(), 1);
    let audit = staff.get("/ops/audit").await;
    assert!(audit.text.contains("Nothing so far"), "{}", audit.text);
}

#[tokio::test]
async fn an_act_that_another_page_sends_is_refused() {
    let (browser, cloakroom) = site(None);
    let operator = browser.another();
    operator.get("/login/operator").await;
    enter(&browser, "ada").await;
    let handle = handle_of(&cloakroom, "ada").await;
    let forged = operator.with_header("sec-fetch-site", "cross-site");
    for path in [
        format!("/ops/sessions/{handle}/reveal"),
        format!("/ops/sessions/{handle}/revoke"),
        "/ops/revoke".into(),
    ] {
        let page = forged.post(&path, &[("user", "ada"), ("told", "1")]).await;
        assert_eq!(page.status, 403, "{path}");
    }
    assert_eq!(cloakroom.sessions_of("ada").await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_site_that_checks_nothing_has_a_dashboard_that_does_nothing() {
    let keys = KeyRing::new(KeyRing::generate_secret()).unwrap();
    let cloakroom = Cloakroom::builder(keys)
        .store_in_memory()
        .csrf(|csrf| csrf.off())
        .build()
        .unwrap();
    let ops = dashboard(&cloakroom, |_: &Session| {
        Some(Staff::new("anybody", Role::Revealer))
    });
    let app = Router::new()
        .nest("/ops/", ops.router())
        .layer(cloakroom.layer());
    let page = Browser::of(app).post("/ops/revoke", &[("told", "1")]).await;
    assert_eq!(page.status, 403);
}

#[tokio::test]
async fn a_store_that_cannot_be_looked_into_says_so() {
    let keys = KeyRing::new(KeyRing::generate_secret()).unwrap();
    let cloakroom = Cloakroom::builder(keys)
        .store(AnyStore::from(MemoryStore::new()))
        .build()
        .unwrap();
    let ops = dashboard(&cloakroom, |_: &Session| {
        Some(Staff::new("op", Role::Reader))
    });
    let app = Router::new()
        .nest("/ops/", ops.router())
        .layer(cloakroom.layer());
    let browser = Browser::of(app);
    assert_eq!(browser.get("/ops/").await.status, 200);
    let page = browser.get("/ops/sessions").await;
    assert_eq!(page.status, 503);
    assert!(page.text.contains("can't list its sessions"));
}
