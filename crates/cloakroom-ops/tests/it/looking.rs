//! `list`, `show` and `stats`.
use std::io::{BufRead, BufReader};
use std::time::Duration;

use cloakroom::KeyRing;
use cloakroom::clock::Timestamp;
use cloakroom::session::{Forward, StoreKey, Via};
use cloakroom_ops::OpsError;
use cloakroom_ops::handle::{Handle, LogIds, digits, find};

use crate::command::{PRIVATE, Ran, command, run, run_with};
use crate::shelf::{DAY, Shelf, key, record};

#[tokio::test]
async fn ten_thousand_sessions_are_listed_once_each_and_in_pages() {
    let shelf = Shelf::new().await;
    for number in 0..10_000 {
        shelf.put(number, None, 0).await;
    }
    let all = run(&["list", "--store", &shelf.url, "--limit", "0", "--json"]).json_lines();
    let handles: Vec<_> = all
        .iter()
        .map(|one| one["handle"].as_str().unwrap())
        .collect();
    assert_eq!(handles.len(), 10_000);
    assert!(handles.is_sorted_by(|one, next| one < next));

    let mut paged = Vec::new();
    let mut after = "0".to_owned();
    loop {
        let words = [
            "list", "--store", &shelf.url, "--limit", "1700", "--json", "--after", &after,
        ];
        let page = run(&words).json_lines();
        let Some(last) = page.last() else { break };
        after = last["handle"].as_str().unwrap().to_owned();
        paged.extend(page);
    }
    assert_eq!(paged, all);

    let stats = run(&["stats", "--store", &shelf.url, "--json"]).json();
    assert_eq!(stats["live"], 10_000);
}

#[tokio::test]
async fn a_list_can_be_of_one_user_or_of_old_sessions() {
    let shelf = Shelf::new().await;
    shelf.put(1, Some("ada"), 0).await;
    shelf.put(2, Some("ada"), 40 * DAY).await;
    shelf.put(3, Some("bob"), 40 * DAY).await;
    shelf.put(4, None, 31 * DAY).await;
    shelf.put_expired(5).await;
    for (words, expected) in [
        (&["--limit", "9"][..], 4),
        (&["--user", "ada"], 2),
        (&["--user", "nobody"], 0),
        (&["--older-than", "30d"], 3),
        (&["--older-than", "5w"], 2),
        (&["--user", "ada", "--older-than", "30d"], 1),
        (&["--user", "ada", "--limit", "1"], 1),
        (&["--after", "f", "--user", "ada"], 0),
    ] {
        let words = [&["list", "--json", "--store", &shelf.url], words].concat();
        assert_eq!(run(&words).json_lines().len(), expected, "{words:?}");
    }
}

#[tokio::test]
async fn a_list_for_people_is_aligned_and_says_where_more_follow() {
    let shelf = Shelf::new().await;
    shelf.put(1, Some("ada"), 3 * 3_600).await;
    shelf.put(2, Some("evil\u{1b}[2Jname"), 0).await;
    let ran = run(&["list", "--store", &shelf.url]);
    assert!(
        ran.out
            .starts_with("HANDLE        BEGAN        USED         ENDS "),
        "{ran:?}"
    );
    assert!(ran.out.contains("  3 h ago "), "{ran:?}");
    assert!(
        !ran.out.contains('\u{1b}') && ran.out.contains("evil\\u{1b}"),
        "{ran:?}"
    );
    let ran = run(&["list", "--store", &shelf.url, "--limit", "1"]);
    assert!(ran.err.starts_with("More follow: --after "), "{ran:?}");
    assert_eq!(ran.out.lines().count(), 2);
    let ran = run(&["list", "--json", "--store", &shelf.url, "--limit", "1"]);
    assert!(ran.err.starts_with("More follow: --after "), "{ran:?}");
    assert_eq!(ran.json_lines().len(), 1);
    let times = &run(&["list", "--store", &shelf.url, "--json"]).json_lines()[0]["created"];
    assert!(times["at"].as_str().unwrap().ends_with('Z') && times["seconds"].is_u64());
}

