//! From which networks sessions were used in the last minute, to see one that is used from two in turn.
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Timestamp;
use crate::session::StoreKey;
use crate::session::particulars::network;

/// Who comes back to a network within this time has not travelled.
const SOON: Duration = Duration::from_secs(60);
/// So many sessions are remembered; then all are forgotten.
const REMEMBERED: usize = 20_000;

/// The last networks of the sessions that this process has seen lately.
#[derive(Default)]
pub(crate) struct Places(Mutex<HashMap<StoreKey, Last>>);

#[derive(Clone)]
struct Last {
    here: String,
    seen: Timestamp,
    before: Option<(String, Timestamp)>,
}

impl Places {
    /// Notes from where a session is used, and says whether it was there, then elsewhere, and is there again.
    pub(crate) fn moves_to_and_fro(&self, key: &StoreKey, from: IpAddr, now: Timestamp) -> bool {
        let from = network(from);
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if places.len() >= REMEMBERED {
            places.clear();
        }
        let Some(last) = places.get_mut(key) else {
            let last = Last {
                here: from,
                seen: now,
                before: None,
            };
            places.insert(*key, last);
            return false;
        };
        if last.here == from {
            last.seen = now;
            return false;
        }
        let left = (std::mem::replace(&mut last.here, from), last.seen);
        last.seen = now;
        let before = last.before.replace(left);
        before.is_some_and(|(there, when)| there == last.here && now.since(when) < SOON)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_travels_is_not_suspected_and_who_is_in_two_networks_in_turn_is() {
        let (home, train) = ("192.0.2.1", "198.51.100.1");
        let rows: [(&[(&str, u64)], bool); 5] = [
            (&[(home, 0), (home, 1), ("192.0.2.99", 2)], false),
            (&[(home, 0), (train, 1)], false),
            (&[(home, 0), (train, 1), (home, 2)], true),
            (&[(home, 0), (train, 1), (home, 60)], false),
            (&[(home, 0), (train, 1), ("203.0.113.1", 2)], false),
        ];
        for (visits, expected) in rows {
            let (places, key) = (Places::default(), StoreKey::from_bytes([7; 32]));
            let mut last = false;
            for (address, at) in visits {
                let address = address.parse().unwrap();
                last = places.moves_to_and_fro(&key, address, Timestamp::from_secs(*at));
            }
            assert_eq!(last, expected, "{visits:?}");
        }
    }
}
