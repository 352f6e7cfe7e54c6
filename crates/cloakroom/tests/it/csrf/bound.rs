//! The token belongs to the visitor's session, and forms that are open in other tabs go on working.
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::{get, post};
use cloakroom::csrf::{Mode, Reason};
use cloakroom::store::InCookie;
use cloakroom::testing::{Browser, Call};
use cloakroom::{Builder, CsrfToken, KeyRing, Session};

use super::{in_development, pages, reason, sends_field, with_form};
use crate::site::{SECRET, Site, every_store, memory};

/// Pages that change the session, beside the form.
fn site_pages() -> Router {
    let begin = |session: Session| async move { session.set("coat", "blue") };
    let renew = |session: Session| async move { session.renew() };
    let login = |session: Session, Path(user): Path<String>| async move { session.login(user) };
    let both = |session: Session, csrf: CsrfToken| async move {
        session.set("coat", "blue")?;
        Ok::<_, cloakroom::Error>(csrf.to_string())
    };
    pages()
        .route("/begin", post(begin))
        .route("/again", post(renew))
        .route("/enter/{user}", post(login))
        .route("/both", get(both))
}

/// The store that is none: each visitor carries the session.
const IN_COOKIE: &str = "cookie";

fn on(store: &str, settings: Builder) -> Builder {
    match store {
        IN_COOKIE => settings.store(InCookie::new()),
        _ => settings,
    }
}

fn plain(settings: Builder) -> Builder {
    in_development(settings)
}

/// Sends the browser's own token with whatever is asked.
async fn posts(browser: &Browser, path: &str) -> u16 {
    browser.post(path, &[]).await.status.as_u16()
}

async fn token_of(browser: &Browser) -> String {
    let page = browser.get("/form").await;
    page.text.lines().last().unwrap().to_owned()
}

#[tokio::test]
async fn a_form_that_is_open_in_another_tab_outlives_what_becomes_of_the_session() {
    let mut stores = every_store().await;
    stores.push((IN_COOKIE, memory(), None));
    for (name, store, _folder) in stores {
        let site = Site::on(store, site_pages(), |s| plain(on(name, s)));
        let tab = site.browser.clone();
        let as_guest = token_of(&tab).await;
        assert_eq!(posts(&tab, "/begin").await, 200, "{name}");
        assert_eq!(
            sends_field(&tab, &as_guest).await.status,
            200,
            "{name}: begun"
        );
        let in_session = token_of(&tab).await;
        assert_eq!(posts(&tab, "/again").await, 200, "{name}");
        for token in [&as_guest, &in_session] {
            assert_eq!(
                sends_field(&tab, token).await.status,
                200,
                "{name}: renewed"
            );
        }
        assert_eq!(posts(&tab, "/enter/ada").await, 200, "{name}");
        assert_eq!(tab.get("/who").await.text, "ada");
        let signed_in = token_of(&tab).await;
        for token in [&as_guest, &in_session, &signed_in] {
            assert_eq!(
                sends_field(&tab, token).await.status,
                200,
                "{name}: signed in"
            );
        }
        site.turn(3_601);
        for (token, status) in [(&as_guest, 403), (&in_session, 403), (&signed_in, 200)] {
            assert_eq!(
                sends_field(&tab, token).await.status,
                status,
                "{name}: later"
            );
        }
        tab.get("/logout").await;
        assert_eq!(
            sends_field(&tab, &signed_in).await.status,
            200,
            "{name}: out"
        );
    }
}

#[tokio::test]
async fn a_login_draws_another_secret_and_a_grace_of_zero_forgets_the_old_one_at_once() {
    for (grace, status) in [(3_600, 200), (0, 403)] {
        let site = Site::with(site_pages(), |settings| {
            plain(settings).csrf(|c| c.grace(Duration::from_secs(grace)))
        });
        let (browser, before) = with_form(&site).await;
        assert_eq!(posts(&browser, "/enter/ada").await, 200);
        let page = sends_field(&browser, &before).await;
        assert_eq!(page.status, status);
        if status == 403 {
            assert_eq!(reason(&page), Reason::WrongToken.as_str());
        }
    }
}

