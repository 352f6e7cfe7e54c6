//! `migrate`, `secret`, `check`, and what every subcommand says about its settings.
use crate::command::{run, run_with};
use crate::shelf::Shelf;

#[tokio::test]
async fn tables_are_made_once_and_a_check_only_says_whether_they_are_needed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new.db");
    let url = format!("sqlite://{}", file.display());
    let ran = run(&["migrate", "--check", "--store", &url]);
    assert!(ran.out.contains("There are no tables yet"), "{ran:?}");
    assert_eq!(ran.code, Some(1));
    let ran = run(&["migrate", "--check", "--store", &url, "--json"]);
    let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(told["tables"], false);
    assert_eq!(told["store"], "sqlite");
    assert!(!file.exists());
    let told = run(&["migrate", "--store", &url, "--json"]).json();
    assert_eq!(
        (&told["from"], &told["migrated"], &told["tables"]),
        (&0.into(), &true.into(), &true.into())
    );
    assert_eq!(told["store"], "sqlite");
    for words in [
        &["migrate", "--store", &url][..],
        &["migrate", "--check", "--store", &url],
    ] {
        assert!(run(words).well().contains("up to date"));
    }
}

#[test]
fn older_tables_are_brought_up_to_date_and_both_versions_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("old.db");
    let url = format!("sqlite://{}", file.display());
    let first = "CREATE TABLE cloakroom_schema (version INTEGER NOT NULL);
        INSERT INTO cloakroom_schema VALUES (1);
        CREATE TABLE cloakroom_sessions (key BLOB NOT NULL PRIMARY KEY, version INTEGER NOT NULL,
            expires_at INTEGER NOT NULL, sweep_at INTEGER NOT NULL, is_forward INTEGER NOT NULL,
            user TEXT, body BLOB NOT NULL) WITHOUT ROWID;
        CREATE INDEX cloakroom_sessions_sweep ON cloakroom_sessions (sweep_at);
        CREATE INDEX cloakroom_sessions_user ON cloakroom_sessions (user) WHERE user IS NOT NULL;";
    let database = rusqlite::Connection::open(&file).unwrap();
    database.execute_batch(first).unwrap();
    let told = run(&["migrate", "--check", "--store", &url]);
    assert!(
        told.out.starts_with("The tables have version 1; "),
        "{told:?}"
    );
    assert_eq!(told.code, Some(1));
    let told = run(&["migrate", "--store", &url]).well();
    assert!(
        told.starts_with("Brought the tables from version 1 to "),
        "{told}"
    );
    run(&["migrate", "--check", "--store", &url]).well();
}

#[tokio::test]
async fn no_subcommand_but_migrate_makes_a_store_that_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("misspelt.db");
    let url = format!("sqlite://{}", file.display());
    for words in [
        &["list"][..],
        &["stats"],
        &["show", "01234567"],
        &["revoke", "--all", "--yes"],
        &["clearsessions"],
    ] {
        let words = [words, &["--store", &url]].concat();
        let told = run(&words).fails(1);
        assert!(
            told.contains("no such file") && told.contains("cloakroom migrate"),
            "{told}"
        );
    }
    assert!(!file.exists());
}

#[tokio::test]
async fn tables_of_a_newer_version_are_left_alone() {
    let shelf = Shelf::new().await;
    let database =
        rusqlite::Connection::open(shelf.url.strip_prefix("sqlite://").unwrap()).unwrap();
    database
        .execute("UPDATE cloakroom_schema SET version = 99", ())
        .unwrap();
    for word in ["migrate", "stats", "list"] {
        let told = run(&[word, "--store", &shelf.url]).fails(1);
        assert!(told.contains("version 99"), "{told}");
    }
}