#[tokio::test]
async fn a_session_is_shown_by_its_handle_its_beginning_or_the_id_in_the_logs() {
    let shelf = Shelf::new().await;
    let key = shelf.put(7, Some("ada"), 60).await;
    shelf.put(8, None, 0).await;
    let secret = KeyRing::generate_secret();
    let log_id = KeyRing::new(&secret).unwrap().log_id(key.as_bytes());
    let whole = digits(&key);
    for handle in [
        &whole,
        &whole[..8],
        &whole[..9].to_uppercase(),
        &whole[..63],
        &log_id,
    ] {
        let words = ["show", handle, "--store", &shelf.url, "--json"];
        let sight = run_with(&words, &[("CLOAKROOM_SECRET", &secret)]).json();
        assert_eq!(sight["handle"], *whole, "{handle}");
        assert_eq!(sight["user"], "ada");
        assert_eq!(sight["log_id"], *log_id);
        assert_eq!(sight["values"][0]["name"], "word");
        assert!(sight["values"][0]["bytes"].is_u64() && sight["values"][0]["value"].is_null());
    }
    let shown = run(&["show", &whole, "--store", &shelf.url]).well();
    assert!(
        shown.contains("User     ada") && shown.contains("word"),
        "{shown}"
    );
    assert!(shown.contains(" in 1 value\n"), "{shown}");
    run(&["show", &log_id, "--store", &shelf.url]).fails(1);

    let weak = [("CLOAKROOM_SECRET", "hunter2")];
    let ran = run_with(&["show", &whole, "--store", &shelf.url], &weak);
    assert!(ran.err.contains("CLOAKROOM_SECRET"), "{ran:?}");
    assert!(ran.well().contains("User     ada"));
    run_with(&["show", &whole[..8], "--store", &shelf.url], &weak).fails(2);
}

#[tokio::test]
async fn looking_for_the_id_in_logs_ends_in_time_and_says_how_far_it_came() {
    let shelf = Shelf::new().await;
    let secret = KeyRing::generate_secret();
    let mut last = shelf.put(0, None, 60).await;
    for number in 1..1_500 {
        last = last.max(shelf.put(number, None, 60).await);
    }
    let ids = LogIds::of(&secret, "").unwrap();
    let in_no_time = ids.clone().within(Duration::ZERO);
    let id = |key: &StoreKey| -> Handle { ids.id(key).unwrap().parse().unwrap() };
    let missed = find(&shelf.store, &id(&last), &in_no_time, shelf.now).await;
    let Err(OpsError::NotInTime(_, looked_at, _)) = missed else {
        panic!("{missed:?}");
    };
    assert!((1..1_500).contains(&looked_at), "{looked_at}");
    assert!(
        find(&shelf.store, &id(&last), &ids, shelf.now)
            .await
            .is_ok()
    );
    // Where all were seen, time was enough.
    let few = Shelf::new().await;
    few.put(0, None, 60).await;
    let unknown = find(&few.store, &id(&last), &in_no_time, few.now).await;
    assert!(matches!(unknown, Err(OpsError::Unknown(_))), "{unknown:?}");
}

#[tokio::test]
async fn values_are_shown_only_when_they_are_to_be_revealed() {
    let shelf = Shelf::new().await;
    let handle = digits(&shelf.put(7, None, 60).await);
    // Every run without --reveal is searched for the value.
    run(&["show", &handle, "--store", &shelf.url]).well();
    let shown = run(&["show", &handle, "--store", &shelf.url, "--reveal"]).well();
    assert!(shown.contains(PRIVATE), "{shown}");
    let json = run(&["show", &handle, "--store", &shelf.url, "--reveal", "--json"]).json();
    assert_eq!(json["values"][0]["value"], PRIVATE);
}

#[tokio::test]
async fn a_handle_that_is_unknown_ambiguous_or_renewed_says_so() {
    let shelf = Shelf::new().await;
    let show = |handle: &str| run(&["show", handle, "--store", &shelf.url]).fails(1);
    assert!(show("0123456789").contains("no live session has the handle 0123456789"));
    assert!(show(&"0".repeat(64)).contains("no live session"));

    let twins = [1, 2].map(|last| {
        let mut bytes = [0xab; 32];
        bytes[31] = last;
        StoreKey::from_bytes(bytes)
    });
    let lasting = record(
        shelf.now,
        shelf.now.plus(std::time::Duration::from_secs(DAY)),
        None,
        "",
    );
    for twin in &twins {
        shelf.store.create(twin, &lasting).await.unwrap();
    }
    let told = show("abababab");
    assert!(told.contains("several sessions"), "{told}");
    assert!(
        twins.iter().all(|twin| told.contains(&digits(twin))),
        "{told}"
    );

    let from = shelf.put(1, None, 0).await;
    let mut to = *key(2).as_bytes();
    to[0] = from.rack();
    let to = StoreKey::from_bytes(to);
    let (renewed, version) = shelf.load(from).await.unwrap();
    let until = Timestamp::from_secs(shelf.now.as_secs() + DAY);
    let sign = Forward {
        to,
        until,
        via: Via::Anything,
        expires: until,
    };
    shelf
        .store
        .rename(&from, &version, &to, &renewed, &sign)
        .await
        .unwrap();
    let told = show(&digits(&from));
    assert!(
        told.contains("was renewed") && told.contains(&digits(&to)),
        "{told}"
    );
    assert!(show(&digits(&from)[..12]).contains("no live session"));
}

