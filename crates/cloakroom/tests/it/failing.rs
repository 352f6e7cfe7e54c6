//! What is kept of a request whose handler fails.
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::get;
use cloakroom::{Messages, Session};

use crate::site::{Site, routes};

/// Pages that change something and then fail.
fn failing() -> Router {
    async fn fail(
        session: Session,
        messages: Messages,
        Path(how): Path<String>,
    ) -> Result<StatusCode, cloakroom::Error> {
        session.set("half", "done")?;
        match &*how {
            "logout" => session.logout()?,
            "renew" => session.renew()?,
            "login" => session.login("ada")?,
            _ => messages.error("it failed"),
        }
        Ok(StatusCode::INTERNAL_SERVER_ERROR)
    }
    let shown = |messages: Messages| async move {
        messages.iter().map(|m| m.to_string()).collect::<String>()
    };
    routes()
        .route("/fail/{how}", get(fail))
        .route("/messages", get(shown))
}

#[tokio::test]
async fn after_a_server_error_changes_are_dropped_but_logout_and_renewal_count() {
    for (how, signed_in, renewed) in [
        ("only", "grace", false),
        ("renew", "grace", true),
        ("login", "grace", true),
        ("logout", "nobody", true),
    ] {
        let site = Site::of(failing());
        site.browser.get("/login/grace").await;
        site.browser.get("/set/coat/blue").await;
        let old = site.with_token(&site.token());
        let page = site.browser.get(&format!("/fail/{how}")).await;
        assert_eq!(page.status, 500, "{how}");
        assert_eq!(
            site.browser.cookie("sessionid") != old.cookie("sessionid"),
            renewed,
            "{how}"
        );
        site.turn(11);
        assert_eq!(old.get("/who").await.text == "nobody", renewed, "{how}");
        if how != "login" {
            assert_eq!(site.browser.get("/who").await.text, signed_in, "{how}");
        }
        assert_eq!(site.browser.get("/get/half").await.text, "nothing", "{how}");
    }
}

#[tokio::test]
async fn nobody_is_signed_in_by_a_page_that_failed() {
    let site = Site::of(failing());
    site.browser.get("/set/coat/blue").await;
    site.browser.get("/fail/login").await;
    assert_eq!(site.browser.get("/who").await.text, "nobody");
    assert_eq!(site.browser.get("/get/coat").await.text, "\"blue\"");
    let guest = site.browser.another();
    assert!(guest.get("/fail/login").await.set_cookies().is_empty());
}

#[tokio::test]
async fn what_a_failing_handler_said_is_still_shown() {
    let site = Site::of(failing());
    site.browser.get("/set/coat/blue").await;
    site.browser.get("/fail/only").await;
    assert_eq!(site.browser.get("/messages").await.text, "it failed");
}

#[tokio::test]
async fn a_site_can_keep_what_failing_handlers_changed() {
    let site = Site::with(failing(), |settings| {
        settings.session(|s| s.keep_changes_on_server_error(true))
    });
    site.browser.get("/fail/only").await;
    assert_eq!(site.browser.get("/get/half").await.text, "\"done\"");
}
