//! `clearsessions`.
use crate::command::{Ran, run, start};
use crate::shelf::Shelf;

async fn half_expired(number: u64) -> Shelf {
    let shelf = Shelf::new().await;
    for number in 0..number {
        shelf.put_expired(2 * number).await;
        shelf.put(2 * number + 1, None, 0).await;
    }
    shelf
}

#[tokio::test]
async fn what_has_expired_is_counted_or_removed_and_what_is_live_stays() {
    let shelf = half_expired(250).await;
    let told = run(&["clearsessions", "--dry-run", "--store", &shelf.url]).well();
    assert_eq!(told, "250 expired sessions to remove.\n");
    let told = run(&[
        "clearsessions",
        "--batch",
        "7",
        "--json",
        "--store",
        &shelf.url,
    ])
    .json();
    assert_eq!(
        (&told["removed"], &told["stopped"]),
        (&250.into(), &false.into())
    );
    assert_eq!((shelf.live().await, shelf.expired().await), (250, 0));
    let told = run(&["clearsessions", "--store", &shelf.url]).well();
    assert!(told.starts_with("Removed 0 expired sessions in "), "{told}");
}

#[tokio::test]
async fn several_may_clear_at_once_and_together_remove_each_once() {
    let shelf = half_expired(3_000).await;
    let words = [
        "clearsessions",
        "--batch",
        "50",
        "--json",
        "--store",
        &shelf.url,
    ];
    let both = [start(&words), start(&words)];
    let removed: u64 = both
        .into_iter()
        .map(|child| {
            Ran::of(child.wait_with_output().unwrap()).json()["removed"]
                .as_u64()
                .unwrap()
        })
        .sum();
    assert_eq!(removed, 3_000);
    assert_eq!((shelf.live().await, shelf.expired().await), (3_000, 0));
}

#[cfg(unix)]
#[tokio::test]
async fn interrupted_it_ends_with_the_batch_and_a_later_run_goes_on() {
    let shelf = half_expired(300).await;
    // At one a second it would take five minutes.
    let child = start(&[
        "clearsessions",
        "--rate",
        "1",
        "--json",
        "--store",
        &shelf.url,
    ]);
    while shelf.expired().await == 300 {
        tokio::task::yield_now().await;
    }
    interrupt(child.id());
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(130), "{ran:?}");
    let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let left = 300 - told["removed"].as_u64().unwrap();
    assert_eq!(
        (shelf.expired().await, &told["stopped"]),
        (left, &true.into())
    );
    let told = run(&["clearsessions", "--json", "--store", &shelf.url]).json();
    assert_eq!(told["removed"], left);
}

#[cfg(unix)]
pub(crate) fn interrupt(process: u32) {
    let sent = std::process::Command::new("kill")
        .args(["-INT", &process.to_string()])
        .status();
    assert!(sent.unwrap().success());
}

#[tokio::test]
async fn a_pace_of_nothing_is_refused() {
    for words in [
        ["--batch", "0"],
        ["--rate", "0"],
        ["--rate", "-1"],
        ["--batch", "many"],
    ] {
        let words = [&["clearsessions", "--store", "sqlite://x.db"], &words[..]].concat();
        run(&words).fails(2);
    }
}