#[tokio::test]
async fn a_pair_of_somebody_else_does_not_work_for_a_visitor_with_a_session() {
    let mut stores = every_store().await;
    stores.push((IN_COOKIE, memory(), None));
    for (name, store, _folder) in stores {
        let site = Site::on(store, site_pages(), |s| plain(on(name, s)));
        let (victim, own) = with_form(&site).await;
        assert_eq!(posts(&victim, "/begin").await, 200);
        let genuine = victim.cookie("csrftoken").unwrap();
        // The attacker is a guest, or has a session, or has signed in.
        let (attacker, as_guest) = with_form(&site).await;
        let mut pairs = vec![(attacker.cookie("csrftoken").unwrap(), as_guest)];
        for path in ["/begin", "/enter/mallory"] {
            posts(&attacker, path).await;
            let token = token_of(&attacker).await;
            pairs.push((attacker.cookie("csrftoken").unwrap(), token));
        }
        for (planted, token) in &pairs {
            victim.set_cookie("csrftoken", planted);
            let page = sends_field(&victim, token).await;
            assert_eq!(page.status, 403, "{name}");
            assert_eq!(reason(&page), Reason::OtherSession.as_str(), "{name}");
            let both = victim.another().with_header(
                "cookie",
                &format!(
                    "sessionid={}; csrftoken={planted}; csrftoken={genuine}",
                    victim.cookie("sessionid").unwrap()
                ),
            );
            assert_eq!(sends_field(&both, token).await.status, 403, "{name}");
            assert_eq!(
                sends_field(&both, &own).await.status,
                200,
                "{name}: the genuine one counts"
            );
        }
        // The next form heals what was planted.
        let token = token_of(&victim).await;
        assert_eq!(sends_field(&victim, &token).await.status, 200, "{name}");
    }
}

#[tokio::test]
async fn a_pair_that_nobody_here_made_works_for_nobody() {
    let site = Site::with(pages(), plain);
    let browser = site.browser.another();
    let invented = KeyRing::generate_secret();
    browser.set_cookie("csrftoken", &invented);
    let page = sends_field(&browser, &invented).await;
    assert_eq!(reason(&page), Reason::BadCookie.as_str());
}

#[tokio::test]
async fn with_two_session_cookies_only_the_one_that_the_token_was_made_for_counts() {
    let change = |session: Session| async move { session.set("changed", true) };
    let site = Site::with(site_pages().route("/change", post(change)), plain);
    let (victim, attacker) = (site.browser.another(), site.browser.another());
    for (browser, user) in [(&victim, "/enter/ada"), (&attacker, "/enter/mallory")] {
        token_of(browser).await;
        assert_eq!(posts(browser, user).await, 200);
    }
    let cookie = |browser: &Browser, name: &str| browser.cookie(name).unwrap();
    let token = token_of(&attacker).await;
    for first in [&victim, &attacker] {
        let second = if std::ptr::eq(first, &victim) {
            &attacker
        } else {
            &victim
        };
        let tossed = site.browser.another().with_header(
            "cookie",
            &format!(
                "a=1; sessionid={}; sessionid={}; csrftoken={}; z=2",
                cookie(first, "sessionid"),
                cookie(second, "sessionid"),
                cookie(&attacker, "csrftoken"),
            ),
        );
        let forged = format!("csrfmiddlewaretoken={token}");
        assert_eq!(tossed.post_raw("/change", forged).await.status, 200);
    }
    assert_eq!(victim.get("/keys").await.text, "");
    assert_eq!(attacker.get("/keys").await.text, "changed");
}

#[tokio::test]
async fn a_planted_session_cookie_takes_no_form_from_its_visitor_wherever_it_stands() {
    let whose = |session: Session| async move { session.user_id().unwrap_or_default() };
    for store in ["memory", IN_COOKIE] {
        let routes = site_pages().route("/whose", post(whose));
        let site = Site::with(routes, |s| plain(on(store, s)));
        let (victim, attacker) = (site.browser.another(), site.browser.another());
        for (browser, user) in [(&victim, "/enter/ada"), (&attacker, "/enter/mallory")] {
            token_of(browser).await;
            assert_eq!(posts(browser, user).await, 200);
        }
        let form = format!("csrfmiddlewaretoken={}", token_of(&victim).await);
        let cookie = |browser: &Browser, name: &str| browser.cookie(name).unwrap();
        let (own, planted) = (cookie(&victim, "sessionid"), cookie(&attacker, "sessionid"));
        for (first, second) in [(&own, &planted), (&planted, &own)] {
            let csrf = cookie(&victim, "csrftoken");
            let tossed = site.browser.another().with_header(
                "cookie",
                &format!("a=1; sessionid={first}; sessionid={second}; csrftoken={csrf}"),
            );
            let page = tossed.post_raw("/whose", form.clone()).await;
            assert_eq!((page.status.as_u16(), &*page.text), (200, "ada"), "{store}");
        }
    }
}

