//! The hours by which expired rows are found, so that saving rarely touches an index.
use crate::clock::Timestamp;

const HOUR: u64 = 3_600;

/// The hour in which a session that expires then may be swept: the next one.
pub(super) fn sweep_at(expires: Timestamp) -> i32 {
    i32::try_from(expires.as_secs().div_ceil(HOUR)).unwrap_or(i32::MAX)
}

/// The last hour whose sessions may be swept now; never that of what never expires.
pub(super) fn due(now: Timestamp) -> i32 {
    i32::try_from(now.as_secs() / HOUR).map_or(i32::MAX - 1, |hour| hour.min(i32::MAX - 1))
}

pub(super) fn begins(hour: i32) -> Timestamp {
    Timestamp::from_secs(u64::try_from(hour).unwrap_or(0) * HOUR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_due_by_the_hour_and_never_before_it_expires() {
        let cases = [
            // expires, now -> due
            (3_600, 3_599, false),
            (3_600, 3_600, true),
            (3_601, 3_601, false),
            (3_601, 7_200, true),
            (u64::MAX, u64::MAX, false),
        ];
        for (expires, now, swept) in cases {
            let (expires, now) = (Timestamp::from_secs(expires), Timestamp::from_secs(now));
            assert_eq!(sweep_at(expires) <= due(now), swept, "{expires:?} {now:?}");
        }
    }
}
