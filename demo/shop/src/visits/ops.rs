//! `/ops/` and `/metrics`: who may see them, and who may do something there.

use axum::http::StatusCode;
use cloakroom::store::{AnyStore, MemoryStore};
use cloakroom::testing::Browser;
use cloakroom_ops::audit::AuditLog;

use super::account::{device, is_in, shop};
use super::{browser_noting, browser_over_https, builder_on};

/// Returns the path of the session of `demo` on the dashboard.
async fn session_of_demo(staff: &Browser) -> String {
    let list = staff.get("/ops/sessions?user=demo").await;
    let at = list.text.find("/ops/sessions/").expect("it is listed");
    list.text[at..].split('"').next().unwrap().to_owned()
}

fn title(page: &str) -> Option<&str> {
    page.split("<title>").nth(1)?.split("</title>").next()
}

#[tokio::test]
async fn the_dashboard_is_there_for_staff_alone_and_a_trainee_only_looks() {
    let shop = shop().await;
    let demo = device(&shop, "demo").await;
    let trainee = device(&shop, "trainee").await;
    let session = session_of_demo(&trainee).await;
    for path in [
        "/ops/",
        "/ops/sessions",
        "/ops/audit",
        "/ops/live",
        &session,
    ] {
        for stranger in [&shop, &demo] {
            let page = stranger.get(path).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
            let nowhere = stranger.get("/nowhere").await;
            assert_eq!(title(&page.text), title(&nowhere.text), "{path}");
            assert_eq!(
                page.headers["cache-control"],
                nowhere.headers["cache-control"]
            );
        }
        assert_eq!(trainee.get(path).await.status, StatusCode::OK, "{path}");
    }
    for who in [&shop, &trainee] {
        let style = who.get("/ops/dashboard.css").await;
        assert_eq!(style.status, StatusCode::OK);
        assert_eq!(style.headers["cache-control"], "public, max-age=300");
    }
    trainee.get("/account").await;
    for path in ["revoke", "reveal"].map(|act| format!("{session}/{act}")) {
        let page = trainee.post(&path, &[]).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
    }
    let all = [("user", "demo"), ("told", "1")];
    let page = trainee.post("/ops/revoke", &all).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(is_in(&demo).await);
}

#[tokio::test]
async fn staff_see_values_and_end_sessions_with_the_pages_token_only_and_both_is_noted() {
    let shop = shop().await;
    let demo = device(&shop, "demo").await;
    demo.post("/cart/add/1", &[]).await;
    let staff = device(&shop, "staff").await;
    let session = session_of_demo(&staff).await;
    let hidden = staff.get(&session).await;
    assert!(hidden.text.contains("<dt>cart ") && !hidden.text.contains("{&quot;1&quot;:1}"));
    let own_site = staff.clone().with_header("sec-fetch-site", "same-origin");
    for path in ["revoke", "reveal"].map(|act| format!("{session}/{act}")) {
        let page = own_site.post_raw(&path, "").await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
    }
    let page = own_site.post_raw("/ops/revoke", "user=demo&told=1").await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(is_in(&demo).await);

    let shown = staff.post(&format!("{session}/reveal"), &[]).await;
    assert!(shown.text.contains("{&quot;1&quot;:1}"), "{}", shown.text);
    let answer = staff.post(&format!("{session}/revoke"), &[]).await;
    assert_eq!(answer.location(), Some("/ops/sessions?ended=1"));
    assert!(!is_in(&demo).await && is_in(&staff).await);
    let audit = staff.get("/ops/audit").await.text;
    for act in [">revoke</td>", ">reveal</td>"] {
        assert_eq!(audit.matches(act).count(), 1, "{audit}");
    }
}

#[tokio::test]
async fn prometheus_is_answered_on_this_machine_only() {
    let page = shop().await.get("/metrics").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(
        page.headers["content-type"],
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let page = browser_over_https().await.get("/metrics").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_staff_does_stands_in_a_file_that_the_command_shows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let log = AuditLog::open("CLOAKROOM_AUDIT_LOG", &path).unwrap();
    let here = "127.0.0.1:8000".parse().unwrap();
    let store = AnyStore::inspectable(MemoryStore::new());
    let builder = builder_on(store).allow_plain_http_on_localhost(here);
    let shop = browser_noting(builder, Some(log)).await;
    device(&shop, "demo").await;
    let staff = device(&shop, "staff").await;
    let session = session_of_demo(&staff).await;
    staff.get(&session).await;
    staff.post(&format!("{session}/revoke"), &[]).await;
    let noted = std::fs::read_to_string(&path).unwrap();
    assert!(noted.contains(r#""by":"staff""#), "{noted}");
    assert_eq!(staff.get("/ops").await.location(), Some("/ops/"));
}
