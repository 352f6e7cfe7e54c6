//! The dashboard at work: what operators search for, end and are told.
use cloakroom::testing::Page;

use crate::dashboard::{enter, handle_of, site};

/// Returns what a form on this page would send under this name.
fn field<'a>(page: &'a Page, name: &str) -> &'a str {
    let begins = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.text.rsplit_once(&begins).expect("it has this field");
    rest.split('"').next().expect("it ends")
}

#[tokio::test]
async fn a_crowd_that_grew_since_it_was_counted_is_asked_for_anew() {
    let (browser, cloakroom) = site(None);
    let live = async || cloakroom.sessions_of("ada").await.unwrap().len();
    enter(&browser, "ada").await;
    let operator = enter(&browser, "operator").await;
    let asked = operator.post("/ops/revoke", &[("user", "ada")]).await;
    let told = field(&asked, "told").to_owned();
    let at = field(&asked, "asked").to_owned();
    assert_eq!(told, "1");
    enter(&browser, "ada").await;
    let form = [("user", "ada"), ("told", &*told), ("asked", &*at)];
    let again = operator.post("/ops/revoke", &form).await;
    assert!(again.text.contains("Revoke 2 sessions?"), "{}", again.text);
    assert!(again.text.contains("Nothing was ended"), "{}", again.text);
    assert_eq!(live().await, 2);
    let form = [("user", "ada"), ("told", "2"), ("asked", &*at)];
    let done = operator.post("/ops/revoke", &form).await;
    assert_eq!(done.location(), Some("/ops/audit?ended=2"));
    // Whoever came after the question was not meant by it.
    enter(&browser, "ada").await;
    let early = [("user", "ada"), ("told", "9"), ("asked", "1")];
    operator.post("/ops/revoke", &early).await;
    assert_eq!(live().await, 1);
}

#[tokio::test]
async fn what_was_not_understood_or_not_found_has_no_button_that_ends() {
    let (browser, _) = site(None);
    let operator = enter(&browser, "operator").await;
    for (query, button) in [
        ("", true),
        ("?user=operator", true),
        ("?user=nobody", false),
        ("?handle=12", false),
        ("?older=x", false),
        ("?older=30d", false),
        ("?device=Lynx", false),
    ] {
        let page = operator.get(&format!("/ops/sessions{query}")).await;
        assert_eq!(page.status, 200, "{query}");
        assert_eq!(page.text.contains("class=\"danger\""), button, "{query}");
    }
}

#[tokio::test]
async fn the_id_that_logs_show_finds_its_session() {
    let (browser, cloakroom) = site(None);
    enter(&browser, "ada").await;
    let staff = enter(&browser, "reader").await;
    let listed = &cloakroom.sessions_of("ada").await.unwrap()[0];
    let id = cloakroom.log_id(&listed.key);
    let found = staff.get(&format!("/ops/sessions?handle={id}")).await;
    assert_eq!(found.location(), Some(&*format!("/ops/sessions/{id}")));
    let page = staff.get(&format!("/ops/sessions/{id}")).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains(&handle_of(&cloakroom, "ada").await));
}

#[tokio::test]
async fn users_whose_names_look_alike_are_told_apart() {
    let (browser, cloakroom) = site(None);
    let users = [
        "demo",
        "%20demo",
        "demo%20",
        "de%E2%80%8Bmo",
        "%EF%BB%BFdemo",
    ];
    for user in users {
        enter(&browser, user).await;
    }
    let operator = enter(&browser, "operator").await;
    let list = operator.get("/ops/sessions").await.text;
    for shown in [
        "\\u{20}demo",
        "demo\\u{20}",
        "de\\u{200b}mo",
        "\\u{feff}demo",
    ] {
        assert!(
            list.contains(&format!("<td data-name=\"User\">{shown}<")),
            "{shown}: {list}"
        );
    }
    let page = operator.get("/ops/sessions?user=%20demo").await;
    assert!(
        page.text.contains("name=\"user\" value=\" demo\""),
        "{}",
        page.text
    );
    let asked = operator.post("/ops/revoke", &[("user", " demo")]).await;
    assert!(asked.text.contains("Revoke 1 session?"), "{}", asked.text);
    let form = [("user", "de\u{200b}mo"), ("told", "1")];
    operator.post("/ops/revoke", &form).await;
    assert_eq!(cloakroom.sessions_of("demo").await.unwrap().len(), 1);
    assert_eq!(
        cloakroom.sessions_of("de\u{200b}mo").await.unwrap().len(),
        0
    );
}

