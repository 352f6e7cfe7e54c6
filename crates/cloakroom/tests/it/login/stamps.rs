//! A new password ends the sessions of the old one.
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use cloakroom::session::{Body, Login};
use cloakroom::store::InCookie;
use cloakroom::testing::{Browser, Call};
use cloakroom::{Error, KeyRing, Session};

use crate::site::{Gate, SECRET, Site, every_store, routes};

/// What an application keeps with its users: each one's password hash.
#[derive(Clone, Default)]
struct Users(Arc<Mutex<HashMap<String, String>>>);

impl Users {
    fn with(user: &str, hash: &str) -> Self {
        let users = Self::default();
        users.set(user, hash);
        users
    }

    fn hash(&self, user: &str) -> Option<String> {
        self.0.lock().unwrap().get(user).cloned()
    }

    fn set(&self, user: &str, hash: &str) {
        self.0.lock().unwrap().insert(user.into(), hash.into());
    }

    fn forget(&self, user: &str) {
        self.0.lock().unwrap().remove(user);
    }

    /// Pages that sign in with a stamp, ask for it, and change the password.
    fn pages(&self) -> Router {
        let [entering, asking, changing] = [0; 3].map(|_| self.clone());
        let enter = |session: Session, Path(user): Path<String>| async move {
            let hash = entering.hash(&user).unwrap();
            session.login(Login::user(user).stamp(hash))
        };
        let ask = |session: Session| async move {
            let user = session.user_if(|id| asking.hash(id))?;
            Ok::<_, Error>(user.unwrap_or("nobody".into()))
        };
        let change = |session: Session, Path(hash): Path<String>| async move {
            let user = session.user_id().unwrap();
            changing.set(&user, &hash);
            session.restamp(hash)
        };
        routes()
            .route("/enter/{user}", get(enter))
            .route("/current", get(ask))
            .route("/password/{hash}", get(change))
    }
}

