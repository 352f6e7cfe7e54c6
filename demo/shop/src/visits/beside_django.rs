//! The shop beside a Django site: what it writes for Django to find, and what it makes of what Django left.

use axum::http::StatusCode;
use cloakroom::django::json::Object;
use cloakroom::django::session::Payloads;
use cloakroom::django::signing::Keys;
use cloakroom::django::{Moment, Settings};
use cloakroom::store::django::connect;
use cloakroom::testing::Browser;
use cloakroom::{Cloakroom, KeyRing};
use rusqlite::Connection;
use tempfile::TempDir;

use super::{browser_of, sign_in};

const KEY: &str = "a SECRET_KEY of the tests, long enough for it";
/// A session that Django began.
const THEIRS: &str = "0123456789abcdefghijklmnopqrstuv";

struct Side {
    browser: Browser,
    folder: TempDir,
}

impl Side {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("site.db").display());
        let settings = Settings::new(KEY);
        let store = connect(&url, &settings).await.unwrap();
        let here = "127.0.0.1:8000".parse().unwrap();
        let builder = Cloakroom::builder(KeyRing::new(KEY).unwrap())
            .store(store)
            .sweep_every(None)
            .django(settings)
            .allow_plain_http_on_localhost(here);
        let browser = browser_of(builder).await;
        browser.get("/").await;
        Self { browser, folder }
    }

    fn table(&self) -> Connection {
        Connection::open(self.folder.path().join("site.db")).unwrap()
    }

    /// Puts a session there as Django does, and gives the visitor its cookie.
    fn begin(&self, json: &str) {
        let payloads = Payloads::new(&Keys::new(KEY));
        let session = payloads.encode(&Object::parse(json).unwrap(), Moment::default());
        let row = "INSERT OR REPLACE INTO django_session VALUES (?, ?, '2999-01-01 00:00:00')";
        self.table().execute(row, [THEIRS, &session]).unwrap();
        self.browser.set_cookie("sessionid", THEIRS);
    }

    /// Returns the visitor's session as JSON.
    fn session(&self) -> String {
        let key = self.browser.cookie("sessionid").unwrap();
        let row = "SELECT session_data FROM django_session WHERE session_key = ?";
        let session: String = self
            .table()
            .query_row(row, [key], |row| row.get(0))
            .unwrap();
        Payloads::new(&Keys::new(KEY)).decode(&session).unwrap()
    }
}

#[tokio::test]
async fn a_login_ends_with_the_browser_unless_it_is_to_be_remembered() {
    for (more, is_remembered) in [(&[][..], false), (&[("remember", "on")][..], true)] {
        let side = Side::open().await;
        side.browser.get("/login").await;
        let answer = sign_in(&side.browser, more).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let cookies = answer.set_cookies();
        let cookie = cookies.iter().find(|it| it.starts_with("sessionid="));
        let cookie = cookie.expect("there is a session");
        assert_eq!(cookie.contains("Max-Age="), is_remembered, "{cookie}");
        let session = side.session();
        let ends_with_browser = session.contains(r#""_session_expiry": 0"#)
            || session.contains(r#""_session_expiry":0"#);
        assert_eq!(ends_with_browser, !is_remembered, "{session}");
    }
}

#[tokio::test]
async fn a_cart_that_another_program_left_in_another_shape_stops_no_page_but_its_own() {
    for (cart, own_page) in [
        ("null", StatusCode::OK),
        (r#""x""#, StatusCode::INTERNAL_SERVER_ERROR),
        (r#"{"1":1.5}"#, StatusCode::INTERNAL_SERVER_ERROR),
        (r#"{"scarf":1}"#, StatusCode::INTERNAL_SERVER_ERROR),
        ("[1]", StatusCode::INTERNAL_SERVER_ERROR),
    ] {
        let side = Side::open().await;
        let json = format!(r#"{{"cart":{cart},"k":1}}"#);
        side.begin(&json);
        for path in ["/", "/login", "/preferences", "/posts", "/products/1"] {
            let page = side.browser.get(path).await;
            assert_eq!(page.status, StatusCode::OK, "{cart}: {path}");
            assert!(page.text.contains("data-cart-count>0<"), "{cart}: {path}");
        }
        assert_eq!(side.browser.get("/cart").await.status, own_page, "{cart}");
        assert!(side.session().contains(&format!(r#""cart":{cart}"#)));
        side.browser.get("/login").await;
        let answer = sign_in(&side.browser, &[]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{cart}");
        side.browser.visit("/").await;
        let answer = side.browser.post("/logout", &[]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{cart}");
    }
}

#[tokio::test]
async fn the_account_says_nothing_of_when_a_session_began_that_does_not_tell() {
    let side = Side::open().await;
    side.browser.get("/login").await;
    sign_in(&side.browser, &[]).await;
    let page = side.browser.visit("/account").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("This session"), "{}", page.text);
    for untrue in [" ago", "Signed in:", "just now"] {
        assert!(!page.text.contains(untrue), "{untrue}");
    }
}
