//! One user's sessions, keys, cookies and the audit log, on the command line.
use std::io::Write;

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
    assert_eq!(shelf.live().await, 4);
    let erased = on(&["sessions", "erase", "ada", "--yes", "--no-cache"]);
    assert_eq!(
        erased.out,
        "Erased 2 sessions, and the name in 1 lines of the audit log.\n"
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
        acts[1].starts_with("revoke user bob") && acts[1].ends_with(" 1"),
        "{acts:?}"
    );
    // What ends many is noted before, too.
    assert!(acts[2].starts_with("revoking user bob"), "{acts:?}");
    let erased = [
        "erase a user 2",
        "erasing a user 0",
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
