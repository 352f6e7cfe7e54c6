//! One batch of sweeping: rack after rack, from where the last batch stopped.
use std::io;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::clock::Timestamp;
use crate::store::Swept;
use crate::store::file::folder::Folder;

/// Removes at most `limit` of what expired. The oldest that is left is that of the next rack which has
/// any: to know that of all would mean to look at all of them again for each batch.
pub(super) fn sweep(
    folder: &Folder,
    from: &AtomicU8,
    now: Timestamp,
    limit: usize,
) -> io::Result<Swept> {
    let first = from.load(Ordering::Relaxed);
    let mut swept = Swept::default();
    for step in 0..=u8::MAX {
        let number = first.wrapping_add(step);
        let rack = folder.rack(number);
        let mut expired = rack.expired(now)?.into_iter();
        let room = limit.saturating_sub(usize::try_from(swept.removed).unwrap_or(usize::MAX));
        if room > 0 && expired.len() > 0 {
            let locked = rack.lock()?;
            let mut removed = 0;
            while removed < room
                && let Some((_, key)) = expired.next()
            {
                removed += usize::from(locked.sweep(&key, now)?);
            }
            swept.removed += removed as u64;
        }
        if let Some((oldest, _)) = expired.next() {
            from.store(number, Ordering::Relaxed);
            swept.oldest_left = Some(oldest);
            return Ok(swept);
        }
    }
    Ok(swept)
}
