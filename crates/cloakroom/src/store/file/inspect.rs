//! What an operator asks of the sessions in files: each answer reads every file that it is about.
use std::io;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::{Body, Record, StoreKey};
use crate::store::file::FileStore;
use crate::store::file::folder::Folder;
use crate::store::file::image::Image;
use crate::store::file::rack::{Found, Rack};
use crate::store::{Counts, Inspect, Listed};

impl Inspect for FileStore {
    async fn list(
        &self,
        after: Option<StoreKey>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Listed>, StoreError> {
        self.look("list sessions", move |folder| {
            let mut listed = Vec::new();
            let first = after.map_or(0, |after| after.rack());
            for number in first..=u8::MAX {
                let rack = folder.rack(number);
                for key in rack.keys()? {
                    if after.is_some_and(|after| key <= after) {
                        continue;
                    }
                    if listed.len() >= limit {
                        return Ok(listed);
                    }
                    listed.extend(live(&rack, &key, now)?.map(|record| Listed::of(key, &record)));
                }
            }
            Ok(listed)
        })
        .await
    }

    async fn of_user(&self, user: &str, now: Timestamp) -> Result<Vec<Listed>, StoreError> {
        let user = user.to_owned();
        self.look("list a user's sessions", move |folder| {
            let mut listed = Vec::new();
            each(folder, |rack, key| {
                let record = live(rack, &key, now)?;
                let record = record.filter(|record| record.user() == Some(&user));
                listed.extend(record.map(|record| Listed::of(key, &record)));
                Ok(())
            })?;
            Ok(listed)
        })
        .await
    }

    async fn count(&self, now: Timestamp) -> Result<Counts, StoreError> {
        self.look("count sessions", move |folder| {
            let mut counts = Counts::default();
            each(folder, |rack, key| {
                match rack.read(&key)? {
                    Found::There(Image { body, .. }) if body.expires() <= now => {
                        counts.expired += 1;
                    }
                    Found::There(Image {
                        body: Body::Record(_),
                        ..
                    }) => counts.live += 1,
                    _ => {}
                }
                Ok(())
            })?;
            Ok(counts)
        })
        .await
    }
}

fn each(
    folder: &Folder,
    mut look: impl FnMut(&Rack, StoreKey) -> io::Result<()>,
) -> io::Result<()> {
    for number in 0..=u8::MAX {
        let rack = folder.rack(number);
        for key in rack.keys()? {
            look(&rack, key)?;
        }
    }
    Ok(())
}

fn live(rack: &Rack, key: &StoreKey, now: Timestamp) -> io::Result<Option<Record>> {
    Ok(match rack.read(key)? {
        Found::There(Image {
            body: Body::Record(record),
            ..
        }) if record.expires() > now => Some(record),
        _ => None,
    })
}
