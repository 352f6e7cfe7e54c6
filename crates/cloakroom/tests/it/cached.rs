//! A cache before a database: several nodes, one database, one cache, and whatever fails between them.
mod chance;
mod node;
mod way;

use std::time::Duration;

use cloakroom::store::{MemoryStore, Saved, cached};
use cloakroom::testing::{Call, conformance};
use tokio::time::Instant;

use crate::cached::node::{House, LATER, NOW, Node, any_key, record};

/// A house with two nodes that both use the cache, and a session with the value 1.
async fn two_nodes() -> (House, Node, Node) {
    let house = House::new();
    let (a, b) = (house.node(), house.node());
    a.until_on().await;
    b.until_on().await;
    (house, a, b)
}

#[tokio::test(start_paused = true)]
async fn the_whole_suite_is_kept_with_a_cache_before_a_store() {
    let (_house, a, b) = two_nodes().await;
    for promise in conformance::promises() {
        promise.keep(&a.store).await;
        promise.keep(&b.store).await;
    }
    assert!(a.cache.calls(Call::Save) > 10, "the cache was used");
}

#[tokio::test(start_paused = true)]
async fn a_hit_is_one_trip_to_the_cache_and_a_save_one_to_each() {
    let (_house, a, b) = two_nodes().await;
    let key = a.created(1).await;
    assert_eq!(a.value(&key).await, Some(1));
    for node in [&a, &b] {
        let before = (node.cache.all_calls(), node.db.all_calls());
        assert_eq!(node.value(&key).await, Some(1));
        let after = (node.cache.all_calls(), node.db.all_calls());
        assert_eq!(after, (before.0 + 1, before.1));
    }
    let there = a.found(&key).await.unwrap();
    let before = (a.cache.all_calls(), a.db.all_calls());
    a.saved(&key, &there.version, 2).await;
    let after = (a.cache.all_calls(), a.db.all_calls());
    assert_eq!(after, (before.0 + 1, before.1 + 1));
    let loads = b.db.calls(Call::Load);
    assert_eq!(b.value(&key).await, Some(2));
    assert_eq!(b.db.calls(Call::Load), loads, "the save left its copy");
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_was_fetched_before_a_write_is_not_put_after_it() {
    for logout in [false, true] {
        let (house, a, b) = two_nodes().await;
        let key = a.created(1).await;
        let version = house.version(&key).await;
        let put = b.stops(Call::Save);
        let slow = b.in_background(move |b| async move { b.value(&key).await });
        b.cache.reached(Call::Save, put).await;
        let expected = a.written(&key, &version, logout).await;
        b.cache.release(Call::Save);
        assert_eq!(slow.await.unwrap(), Some(1), "it began before");
        for node in [&a, &b, &a] {
            assert_eq!(node.value(&key).await, expected, "logout: {logout}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_save_that_comes_late_to_the_cache_neither_replaces_a_later_one_nor_undoes_a_logout() {
    for logout in [false, true] {
        let (_house, a, b) = two_nodes().await;
        let key = a.created(1).await;
        let there = a.cached(&key).await;
        let put = a.stops(Call::Save);
        let late = a.in_background({
            let version = there.version.clone();
            move |a| async move { a.saved(&key, &version, 2).await }
        });
        a.cache.reached(Call::Save, put).await;
        let Saved::Conflict(second) = b.save(&key, &there.version, 3).await else {
            panic!("the database has the second");
        };
        let expected = b.written(&key, &second.version, logout).await;
        assert_eq!(b.value(&key).await, expected);
        a.cache.release(Call::Save);
        late.await.unwrap();
        for node in [&b, &a, &b] {
            assert_eq!(node.value(&key).await, expected, "logout: {logout}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_cant_reach_the_cache_acknowledges_only_what_all_nodes_see() {
    for logout in [false, true] {
        let (house, a, b) = two_nodes().await;
        let key = a.created(1).await;
        let version = a.cached(&key).await.version;
        a.lose_cache(true);
        let began = Instant::now();
        let saves = a.db.calls(Call::Save);
        let write =
            a.in_background(move |a| async move { a.written(&key, &version, logout).await });
        // The notice in the database is the last thing before it waits.
        a.db.reached(Call::Save, saves + 2 - usize::from(logout))
            .await;
        assert_eq!(b.value(&key).await, Some(1), "not acknowledged yet");
        let expected = write.await.unwrap();
        let waited = began.elapsed();
        assert!(waited >= Duration::from_secs(1), "{waited:?}");
        assert!(waited < Duration::from_secs(2), "{waited:?}");
        assert_eq!(b.value(&key).await, expected, "logout: {logout}");
        assert_eq!(a.value(&key).await, expected, "logout: {logout}");

        // From now on nobody waits.
        let other = a.created(1).await;
        let began = Instant::now();
        let version = house.version(&other).await;
        a.saved(&other, &version, 2).await;
        assert_eq!(began.elapsed(), Duration::ZERO);
        assert_eq!(b.value(&other).await, Some(2));
    }
}

#[tokio::test(start_paused = true)]
async fn a_cache_that_is_well_again_is_used_again_and_what_lies_in_it_from_before_is_not() {
    let (_house, a, b) = two_nodes().await;
    let key = a.created(1).await;
    let there = a.cached(&key).await;
    a.lose_cache(true);
    a.saved(&key, &there.version, 2).await;
    a.lose_cache(false);
    for node in [&a, &b] {
        node.until_on().await;
        assert_eq!(node.value(&key).await, Some(2));
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_cant_look_at_the_notice_does_not_read_its_cache() {
    let (_house, a, b) = two_nodes().await;
    let key = a.created(1).await;
    let there = b.cached(&key).await;
    b.db.fail(Call::Load, true);
    a.lose_cache(true);
    a.saved(&key, &there.version, 2).await;
    let load = b.store.load(&key, NOW).await;
    assert!(load.is_err(), "an outage is never an old session: {load:?}");
}

#[tokio::test(start_paused = true)]
async fn a_write_of_which_neither_cache_nor_database_can_be_told_is_not_acknowledged() {
    let (_house, a, _b) = two_nodes().await;
    let key = a.created(1).await;
    let there = a.cached(&key).await;
    a.lose_cache(true);
    let removal = a.stops(Call::Delete);
    let write =
        a.in_background(
            move |a| async move { a.store.save(&key, &there.version, &record(2)).await },
        );
    a.cache.reached(Call::Delete, removal).await;
    a.db.fail(Call::Save, true);
    a.cache.release(Call::Delete);
    assert!(write.await.unwrap().is_err());
}

#[tokio::test(start_paused = true)]
async fn nodes_with_different_caches_see_one_anothers_writes() {
    let house = House::new();
    let a = house.node();
    a.until_on().await;
    let stranger = house.node_with_a_cache_of_its_own();
    let key = a.created(1).await;
    let there = a.cached(&key).await;
    stranger.saved(&key, &there.version, 2).await;
    assert_eq!(a.value(&key).await, Some(2));
    stranger.store.delete(&key).await.unwrap();
    assert_eq!(a.value(&key).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_visitor_who_hangs_up_leaves_no_old_copy() {
    let (_house, a, b) = two_nodes().await;
    let key = a.created(1).await;
    a.cached(&key).await;
    let removal = a.stops(Call::Delete);
    let logout = a.in_background(move |a| async move { a.store.delete(&key).await });
    a.cache.reached(Call::Delete, removal).await;
    logout.abort();
    assert!(logout.await.unwrap_err().is_cancelled());
    a.cache.release(Call::Delete);
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(b.value(&key).await, None);
}

#[tokio::test(start_paused = true)]
async fn no_fault_of_the_cache_fails_a_request() {
    let house = House::new();
    let a = house.node();
    a.lose_cache(true);
    let keep = async |a: &Node| {
        let key = a.created(1).await;
        let there = a.found(&key).await.unwrap();
        a.saved(&key, &there.version, 2).await;
        assert_eq!(a.value(&key).await, Some(2));
        a.store.delete(&key).await.unwrap();
        assert_eq!(a.value(&key).await, None);
    };
    keep(&a).await;
    a.lose_cache(false);
    a.until_on().await;
    for call in [Call::Load, Call::Create, Call::Save, Call::Delete] {
        a.cache.fail(call, true);
        keep(&a).await;
        a.cache.fail(call, false);
    }
}

#[tokio::test(start_paused = true)]
async fn what_another_program_deletes_is_gone_within_five_minutes() {
    let (house, a, _b) = two_nodes().await;
    let key = a.created(1).await;
    a.cached(&key).await;
    house.db.delete(&key).await.unwrap();
    assert_eq!(a.value(&key).await, Some(1));
    assert_eq!(a.store.load(&key, LATER).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_site_that_nobody_visits_does_not_ask_its_database() {
    let (_house, a, _b) = two_nodes().await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    let calls = a.db.all_calls();
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(a.db.all_calls(), calls);
    a.until_on().await;
}

#[tokio::test(start_paused = true)]
async fn an_operator_does_not_see_the_notice() {
    let house = House::new();
    let node = cached(house.db.clone(), MemoryStore::new());
    let mut keys = [any_key(), any_key(), any_key()];
    keys.sort();
    for key in &keys {
        node.create(key, &record(1)).await.unwrap();
        node.load(key, NOW).await.unwrap();
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(house.db.count(NOW).await.unwrap().live, 4);
    assert_eq!(node.count(NOW).await.unwrap().live, 3);
    let mut seen = Vec::new();
    while let page @ [_, ..] = &node.list(seen.last().copied(), 1, NOW).await.unwrap()[..] {
        seen.extend(page.iter().map(|listed| listed.key));
    }
    assert_eq!(seen, keys);
}