#[test]
fn a_store_that_is_wrong_or_down_is_told_by_its_setting_and_never_by_its_url() {
    for (url, what, code) in [
        ("", "is empty", 2),
        ("oracle://u:hunter2@db", "known scheme", 2),
        ("postgres://u:hunter2@127.0.0.1:1/x", "postgres store", 1),
        ("mysql://u:hunter2@127.0.0.1:1/x", "mysql store", 1),
        ("redis://:hunter2@127.0.0.1:1", "redis store", 1),
        ("memory:", "site's own process", 2),
        ("sqlite::memory:", "site's own process", 2),
        ("cookie:", "visitor's browser", 2),
    ] {
        for words in [&["list"][..], &["clearsessions"], &["migrate"]] {
            let told = run_with(words, &[("CLOAKROOM_STORE", url)]).fails(code);
            assert!(
                told.contains("--store (CLOAKROOM_STORE): ") && told.contains(what),
                "{told}"
            );
            assert!(!told.contains("or memory:"), "{told}");
        }
    }
    let told = run(&["list"]).fails(2);
    assert!(told.contains("--store <URL>"), "{told}");
}

#[test]
fn help_never_shows_what_stands_in_the_environment() {
    let set = [
        ("CLOAKROOM_STORE", "postgres://u:hunter2@h/x"),
        ("CLOAKROOM_FROM", "postgres://u:hunter2@h/x"),
        ("CLOAKROOM_TO", "postgres://u:hunter2@h/x"),
    ];
    for word in [
        "migrate",
        "clearsessions",
        "stats",
        "list",
        "show",
        "revoke",
        "move",
        "secret",
        "check",
    ] {
        let help = run_with(&[word, "--help"], &set).well();
        assert!(help.contains("Example"), "{help}");
    }
    assert!(run(&["--help"]).well().contains("Exit codes"));
    assert!(run(&["--version"]).well().starts_with("cloakroom "));
    run(&["fly"]).fails(2);
    run(&[]).fails(2);
}

#[test]
fn a_new_secret_is_as_good_as_the_library_asks_for() {
    let secret = run(&["secret"]);
    assert!(secret.err.contains("CLOAKROOM_SECRET_FALLBACKS"));
    let secret = secret.well();
    assert!(cloakroom::KeyRing::new(secret.trim_end()).is_ok());
    let json = run(&["secret", "--json"]).json();
    assert_ne!(json["secret"].as_str().unwrap(), secret.trim_end());
}

#[tokio::test]
async fn a_check_names_each_setting_and_what_is_wrong_with_it() {
    let shelf = Shelf::new().await;
    let secret = cloakroom::KeyRing::generate_secret();
    let right = [
        ("CLOAKROOM_STORE", shelf.url.as_str()),
        ("CLOAKROOM_SECRET", &secret),
    ];
    let told = run_with(&["check"], &right).well();
    assert_eq!(told.matches("ok     CLOAKROOM_").count(), 7, "{told}");

    let misspelt = [right[0], right[1], ("CLOAKROOM_SECERT", "hunter2")];
    let told = run_with(&["check"], &misspelt).well();
    assert!(told.contains("odd    CLOAKROOM_SECERT"), "{told}");

    let wrong = [
        ("CLOAKROOM_STORE", "postgres://u:hunter2@127.0.0.1:1/x"),
        ("CLOAKROOM_SECRET", "hunter2"),
        ("CLOAKROOM_MESSAGES", "hunter2"),
    ];
    let ran = run_with(&["check", "--json"], &wrong);
    assert_eq!(ran.code, Some(1));
    let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(told["ok"], false);
    let findings = told["settings"].as_array().unwrap();
    let wrong = findings
        .iter()
        .filter(|finding| finding["verdict"] == "wrong");
    let wrong: Vec<_> = wrong
        .map(|finding| finding["setting"].as_str().unwrap())
        .collect();
    assert_eq!(
        wrong,
        ["CLOAKROOM_SECRET", "CLOAKROOM_STORE", "CLOAKROOM_MESSAGES"]
    );
}

