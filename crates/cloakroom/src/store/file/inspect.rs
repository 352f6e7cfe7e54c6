//! What an operator asks of the sessions in files: each answer reads every file that it is about.
use std::io;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::{Body, StoreKey};
use crate::store::file::FileStore;
use crate::store::file::folder::Folder;
use crate::store::file::image::Image;
use crate::store::file::rack::{Found, Rack};
use crate::store::file::walk::Walk;
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
                if listed.len() >= limit {
                    break;
                }
                let rack = folder.rack(number);
                let mut walk = Walk::behind(after, &rack, now)?;
                while listed.len() < limit
                    && let Some((key, record)) = walk.next()?
                {
                    // Nearly always the end.
                    let place = listed.partition_point(|listed: &Listed| listed.key < key);
                    listed.insert(place, Listed::of(key, &record));
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
            for number in 0..=u8::MAX {
                let rack = folder.rack(number);
                let mut walk = Walk::behind(None, &rack, now)?;
                while let Some((key, record)) = walk.next()? {
                    if record.user() == Some(&user) {
                        listed.push(Listed::of(key, &record));
                    }
                }
            }
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
