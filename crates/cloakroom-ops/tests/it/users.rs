//! One user's sessions, keys, cookies and the audit log, on the command line.
use std::io::Write;

use cloakroom::clock::Timestamp;
use cloakroom_ops::audit::{AuditLog, Entry};
use cloakroom_ops::handle::digits;

use crate::command::{PRIVATE, Ran, command, run, run_with};
use crate::shelf::Shelf;

#[tokio::test]
async fn a_users_sessions_are_listed_handed_out_and_erased_and_each_act_is_noted() {
    let shelf = Shelf::new().await;
    for (number, user) in [
        (1, Some("ada")),
        (2, Some("ada")),
        (3, Some("bob")),
        (4, None),
    ] {
        shelf.put(number, user, 60).await;
    }
    let log = shelf.path("audit.jsonl");
    let on = |words: &[&str]| {
        let at = ["--store", &shelf.url, "--audit-log", &log];
        run(&[words, &at].concat())
    };
    let listed = on(&["sessions", "by-user", "ada", "--json"]);
    assert_eq!((listed.code, listed.out.lines().count()), (Some(0), 2));
    let mut exporting = command(
        &[
            "sessions",
            "export",
            "ada",
            "--store",
            &shelf.url,
            "--audit-log",
            &log,
        ],
        &[],
    );
    let exported = Ran::of(exporting.output().unwrap());
    assert_eq!(exported.out.matches(PRIVATE).count(), 2, "{exported:?}");
    let counted = on(&["sessions", "erase", "ada", "--no-cache"]);
    assert!(
        counted.out.starts_with("Would erase 2 sessions"),
        "{counted:?}"
    );
    assert_eq!(counted.code, Some(2), "{counted:?}");
    assert_eq!(shelf.live().await, 4);
    let erased = on(&["sessions", "erase", "ada", "--yes", "--no-cache"]);
    assert_eq!(
        erased.out,
        "Erased 2 sessions, and the name in 1 line of the audit log.\n"
    );
    assert_eq!(shelf.live().await, 2);
    on(&["revoke", "--user", "bob", "--no-cache"]);
    on(&["sessions", "reconcile"]);
    let audit = run(&["audit", "--audit-log", &log, "--json"]);
    let acts: Vec<_> = audit
        .out
        .lines()
        .map(|line| {
            let entry: serde_json::Value = serde_json::from_str(line).unwrap();
            format!(
                "{} {} {}",
                entry["act"].as_str().unwrap(),
                entry["target"].as_str().unwrap(),
                entry["sessions"]
            )
        })
        .collect();
    assert_eq!(acts[0], "reconcile sqlite 0");
    assert!(
        acts[1].starts_with("revoke user \"bob\"") && acts[1].ends_with(" 1"),
        "{acts:?}"
    );
    // What ends many is noted before, too.
    assert!(acts[2].starts_with("revoking user \"bob\""), "{acts:?}");
    let erased = [
        "erase a user 2",
        "erasing a user 2",
        "export user (erased) 2",
    ];
    assert_eq!(acts[3..], erased);
}

#[tokio::test]
async fn nothing_is_done_that_can_not_be_noted() {
    let shelf = Shelf::new().await;
    let key = shelf.put(1, Some("ada"), 60).await;
    let log = shelf.path("no/folder");
    std::fs::write(shelf.path("no"), "").unwrap();
    let ran = run(&[
        "revoke",
        &digits(&key),
        "--store",
        &shelf.url,
        "--no-cache",
        "--audit-log",
        &log,
    ]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("--audit-log"), "{ran:?}");
    assert_eq!(shelf.live().await, 1);
}

#[test]
fn keys_are_told_by_their_ids_and_rotated_without_losing_one() {
    let secret = cloakroom::KeyRing::generate_secret();
    let variables = [("CLOAKROOM_SECRET", secret.as_str())];
    let status = run_with(&["keys", "status"], &variables);
    assert!(
        status.out.contains("current") && !status.out.contains(&secret),
        "{status:?}"
    );
    let rotated = run_with(&["keys", "rotate", "--json"], &variables);
    let rotated: serde_json::Value = serde_json::from_str(&rotated.out).unwrap();
    assert_eq!(rotated["CLOAKROOM_SECRET_FALLBACKS"], secret);
    let none = run(&["keys", "status"]);
    assert_eq!(none.code, Some(2), "{none:?}");
    assert!(none.err.contains("CLOAKROOM_SECRET"), "{none:?}");
}

#[test]
fn a_pasted_cookie_is_explained_without_repeating_it() {
    let token = format!("{}A", cloakroom::KeyRing::generate_secret());
    let mut decoding = command(&["decode"], &[]);
    let mut child = decoding
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let line = format!("Set-Cookie: sessionid={token}; Secure");
    child
        .stdin
        .take()
        .unwrap()
        .write_all(line.as_bytes())
        .unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.out.contains("a session's token") && !ran.out.contains(&token),
        "{ran:?}"
    );
    assert!(ran.out.contains("Secure"), "{ran:?}");
    assert_eq!(run(&["decode"]).code, Some(2));
}

#[tokio::test]
async fn top_looks_as_often_as_it_is_told() {
    let shelf = Shelf::new().await;
    shelf.put(1, Some("ada"), 60).await;
    let ran = run(&[
        "top", "--times", "2", "--every", "1s", "--json", "--store", &shelf.url,
    ]);
    let looks: Vec<serde_json::Value> = ran
        .out
        .lines()
        .map(|it| serde_json::from_str(it).unwrap())
        .collect();
    assert_eq!(looks.len(), 2, "{ran:?}");
    assert_eq!(
        (&looks[1]["live"], &looks[1]["change"]),
        (&1.into(), &0.into())
    );
}