#[tokio::test]
async fn stats_tell_users_from_guests_and_ages_and_sizes() {
    let shelf = Shelf::new().await;
    shelf.put(1, Some("ada"), 200).await;
    shelf.put(2, None, 2 * DAY).await;
    shelf.put(3, None, 100 * DAY).await;
    shelf.put_expired(4).await;
    let stats = run(&["stats", "--store", &shelf.url, "--json"]).json();
    let figures = ["live", "signed_in", "guests", "expired", "undecodable"];
    let figures = figures.map(|name| stats[name].as_u64().unwrap());
    assert_eq!(figures, [3, 1, 2, 1, 0]);
    let counts = |name: &str| -> Vec<u64> {
        let parts = stats[name].as_array().unwrap().iter();
        parts.map(|part| part["count"].as_u64().unwrap()).collect()
    };
    assert_eq!(counts("by_age"), [0, 1, 0, 0, 0, 1, 0, 0, 1]);
    assert_eq!(counts("by_size"), [3, 0, 0, 0, 0, 0, 0, 0]);
    let text = run(&["stats", "--store", &shelf.url]).well();
    assert!(
        text.contains("below 1 min") && text.contains("####"),
        "{text}"
    );
}

#[tokio::test]
async fn records_that_do_not_decode_are_counted_and_left_as_they_are() {
    let shelf = Shelf::new().await;
    for number in 1..=3 {
        shelf.put(number, None, 0).await;
    }
    spoil(&shelf, 2);
    let stats = run(&["stats", "--read", "--store", &shelf.url, "--json"]).json();
    assert_eq!(
        (&stats["live"], &stats["undecodable"]),
        (&2.into(), &1.into())
    );
    let revoked = run(&["revoke", "--all", "--yes", "--store", &shelf.url]);
    assert!(
        revoked.err.contains("some records can't be read"),
        "{revoked:?}"
    );
    assert_eq!(revoked.well(), "Revoked 2 sessions.\n");
    let whole = digits(&key(2));
    let told = run(&["revoke", &whole, "--store", &shelf.url]).fails(1);
    assert!(told.contains("can't be read as a session"), "{told}");
    let stats = run(&["stats", "--read", "--store", &shelf.url, "--json"]).json();
    assert_eq!(
        (&stats["live"], &stats["undecodable"]),
        (&0.into(), &1.into())
    );
}

#[tokio::test]
async fn a_record_that_can_not_be_read_is_told_from_one_that_is_not_there() {
    let shelf = Shelf::new().await;
    shelf.put(1, None, 0).await;
    spoil(&shelf, 1);
    let whole = digits(&key(1));
    let told = run(&["show", &whole, "--store", &shelf.url]).fails(1);
    assert!(told.contains("can't be read as a session"), "{told}");
    let told = run(&["show", &whole[..12], "--store", &shelf.url]).fails(1);
    assert!(told.contains("some can't be read"), "{told}");
    let other = digits(&key(2));
    let told = run(&["show", &other, "--store", &shelf.url]).fails(1);
    assert!(told.contains("no live session has the handle"), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
}

#[test]
fn what_was_pasted_for_a_handle_is_not_repeated() {
    // A token, as a cookie has it.
    let token = "J1aC7Ydvl7LUdaEu7HPBLvpIUl4qRfKLoGwVvO7JFul";
    for words in [
        &["show", token][..],
        &["revoke", token],
        &["list", "--after", token],
        &["sessions", "by-user", "ada", "--after", token],
    ] {
        let told = run_with(words, &[("CLOAKROOM_STORE", "sqlite://shop.db")]).fails(2);
        assert!(!told.contains(token), "{told}");
        assert!(told.contains("`cloakroom decode` tells"), "{told}");
    }
}

#[tokio::test]
async fn a_record_that_does_not_decode_is_counted_once_wherever_it_stands() {
    for spoilt in 0..3 {
        let shelf = Shelf::new().await;
        let mut numbers = [1, 2, 3];
        numbers.sort_by_key(|number| key(*number));
        for number in numbers {
            shelf.put(number, None, 0).await;
        }
        spoil(&shelf, numbers[spoilt]);
        let stats = run(&["stats", "--read", "--store", &shelf.url, "--json"]).json();
        let told = (&stats["live"], &stats["undecodable"]);
        assert_eq!(told, (&2.into(), &1.into()), "row {spoilt}");
    }
}

#[tokio::test]
async fn a_reader_that_has_seen_enough_is_no_trouble() {
    let shelf = Shelf::new().await;
    for number in 0..3_000 {
        shelf.put(number, None, 0).await;
    }
    let words = ["list", "--store", &shelf.url, "--limit", "0", "--full"];
    let mut child = command(&words, &[]).spawn().unwrap();
    let mut first = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut first).unwrap();
    drop(out);
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
}

/// Writes into a session's row what no version of the library wrote.
fn spoil(shelf: &Shelf, number: u64) {
    let file = shelf.url.strip_prefix("sqlite://").unwrap();
    let database = rusqlite::Connection::open(file).unwrap();
    let changed = database.execute(
        "UPDATE cloakroom_sessions SET body = x'ff00' WHERE key = ?",
        [&key(number).as_bytes()[..]],
    );
    assert_eq!(changed.unwrap(), 1);
}
