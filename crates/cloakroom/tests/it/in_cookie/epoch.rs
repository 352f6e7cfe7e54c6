//! An epoch for each user, from before which no session counts.
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::routing::get;
use cloakroom::clock::Timestamp;
use cloakroom::store::InCookie;
use cloakroom::testing::Browser;
use cloakroom::{Session, StoreError};

use super::{copy, pages};
use crate::site::{Gate, Site};
use crate::watch::Watch;

/// What an application keeps with its users.
#[derive(Clone, Default)]
struct Users {
    epochs: Arc<Mutex<HashMap<String, Timestamp>>>,
    asked: Arc<AtomicUsize>,
    down: Arc<Mutex<bool>>,
}

impl Users {
    fn sign_out_everywhere(&self, user: &str, site: &Site) {
        let mut epochs = self.epochs.lock().unwrap();
        epochs.insert(user.into(), site.clock.now());
    }

    fn store(&self) -> InCookie {
        let users = self.clone();
        InCookie::new().refuse_before(move |user| {
            users.asked.fetch_add(1, Ordering::SeqCst);
            let epoch = users.epochs.lock().unwrap().get(&user).copied();
            let down = *users.down.lock().unwrap();
            async move {
                match down {
                    true => Err(StoreError::new("users", "tell a user's epoch")),
                    false => Ok(epoch),
                }
            }
        })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

async fn who(browser: &Browser) -> String {
    browser.get("/who").await.text
}

#[tokio::test]
async fn a_user_who_signs_out_everywhere_is_signed_out_wherever_the_cookie_was_copied_to() {
    let watch = Watch::begin();
    let users = Users::default();
    let site = Site::with(pages(), |s| s.store(users.store()));
    site.browser.get("/login/ada").await;
    let (thief, grace) = (copy(&site.browser), site.browser.another());
    grace.get("/login/grace").await;
    site.turn(60);
    // A write or a renewal makes a session no younger: the sign-in counts.
    thief.get("/count/n").await;
    thief.get("/renew").await;
    site.turn(60);
    users.sign_out_everywhere("ada", &site);
    for browser in [&site.browser, &thief] {
        assert_eq!(who(browser).await, "nobody");
        assert!(browser.cookie_names().is_empty());
    }
    assert_eq!(watch.counted("cloakroom_suspicious_total"), 2);
    assert_eq!(who(&grace).await, "grace");
    site.browser.get("/login/ada").await;
    assert_eq!(who(&site.browser).await, "ada");
    site.turn(60);
    assert_eq!(who(&site.browser).await, "ada");
}

#[tokio::test]
async fn a_write_under_way_does_not_bring_a_session_back_from_before_the_epoch() {
    let (users, gate) = (Users::default(), Gate::default());
    let slow = gate.clone();
    let page = |session: Session| async move {
        slow.pass().await;
        session.set("late", true)
    };
    let routes = pages().route("/slow", get(page));
    let site = Site::with(routes, |s| s.store(users.store()));
    site.browser.get("/login/ada").await;
    site.turn(60);
    let (page, ()) = tokio::join!(site.browser.get("/slow"), async {
        gate.reached(1).await;
        users.sign_out_everywhere("ada", &site);
        gate.open();
    });
    assert_eq!(page.status, 200);
    assert_eq!(who(&site.browser).await, "nobody");
}

#[tokio::test]
async fn a_guest_is_not_asked_about_and_a_user_once_a_request() {
    let users = Users::default();
    let site = Site::with(pages(), |s| s.store(users.store()));
    for path in ["/plain", "/who", "/set/coat/blue", "/get/coat"] {
        site.browser.get(path).await;
    }
    assert_eq!(users.asked(), 0);
    site.browser.get("/login/ada").await;
    for (path, asked) in [("/who", 1), ("/plain", 1), ("/count/n", 2)] {
        site.browser.get(path).await;
        assert_eq!(users.asked(), asked, "{path}");
    }
}

#[tokio::test]
async fn when_the_epoch_can_t_be_told_the_visitor_is_asked_to_wait_and_keeps_the_session() {
    let users = Users::default();
    let site = Site::with(pages(), |s| s.store(users.store()));
    site.browser.get("/login/ada").await;
    *users.down.lock().unwrap() = true;
    let page = site.browser.get("/who").await;
    assert_eq!(page.status, 503);
    assert!(page.set_cookies().is_empty());
    *users.down.lock().unwrap() = false;
    assert_eq!(who(&site.browser).await, "ada");
}