#[tokio::test]
async fn one_users_sessions_are_listed_a_page_at_a_time() {
    let shelf = Shelf::new().await;
    for number in 0..5 {
        shelf.put(number, Some("ada"), 60 * number).await;
    }
    let page = |words: &[&str]| {
        let all = [
            "sessions", "by-user", "ada", "--json", "--store", &shelf.url,
        ];
        run(&[&all, words].concat())
    };
    let first = page(&["--limit", "3"]);
    assert_eq!(first.out.lines().count(), 3, "{first:?}");
    let (_, after) = first.err.trim_end().rsplit_once(' ').unwrap();
    let rest = page(&["--limit", "3", "--after", after]);
    assert_eq!((rest.out.lines().count(), &*rest.err), (2, ""));
    let all = page(&["--limit", "0"]);
    assert_eq!(all.out, first.out + &rest.out);
}

#[tokio::test]
async fn the_audit_log_tells_the_machines_user_whatever_the_environment_says() {
    let shelf = Shelf::new().await;
    let key = shelf.put(1, Some("ada"), 60).await;
    let log = shelf.path("audit.jsonl");
    let missing = run(&["audit", "--audit-log", &log]).fails(1);
    assert!(missing.contains("is not there"), "{missing}");
    let words = ["revoke", &digits(&key), "--store", &shelf.url];
    let mut revoking = command(&[&words[..], &["--audit-log", &log]].concat(), &[]);
    for name in ["USER", "LOGNAME", "SUDO_USER"] {
        revoking.env_remove(name);
    }
    Ran::of(revoking.output().unwrap()).well();
    let told = run(&["audit", "--audit-log", &log, "--json"]).json();
    if cfg!(target_os = "linux") {
        assert_eq!(told["by"], format!("uid {}", told["uid"]), "{told}");
    }
    assert_ne!(told["by"], "unknown");
    let shown = run(&["audit", "--audit-log", &log, "--act", "revoke"]).well();
    assert!(
        shown.starts_with("WHEN") && shown.lines().count() == 2,
        "{shown}"
    );
    for cell in ["uid", "host"].map(|name| told[name].to_string()) {
        let cell = cell.trim_matches('"');
        assert!(cell == "null" || shown.contains(cell), "{cell} in {shown}");
    }
    let none = run(&["audit", "--audit-log", &log, "--act", "export"]);
    assert_eq!((none.code, &*none.out), (Some(0), ""));
}

#[test]
fn acts_are_found_by_who_did_them_on_whose_sessions_and_when() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let log = AuditLog::open("--audit-log", &path).unwrap();
    let path = path.display().to_string();
    for (seconds, by, user) in [(86_400, "op", "ada"), (172_800, "root", "bob")] {
        let at = Timestamp::from_secs(seconds);
        let target = format!("user \"{user}\"");
        log.note(&Entry::new(at, "command", by, "revoke", target))
            .unwrap();
    }
    let found = |words: &[&str]| {
        let words = [&["audit", "--audit-log", &path][..], words].concat();
        let shown = run(&words).well();
        ["ada", "bob"].map(|user| shown.contains(user))
    };
    let rows: [(&[&str], [bool; 2]); 8] = [
        (&[], [true, true]),
        (&["--user", "ada"], [true, false]),
        (&["--by", "root"], [false, true]),
        (&["--since", "1970-01-03"], [false, true]),
        (&["--until", "1970-01-02"], [true, false]),
        (&["--since", "1d"], [false, false]),
        (&["--user", "ada", "--by", "root"], [false, false]),
        (&["--act", "revoke", "--limit", "1"], [false, true]),
    ];
    for (words, expected) in rows {
        assert_eq!(found(words), expected, "{words:?}");
    }
    let wrong = run(&["audit", "--audit-log", &path, "--until", "yesterday"]).fails(2);
    assert!(
        wrong.contains("--until") && wrong.contains("2026-11-21"),
        "{wrong}"
    );
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_opened() {
    let store = ["--store", "sqlite:///nowhere/shop.db"];
    let rows: [(&[&str], &str); 7] = [
        (&["top", "--times", "0"], "--times"),
        (&["top", "--every", "0s"], "at least 1s"),
        (&["revoke", "--device", " "], "--device"),
        (&["list", "--device", ""], "--device"),
        (&["list", "--older-than", "-3d"], "with a unit"),
        (&["revoke", "--older-than", "-3d"], "with a unit"),
        (&["sessions", "by-user", "ada", "--after", "x"], "--after"),
    ];
    for (words, said) in rows {
        let told = run(&[words, &store].concat()).fails(2);
        assert!(told.contains(said), "{words:?}: {told}");
    }
}

#[test]
fn keys_are_dropped_only_where_it_is_asked_for_and_said_which() {
    let [now, before, first] = [(); 3].map(|()| cloakroom::KeyRing::generate_secret());
    let fallbacks = format!("{before},{first},{now}");
    let variables = [
        ("CLOAKROOM_SECRET", now.as_str()),
        ("CLOAKROOM_SECRET_FALLBACKS", &fallbacks),
    ];
    let status = run_with(&["keys", "status"], &variables);
    assert!(status.out.contains("the same once more"), "{status:?}");
    let kept = run_with(&["keys", "rotate", "--json"], &variables).json();
    let expected = format!("{now},{fallbacks}");
    assert_eq!(kept["CLOAKROOM_SECRET_FALLBACKS"], expected);
    assert_eq!(kept["dropped"], serde_json::json!([]));
    let shorter = run_with(&["keys", "rotate", "--keep", "2"], &variables);
    let id = status
        .out
        .lines()
        .nth(2)
        .unwrap()
        .split(' ')
        .next()
        .unwrap();
    assert!(
        shorter.err.contains(&format!("only they open: {id}.")),
        "{}",
        shorter.err
    );
}