#[test]
fn a_check_makes_no_store_and_finds_odd_what_the_site_would_make() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new.db");
    let secret = cloakroom::KeyRing::generate_secret();
    let check = |url: &str| {
        let set = [("CLOAKROOM_STORE", url), ("CLOAKROOM_SECRET", &secret)];
        run_with(&["check"], &set)
    };
    let told = check(&format!("sqlite://{}", file.display())).well();
    assert!(told.contains("odd    CLOAKROOM_STORE"), "{told}");
    assert!(told.contains("cloakroom migrate"), "{told}");
    assert!(!file.exists());
    let ran = check(&format!("sqlite://{}/none/new.db", folder.path().display()));
    assert!(ran.out.contains("wrong  CLOAKROOM_STORE"), "{ran:?}");
    assert_eq!(ran.code, Some(1));
}

#[test]
fn a_check_says_where_the_sessions_are_that_no_server_has() {
    let secret = cloakroom::KeyRing::generate_secret();
    for (url, what) in [
        ("memory:", "this process's memory"),
        ("cookie:", "the visitor's cookie"),
    ] {
        let set = [("CLOAKROOM_STORE", url), ("CLOAKROOM_SECRET", &secret)];
        let told = run_with(&["check"], &set).well();
        assert!(told.contains(what), "{told}");
    }
}

#[test]
fn a_deploy_check_tells_of_each_requirement_and_ends_with_1_when_one_is_broken_that_is_demanded() {
    let secret = cloakroom::KeyRing::generate_secret();
    let check = |store: &str, words: &[&str]| {
        let set = [("CLOAKROOM_STORE", store), ("CLOAKROOM_SECRET", &secret)];
        run_with(&[&["check", "--deploy"], words].concat(), &set)
    };
    let told = check("memory:", &[]).well();
    assert!(told.starts_with("Sessions\n"), "{told}");
    assert!(told.contains("(0 MUST)"), "{told}");
    assert!(!told.contains('\u{1b}'), "{told}");
    let ran = check("cookie:", &[]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("broken  S21 MUST"), "{ran:?}");
    let told = check("memory:", &["--json"]).json();
    assert_eq!(told["ok"], true);
    assert_eq!(told["findings"].as_array().unwrap().len(), 65);
    let told = check("memory:", &["--sarif"]).json();
    assert_eq!(told["version"], "2.1.0");
}

#[test]
fn a_deploy_check_of_a_site_that_would_not_start_says_why() {
    let set = [
        ("CLOAKROOM_STORE", "memory:"),
        ("CLOAKROOM_SECRET", "hunter2"),
    ];
    let told = run_with(&["check", "--deploy"], &set).fails(2);
    assert!(told.contains("CLOAKROOM_SECRET: has 7 bytes"), "{told}");
    let secret = cloakroom::KeyRing::generate_secret();
    for (store, what, code) in [
        ("", "CLOAKROOM_STORE: is not set", 2),
        ("oracle://u:hunter2@db", "CLOAKROOM_STORE: ", 2),
        ("postgres://u:hunter2@127.0.0.1:1/x", "postgres store", 1),
        ("redis://:hunter2@127.0.0.1:1", "redis store", 1),
    ] {
        let set = [("CLOAKROOM_STORE", store), ("CLOAKROOM_SECRET", &secret)];
        for format in [&[][..], &["--json"], &["--sarif"]] {
            let ran = run_with(&[&["check", "--deploy"], format].concat(), &set);
            assert_eq!(ran.out, "", "half a report is none");
            let told = ran.fails(code);
            assert!(told.contains(what), "{told}");
        }
    }
    let both = [
        ("CLOAKROOM_STORE", "redis://:hunter2@127.0.0.1:1"),
        ("CLOAKROOM_SECRET", "hunter2"),
    ];
    run_with(&["check", "--deploy"], &both).fails(2);
    run_with(&["show", "01234567"], &both).fails(2);
    for words in [
        &["check", "--sarif"][..],
        &["check", "--deploy", "--sarif", "--json"],
    ] {
        run(words).fails(2);
    }
}
