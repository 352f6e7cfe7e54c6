//! What SQL stores put into columns of its own for operators; none of these has an index, so saving stays cheap.
use crate::clock::Timestamp;
use crate::session::Record;
use crate::store::Summary;

/// The columns of one record, all of which stand in its body as well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Columns {
    /// When it began, in whole minutes since 1970; none for a sign.
    pub(super) began: Option<i32>,
    /// When it was last used; none for guests.
    pub(super) seen: Option<i32>,
    pub(super) method: Option<String>,
    pub(super) device: Option<String>,
}

impl Columns {
    pub(super) fn of(record: &Record) -> Self {
        let began = Some(minute(record.created()));
        let Some(noted) = record.particulars() else {
            return Self {
                began,
                ..Self::default()
            };
        };
        Self {
            began,
            seen: Some(minute(noted.seen())),
            method: noted.method().map(ToOwned::to_owned),
            device: noted.device().map(ToOwned::to_owned),
        }
    }
}

/// Returns a time in whole minutes.
pub(super) fn minute(time: Timestamp) -> i32 {
    i32::try_from(time.as_secs() / 60).unwrap_or(i32::MAX)
}

/// Rows that are alike, as a database counts them.
#[derive(Debug, Default)]
pub(super) struct Alike {
    /// 0 expired, 1 of a guest, 2 of a user; anything else is no session.
    pub(super) kind: i64,
    /// Which of the parts of [`Summary::AGES`].
    pub(super) age: i64,
    /// Which of the parts of [`Summary::SIZES`].
    pub(super) size: i64,
    pub(super) device: Option<String>,
    pub(super) count: i64,
    pub(super) active: i64,
    pub(super) bytes: i64,
    pub(super) largest: i64,
}

/// Gathers a summary.
pub(super) fn summary(rows: impl IntoIterator<Item = Alike>) -> Summary {
    let mut summary = Summary::default();
    for row in rows {
        let count = row.count.cast_unsigned();
        match row.kind {
            0 => summary.expired += count,
            1 | 2 => add(&mut summary, &row, count),
            _ => {}
        }
    }
    summary
}

fn add(summary: &mut Summary, row: &Alike, count: u64) {
    summary.live += count;
    summary.active += row.active.cast_unsigned();
    summary.bytes += row.bytes.cast_unsigned();
    summary.largest = summary.largest.max(row.largest.cast_unsigned());
    let place = |part: i64| usize::try_from(part).unwrap_or(0);
    if let Some(part) = summary.by_age.get_mut(place(row.age)) {
        *part += count;
    }
    if let Some(part) = summary.by_size.get_mut(place(row.size)) {
        *part += count;
    }
    if row.kind == 2 {
        summary.signed_in += count;
        *summary.by_device.entry(row.device.clone()).or_default() += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_are_alike_are_added_up_and_signs_are_no_sessions() {
        let row = |kind, device: Option<&str>, count| Alike {
            kind,
            age: 1,
            size: 7,
            device: device.map(Into::into),
            count,
            active: count,
            bytes: 10 * count,
            largest: count,
        };
        let rows = [
            row(0, None, 5),
            row(1, None, 3),
            row(2, Some("Firefox on Linux"), 2),
            row(2, None, 1),
            row(3, None, 9),
        ];
        let summary = summary(rows);
        let figures = (
            summary.live,
            summary.expired,
            summary.signed_in,
            summary.bytes,
        );
        assert_eq!(figures, (6, 5, 3, 60));
        assert_eq!((summary.by_age[1], summary.by_size[7]), (6, 6));
        assert_eq!(summary.by_device[&Some("Firefox on Linux".into())], 2);
        assert_eq!((summary.by_device[&None], summary.largest), (1, 3));
    }
}
