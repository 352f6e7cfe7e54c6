//! Going through the live sessions of a rack while others go on: one that moves meanwhile is met all the same.
use std::collections::BTreeSet;
use std::io;

use crate::clock::Timestamp;
use crate::session::{Body, Record, StoreKey};
use crate::store::file::image::Image;
use crate::store::file::rack::{Found, Rack};

/// The sessions that are still to come, in the order of their keys, but for those that move.
pub(super) struct Walk<'a> {
    rack: &'a Rack,
    after: Option<StoreKey>,
    now: Timestamp,
    left: BTreeSet<StoreKey>,
    seen: BTreeSet<StoreKey>,
}

impl<'a> Walk<'a> {
    /// Begins behind this key, with the sessions that are there at this moment.
    pub(super) fn behind(
        after: Option<StoreKey>,
        rack: &'a Rack,
        now: Timestamp,
    ) -> io::Result<Self> {
        let mut walk = Self {
            rack,
            after,
            now,
            left: BTreeSet::new(),
            seen: BTreeSet::new(),
        };
        let keys = rack.keys()?.into_iter();
        walk.left = keys.filter(|key| walk.is_ahead(key)).collect();
        Ok(walk)
    }

    /// Returns the next of them; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<(StoreKey, Record)>> {
        while let Some(key) = self.left.pop_first() {
            self.seen.insert(key);
            match self.rack.read(&key)? {
                Found::There(Image {
                    body: Body::Record(record),
                    ..
                }) if record.expires() > self.now => return Ok(Some((key, record))),
                // It may have gone there after the keys were read.
                Found::There(Image {
                    body: Body::Forward(sign),
                    ..
                }) if self.is_ahead(&sign.to) && !self.seen.contains(&sign.to) => {
                    self.left.insert(sign.to);
                }
                _ => {}
            }
        }
        Ok(None)
    }

    fn is_ahead(&self, key: &StoreKey) -> bool {
        self.after.is_none_or(|after| *key > after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Forward, Via};
    use crate::store::file::folder::Folder;

    /// A key on rack 7.
    fn key(number: u8) -> StoreKey {
        let mut bytes = [number; 32];
        bytes[0] = 7;
        StoreKey::from_bytes(bytes)
    }

    #[test]
    fn a_session_that_moves_is_met_wherever_it_goes() {
        let (now, later) = (Timestamp::from_secs(1), Timestamp::from_secs(9));
        let there = |number| Image {
            key: key(number),
            version: 1,
            body: Body::Record(Record::new(now, later)),
        };
        // From the third of five, once two were met, to a key before, between and behind those.
        for to in [1, 4, 6, 9] {
            let place = tempfile::tempdir().unwrap();
            let folder = Folder::open(&place.path().join("sessions"), true).unwrap();
            let rack = folder.rack(7);
            for number in [2, 3, 5, 7, 8] {
                rack.lock().unwrap().put(&there(number)).unwrap();
            }
            let mut walk = Walk::behind(None, &rack, now).unwrap();
            let mut met = vec![
                walk.next().unwrap().unwrap().0,
                walk.next().unwrap().unwrap().0,
            ];
            let sign = Image {
                key: key(5),
                version: 2,
                body: Body::Forward(Forward {
                    to: key(to),
                    until: later,
                    via: Via::Anything,
                    expires: later,
                }),
            };
            rack.lock().unwrap().rename(&there(to), &sign).unwrap();
            while let Some((key, _)) = walk.next().unwrap() {
                met.push(key);
            }
            met.sort_unstable();
            let mut all = [2, 3, 7, 8, to].map(key);
            all.sort_unstable();
            assert_eq!(met, all, "to {to}");
        }
    }

    #[test]
    fn signs_that_point_to_one_another_end_a_walk() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(&place.path().join("sessions"), true).unwrap();
        let rack = folder.rack(7);
        let later = Timestamp::from_secs(9);
        let (one, other) = (key(1), key(2));
        for (key, to) in [(one, other), (other, one)] {
            let sign = Forward {
                to,
                until: later,
                via: Via::Anything,
                expires: later,
            };
            let image = Image {
                key,
                version: 1,
                body: Body::Forward(sign),
            };
            rack.lock().unwrap().put(&image).unwrap();
        }
        let mut walk = Walk::behind(None, &rack, Timestamp::from_secs(1)).unwrap();
        assert!(walk.next().unwrap().is_none());
    }
}
