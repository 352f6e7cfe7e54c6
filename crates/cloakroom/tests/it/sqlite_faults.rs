//! SQLite on real files that go wrong: what the visitor sees, and what the log tells to do.
use std::path::{Path, PathBuf};

use cloakroom::clock::Timestamp;
use cloakroom::session::{Body, Record, StoreKey};
use cloakroom::store::{AnyStore, Listed, Options, Saved, SqliteStore, connect, connect_with};
use cloakroom::{ConfigError, StoreError};
use rusqlite::Connection;
use tempfile::TempDir;
use tracing::Level;

use crate::site::{Site, routes, sqlite};
use crate::watch::Watch;

/// A folder with a database in it, and a site on that database.
struct Shop {
    site: Site,
    folder: TempDir,
    store: SqliteStore,
}

impl Shop {
    /// Opens a site whose writing connection does not wait for locks.
    async fn open(journal: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::file(file(&folder)).await.unwrap();
        let pragmas = format!("PRAGMA journal_mode = {journal}; PRAGMA busy_timeout = 0");
        store.run(pragmas).await.unwrap();
        let any = AnyStore::inspectable(store.clone());
        let site = Site::on(any, routes(), |settings| settings);
        site.browser.get("/set/coat/blue").await;
        Self {
            site,
            folder,
            store,
        }
    }

    /// Runs this on the connection that the site writes by.
    async fn do_sql(&self, sql: &str) {
        self.store.run(sql).await.unwrap();
    }

    /// Another process's connection.
    fn other(&self) -> Connection {
        Connection::open(file(&self.folder)).unwrap()
    }

    async fn assert_fine(&self) {
        let page = self.site.browser.get("/set/hat/red").await;
        assert_eq!(page.status, 200);
        assert_eq!(self.site.browser.get("/keys").await.text, "coat hat");
        self.site.cloakroom.check_store().await.unwrap();
    }

    /// Makes sure that this page is refused with no cookie and that the log says what to do.
    async fn assert_refused(&self, path: &str, remedy: &str) {
        let watch = Watch::begin();
        let page = self.site.browser.get(path).await;
        assert_eq!(page.status, 503, "{path}");
        assert!(page.set_cookies().is_empty());
        assert!(watch.traced(Level::ERROR, remedy), "{}", watch.log());
    }
}

fn file(folder: &TempDir) -> PathBuf {
    folder.path().join("sessions.db")
}