#[tokio::test]
async fn a_page_that_begins_a_session_and_prints_a_token_binds_it_to_that_session() {
    let site = Site::with(site_pages(), plain);
    let page = site.browser.get("/both").await;
    assert_eq!(page.set_cookies().len(), 2);
    assert_eq!(sends_field(&site.browser, &page.text).await.status, 200);
    let (_, theirs) = with_form(&site).await;
    assert_eq!(sends_field(&site.browser, &theirs).await.status, 403);
}

#[tokio::test]
async fn the_cookie_is_sent_again_only_when_something_became_of_the_session() {
    let site = Site::with(site_pages(), plain);
    let (browser, _) = with_form(&site).await;
    let sent = |page: cloakroom::testing::Page| page.set_cookie("csrftoken").is_some();
    assert!(sent(browser.post("/begin", &[]).await));
    assert!(!sent(browser.post("/begin", &[]).await));
    assert!(!sent(browser.get("/both").await));
    assert!(sent(browser.post("/again", &[]).await));
    assert!(sent(browser.post("/enter/ada", &[]).await));
    assert!(!sent(browser.get("/form").await));
    assert!(!sent(browser.get("/logout").await));
    let never_saw_a_form = site.browser.another();
    assert!(!sent(never_saw_a_form.get("/set/coat/blue").await));
}

#[tokio::test]
async fn what_a_retired_key_sealed_still_counts_and_goes_out_again_under_the_new_one() {
    let site = Site::with(site_pages(), plain);
    let (_, token) = with_form(&site).await;
    site.browser.get("/form").await;
    let keys = || {
        let keys = KeyRing::new("another secret of the tests, long enough").unwrap();
        keys.retire(SECRET).unwrap()
    };
    let again = site.again_with_keys(keys(), site_pages(), plain);
    let own = again.browser.cookie("csrftoken").unwrap();
    assert_eq!(
        again
            .browser
            .post_raw("/send", format!("csrfmiddlewaretoken={own}"))
            .await
            .status,
        200
    );
    let page = again.browser.get("/form").await;
    assert!(page.set_cookie("csrftoken").is_some());
    let kept = again.browser.get("/form").await;
    assert!(kept.set_cookie("csrftoken").is_none());
    let foreign = KeyRing::new("a third secret of the tests, long enough").unwrap();
    let other = site.again_with_keys(foreign, site_pages(), plain);
    let page = sends_field(&other.browser, &token).await;
    assert_eq!(reason(&page), Reason::BadCookie.as_str());
}

fn in_session(settings: Builder) -> Builder {
    plain(settings).csrf(|c| c.secret_in_session())
}

#[tokio::test]
async fn the_secret_can_live_in_the_session_and_then_needs_no_cookie() {
    let mut stores = every_store().await;
    stores.push((IN_COOKIE, memory(), None));
    for (name, store, _folder) in stores {
        let site = Site::on(store, site_pages(), |s| in_session(on(name, s)));
        let (browser, token) = with_form(&site).await;
        assert!(
            browser
                .cookie_names()
                .iter()
                .all(|name| name.starts_with("sessionid")),
            "{name}"
        );
        let sends =
            |browser: &Browser, token: &str| browser.clone().with_header("x-csrftoken", token);
        let begin = sends(&browser, &token).post_raw("/begin", "").await;
        assert_eq!(begin.status, 200, "{name}");
        let entered = sends(&browser, &token).post_raw("/enter/ada", "").await;
        assert_eq!(entered.status, 200, "{name}");
        let after = token_of(&browser).await;
        for token in [&token, &after] {
            assert_eq!(sends_field(&browser, token).await.status, 200, "{name}");
        }
        site.turn(3_601);
        for (token, status) in [(&token, 403), (&after, 200)] {
            assert_eq!(sends_field(&browser, token).await.status, status, "{name}");
        }
        let (_, theirs) = with_form(&site).await;
        assert_eq!(
            reason(&sends_field(&browser, &theirs).await),
            Reason::WrongToken.as_str()
        );
        let nobody = sends_field(&site.browser.another(), &token).await;
        assert_eq!(reason(&nobody), Reason::NoSecret.as_str(), "{name}");
    }
}

