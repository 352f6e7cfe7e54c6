//! What a store may answer that lags: whoever asks counts as having asked that much earlier.
use std::time::Duration;

use crate::testing::history::event::Event;

/// Lets each request begin as much earlier, on the clock that all clients share.
pub(super) fn allow(events: &mut [Event], lag: Duration) {
    if lag.is_zero() {
        return;
    }
    let ended = |event: &Event| Some((event.lasted[1], event.answer.as_ref()?.0));
    let mut ends: Vec<_> = events.iter().filter_map(ended).collect();
    ends.sort_unstable();
    let mut latest = 0;
    for (_, tick) in &mut ends {
        latest = latest.max(*tick);
        *tick = latest;
    }
    for event in events {
        // What was over by then has to be seen, and nothing later.
        let over = ends.partition_point(|(at, _)| *at + lag <= event.lasted[0]);
        let seen = ends[..over].last().map_or(0, |(_, latest)| latest + 1);
        event.began = event.began.min(seen);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::testing::history::event::{Kind, Seen, Wish};

    #[test]
    fn what_was_over_a_lag_ago_has_to_be_seen_and_nothing_later() {
        let base = Instant::now();
        let event = |op: u64, from: u64, to: u64| {
            let at = |milliseconds| base + Duration::from_millis(milliseconds);
            let wish = Wish {
                op,
                kind: Kind::Read,
            };
            Event {
                wish,
                began: from,
                lasted: [at(from), at(to)],
                sent: None,
                answer: Some((to, Seen::default())),
            }
        };
        let mut events = [event(1, 0, 10), event(2, 20, 30), event(3, 120, 130)];
        allow(&mut events, Duration::from_millis(100));
        assert_eq!(events.map(|event| event.began), [0, 0, 11]);
    }
}