fn url(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

/// The one problem that opening a store by URL meets.
async fn refused(url: &str) -> String {
    let error: ConfigError = connect(url).await.expect_err("it can't be opened");
    assert_eq!(error.problems().len(), 1);
    error.to_string()
}

#[tokio::test]
async fn a_file_that_cannot_be_written_still_reads_and_says_what_to_do() {
    let shop = Shop::open("WAL").await;
    shop.do_sql("PRAGMA query_only = ON").await;
    assert_eq!(shop.site.browser.get("/get/coat").await.text, "\"blue\"");
    let remedy = "give the process the right to write the file and its folder";
    for path in ["/set/coat/red", "/renew", "/login/ada", "/logout"] {
        shop.assert_refused(path, remedy).await;
    }
    assert_eq!(shop.site.browser.get("/get/coat").await.text, "\"blue\"");
    shop.do_sql("PRAGMA query_only = OFF").await;
    shop.assert_fine().await;
}

#[tokio::test]
async fn a_file_that_is_opened_read_only_does_not_start_and_says_what_to_do() {
    let (store, folder) = sqlite().await;
    store.close().await;
    let text = refused(&format!("{}?mode=ro", url(&file(&folder)))).await;
    assert!(
        text.starts_with("store: the sqlite store could not "),
        "{text}"
    );
    assert!(
        text.contains("give the process the right to write"),
        "{text}"
    );
}

#[tokio::test]
async fn a_file_that_another_process_has_locked_is_a_503_until_it_lets_go() {
    let remedy = "another process holds the database's lock";
    for (journal, reads) in [("WAL", true), ("DELETE", false)] {
        let shop = Shop::open(journal).await;
        let other = shop.other();
        other.execute_batch("BEGIN EXCLUSIVE").unwrap();
        for path in ["/set/coat/red", "/renew", "/logout"] {
            shop.assert_refused(path, remedy).await;
        }
        if reads {
            assert_eq!(shop.site.browser.get("/get/coat").await.text, "\"blue\"");
        } else {
            shop.assert_refused("/get/coat", remedy).await;
            let sick = shop.site.cloakroom.check_store().await.unwrap_err();
            assert!(sick.to_string().contains(remedy), "{sick}");
        }
        other.execute_batch("ROLLBACK").unwrap();
        shop.assert_fine().await;
    }
}

#[tokio::test]
async fn a_full_database_is_a_503_for_what_grows_and_keeps_what_it_has() {
    let shop = Shop::open("WAL").await;
    shop.do_sql("PRAGMA max_page_count = 1").await;
    let large = format!("/set/coat/{}", unpackable(50_000));
    shop.assert_refused(&large, "is full; make room").await;
    let guest = shop.site.browser.another();
    let page = guest.get(&large).await;
    assert_eq!(page.status, 503);
    assert!(guest.cookie_names().is_empty());
    assert_eq!(shop.site.browser.get("/get/coat").await.text, "\"blue\"");
    shop.do_sql("PRAGMA max_page_count = 1000000").await;
    shop.assert_fine().await;
}

/// Makes text that stays about as long when it is packed.
fn unpackable(letters: usize) -> String {
    let mut number = 1_u32;
    let mut letter = || {
        // A linear congruential generator, whose upper bits look random.
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b'a' + (number >> 24) as u8 % 26)
    };
    (0..letters).map(|_| letter()).collect()
}

#[tokio::test]
async fn a_file_that_is_no_database_does_not_start_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let rubbish = "these are not the pages you are looking for. ".repeat(100);
    std::fs::write(file(&folder), &rubbish).unwrap();
    let text = refused(&url(&file(&folder))).await;
    assert!(
        text.contains("no SQLite database; restore it or move it away"),
        "{text}"
    );
    assert_eq!(std::fs::read_to_string(file(&folder)).unwrap(), rubbish);
}

#[tokio::test]
async fn a_folder_that_is_missing_does_not_start_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let text = refused(&url(&folder.path().join("no/such/sessions.db"))).await;
    assert!(
        text.contains("see that its folder exists and may be written"),
        "{text}"
    );
}