async fn current(browser: &Browser) -> String {
    browser.get("/current").await.text
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_and_not_the_one_that_chose_it() {
    for (name, store, _folder) in every_store().await {
        let users = Users::with("ada", "old hash");
        let site = Site::on(store, users.pages(), |s| s);
        let [desk, phone] = [0; 2].map(|_| site.browser.another());
        for browser in [&desk, &phone] {
            browser.get("/set/cart/hat").await;
            browser.get("/enter/ada").await;
            assert_eq!(current(browser).await, "ada", "{name}");
        }
        let before = desk.cookie("sessionid").unwrap();
        desk.get("/password/new-hash").await;
        assert_ne!(desk.cookie("sessionid").unwrap(), before, "{name}");
        assert_eq!(site.with_token(&before).get("/who").await.text, "nobody");
        assert_eq!(current(&desk).await, "ada", "{name}");
        assert_eq!(desk.get("/get/cart").await.text, "\"hat\"", "{name}");
        assert_eq!(current(&phone).await, "nobody", "{name}");
        assert_eq!(phone.cookie("sessionid"), None, "{name}");
        assert_eq!(site.sessions().await, 1, "{name}");
    }
}

#[tokio::test]
async fn it_does_so_as_well_where_visitors_carry_their_sessions() {
    let users = Users::with("ada", "old hash");
    let site = Site::with(users.pages(), |s| s.store(InCookie::new()));
    let [desk, phone] = [0; 2].map(|_| site.browser.another());
    desk.get("/enter/ada").await;
    phone.get("/enter/ada").await;
    let copy = site.with_token(&phone.cookie("sessionid").unwrap());
    desk.get("/password/new-hash").await;
    assert_eq!(current(&desk).await, "ada");
    assert_eq!(current(&phone).await, "nobody");
    assert_eq!(phone.cookie("sessionid"), None);
    assert_eq!(current(&copy).await, "nobody");
}

#[tokio::test]
async fn a_user_who_is_no_more_is_signed_out() {
    let users = Users::with("ada", "hash");
    let site = Site::of(users.pages());
    site.browser.get("/enter/ada").await;
    users.forget("ada");
    assert_eq!(current(&site.browser).await, "nobody");
    assert_eq!(site.sessions().await, 0);
}

#[tokio::test]
async fn asking_costs_no_call_of_the_store_but_the_load() {
    let users = Users::with("ada", "hash");
    let site = Site::of(users.pages());
    site.browser.get("/enter/ada").await;
    let (loads, all) = (site.faults.calls(Call::Load), site.faults.all_calls());
    assert_eq!(current(&site.browser).await, "ada");
    assert_eq!(site.faults.calls(Call::Load), loads + 1);
    assert_eq!(site.faults.all_calls(), all + 1);
}

#[tokio::test]
async fn a_login_is_current_for_its_own_user_and_credential_alone() {
    let rows = [
        // who signs in, with which stamp, and the credential that is asked for
        (None, None, "hash", false),
        (Some("ada"), None, "hash", false),
        (Some("ada"), Some("hash"), "hash", true),
        (Some("ada"), Some("hash"), "hash2", false),
        (Some("ada"), Some("hash"), "", false),
        (Some("ada"), Some(""), "", true),
        (Some("ada"), Some(""), "hash", false),
    ];
    for (user, stamp, credential, expected) in rows {
        let enter = move |session: Session| async move {
            if let Some(user) = user {
                let login = Login::user(user);
                session.login(match stamp {
                    Some(stamp) => login.stamp(stamp),
                    None => login,
                })?;
            }
            Ok::<_, Error>(session.is_current(credential).to_string())
        };
        let ask = move |session: Session| async move { session.is_current(credential).to_string() };
        let site = Site::of(routes().route("/in", get(enter)).route("/ask", get(ask)));
        for path in ["/in", "/ask"] {
            let told = site.browser.get(path).await.text;
            assert_eq!(told, expected.to_string(), "{user:?} {stamp:?} {path}");
        }
    }
}

#[tokio::test]
async fn another_login_without_a_stamp_is_not_current_with_the_former_one() {
    let users = Users::with("ada", "hash");
    let site = Site::of(users.pages());
    site.browser.get("/enter/ada").await;
    site.browser.get("/login/ada").await;
    assert_eq!(current(&site.browser).await, "nobody");
}

#[tokio::test]
async fn nothing_of_the_credential_reaches_the_store() {
    let hash = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA";
    let users = Users::with("ada", hash);
    let site = Site::of(users.pages());
    site.browser.get("/enter/ada").await;
    let now = site.clock.now();
    let listed = site.store.of_user("ada", now).await.unwrap();
    let stored = site.store.load(&listed[0].key, now).await.unwrap().unwrap();
    let bytes = stored.body.to_bytes();
    for part in hash.as_bytes().windows(8) {
        assert!(!bytes.windows(8).any(|there| there == part));
    }
    let Body::Record(record) = &stored.body else {
        panic!("a session stands there");
    };
    assert!(!format!("{record:?}").contains("argon"));
}

#[tokio::test]
async fn two_users_with_one_credential_have_different_stamps() {
    let users = Users::with("ada", "hash");
    users.set("grace", "hash");
    let site = Site::of(users.pages());
    let mut stored = Vec::new();
    for user in ["ada", "grace"] {
        let browser = site.browser.another();
        browser.get(&format!("/enter/{user}")).await;
        let now = site.clock.now();
        let listed = site.store.of_user(user, now).await.unwrap();
        let found = site.store.load(&listed[0].key, now).await.unwrap().unwrap();
        let bytes = found.body.to_bytes();
        stored.push(bytes[bytes.len() - 17..].to_vec());
    }
    assert_ne!(stored[0], stored[1]);
}

#[tokio::test]
async fn a_stamp_outlives_its_key_once_it_was_seen_under_the_next_one() {
    const NEXT: &str = "another secret of the tests, long enough";
    let users = Users::with("ada", "hash");
    let rotated = || KeyRing::new(NEXT).unwrap().retire(SECRET).unwrap();
    for (name, store, _folder) in every_store().await {
        for (seen, expected) in [(true, "ada"), (false, "nobody")] {
            let first = Site::on(store.clone(), users.pages(), |s| s);
            first.browser.get("/enter/ada").await;
            let second = first.again_with_keys(rotated(), users.pages(), |s| s);
            if seen {
                let token = second.token();
                assert_eq!(current(&second.browser).await, "ada", "{name}");
                assert_eq!(second.token(), token, "{name}: it means the same");
            }
            let alone = KeyRing::new(NEXT).unwrap();
            let third = second.again_with_keys(alone, users.pages(), |s| s);
            assert_eq!(current(&third.browser).await, expected, "{name}");
        }
    }
}

#[tokio::test]
async fn a_new_password_under_way_during_a_logout_brings_nothing_back() {
    for (name, store, _folder) in every_store().await {
        let users = Users::with("ada", "hash");
        let gate = Gate::default();
        let slow = gate.clone();
        let change = |session: Session| async move {
            slow.pass().await;
            session.restamp("new hash")
        };
        let site = Site::on(store, users.pages().route("/slow", get(change)), |s| s);
        site.browser.get("/enter/ada").await;
        let other = site.with_token(&site.token());
        tokio::join!(other.get("/slow"), async {
            gate.reached(1).await;
            site.browser.get("/logout").await;
            gate.open();
        });
        assert_eq!(site.sessions().await, 0, "{name}");
    }
}

#[tokio::test]
async fn a_write_under_way_during_a_new_password_is_not_lost_and_changes_no_stamp() {
    for (name, store, _folder) in every_store().await {
        let users = Users::with("ada", "hash");
        let gate = Gate::default();
        let slow = gate.clone();
        let write = |session: Session| async move {
            slow.pass().await;
            session.set("late", true)
        };
        let site = Site::on(store, users.pages().route("/slow", get(write)), |s| s);
        site.browser.get("/enter/ada").await;
        let other = site.with_token(&site.token());
        tokio::join!(other.get("/slow"), async {
            gate.reached(1).await;
            site.browser.get("/password/new-hash").await;
            gate.open();
        });
        assert_eq!(current(&site.browser).await, "ada", "{name}");
        assert_eq!(site.browser.get("/get/late").await.text, "true", "{name}");
    }
}

#[tokio::test]
async fn a_new_password_and_a_proof_in_one_request_are_both_kept() {
    for proof_first in [true, false] {
        let users = Users::with("ada", "hash");
        let both = {
            let users = users.clone();
            move |session: Session| async move {
                users.set("ada", "new hash");
                if proof_first {
                    session.reauthenticated()?;
                    session.restamp("new hash")
                } else {
                    session.restamp("new hash")?;
                    session.reauthenticated()
                }
            }
        };
        let fresh = |session: Session| async move {
            let limit = std::time::Duration::from_secs(60);
            session.fresh_within(limit).to_string()
        };
        let pages = users.pages().route("/both", get(both));
        let site = Site::of(pages.route("/fresh", get(fresh)));
        site.browser.get("/enter/ada").await;
        site.turn(100);
        site.browser.get("/both").await;
        site.turn(59);
        assert_eq!(site.browser.get("/fresh").await.text, "true");
        assert_eq!(current(&site.browser).await, "ada", "{proof_first}");
    }
}
