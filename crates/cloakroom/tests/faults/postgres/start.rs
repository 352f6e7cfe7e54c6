//! What keeps the store from opening, and what each says.
use std::time::Duration;

use cloakroom::store::{self, Options};
use libtest_mimic::Trial;
use services::{PASSWORD, Postgres, USER};

use super::{ask, created, key, opened, record, refused, schema, shared, within};
use crate::Faults;
use crate::proxy::{Proxy, Wire};

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    vec![
        faults.trial(
            "postgres: a server that is down or silent at the start is named as the trouble",
            unreachable,
        ),
        faults.trial(
            "postgres: a wrong password or database at the start says what to correct",
            unwelcome,
        ),
        faults.trial(
            "postgres: missing, older, newer and foreign tables are told apart",
            tables,
        ),
        faults.trial(
            "postgres: a role that may only serve opens tables that are up to date",
            serving,
        ),
        faults.trial(
            "postgres: a role without the rights is told which",
            rightless,
        ),
        faults.trial(
            "postgres: instances that start together make the tables once",
            together,
        ),
        faults.trial(
            "postgres: a server that takes no writes is refused at the start",
            read_only,
        ),
        faults.trial(
            "postgres: connections that are all taken at the start are told",
            exhausted,
        ),
    ]
}

async fn unreachable() {
    let closed = format!("postgres://{USER}:{PASSWORD}@127.0.0.1:1/cloakroom");
    let said = refused(&closed, &Options::new()).await;
    assert!(said.contains("see that the server runs"), "{said}");

    let proxy = Proxy::before(shared().address()).await;
    proxy.set(Wire::Slow(Duration::from_secs(5)));
    let silent = format!("postgres://{USER}:{PASSWORD}@{}/cloakroom", proxy.address);
    let soon = Options::new().connect_timeout(Duration::from_millis(300));
    let said = refused(&silent, &soon).await;
    assert!(said.contains("no answer within 300 ms"), "{said}");
}

async fn unwelcome() {
    let address = shared().address();
    let cases = [
        (
            format!("postgres://{USER}:wrong-{PASSWORD}@{address}/cloakroom"),
            "pg_hba.conf",
        ),
        (
            format!("postgres://{USER}@{address}/cloakroom"),
            "put user and password into the URL",
        ),
        (
            format!("postgres://nobody:{PASSWORD}@{address}/cloakroom"),
            "pg_hba.conf",
        ),
        (
            format!("postgres://{USER}:{PASSWORD}@{address}/elsewhere"),
            "create the database",
        ),
    ];
    for (url, remedy) in cases {
        let said = refused(&url, &Options::new()).await;
        assert!(said.contains(remedy), "{said}");
    }
}

async fn tables() {
    let url = schema("changing");
    let as_it_is = Options::new().migrate(false);
    let said = refused(&url, &as_it_is).await;
    assert!(said.contains("they are missing"), "{said}");
    assert!(said.contains("cloakroom migrate"), "{said}");
    opened(&url).await.check().await.expect("it was migrated");
    let again = store::connect_with(&url, &as_it_is).await;
    again.expect("nothing is to be done");

    ask(shared(), "UPDATE changing.cloakroom_schema SET version = 0");
    let said = refused(&url, &as_it_is).await;
    assert!(said.contains("cloakroom migrate"), "{said}");
    ask(
        shared(),
        "UPDATE changing.cloakroom_schema SET version = 99",
    );
    for options in [as_it_is, Options::new()] {
        let said = refused(&url, &options).await;
        assert!(said.contains("they have version 99"), "{said}");
    }

    let url = schema("foreign_table");
    ask(
        shared(),
        "CREATE TABLE foreign_table.cloakroom_sessions (key text, data jsonb)",
    );
    let said = refused(&url, &Options::new()).await;
    assert!(said.contains("made by another program"), "{said}");
    // Also beside a version row of ours, up to date or not.
    for version in 1..=2 {
        let name = format!("foreign_columns_{version}");
        let url = schema(&name);
        ask(
            shared(),
            &format!(
                "CREATE TABLE {name}.cloakroom_schema AS SELECT {version} AS version; \
                 CREATE TABLE {name}.cloakroom_sessions (key text, data jsonb)"
            ),
        );
        let said = refused(&url, &Options::new()).await;
        assert!(said.contains("made by another program"), "{said}");
    }
}

fn role(name: &str, schema: &str) -> String {
    ask(
        shared(),
        &format!(
            "CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'; GRANT USAGE ON SCHEMA {schema} TO {name}"
        ),
    );
    let url = format!(
        "postgres://{name}:{PASSWORD}@{}/cloakroom",
        shared().address()
    );
    within(&url, schema)
}

async fn serving() {
    opened(&schema("served")).await;
    let url = role("server", "served");
    ask(
        shared(),
        "GRANT SELECT, INSERT, UPDATE, DELETE ON served.cloakroom_sessions TO server; \
         GRANT SELECT ON served.cloakroom_schema TO server",
    );
    let store = opened(&url).await;
    created(&store, &key(), &record("1")).await;
}

async fn rightless() {
    schema("locked");
    let url = role("stranger", "locked");
    let said = refused(&url, &Options::new()).await;
    assert!(said.contains("CREATE on the schema"), "{said}");
    opened(&within(&shared().url(), "locked")).await;
    let said = refused(&url, &Options::new()).await;
    assert!(said.contains("grant the role SELECT"), "{said}");
}

async fn together() {
    let url = schema("together");
    let opening: Vec<_> = (0..8)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { opened(&url).await.check().await })
        })
        .collect();
    for opened in opening {
        let checked = opened.await.expect("opening does not panic");
        checked.expect("the tables are there");
    }
    let versions = ask(
        shared(),
        "SELECT count(*), max(version) FROM together.cloakroom_schema",
    );
    assert_eq!(versions, "1|2");
}

async fn read_only() {
    schema("standing");
    let url = role("reader", "standing");
    ask(
        shared(),
        "ALTER ROLE reader SET default_transaction_read_only = on",
    );
    let said = refused(&url, &Options::new()).await;
    assert!(said.contains("does not allow writes"), "{said}");
    assert!(said.contains("name the primary"), "{said}");
}

async fn exhausted() {
    let server = super::blocking(|| {
        let few = Postgres::builder().setting("max_connections", "5");
        few.setting("superuser_reserved_connections", "2").start()
    });
    ask(
        &server,
        &format!(
            "CREATE ROLE guest LOGIN PASSWORD '{PASSWORD}'; GRANT ALL ON SCHEMA public TO guest"
        ),
    );
    let url = format!("postgres://guest:{PASSWORD}@{}/cloakroom", server.address());
    // This one wants eight, gets three and serves with them.
    let store = opened(&url).await;
    let key = key();
    created(&store, &key, &record("1")).await;
    let loads: Vec<_> = (0..100)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { super::found(&store, &key).await })
        })
        .collect();
    for load in loads {
        let found = load.await.expect("loading does not panic");
        assert_eq!(found.expect("it is served"), Some(record("1")));
    }
    let mut taken = vec![store];
    let said = loop {
        match store::connect(&url).await {
            Ok(store) => taken.push(store),
            Err(error) => break error.to_string(),
        }
    };
    assert!(said.contains("max_connections"), "{said}");
}
