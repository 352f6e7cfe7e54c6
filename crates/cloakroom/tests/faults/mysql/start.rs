//! What keeps a store from opening, and how it says so.
use std::net::TcpListener;

use cloakroom::store::{self, Options};
use libtest_mimic::Trial;
use services::{PASSWORD, USER};

use super::{ask, blocking, database, impatient, own, refused, shared};
use crate::Faults;

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    vec![
        faults.trial(
            "mysql: a server that is down at start is named with what to do",
            down,
        ),
        faults.trial(
            "mysql: a server that is silent at start is not waited for",
            silent,
        ),
        faults.trial(
            "mysql: a wrong password says to look at the URL, and not what it is",
            wrong_password,
        ),
        faults.trial(
            "mysql: a missing database is named, and a URL without one refused",
            wrong_database,
        ),
        faults.trial("mysql: tables of a newer version are refused", newer),
        faults.trial(
            "mysql: without leave to migrate the error names the command that does",
            no_leave,
        ),
        faults.trial(
            "mysql: a table that somebody else made under our name is refused and left alone",
            foreign,
        ),
        faults.trial(
            "mysql: a table that is gone is never taken for no sessions",
            gone,
        ),
        faults.trial(
            "mysql: eight instances that start at once make the tables once",
            eight,
        ),
        faults.trial(
            "mysql: opening up-to-date tables makes and changes nothing",
            nothing_to_do,
        ),
    ]
}

async fn down() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = free.local_addr().expect("it listens");
    drop(free);
    let url = format!("mysql://{USER}:{PASSWORD}@{address}/shop");
    let error = refused(&url, &impatient()).await;
    assert!(error.contains("see that the server runs"), "{error}");
}

async fn silent() {
    let server = own();
    blocking(|| server.pause());
    let error = refused(&server.url(), &impatient()).await;
    assert!(error.contains("no connection within 700 ms"), "{error}");
    blocking(|| server.resume());
    store::connect(&server.url()).await.expect("it is back");
}

async fn wrong_password() {
    let url = format!("mysql://{USER}:hunter2@{}/cloakroom", shared().address());
    let error = refused(&url, &impatient()).await;
    assert!(
        error.contains("see the user and the password in the URL"),
        "{error}"
    );
    assert!(!error.contains("hunter2"), "{error}");
}

async fn wrong_database() {
    let server = format!("mysql://{USER}:{PASSWORD}@{}", shared().address());
    let error = refused(&format!("{server}/nowhere"), &impatient()).await;
    assert!(
        error.contains("make the database that the URL names"),
        "{error}"
    );
    for url in [server.clone(), format!("{server}/")] {
        let error = refused(&url, &impatient()).await;
        assert!(error.contains("it names no database"), "{error}");
    }
}

async fn newer() {
    let url = database("newer");
    store::connect(&url).await.expect("it opens");
    ask("newer", "INSERT INTO cloakroom_schema VALUES (99)");
    let error = refused(&url, &Options::new()).await;
    assert!(error.contains("they have version 99"), "{error}");
    assert!(
        error.contains("run the newer version of the crate"),
        "{error}"
    );
}

async fn no_leave() {
    let url = database("no_leave");
    let without = Options::new().migrate(false);
    let error = refused(&url, &without).await;
    assert!(error.contains("they are missing"), "{error}");
    assert!(error.contains("`cloakroom migrate`"), "{error}");
    assert_eq!(ask("no_leave", "SHOW TABLES"), "");
    store::connect(&url).await.expect("it makes its tables");
    store::connect_with(&url, &without)
        .await
        .expect("they are there");
}

async fn foreign() {
    let tables = [
        (
            "foreign_sessions",
            "CREATE TABLE cloakroom_sessions (id INT, body TEXT)",
        ),
        ("foreign_schema", "CREATE TABLE cloakroom_schema (id INT)"),
        (
            "foreign_version",
            "CREATE TABLE cloakroom_schema (version VARCHAR(20))",
        ),
        (
            "foreign_beside_ours",
            "CREATE TABLE cloakroom_schema (version BIGINT NOT NULL PRIMARY KEY); \
             INSERT INTO cloakroom_schema VALUES (2); \
             CREATE TABLE cloakroom_sessions (id INT, body TEXT)",
        ),
    ];
    for (name, table) in tables {
        let url = database(name);
        ask(name, table);
        let error = refused(&url, &Options::new()).await;
        assert!(error.contains("somebody else made it"), "{name}: {error}");
    }
    let columns = "SELECT GROUP_CONCAT(column_name) FROM information_schema.columns \
        WHERE table_schema = DATABASE() AND table_name = 'cloakroom_sessions'";
    assert_eq!(ask("foreign_sessions", columns).trim(), "id,body");
}

async fn gone() {
    let url = database("gone");
    let store = store::connect(&url).await.expect("it makes its tables");
    ask("gone", "DROP TABLE cloakroom_sessions");
    let checked = store.check().await.expect_err("it is gone").to_string();
    let at_start = refused(&url, &Options::new()).await;
    for error in [checked, at_start] {
        assert!(error.contains("`cloakroom_sessions` is gone"), "{error}");
    }
}

async fn eight() {
    let url = database("eight");
    let instances = (0..8).map(|_| {
        let url = url.clone();
        tokio::spawn(async move { store::connect(&url).await })
    });
    for instance in instances.collect::<Vec<_>>() {
        let opened = instance.await.expect("it does not panic");
        opened.expect("each opens");
    }
    assert_eq!(
        ask("eight", "SELECT version FROM cloakroom_schema").trim(),
        "1\n2"
    );
}

async fn nothing_to_do() {
    let url = database("nothing_to_do");
    store::connect(&url).await.expect("it makes its tables");
    // A user who may only work with the rows can open it.
    ask(
        "nothing_to_do",
        "CREATE USER worker IDENTIFIED BY 'x'; \
         GRANT SELECT, INSERT, UPDATE, DELETE ON nothing_to_do.* TO worker; \
         CREATE USER reader IDENTIFIED BY 'x'; GRANT SELECT ON nothing_to_do.* TO reader",
    );
    let at = format!("{}/nothing_to_do", shared().address());
    let opened = store::connect(&format!("mysql://worker:x@{at}")).await;
    opened.expect("there was nothing to do");
    let error = refused(&format!("mysql://reader:x@{at}"), &Options::new()).await;
    assert!(error.contains("grant the user"), "{error}");
}