#[tokio::test]
async fn an_unknown_scheme_is_refused_without_repeating_what_may_be_a_password() {
    for url in ["oracle://scott:tiger@db", "scott:tiger", "tiger", ""] {
        let text = refused(url).await;
        assert!(text.contains("use sqlite://"), "{text}");
        assert!(
            !text.contains("tiger@") && !text.contains(":tiger"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn tables_of_a_newer_version_are_left_alone() {
    let (store, folder) = sqlite().await;
    let other = Connection::open(file(&folder)).unwrap();
    other
        .execute_batch("UPDATE cloakroom_schema SET version = 99")
        .unwrap();
    let text = refused(&url(&file(&folder))).await;
    assert!(text.contains("they have version 99"), "{text}");
    assert!(
        text.contains("run the newer version of the crate"),
        "{text}"
    );
    let sick: StoreError = store.check().await.unwrap_err();
    assert!(sick.to_string().contains("they have version 99"), "{sick}");
}

#[tokio::test]
async fn whoever_does_not_migrate_is_told_what_does() {
    let folder = tempfile::tempdir().unwrap();
    let here = Options::new().migrate(false);
    let told = async || {
        connect_with(&url(&file(&folder)), &here)
            .await
            .unwrap_err()
            .to_string()
    };
    assert!(told().await.contains("see that its folder exists"));
    assert!(!file(&folder).exists(), "nothing is made");
    let other = Connection::open(file(&folder)).unwrap();
    other
        .execute_batch("CREATE TABLE orders (id INTEGER)")
        .unwrap();
    let missing = told().await;
    assert!(missing.contains("they are missing"), "{missing}");
    assert!(missing.contains("run `cloakroom migrate`"), "{missing}");
    other.execute_batch(FIRST_VERSION).unwrap();
    let old = told().await;
    assert!(old.contains("they have version 1, not 4"), "{old}");
    assert!(old.contains("run `cloakroom migrate`"), "{old}");
    connect(&url(&file(&folder))).await.unwrap();
    connect_with(&url(&file(&folder)), &here).await.unwrap();
}

/// The tables as the first version of the crate made them, with a session in them.
const FIRST_VERSION: &str = "
    CREATE TABLE cloakroom_schema (version INTEGER NOT NULL);
    INSERT INTO cloakroom_schema VALUES (1);
    CREATE TABLE cloakroom_sessions (
        key BLOB NOT NULL PRIMARY KEY, version INTEGER NOT NULL, expires_at INTEGER NOT NULL,
        sweep_at INTEGER NOT NULL, is_forward INTEGER NOT NULL, user TEXT, body BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX cloakroom_sessions_sweep ON cloakroom_sessions (sweep_at);
    CREATE INDEX cloakroom_sessions_user ON cloakroom_sessions (user) WHERE user IS NOT NULL;";

#[tokio::test]
async fn sessions_in_tables_of_the_first_version_are_still_there() {
    let folder = tempfile::tempdir().unwrap();
    let other = Connection::open(file(&folder)).unwrap();
    other.execute_batch(FIRST_VERSION).unwrap();
    let (now, later) = (Timestamp::from_secs(1), Timestamp::from_secs(9_000));
    let (key, record) = (
        StoreKey::from_bytes([9; 32]),
        Record::new(now, later).with_user("ada"),
    );
    other
        .execute(
            "INSERT INTO cloakroom_sessions VALUES (?, 3, 9000, 10800, 0, 'ada', ?)",
            (&key.as_bytes()[..], record.to_bytes()),
        )
        .unwrap();
    let store = connect(&url(&file(&folder))).await.unwrap();
    let found = store.load(&key, now).await.unwrap().unwrap();
    assert_eq!(found.body, Body::Record(record.clone()));
    assert_eq!(
        store.of_user("ada", now).await.unwrap(),
        [Listed::of(key, &record)]
    );
    let saved = store.save(&key, &found.version, &record).await.unwrap();
    assert!(matches!(saved, Saved::Saved(_)), "{saved:?}");
}

#[tokio::test]
async fn tables_of_an_older_version_are_noticed_while_the_site_runs() {
    let shop = Shop::open("WAL").await;
    shop.do_sql("UPDATE cloakroom_schema SET version = 0").await;
    let sick = shop.site.cloakroom.check_store().await.unwrap_err();
    assert!(sick.to_string().contains("open the store once"), "{sick}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_instances_that_start_at_once_bring_the_tables_up_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut instances = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let file = file(&folder);
        instances.spawn(async move { SqliteStore::file(file).await });
    }
    for store in instances.join_all().await {
        AnyStore::from(store.unwrap()).check().await.unwrap();
    }
}

#[tokio::test]
async fn a_row_that_does_not_decode_is_left_aside_and_its_visitor_starts_afresh() {
    let watch = Watch::begin();
    let shop = Shop::open("WAL").await;
    shop.do_sql("UPDATE cloakroom_sessions SET body = x'ff00ff'")
        .await;
    let (browser, old) = (&shop.site.browser, shop.site.token());
    assert_eq!(browser.get("/get/coat").await.text, "nothing");
    browser.get("/set/coat/red").await;
    assert_ne!(shop.site.token(), old);
    assert_eq!(browser.get("/get/coat").await.text, "\"red\"");
    assert!(watch.traced(Level::ERROR, "a record was left aside"));
    assert!(watch.counted("cloakroom_undecodable_total") > 0);
    assert_eq!(count(&shop, "WHERE body = x'ff00ff'"), 1);
}

#[tokio::test]
async fn rows_that_nobody_can_read_hide_no_session_that_comes_after_them() {
    let shop = Shop::open("WAL").await;
    for _ in 0..3 {
        shop.site.browser.another().get("/set/coat/red").await;
    }
    let first = "key < (SELECT max(key) FROM cloakroom_sessions)";
    shop.do_sql(&format!(
        "UPDATE cloakroom_sessions SET body = x'ff00ff' WHERE {first}"
    ))
    .await;
    let now = shop.site.clock.now();
    let store = AnyStore::inspectable(shop.store.clone());
    let listed = store.list(None, 1, now).await;
    assert_eq!(listed.unwrap().len(), 1);
}

/// Counts rows as another process sees them.
fn count(shop: &Shop, which: &str) -> u64 {
    let sql = format!("SELECT count(*) FROM cloakroom_sessions {which}");
    let count: i64 = shop.other().query_row(&sql, (), |row| row.get(0)).unwrap();
    count.cast_unsigned()
}

#[tokio::test]
async fn a_row_that_breaks_while_a_request_is_under_way_brings_nobody_down() {
    let shop = Shop::open("WAL").await;
    let other = shop.site.again(routes(), |settings| settings);
    other.faults.hold(cloakroom::testing::Call::Save);
    let (page, ()) = tokio::join!(other.browser.get("/set/coat/red"), async {
        other
            .faults
            .reached(cloakroom::testing::Call::Save, 1)
            .await;
        shop.do_sql("UPDATE cloakroom_sessions SET body = x'00', version = version + 1")
            .await;
        other.faults.release(cloakroom::testing::Call::Save);
    });
    assert_eq!(page.status, 200);
    assert!(page.set_cookie("sessionid").unwrap().contains("Max-Age=0"));
}

#[tokio::test]
async fn a_file_that_is_deleted_while_the_site_runs_is_an_outage_and_no_empty_session() {
    let watch = Watch::begin();
    let (store, folder) = sqlite().await;
    let site = Site::on(store, routes(), |settings| settings);
    // No page has read yet, so that the site opens its reading connections on what is there now.
    site.browser.get("/set/coat/blue").await;
    std::fs::remove_file(file(&folder)).unwrap();
    let page = site.browser.get("/get/coat").await;
    assert_eq!(page.status, 503, "{}", page.text);
    assert!(page.set_cookies().is_empty());
    assert!(
        watch.traced(Level::ERROR, "see that its folder exists"),
        "{}",
        watch.log()
    );
    assert!(site.cloakroom.check_store().await.is_err());
    assert!(!file(&folder).exists(), "no empty database takes its place");
}

#[tokio::test]
async fn a_table_that_is_gone_is_an_outage_that_says_what_to_do() {
    let shop = Shop::open("WAL").await;
    shop.do_sql("DROP TABLE cloakroom_sessions").await;
    shop.assert_refused("/get/coat", "no such table").await;
    shop.assert_refused("/get/coat", "restart the site").await;
}

#[tokio::test]
async fn a_site_that_is_closing_says_so() {
    let shop = Shop::open("WAL").await;
    shop.site.cloakroom.close().await;
    shop.assert_refused("/get/coat", "the store was closed; the site is stopping")
        .await;
}

#[tokio::test]
async fn what_was_saved_is_there_after_a_restart() {
    let (store, folder) = sqlite().await;
    let site = Site::on(store, routes(), |settings| settings);
    site.browser.get("/set/coat/blue").await;
    site.cloakroom.close().await;
    let reopened = connect(&url(&file(&folder))).await.unwrap();
    let after = Site::on(reopened, routes(), |settings| settings);
    let visitor = after.with_token(&site.token());
    assert_eq!(visitor.get("/get/coat").await.text, "\"blue\"");
}

#[tokio::test]
async fn the_applications_own_tables_live_beside_ours() {
    let shop = Shop::open("WAL").await;
    shop.do_sql("CREATE TABLE orders (id INTEGER)").await;
    shop.assert_fine().await;
    assert_eq!(count(&shop, ""), 1);
}