#[tokio::test]
async fn who_ends_the_own_session_is_told_so() {
    let (browser, cloakroom) = site(None);
    for everybody in [false, true] {
        let operator = enter(&browser, "operator").await;
        let list = operator.get("/ops/sessions").await.text;
        assert_eq!(list.matches("(you)").count(), 1, "{list}");
        let handle = handle_of(&cloakroom, "operator").await;
        let page = operator.get(&format!("/ops/sessions/{handle}")).await;
        assert!(page.text.contains("your own session"), "{}", page.text);
        let done = if everybody {
            let asked = operator.post("/ops/revoke", &[]).await;
            assert!(
                asked.text.contains("Your own is among them"),
                "{}",
                asked.text
            );
            let told = field(&asked, "told").to_owned();
            operator.post("/ops/revoke", &[("told", &told)]).await
        } else {
            operator
                .post(&format!("/ops/sessions/{handle}/revoke"), &[])
                .await
        };
        assert_eq!(done.status, 200);
        assert!(done.text.contains("You are signed out"), "{}", done.text);
        assert_eq!(operator.get("/ops/").await.status, 404);
    }
}

#[tokio::test]
async fn what_goes_wrong_is_said_in_the_frame_with_a_way_back_to_staff_alone() {
    let (browser, cloakroom) = site(None);
    let reader = enter(&browser, "reader").await;
    let operator = enter(&browser, "operator").await;
    let revoke = format!(
        "/ops/sessions/{}/revoke",
        handle_of(&cloakroom, "reader").await
    );
    let sent = [
        (operator.get("/ops/sessions/00112233").await, 404),
        (operator.get("/ops/nowhere").await, 404),
        (operator.get(&revoke).await, 405),
        (operator.post("/ops/revoke", &[("older", "x")]).await, 422),
        (operator.post("/ops/revoke", &[("told", "x")]).await, 422),
        (reader.post(&revoke, &[]).await, 403),
    ];
    for (page, status) in sent {
        assert_eq!(page.status, status, "{}", page.text);
        assert!(page.text.contains("<nav"), "{status}: {}", page.text);
        assert!(
            page.text.contains("href=\"/ops/sessions\""),
            "{status}: {}",
            page.text
        );
    }
    let stranger = enter(&browser, "ada").await;
    for page in [
        stranger.get(&revoke).await,
        stranger.get("/ops/nowhere").await,
        stranger.post("/ops/revoke", &[("told", "x")]).await,
    ] {
        assert_eq!(page.status, 404);
        assert!(!page.text.contains("<nav"), "{}", page.text);
    }
}

#[tokio::test]
async fn a_users_sessions_come_a_page_at_a_time() {
    let (browser, cloakroom) = site(None);
    for _ in 0..51 {
        enter(&browser, "ada").await;
    }
    let reader = enter(&browser, "reader").await;
    let page = reader.get("/ops/sessions?user=ada").await;
    assert!(page.text.contains("50 of 51 sessions"), "{}", page.text);
    assert_eq!(page.text.matches("<code>").count(), 50);
    let (_, rest) = page
        .text
        .split_once("href=\"?user=ada")
        .expect("it goes on");
    let query = rest.split('"').next().unwrap();
    let next = reader
        .get(&format!(
            "/ops/sessions?user=ada{}",
            query.replace("&amp;", "&")
        ))
        .await;
    assert_eq!(next.text.matches("<code>").count(), 1, "{}", next.text);
    assert!(next.text.contains("To the beginning"));
    assert_eq!(cloakroom.sessions_of("ada").await.unwrap().len(), 51);
}
