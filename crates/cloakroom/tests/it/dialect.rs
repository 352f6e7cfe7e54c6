//! One layer that speaks as Django does: what a Django site of the same key finds, and what it left.
mod forms;
mod logins;
mod notes;
mod odd_rows;
mod rows;
mod wizards;

use std::time::Duration;

use axum::Router;
use cloakroom::clock::{Clock, Timestamp};
use cloakroom::django::json::Object;
use cloakroom::django::session::Payloads;
use cloakroom::django::signing::Keys;
use cloakroom::django::{Moment, Settings};
use cloakroom::store::django::connect;
use cloakroom::testing::Browser;
use cloakroom::{Cloakroom, KeyRing};
use rusqlite::Connection;
use tempfile::TempDir;

/// When every site's clock stands at first: 2026-01-01T00:00:00Z.
pub(crate) const START: u64 = 1_767_225_600;
/// The `SECRET_KEY` of both sides.
pub(crate) const KEY: &str = "test-secret-key-for-vectors-0123456789abcdef";

/// A Rust site beside a Django site, whose table a test can look into.
pub(crate) struct Side {
    pub(crate) browser: Browser,
    pub(crate) clock: Clock,
    folder: TempDir,
}

impl Side {
    pub(crate) async fn of(routes: Router) -> Self {
        Self::with(routes, |settings| settings).await
    }

    pub(crate) async fn with(routes: Router, change: impl FnOnce(Settings) -> Settings) -> Self {
        Self::mounting(|_| routes, change).await
    }

    /// Opens a site whose pages ask for it.
    pub(crate) async fn mounting(
        routes: impl FnOnce(&Cloakroom) -> Router,
        change: impl FnOnce(Settings) -> Settings,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        Self::on(
            folder,
            Clock::standing_at(Timestamp::from_secs(START)),
            routes,
            change,
        )
        .await
    }

    /// Opens a site on the same table and clock with other settings, in a browser of the same cookies.
    pub(crate) async fn again(
        self,
        routes: Router,
        change: impl FnOnce(Settings) -> Settings,
    ) -> Self {
        let Self {
            browser,
            clock,
            folder,
        } = self;
        let again = Self::on(folder, clock, |_| routes, change).await;
        for name in browser.cookie_names() {
            let value = browser.cookie(&name).expect("it has a value");
            again.browser.set_cookie(&name, &value);
        }
        again
    }

    async fn on(
        folder: TempDir,
        clock: Clock,
        routes: impl FnOnce(&Cloakroom) -> Router,
        change: impl FnOnce(Settings) -> Settings,
    ) -> Self {
        let settings = change(Settings::new(KEY));
        let url = format!("sqlite://{}", folder.path().join("db.sqlite3").display());
        let store = connect(&url, &settings).await.expect("the table opens");
        let cloakroom = Cloakroom::builder(KeyRing::new(KEY).expect("the key is long enough"))
            .store(store)
            .django(settings)
            .clock(clock.clone())
            .sweep_every(None)
            .build()
            .expect("the settings are sound");
        let routes = routes(&cloakroom);
        let browser = Browser::of(routes.layer(cloakroom.layer())).with_clock(clock.clone());
        Self {
            browser,
            clock,
            folder,
        }
    }

    pub(crate) fn turn(&self, seconds: u64) {
        self.clock.turn(Duration::from_secs(seconds));
    }

    fn table(&self) -> Connection {
        Connection::open(self.folder.path().join("db.sqlite3")).expect("the file opens")
    }

    /// Returns the rows: key, session as JSON, and end.
    pub(crate) fn rows(&self) -> Vec<(String, String, String)> {
        let table = self.table();
        let mut all = table
            .prepare("SELECT session_key, session_data, expire_date FROM django_session ORDER BY 1")
            .expect("it is Django's table");
        let read = |row: &rusqlite::Row<'_>| {
            let data: String = row.get(1)?;
            Ok((row.get(0)?, opened(&data), row.get(2)?))
        };
        let rows = all.query_map([], read).expect("the rows are there");
        rows.collect::<Result<_, _>>()
            .expect("the rows can be read")
    }

    /// Returns the JSON of the one session that there is.
    pub(crate) fn session(&self) -> String {
        let rows = self.rows();
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows[0].1.clone()
    }

    /// Writes a session as Django does, over whatever is there.
    pub(crate) fn write(&self, key: &str, json: &str) {
        self.write_raw(key, &signed(KEY, json));
    }

    pub(crate) fn write_raw(&self, key: &str, data: &str) {
        self.table()
            .execute(
                "INSERT OR REPLACE INTO django_session VALUES (?, ?, '2026-01-15 00:00:00')",
                [key, data],
            )
            .expect("a row can be written");
    }

    /// Returns what stands in a row, as it stands there.
    pub(crate) fn raw(&self, key: &str) -> String {
        let found = self.table().query_row(
            "SELECT session_data FROM django_session WHERE session_key = ?",
            [key],
            |row| row.get(0),
        );
        found.expect("the row is there")
    }

    pub(crate) fn delete(&self, key: &str) {
        self.table()
            .execute("DELETE FROM django_session WHERE session_key = ?", [key])
            .expect("a row can be deleted");
    }

    /// Begins a session in Django, and gives the browser its cookie.
    pub(crate) fn begin(&self, json: &str) {
        self.write(THEIRS, json);
        self.browser.set_cookie("sessionid", THEIRS);
    }
}

/// The key of a session that Django made.
pub(crate) const THEIRS: &str = "abcdefghijklmnopqrstuvwxyz012345";

pub(crate) fn signed(key: &str, json: &str) -> String {
    let session = Object::parse(json).expect("it is an object");
    Payloads::new(&Keys::new(key)).encode(&session, Moment::from_micros(START as i64 * 1_000_000))
}

fn opened(data: &str) -> String {
    let payloads = Payloads::new(&Keys::new(KEY).fallback("old key"));
    payloads
        .decode(data)
        .unwrap_or_else(|error| error.to_string())
}
