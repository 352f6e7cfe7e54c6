//! The same command on stores with servers, each with a private server of its own.
use cloakroom_ops::handle::digits;
use services::{MariaDb, Memcached, Postgres, Redis, Trouble};

use crate::command::{PRIVATE, run, run_with};
use crate::shelf::Shelf;

/// Returns a server, or `None` on a laptop where it is missing; in CI that is a failure.
fn server<S>(started: Result<S, Trouble>) -> Option<S> {
    let in_ci = std::env::var("CI").is_ok_and(|ci| !ci.is_empty() && ci != "false");
    match started {
        Ok(server) => Some(server),
        Err(Trouble::Missing { .. }) if !in_ci => None,
        Err(trouble) => panic!("{trouble}"),
    }
}

/// Does everything there is to do on an empty store that can list its sessions.
async fn everything(url: &str) {
    let shelf = Shelf::on(url).await;
    let on = |words: &[&str]| run_with(words, &[("CLOAKROOM_STORE", url)]);
    on(&["migrate"]).well();
    on(&["migrate", "--check"]).well();
    for number in 0..60 {
        shelf
            .put(number, (number % 3 == 0).then_some("ada"), number)
            .await;
    }
    assert_eq!(on(&["stats", "--json"]).json()["live"], 60);
    assert_eq!(
        on(&["list", "--json", "--limit", "0"]).json_lines().len(),
        60
    );
    assert_eq!(
        on(&["list", "--json", "--user", "ada"]).json_lines().len(),
        20
    );
    let handle = digits(&shelf.put(100, None, 0).await);
    assert_eq!(
        on(&["show", &handle[..10], "--json"]).json()["handle"],
        handle
    );
    on(&["revoke", &handle[..10]]).well();
    on(&["show", &handle]).fails(1);

    there_and_back(&shelf, url).await;

    assert_eq!(
        on(&["revoke", "--user", "ada", "--json"]).json()["sessions"],
        20
    );
    assert_eq!(
        on(&["revoke", "--all", "--yes", "--json"]).json()["sessions"],
        40
    );
    assert_eq!(shelf.live().await, 0);
    on(&["clearsessions"]).well();
    let secret = cloakroom::KeyRing::generate_secret();
    run_with(
        &["check"],
        &[("CLOAKROOM_STORE", url), ("CLOAKROOM_SECRET", &secret)],
    )
    .well();
}

/// Moves 60 sessions into an SQLite file and back.
async fn there_and_back(shelf: &Shelf, url: &str) {
    let other = Shelf::new().await;
    let (there, back) = (other.path("there"), other.path("back"));
    let to = [("CLOAKROOM_FROM", url), ("CLOAKROOM_TO", &other.url)];
    let moved = run_with(&["move", "--journal", &there, "--json"], &to).json();
    assert_eq!(moved["copied"], 60);
    let (one, two) = (crate::shelf::key(1), crate::shelf::key(2));
    shelf.change(two, "late").await;
    other.store.delete(&one).await.unwrap();
    let moved = run_with(&["move", "--journal", &there, "--json"], &to).json();
    assert_eq!(
        (&moved["updated"], &moved["ended_in_new"]),
        (&1.into(), &1.into())
    );
    assert_eq!(other.value(two).await.unwrap(), "late");
    shelf.store.delete(&one).await.unwrap();
    shelf.store.delete(&two).await.unwrap();
    let from = [
        ("CLOAKROOM_FROM", other.url.as_str()),
        ("CLOAKROOM_TO", url),
    ];
    // The store is not empty: that has to be meant.
    run_with(&["move", "--journal", &back], &from).fails(1);
    let moved = run_with(&["move", "--journal", &back, "--json", "--yes"], &from).json();
    assert_eq!(
        (&moved["copied"], &moved["unchanged"]),
        (&1.into(), &58.into())
    );
    assert_eq!(shelf.value(two).await.unwrap(), "late");
    shelf.put(1, None, 0).await;
}

#[tokio::test]
async fn the_command_works_on_postgresql() {
    if let Some(postgres) = server(Postgres::start()) {
        everything(&postgres.url()).await;
    }
}

#[tokio::test]
async fn the_command_works_on_mariadb() {
    if let Some(mariadb) = server(MariaDb::start()) {
        everything(&mariadb.url()).await;
    }
}

#[tokio::test]
async fn the_command_works_on_redis() {
    if let Some(redis) = server(Redis::start()) {
        everything(&redis.url()).await;
    }
}

#[tokio::test]
async fn a_store_that_can_not_list_says_so_and_serves_whole_handles() {
    let Some(memcached) = server(Memcached::start()) else {
        return;
    };
    let url = memcached.url();
    let shelf = Shelf::on(&url).await;
    let handle = digits(&shelf.put(1, Some("ada"), 0).await);
    let on = |words: &[&str]| run_with(words, &[("CLOAKROOM_STORE", &url)]);
    for words in [
        &["list"][..],
        &["stats"],
        &["revoke", "--user", "ada"],
        &["clearsessions", "--dry-run"],
    ] {
        let told = on(words).fails(1);
        assert!(
            told.contains("the memcached store could not list sessions"),
            "{told}"
        );
    }
    assert!(
        on(&["show", &handle[..10]])
            .fails(1)
            .contains("64 hexadecimal digits")
    );
    assert!(on(&["show", &handle, "--reveal"]).well().contains(PRIVATE));
    let journal = shelf.path("journal");
    let other = Shelf::new().await;
    let told = run(&[
        "move",
        "--from",
        &url,
        "--to",
        &other.url,
        "--journal",
        &journal,
    ])
    .fails(1);
    assert!(told.contains("can't list its sessions"), "{told}");
    on(&["revoke", &handle]).well();
    on(&["show", &handle]).fails(1);
    on(&["clearsessions"]).well();
}
