//! What a store promises to who sweeps it and looks into it.
use std::time::Duration;

use crate::session::{Particulars, Record, StoreKey};
use crate::store::{AnyStore, Renamed};
use crate::testing::conformance::{
    BEFORE, NOW, after, beside, created, found, found_record, key, record, saved, sign,
};

pub(super) async fn sweeping_removes_what_expired_in_batches_and_keeps_what_lives(store: AnyStore) {
    let lives = key();
    created(&store, &lives, &record("1")).await;
    let mut expired = Vec::new();
    for _ in 0..25 {
        let key = key();
        let end = BEFORE.plus(Duration::from_secs(1));
        created(&store, &key, &Record::new(BEFORE, end)).await;
        expired.push(key);
    }
    // A store may find what expired by the hour.
    let later = BEFORE.plus(Duration::from_secs(10_000));
    let mut removed = 0;
    loop {
        let swept = store.sweep(later, 10).await.expect("the store works");
        assert!(swept.removed <= 10, "{swept:?}");
        removed += swept.removed;
        if swept.oldest_left.is_none() {
            break;
        }
        assert!(swept.removed > 0, "sweeping must get on: {swept:?}");
    }
    // A server that removes what has expired does so by its own clock.
    let at = if removed == 0 { later } else { BEFORE };
    for key in expired {
        let found = store.load(&key, at).await.expect("the store works");
        assert_eq!(found, None);
    }
    assert!(found(&store, &lives).await.is_some());
}

pub(super) async fn an_operator_finds_sessions_by_user_and_counts_them(store: AnyStore) {
    if !store.is_inspectable() {
        return;
    }
    let user = format!("user {:?}", key().as_bytes());
    let mut keys = [key(), key(), key()];
    keys.sort();
    for key in &keys {
        created(&store, key, &record("1").with_user(user.clone())).await;
    }
    let listed = store.of_user(&user, NOW).await.expect("the store works");
    let mut found: Vec<_> = listed.iter().map(|listed| listed.key).collect();
    found.sort();
    assert_eq!(found, keys);
    assert!(listed.iter().all(|listed| listed.bytes == 6));
    let expired = store.of_user(&user, after(1_000)).await;
    assert_eq!(expired.expect("the store works"), []);
    let counts = store.count(NOW).await.expect("the store works");
    assert!(counts.live >= 3, "{counts:?}");
    let before = StoreKey::from_bytes(just_before(keys[0]));
    let page = store.list(Some(before), 1, NOW).await;
    assert_eq!(page.expect("the store works")[0].key, keys[0]);
}

async fn keys_of(store: &AnyStore, user: &str) -> Vec<StoreKey> {
    let listed = store.of_user(user, NOW).await.expect("the store works");
    let mut keys: Vec<_> = listed.iter().map(|listed| listed.key).collect();
    keys.sort();
    keys
}

pub(super) async fn a_user_has_the_sessions_that_were_signed_in_renewed_and_not_ended(
    store: AnyStore,
) {
    if !store.is_inspectable() {
        return;
    }
    let [ada, bob] = ["ada", "bob"].map(|name| format!("{name} {:?}", key().as_bytes()));
    let (first, second) = (key(), key());
    let to = beside(&first);
    let version = created(&store, &first, &record("1")).await;
    assert_eq!(keys_of(&store, &ada).await, []);
    let signed_in = record("1").with_user(ada.clone());
    let forward = sign(to);
    let renamed = store
        .rename(&first, &version, &to, &signed_in, &forward)
        .await;
    assert!(matches!(renamed, Ok(Renamed::Moved(_))), "{renamed:?}");
    let version = created(&store, &second, &signed_in).await;
    let mut both = [to, second];
    both.sort();
    assert_eq!(keys_of(&store, &ada).await, both);
    // Another user, in the same session.
    let other = record("1").with_user(bob.clone());
    saved(&store, &second, &version, &other).await;
    assert_eq!(keys_of(&store, &ada).await, [to]);
    assert_eq!(keys_of(&store, &bob).await, [second]);
    store.delete(&to).await.expect("the store works");
    assert_eq!(keys_of(&store, &ada).await, []);
    store.reconcile().await.expect("the store works");
    assert_eq!(keys_of(&store, &ada).await, []);
    assert_eq!(keys_of(&store, &bob).await, [second]);
}

pub(super) async fn what_is_noted_of_a_login_is_kept_and_counted(store: AnyStore) {
    let device = format!("Device {:?}", &key().as_bytes()[..4]);
    let noted = Particulars::new(NOW)
        .with_method("passkey")
        .with_device(&device);
    let signed_in = record("1").with_user("ada").with_particulars(Some(&noted));
    let (key, to) = (key(), key());
    let version = created(&store, &key, &signed_in).await;
    let there = found_record(&store, &key).await.expect("it is there");
    assert_eq!(there.particulars(), Some(noted.clone()));
    let summary = match store.is_inspectable() {
        true => store.summary(NOW).await.expect("the store works"),
        false => None,
    };
    if let Some(summary) = summary {
        assert_eq!(summary.by_device.get(&Some(device)), Some(&1));
        assert!(summary.active >= 1 && summary.signed_in >= summary.active);
        assert!(summary.live >= summary.signed_in, "{summary:?}");
        assert_eq!(summary.by_age.iter().sum::<u64>(), summary.live);
        assert_eq!(summary.by_size.iter().sum::<u64>(), summary.live);
        assert!(summary.bytes >= summary.largest && summary.largest > 0);
    }
    // Signed out, in the same session.
    saved(&store, &key, &version, &record("2")).await;
    let there = found_record(&store, &key).await.expect("it is there");
    assert_eq!(there.particulars(), None);
    assert_eq!(found(&store, &to).await, None);
}

fn just_before(key: StoreKey) -> [u8; 32] {
    let mut bytes = *key.as_bytes();
    for byte in bytes.iter_mut().rev() {
        let (less, borrows) = byte.overflowing_sub(1);
        *byte = less;
        if !borrows {
            break;
        }
    }
    bytes
}