#[tokio::test]
async fn a_form_in_another_tab_outlives_the_login_of_another_user_wherever_the_secret_is() {
    for (name, settings) in [
        ("cookie", plain as fn(Builder) -> Builder),
        ("session", in_session),
    ] {
        let site = Site::with(site_pages(), settings);
        let (tab, as_guest) = with_form(&site).await;
        let enters = async |user: &str, token: &str| {
            let browser = tab.clone().with_header("x-csrftoken", token);
            let page = browser.post_raw(&format!("/enter/{user}"), "").await;
            assert_eq!(page.status, 200, "{name}");
        };
        enters("ada", &as_guest).await;
        let adas = token_of(&tab).await;
        enters("bob", &adas).await;
        assert_eq!(tab.get("/who").await.text, "bob");
        let bobs = token_of(&tab).await;
        for (token, status) in [(&adas, 200), (&bobs, 200), (&as_guest, 403)] {
            assert_eq!(sends_field(&tab, token).await.status, status, "{name}");
        }
        site.turn(3_601);
        for (token, status) in [(&adas, 403), (&bobs, 200)] {
            assert_eq!(sends_field(&tab, token).await.status, status, "{name}");
        }
    }
}

#[tokio::test]
async fn a_form_on_an_error_page_keeps_its_secret_in_the_session_too() {
    let fails = |session: Session, csrf: CsrfToken| async move {
        session.set("coat", "blue").unwrap();
        (
            axum::http::StatusCode::INTERNAL_SERVER_ERROR,
            csrf.to_string(),
        )
    };
    let site = Site::with(site_pages().route("/fails", get(fails)), in_session);
    let page = site.browser.get("/fails").await;
    assert_eq!(page.status, 500);
    assert_eq!(sends_field(&site.browser, &page.text).await.status, 200);
    assert_eq!(
        site.browser.get("/keys").await.text,
        "",
        "the handler's change is dropped"
    );
}

#[tokio::test]
async fn while_the_store_is_down_a_secret_in_it_is_a_503_and_one_in_a_cookie_asks_no_store() {
    for (settings, status) in [(in_session as fn(Builder) -> Builder, 503), (plain, 200)] {
        let site = Site::with(site_pages(), settings);
        let (browser, token) = with_form(&site).await;
        browser.get("/set/coat/blue").await;
        let token = match status {
            503 => token,
            _ => token_of(&browser).await,
        };
        site.faults.fail(Call::Load, true);
        let page = sends_field(&browser, &token).await;
        assert_eq!(page.status, status);
        if status == 503 {
            let form = browser.get("/form").await;
            assert_eq!(form.status, 503);
        }
    }
}

#[tokio::test]
async fn in_token_always_mode_a_browser_needs_its_token_too() {
    let site = Site::with(pages(), |s| plain(s).csrf(|c| c.mode(Mode::TokenAlways)));
    let (browser, token) = with_form(&site).await;
    let browser = browser.with_header("sec-fetch-site", "same-origin");
    assert_eq!(sends_field(&browser, &token).await.status, 200);
    let page = browser.post_raw("/send", "name=Ada").await;
    assert_eq!(reason(&page), Reason::NoToken.as_str());
}

#[tokio::test]
async fn headers_of_a_request_reach_the_handler_but_for_the_tossed_session_cookies() {
    use tower_layer::Layer;
    use tower_service::Service;
    let echo = |headers: axum::http::HeaderMap| async move {
        let cookies = headers.get_all("cookie").iter();
        cookies
            .map(|value| value.to_str().unwrap().to_owned())
            .collect::<Vec<_>>()
            .join(" | ")
    };
    let site = Site::on(memory(), site_pages().route("/echo", post(echo)), plain);
    let browser = site.browser.clone();
    token_of(&browser).await;
    posts(&browser, "/begin").await;
    let own = browser.cookie("sessionid").unwrap();
    let csrf = browser.cookie("csrftoken").unwrap();
    let other = format!("{}A", &own[..own.len() - 1]);
    let mut app = site
        .cloakroom
        .layer()
        .layer(site_pages().route("/echo", post(echo)));
    let request = axum::http::Request::post("/echo")
        .header("cookie", format!("a=1; sessionid={other}; lonely"))
        .header("cookie", format!("sessionid={own}; csrftoken={csrf}"))
        .header("x-csrftoken", &csrf)
        .body(axum::body::Body::empty())
        .unwrap();
    let response: Response = app.call(request).await.unwrap();
    let body = axum::body::to_bytes(response.into_body(), 10_000)
        .await
        .unwrap();
    let expected = format!("a=1; =lonely | sessionid={own}; csrftoken={csrf}");
    assert_eq!(String::from_utf8_lossy(&body), expected);
}
