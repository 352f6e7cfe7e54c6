//! Sweeping in the background: what has expired goes, whatever the store does meanwhile.
use std::time::Duration;

use cloakroom::Builder;
use cloakroom::clock::Timestamp;
use cloakroom::session::{Record, StoreKey};
use cloakroom::store::{SqliteStore, Store};
use cloakroom::testing::Call;

use crate::site::{START, Site, memory, routes, settle};

const MINUTE: Duration = Duration::from_secs(60);

fn every_minute(settings: Builder) -> Builder {
    settings
        .sweep_every(Some(MINUTE))
        .session(|s| s.idle(10 * MINUTE))
}

/// Lets the sweeper do what it has to do in this time; tokio's clock is turned, too.
async fn pass(time: Duration) {
    settle().await;
    tokio::time::advance(time).await;
    settle().await;
}

#[tokio::test(start_paused = true)]
async fn what_has_expired_is_swept_and_what_lives_is_kept() {
    let site = Site::with(routes(), every_minute);
    site.browser.get("/set/coat/blue").await;
    assert_eq!(site.cloakroom.sweep_status().last_round, None);
    pass(MINUTE).await;
    assert_eq!(site.cloakroom.sweep_status().last_round, Some(START));
    site.turn(599);
    site.browser.another().get("/set/coat/red").await;
    pass(MINUTE).await;
    assert_eq!(site.cloakroom.sweep_status().removed, 0);
    site.turn(1);
    pass(MINUTE).await;
    let counts = site.store.count(site.clock.now()).await.unwrap();
    assert_eq!((counts.live, counts.expired), (1, 0));
    assert_eq!(site.cloakroom.sweep_status().removed, 1);
}

#[tokio::test(start_paused = true)]
async fn it_goes_on_after_the_store_failed_and_says_what_went_wrong() {
    let site = Site::with(routes(), every_minute);
    site.browser.get("/set/coat/blue").await;
    site.turn(600);
    site.faults.fail(Call::Sweep, true);
    for _ in 0..3 {
        pass(MINUTE).await;
    }
    let status = site.cloakroom.sweep_status();
    let error = status.last_error.expect("it failed");
    assert!(
        error.contains("could not be reached: a test says so"),
        "{error}"
    );
    assert_eq!(status.removed, 0);
    assert!(site.faults.calls(Call::Sweep) >= 2);
    site.faults.fail(Call::Sweep, false);
    pass(MINUTE).await;
    let status = site.cloakroom.sweep_status();
    assert_eq!((status.removed, status.last_error), (1, None));
}

/// Puts sessions that expired this long ago straight into the store.
async fn expired(site: &Site, number: u32, ago: u64) {
    let expires = Timestamp::from_secs(START.as_secs() - ago);
    for index in 0..number {
        let mut key = [0; 32];
        key[..4].copy_from_slice(&index.to_be_bytes());
        let record = Record::new(Timestamp::from_secs(1), expires);
        let created = site.store.create(&StoreKey::from_bytes(key), &record).await;
        created.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn it_sweeps_in_batches_and_reports_how_far_it_lags() {
    let site = Site::with(routes(), every_minute);
    expired(&site, 12_000, 3_000).await;
    while site.faults.calls(Call::Sweep) == 0 {
        pass(Duration::from_millis(10)).await;
    }
    let status = site.cloakroom.sweep_status();
    assert!((1..12_000).contains(&status.removed), "{status:?}");
    assert_eq!(status.lag, Duration::from_secs(3_000));
    for _ in 0..10 {
        pass(Duration::from_millis(100)).await;
    }
    let status = site.cloakroom.sweep_status();
    assert_eq!((status.removed, status.lag), (12_000, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn it_can_be_switched_off() {
    let site = Site::with(routes(), |settings| settings.sweep_every(None));
    expired(&site, 10, 100).await;
    pass(100 * MINUTE).await;
    assert_eq!(site.faults.calls(Call::Sweep), 0);
    assert_eq!(site.cloakroom.sweep_status(), Default::default());
}

#[tokio::test(start_paused = true)]
async fn it_stops_when_the_site_is_closed_or_dropped() {
    for closes in [true, false] {
        let site = Site::with(routes(), every_minute);
        pass(MINUTE).await;
        let rounds = site.faults.calls(Call::Sweep);
        assert!(rounds > 0);
        let faults = site.faults.clone();
        let kept = closes.then(|| site.cloakroom.clone());
        if closes {
            site.cloakroom.close().await;
        }
        drop(site);
        for _ in 0..10 {
            pass(MINUTE).await;
        }
        assert_eq!(faults.calls(Call::Sweep), rounds, "closes: {closes}");
        drop(kept);
    }
}

#[tokio::test(start_paused = true)]
async fn processes_that_start_together_do_not_sweep_together() {
    let first_rounds = async |site: &Site| {
        for tenth in 0..=610 {
            if site.faults.calls(Call::Sweep) > 0 {
                return tenth;
            }
            pass(Duration::from_millis(100)).await;
        }
        panic!("no round within the first minute");
    };
    let mut rounds = Vec::new();
    for _ in 0..5 {
        let site = Site::on(memory(), routes(), every_minute);
        rounds.push(first_rounds(&site).await);
    }
    rounds.dedup();
    assert!(
        rounds.len() > 1,
        "all began after {rounds:?} tenths of a second"
    );
}

#[test]
fn without_a_runtime_it_stays_off_and_the_site_starts() {
    let site = Site::with(routes(), every_minute);
    assert_eq!(site.cloakroom.sweep_status(), Default::default());
}

#[tokio::test]
async fn in_sqlite_what_is_live_stays_beside_expired_keys_that_begin_alike() {
    const HOUR: Duration = Duration::from_secs(3_600);
    let store = SqliteStore::connect("sqlite::memory:").await.unwrap();
    let key = |last| {
        let mut key = [7; 32];
        key[31] = last;
        StoreKey::from_bytes(key)
    };
    let now = START.plus(4 * HOUR);
    for (last, lives) in [(1, HOUR), (2, 9 * HOUR), (3, 2 * HOUR)] {
        let record = Record::new(START, START.plus(lives));
        store.create(&key(last), &record).await.unwrap();
    }
    let swept = store.sweep(now, 100).await.unwrap();
    assert_eq!((swept.removed, swept.oldest_left), (2, None));
    for (last, is_there) in [(1, false), (2, true), (3, false)] {
        let found = store.load(&key(last), START).await.unwrap();
        assert_eq!(found.is_some(), is_there, "{last}");
    }
}
