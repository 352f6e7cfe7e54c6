//! Handmade histories: each broken promise is caught, and what only looks odd is let pass.
use std::collections::BTreeMap;

use crate::session::StoreKey;
use crate::testing::history::check::check;
use crate::testing::history::event::{Event, Kind, Recorded, Seen, Wish, Write};

use Kind::{Append, Increment, Login, Logout, Read, Remove, Renew, Set};

/// What a case is called, what happened, and what is lost, resurrected, double and an error in it.
type Case = (&'static str, Recorded, [u64; 4]);

/// A request that was answered by a session with this lineage.
fn done(op: u64, kind: Kind, time: (u64, u64), lineage: &[u64]) -> Event {
    let seen = Seen {
        lineage: lineage.to_vec(),
        ..Seen::default()
    };
    with(op, kind, time, seen)
}

/// A request that was sent with a token of this session and got no answer.
fn unknown(op: u64, kind: Kind, began: u64, sent: u64) -> Event {
    Event {
        wish: Wish { op, kind },
        began,
        lasted: [std::time::Instant::now(); 2],
        sent: Some(sent),
        answer: None,
    }
}

/// A read that showed this.
fn read(op: u64, time: (u64, u64), seen: Seen) -> Event {
    with(op, Read, time, seen)
}

fn with(op: u64, kind: Kind, (began, ended): (u64, u64), seen: Seen) -> Event {
    Event {
        wish: Wish { op, kind },
        began,
        lasted: [std::time::Instant::now(); 2],
        sent: None,
        answer: Some((ended, seen)),
    }
}

fn seen(lineage: &[u64], items: &[u64], count: u64) -> Seen {
    Seen {
        lineage: lineage.to_vec(),
        items: items.to_vec(),
        count,
        fields: BTreeMap::new(),
    }
}

fn field(lineage: &[u64], value: Option<u64>) -> Seen {
    Seen {
        fields: value.map(|value| (0, value)).into_iter().collect(),
        ..seen(lineage, &[1], 0)
    }
}

/// A history that begins with the append 1, in the ticks 1 to 2.
fn begun(events: Vec<Event>, left: Vec<Seen>) -> Recorded {
    let first = done(1, Append, (1, 2), &[1]);
    Recorded {
        events: [first].into_iter().chain(events).collect(),
        left,
        ..Recorded::default()
    }
}

fn written(writes: Vec<Write>, standing: Vec<StoreKey>) -> Recorded {
    Recorded {
        writes,
        standing,
        ..Recorded::default()
    }
}

fn key(number: u8) -> StoreKey {
    StoreKey::from_bytes([number; 32])
}

fn assert_each(cases: Vec<Case>) {
    for (name, recorded, expected) in cases {
        let verdict = check(&recorded);
        let found = [
            verdict.lost,
            verdict.resurrected,
            verdict.double,
            verdict.errors,
        ];
        assert_eq!(found, expected, "{name}: {:#?}", verdict.examples);
        let told = verdict.examples.is_empty();
        assert_eq!(told, expected == [0; 4], "{name} is told in words");
    }
}

#[test]
fn a_lost_append_is_caught_and_one_that_may_be_missing_is_not() {
    let two = || done(2, Append, (3, 4), &[1]);
    assert_each(vec![
        (
            "all is there",
            begun(vec![two()], vec![seen(&[1], &[1, 2], 0)]),
            [0; 4],
        ),
        (
            "missing in the end",
            begun(vec![two()], vec![seen(&[1], &[1], 0)]),
            [1, 0, 0, 0],
        ),
        (
            "missing for a later reader, though there in the end",
            begun(
                vec![two(), read(3, (5, 6), seen(&[1], &[1], 0))],
                vec![seen(&[1], &[1, 2], 0)],
            ),
            [1, 0, 0, 0],
        ),
        (
            "one lost append counts once, whoever misses it",
            begun(
                vec![two(), read(3, (5, 6), seen(&[1], &[1], 0))],
                vec![seen(&[1], &[1], 0)],
            ),
            [1, 0, 0, 0],
        ),
        (
            "missing for a reader who began before the answer",
            begun(
                vec![two(), read(3, (3, 6), seen(&[1], &[1], 0))],
                vec![seen(&[1], &[1, 2], 0)],
            ),
            [0; 4],
        ),
        (
            "not answered and not there",
            begun(vec![unknown(2, Append, 3, 1)], vec![seen(&[1], &[1], 0)]),
            [0; 4],
        ),
        (
            "not answered and there",
            begun(vec![unknown(2, Append, 3, 1)], vec![seen(&[1], &[1, 2], 0)]),
            [0; 4],
        ),
        (
            "dropped because its session was ended",
            begun(
                vec![done(2, Append, (3, 9), &[1]), done(3, Logout, (4, 5), &[1])],
                vec![],
            ),
            [0; 4],
        ),
        (
            "gone after a logout of which nobody knows whether it was done",
            begun(vec![two(), unknown(3, Logout, 5, 1)], vec![]),
            [0; 4],
        ),
        (
            "missing although that logout was not done",
            begun(
                vec![two(), unknown(3, Logout, 5, 1)],
                vec![seen(&[1], &[1], 0)],
            ),
            [1, 0, 0, 0],
        ),
        (
            "a whole session is gone that nobody ended",
            begun(vec![two(), done(3, Increment, (5, 6), &[1])], vec![]),
            [3, 0, 0, 0],
        ),
        (
            "twice there",
            begun(vec![two()], vec![seen(&[1], &[1, 2, 2], 0)]),
            [0, 0, 1, 0],
        ),
        (
            "another session's",
            begun(
                vec![done(2, Append, (3, 4), &[2])],
                vec![seen(&[1], &[1, 2], 0), seen(&[2], &[2], 0)],
            ),
            [0, 0, 0, 1],
        ),
        (
            "nobody's",
            begun(vec![], vec![seen(&[1], &[1, 77], 0)]),
            [0, 0, 0, 1],
        ),
    ]);
}

#[test]
fn what_was_there_before_a_login_is_there_after_it() {
    let login = || done(5, Login, (10, 20), &[1, 5]);
    assert_each(vec![
        (
            "kept",
            begun(vec![login()], vec![seen(&[1, 5], &[1], 0)]),
            [0; 4],
        ),
        (
            "dropped by the login",
            begun(vec![login()], vec![seen(&[1, 5], &[], 0)]),
            [1, 0, 0, 0],
        ),
        (
            "under way during the login, and lost",
            begun(
                vec![login(), done(2, Append, (15, 25), &[1])],
                vec![seen(&[1, 5], &[1], 0)],
            ),
            [1, 0, 0, 0],
        ),
        (
            "under way during two logins, and in one of the two sessions",
            begun(
                vec![
                    login(),
                    done(6, Login, (11, 21), &[6]),
                    done(2, Append, (15, 25), &[1]),
                ],
                vec![seen(&[1, 5], &[1, 2], 0), seen(&[1, 5, 6], &[1], 0)],
            ),
            [0; 4],
        ),
        (
            "the session from before is still open",
            begun(
                vec![login(), read(6, (21, 22), seen(&[1], &[1], 0))],
                vec![seen(&[1, 5], &[1], 0)],
            ),
            [0, 1, 0, 0],
        ),
        (
            "the session from before is open until the login is answered",
            begun(
                vec![login(), read(6, (19, 22), seen(&[1], &[1], 0))],
                vec![seen(&[1, 5], &[1], 0)],
            ),
            [0; 4],
        ),
    ]);
}

#[test]
fn a_session_that_comes_back_is_caught_whoever_finds_it() {
    let logout = || done(2, Logout, (3, 4), &[1]);
    let after = |kind| begun(vec![logout(), done(3, kind, (5, 6), &[1])], vec![]);
    let mut cases = vec![
        (
            "under way during the logout",
            begun(vec![logout(), read(3, (3, 9), seen(&[1], &[1], 0))], vec![]),
            [0; 4],
        ),
        (
            "read after it",
            begun(vec![logout(), read(3, (5, 6), seen(&[1], &[1], 0))], vec![]),
            [0, 1, 0, 0],
        ),
        (
            "still there in the end",
            begun(vec![logout()], vec![seen(&[1], &[1], 0)]),
            [0, 1, 0, 0],
        ),
        (
            "nothing, read after it",
            begun(vec![logout(), read(3, (5, 6), Seen::default())], vec![]),
            [0; 4],
        ),
        (
            "read after a logout that was not answered",
            begun(
                vec![
                    unknown(2, Logout, 3, 1),
                    read(3, (5, 6), seen(&[1], &[1], 0)),
                ],
                vec![],
            ),
            [0; 4],
        ),
    ];
    for kind in [Append, Increment, Renew, Login] {
        cases.push(("written after it", after(kind), [0, 1, 0, 0]));
    }
    assert_each(cases);
}

#[test]
fn a_counter_lies_between_what_was_acknowledged_and_what_was_tried() {
    let events = || {
        vec![
            done(2, Increment, (3, 4), &[1]),
            done(3, Increment, (5, 6), &[1]),
            unknown(4, Increment, 7, 1),
        ]
    };
    let counted = |count| begun(events(), vec![seen(&[1], &[1], count)]);
    let read_early = |count| {
        let mut events = events();
        events.push(read(5, (5, 6), seen(&[1], &[1], count)));
        begun(events, vec![seen(&[1], &[1], 2)])
    };
    assert_each(vec![
        ("none", counted(0), [2, 0, 0, 0]),
        ("too few", counted(1), [1, 0, 0, 0]),
        ("what was acknowledged", counted(2), [0; 4]),
        ("what was tried", counted(3), [0; 4]),
        ("too many", counted(4), [0, 0, 1, 0]),
        ("too few for an early reader", read_early(0), [1, 0, 0, 0]),
        ("enough for an early reader", read_early(1), [0; 4]),
        ("more than was tried so far", read_early(3), [0, 0, 1, 0]),
    ]);
}

#[test]
fn a_field_holds_what_was_put_there_last() {
    let events = |value| {
        vec![
            done(2, Set(0), (3, 4), &[1]),
            done(3, Set(0), (5, 6), &[1]),
            read(4, (7, 8), field(&[1], value)),
        ]
    };
    let removed = |value, time| {
        vec![
            done(2, Set(0), (3, 6), &[1]),
            done(3, Remove(0), time, &[1]),
            read(4, (9, 10), field(&[1], value)),
        ]
    };
    let left = || vec![field(&[1], Some(3))];
    let gone = |value| vec![field(&[1], value)];
    assert_each(vec![
        ("the last", begun(events(Some(3)), left()), [0; 4]),
        (
            "the one before",
            begun(events(Some(2)), left()),
            [1, 0, 0, 0],
        ),
        (
            "none, lost one after the other",
            begun(events(None), left()),
            [2, 0, 0, 0],
        ),
        ("removed", begun(removed(None, (7, 8)), gone(None)), [0; 4]),
        (
            "not removed",
            begun(removed(Some(2), (7, 8)), gone(Some(2))),
            [1, 0, 0, 0],
        ),
        (
            "at the same time, removed",
            begun(removed(None, (5, 8)), gone(None)),
            [0; 4],
        ),
        (
            "at the same time, set",
            begun(removed(Some(2), (5, 8)), gone(Some(2))),
            [0; 4],
        ),
        (
            "nobody's value",
            begun(
                vec![read(2, (3, 4), field(&[1], Some(9)))],
                vec![field(&[1], None)],
            ),
            [0, 0, 0, 1],
        ),
        (
            "a set without an answer may come late",
            begun(
                vec![
                    unknown(2, Set(0), 3, 1),
                    done(3, Set(0), (5, 6), &[1]),
                    read(4, (7, 8), field(&[1], Some(2))),
                ],
                vec![field(&[1], Some(2))],
            ),
            [0; 4],
        ),
    ]);
}

#[test]
fn each_version_has_one_winner_and_an_emptied_key_holds_nothing() {
    use Write::{Created, Deleted, Moved, Saved};
    let version = |number| vec![number];
    assert_each(vec![
        (
            "one after the other",
            written(
                vec![
                    Created(key(1)),
                    Saved(key(1), version(1)),
                    Saved(key(1), version(2)),
                    Moved(key(1), version(3), key(2)),
                    Saved(key(2), version(1)),
                    Deleted(key(2)),
                ],
                vec![key(3)],
            ),
            [0; 4],
        ),
        (
            "two saves on one version",
            written(
                vec![Saved(key(1), version(1)), Saved(key(1), version(1))],
                vec![],
            ),
            [0, 0, 1, 0],
        ),
        (
            "a save and a move on one version",
            written(
                vec![Saved(key(1), version(1)), Moved(key(1), version(1), key(2))],
                vec![],
            ),
            [0, 0, 1, 0],
        ),
        (
            "two moves to one key",
            written(
                vec![
                    Moved(key(1), version(1), key(3)),
                    Moved(key(2), version(1), key(3)),
                ],
                vec![],
            ),
            [0, 0, 1, 0],
        ),
        (
            "two records under one key",
            written(vec![Created(key(1)), Created(key(1))], vec![]),
            [0, 0, 1, 0],
        ),
        (
            "a record under an emptied key",
            written(vec![Created(key(1)), Deleted(key(1))], vec![key(1)]),
            [0, 1, 0, 0],
        ),
    ]);
}

#[test]
fn a_volatile_store_may_forget_a_session_and_nothing_within_one() {
    let volatile = |left| Recorded {
        volatile: true,
        ..begun(vec![done(2, Append, (3, 4), &[1])], left)
    };
    let forgotten = check(&volatile(vec![]));
    assert_eq!((forgotten.forgotten, forgotten.is_clean()), (1, true));
    let within = check(&volatile(vec![seen(&[1], &[1], 0)]));
    assert_eq!((within.forgotten, within.lost), (0, 1));
}

#[test]
fn an_answer_that_no_visitor_should_get_is_an_error() {
    let mut recorded = begun(vec![], vec![seen(&[1], &[1], 0)]);
    recorded.mistakes.push("/read/1 was answered 500".into());
    assert_each(vec![("500", recorded, [0, 0, 0, 1])]);
}
