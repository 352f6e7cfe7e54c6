//! The same command on every other store, those with servers each with a private one.
#[path = "../it/command.rs"]
#[expect(dead_code, reason = "the other tests use more of it")]
mod command;
#[path = "../it/shelf.rs"]
#[expect(dead_code, reason = "the other tests use more of it")]
mod shelf;

use std::process::ExitCode;

use cloakroom::store;
use cloakroom_ops::handle::digits;
use libtest_mimic::{Arguments, Trial};
use services::{MariaDb, Memcached, Postgres, Redis, Trouble};
use tokio::runtime::Runtime;

use crate::command::{PRIVATE, Ran, run, run_with};
use crate::shelf::Shelf;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trials = vec![
        trial(
            "file: the command does everything there is",
            || Ok(()),
            || {
                let folder = tempfile::tempdir().expect("a temporary folder can be made");
                let url = format!("file://{}/sessions", folder.path().display());
                std::fs::create_dir(folder.path().join("sessions")).expect("it can be made");
                on(everything(&url));
                Ok(())
            },
        ),
        trial(
            "postgres: the command does everything there is",
            Postgres::look,
            || Postgres::start().map(|server| on(everything(&server.url()))),
        ),
        trial(
            "mysql: the command does everything there is",
            MariaDb::look,
            || MariaDb::start().map(|server| on(everything(&server.url()))),
        ),
        trial(
            "redis: the command does everything there is",
            Redis::look,
            || Redis::start().map(|server| on(everything(&server.url()))),
        ),
        trial(
            "redis as a cache: what is revoked is gone from it at once",
            Redis::look,
            || Redis::start().map(|server| on(revoked_through(&server.url()))),
        ),
        trial(
            "redis as a cache: what lies there is not listed as sessions",
            Redis::look,
            || Redis::start().map(|server| on(copies_are_no_sessions(&server))),
        ),
        trial(
            "redis: a check warns of a server that drops sessions",
            Redis::look,
            || {
                let server = Redis::builder()
                    .line("maxmemory 64mb")
                    .line("maxmemory-policy allkeys-lru");
                server.start().map(|server| {
                    let ran = check(&server.url());
                    assert!(
                        ran.err.contains("WARN redis drops live sessions"),
                        "{ran:?}"
                    );
                })
            },
        ),
        trial(
            "memcached: a check warns that it forgets",
            Memcached::look,
            || {
                Memcached::start().map(|server| {
                    let ran = check(&server.url());
                    assert!(ran.err.contains("WARN sessions are volatile"), "{ran:?}");
                })
            },
        ),
        trial(
            "memcached: what needs a list says so, and whole handles do",
            Memcached::look,
            || Memcached::start().map(|server| on(all_by_whole_handles(&server.url()))),
        ),
    ];
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A test that is ignored on a laptop where its server is missing; in CI it fails.
fn trial(
    name: &str,
    look: fn() -> Result<(), Trouble>,
    keeps: fn() -> Result<(), Trouble>,
) -> Trial {
    let in_ci = std::env::var("CI").is_ok_and(|ci| !ci.is_empty() && ci != "false");
    let kept = move || keeps().map_err(|trouble| trouble.to_string().into());
    Trial::test(name, kept).with_ignored_flag(look().is_err() && !in_ci)
}

fn on(test: impl Future<Output = ()>) {
    Runtime::new().expect("a runtime starts").block_on(test);
}

async fn shelf(url: &str) -> Shelf {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    Shelf::at(url.to_owned(), folder).await
}

/// Does everything there is to do on an empty store that can list its sessions.
async fn everything(url: &str) {
    let on = |words: &[&str]| run_with(words, &[("CLOAKROOM_STORE", url)]);
    if !url.starts_with("redis") && !url.starts_with("file") {
        assert_eq!(on(&["migrate", "--check"]).code, Some(1));
        assert!(on(&["stats"]).fails(1).contains("cloakroom migrate"));
    }
    on(&["migrate"]).well();
    on(&["migrate", "--check"]).well();
    let shelf = shelf(url).await;
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

/// Revokes a session that stands in the site's cache.
async fn revoked_through(cache: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let db = format!("sqlite://{}/sessions.db", folder.path().display());
    let shelf = Shelf::at(db, folder).await;
    let key = shelf.put(1, Some("ada"), 0).await;
    let site = store::cached(
        shelf.store.clone(),
        store::connect_cache(cache).await.expect("the cache opens"),
    );
    while !store::has_cache(&shelf.store)
        .await
        .expect("the store works")
    {
        let there = site.load(&key, shelf.now).await;
        assert!(there.expect("the site works").is_some());
        tokio::task::yield_now().await;
    }
    let words = ["revoke", "--user", "ada", "--store", &shelf.url];
    run(&words).fails(2);
    run_with(&words, &[("CLOAKROOM_CACHE", cache)]).well();
    let there = site.load(&key, shelf.now).await;
    assert!(there.expect("the site works").is_none());
}

/// Counts the values in which a copy stands.
const COPIES: &str = "local copies = 0
for _, name in ipairs(redis.call('KEYS', '*')) do
  if string.find(redis.call('GET', name), '_copy', 1, true) then copies = copies + 1 end
end
return copies";

/// Loads a session through a cache until its copy lies there, and looks for sessions in the cache.
async fn copies_are_no_sessions(server: &Redis) {
    let cache = &server.url();
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let db = format!("sqlite://{}/sessions.db", folder.path().display());
    let shelf = Shelf::at(db, folder).await;
    let key = shelf.put(1, Some("ada"), 0).await;
    let site = store::cached(
        shelf.store.clone(),
        store::connect_cache(cache).await.expect("the cache opens"),
    );
    let since = std::time::Instant::now();
    while server
        .ask(&["EVAL", COPIES, "0"])
        .expect("it answers")
        .trim()
        == "0"
    {
        assert!(since.elapsed().as_secs() < 20, "no copy lies in the cache");
        let there = site.load(&key, shelf.now).await;
        assert!(there.expect("the site works").is_some());
        tokio::task::yield_now().await;
    }
    let listed = run(&["list", "--json", "--store", cache]).json_lines();
    assert!(listed.is_empty(), "{listed:?}");
    assert_eq!(
        run(&["stats", "--json", "--store", cache]).json()["live"],
        0
    );
}

/// Checks the settings of a site with this store.
fn check(store: &str) -> Ran {
    let secret = cloakroom::KeyRing::generate_secret();
    let set = [("CLOAKROOM_STORE", store), ("CLOAKROOM_SECRET", &secret)];
    run_with(&["check"], &set)
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
    run_with(&["move", "--journal", &back], &from).fails(2);
    let moved = run_with(&["move", "--journal", &back, "--json", "--yes"], &from).json();
    assert_eq!(
        (&moved["copied"], &moved["unchanged"]),
        (&1.into(), &58.into())
    );
    assert_eq!(shelf.value(two).await.unwrap(), "late");
    shelf.put(1, None, 0).await;
}

/// Does what can be done on an empty store that can't list its sessions.
async fn all_by_whole_handles(url: &str) {
    let shelf = shelf(url).await;
    let handle = digits(&shelf.put(1, Some("ada"), 0).await);
    let on = |words: &[&str]| run_with(words, &[("CLOAKROOM_STORE", url)]);
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
        url,
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
