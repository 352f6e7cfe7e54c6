//! Where messages go when a request ends, decided from what arrived, what was shown and what was added.
use crate::messages::wire::{Wire, most_bytes, write};
use crate::messages::{Left, Settings, Storage};

/// The bytes that sealing adds before encoding, and the four characters that three bytes become.
const SEAL: usize = 43;

/// What came with the request in one cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arrived {
    /// What the cookie's name has behind the site's name for it.
    pub(crate) ending: String,
    /// Its size as it came.
    pub(crate) bytes: usize,
    /// What it holds; `None` when it is damaged or over its time.
    pub(crate) messages: Option<Vec<Wire>>,
    /// Whether the session has more; nobody knows when it is damaged.
    pub(crate) more: bool,
    /// Whether a retired key had sealed it.
    pub(crate) retired: bool,
}

/// Where a new cookie with messages may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The browser loads a page and waits for it: hardly anything else is under way.
    Navigation,
    /// A script sent the request; others may be under way at the same time.
    Script,
    /// The client did not say (`Sec-Fetch-Mode` is absent).
    Unknown,
}

/// What the end of the request depends on.
#[derive(Clone, Debug)]
pub(crate) struct Board {
    pub(super) arrived: Vec<Arrived>,
    pub(super) in_session: Vec<Wire>,
    pub(super) added: Vec<Wire>,
    /// Whether what arrived was shown, so that it is over.
    pub(super) shown: bool,
    pub(super) place: Place,
    pub(super) has_session: bool,
}

/// What is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settled {
    /// What is left where another program keeps messages; then nothing else is.
    pub(crate) left: Option<Left>,
    /// Whether to forget the cookie of the plain name.
    pub(crate) forget_plain: bool,
    /// Other cookies to forget: the ending of the name of each.
    pub(crate) forget: Vec<String>,
    /// Cookies to write: likewise. All hold the same.
    pub(crate) write: &'static [Suffix],
    /// What they hold.
    pub(crate) content: Vec<u8>,
    /// Cookies to write again as they are, since a retired key sealed them: endings, too.
    pub(crate) reseal: Vec<(String, Vec<u8>)>,
    /// What goes to the session.
    pub(crate) to_session: Vec<Wire>,
    /// What the session need not keep any more.
    pub(crate) from_session: Vec<u64>,
    /// How many fit nowhere.
    pub(crate) dropped: usize,
    /// What was shown to a client that may bring it again.
    pub(crate) shown: Vec<u64>,
}

/// What a new cookie's name has after the site's name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Suffix {
    /// Nothing.
    Plain,
    /// Something random.
    Own,
}

/// Decides.
///
/// A response never writes over a message that another one wrote: what it adds goes into a cookie of
/// its own, and only cookies that it was sent are forgotten. So parallel requests lose nothing. The
/// plain name is used when it is free; where others may be under way and take it too, a cookie of an
/// own name says the same, and whoever reads both shows each message once.
pub(crate) fn settle(board: &Board, settings: &Settings) -> Settled {
    let mut settled = Settled::default();
    let mut waiting = 0;
    let plain_is_free = !board.arrived.iter().any(|cookie| cookie.ending.is_empty());
    if board.shown && board.place == Place::Unknown {
        let cookies = board.arrived.iter();
        let wires = cookies
            .filter_map(|cookie| cookie.messages.as_ref())
            .flatten();
        settled.shown = wires.map(|wire| wire.id).collect();
    }
    for cookie in &board.arrived {
        match &cookie.messages {
            Some(messages) if !board.shown => {
                waiting += cookie.bytes;
                if cookie.retired {
                    let again = (cookie.ending.clone(), write(messages, cookie.more));
                    settled.reseal.push(again);
                }
            }
            _ if cookie.ending.is_empty() => settled.forget_plain = true,
            _ => settled.forget.push(cookie.ending.clone()),
        }
    }
    if board.shown {
        let shown = board.in_session.iter().map(|message| message.id);
        settled.from_session = shown.collect();
    }
    let room = settings.budget.saturating_sub(waiting);
    let added = &board.added[..];
    let (in_cookie, rest) = match settings.storage {
        Storage::Session => (&[][..], added),
        Storage::FallbackSessionFirst if board.has_session => (&[][..], added),
        _ => split_to_fit(added, room),
    };
    match settings.storage {
        Storage::Cookie => settled.dropped = rest.len(),
        _ => settled.to_session = rest.to_vec(),
    }
    let more = settings.storage == Storage::Fallback && !rest.is_empty();
    if !in_cookie.is_empty() || (more && !is_told(board)) {
        settled.write = names(board.place, plain_is_free);
        settled.content = write(in_cookie, more);
    }
    settled
}

/// Says whether a cookie that stays tells already that the session has more.
fn is_told(board: &Board) -> bool {
    let mut cookies = board.arrived.iter();
    !board.shown && cookies.any(|cookie| cookie.more && cookie.messages.is_some())
}

/// Says whether something that was added needs the session, in the storage that falls back to it.
pub(super) fn need_session(board: &Board, settings: &Settings) -> bool {
    let waiting = board.arrived.iter().filter(|_| !board.shown);
    let waiting = waiting.filter(|cookie| cookie.messages.is_some());
    let waiting: usize = waiting.map(|cookie| cookie.bytes).sum();
    let (_, rest) = split_to_fit(&board.added, settings.budget.saturating_sub(waiting));
    !rest.is_empty()
}

fn names(place: Place, plain_is_free: bool) -> &'static [Suffix] {
    match (place, plain_is_free) {
        (Place::Navigation, true) => &[Suffix::Plain],
        (Place::Unknown, true) => &[Suffix::Plain, Suffix::Own],
        _ => &[Suffix::Own],
    }
}

/// Returns what fits into a cookie, the oldest first, and what does not.
fn split_to_fit(messages: &[Wire], room: usize) -> (&[Wire], &[Wire]) {
    let fits = |all: &[Wire]| {
        sealed_bytes(most_bytes(all)) <= room || sealed_bytes(write(all, false).len()) <= room
    };
    let counts = (0..=messages.len()).rev();
    let mut fitting = counts.filter(|count| *count == 0 || fits(&messages[..*count]));
    messages.split_at(fitting.next().unwrap_or_default())
}

fn sealed_bytes(content: usize) -> usize {
    ((content + SEAL) * 4).div_ceil(3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::wire::read;
    use crate::messages::{Level, Text};

    fn wire(id: u64, text: &str) -> Wire {
        Wire {
            id,
            ..Wire::new(0, Level::INFO, Text::Plain(text.into()), "")
        }
    }

    fn arrived(ending: &str, messages: Option<Vec<Wire>>) -> Arrived {
        Arrived {
            ending: ending.into(),
            bytes: 200,
            messages,
            more: false,
            retired: false,
        }
    }

    fn board() -> Board {
        Board {
            arrived: Vec::new(),
            in_session: Vec::new(),
            added: Vec::new(),
            shown: false,
            place: Place::Navigation,
            has_session: true,
        }
    }

    #[test]
    fn nothing_said_and_nothing_shown_owes_nothing() {
        let quiet = Board {
            arrived: vec![arrived("", Some(vec![wire(1, "a")]))],
            in_session: vec![wire(2, "b")],
            ..board()
        };
        assert_eq!(settle(&quiet, &Settings::default()), Settled::default());
    }

    #[test]
    fn what_was_shown_is_forgotten_wherever_it_waited() {
        let shown = Board {
            arrived: vec![
                arrived("", Some(vec![wire(1, "a")])),
                arrived("-x", Some(vec![wire(2, "b")])),
            ],
            in_session: vec![wire(3, "c")],
            shown: true,
            ..board()
        };
        let settled = settle(&shown, &Settings::default());
        assert!(settled.forget_plain);
        assert_eq!(settled.forget, ["-x"]);
        assert_eq!(settled.from_session, [3]);
    }

    #[test]
    fn a_damaged_cookie_is_forgotten_and_the_others_stay() {
        let damaged = Board {
            arrived: vec![arrived("", None), arrived("-x", Some(vec![wire(2, "b")]))],
            ..board()
        };
        let settled = settle(&damaged, &Settings::default());
        assert!(settled.forget_plain && settled.forget.is_empty());
    }

    #[test]
    fn a_new_message_never_takes_the_name_of_one_that_waits_or_may_be_under_way() {
        use Suffix::{Own, Plain};
        let rows: [(Place, bool, &[Suffix]); 6] = [
            (Place::Navigation, true, &[Plain]),
            (Place::Navigation, false, &[Own]),
            (Place::Script, true, &[Own]),
            (Place::Script, false, &[Own]),
            (Place::Unknown, true, &[Plain, Own]),
            (Place::Unknown, false, &[Own]),
        ];
        for (place, free, expected) in rows {
            assert_eq!(names(place, free), expected, "{place:?}, free: {free}");
        }
    }

    #[test]
    fn storages_differ_in_where_messages_go() {
        let small = || vec![wire(1, "small")];
        let large = || vec![wire(2, &"x".repeat(3_000))];
        let rows = [
            // storage, has session, added -> in the cookie, in the session, dropped
            (Storage::Fallback, true, small(), 1, 0, 0),
            (Storage::Fallback, false, small(), 1, 0, 0),
            (Storage::Fallback, true, large(), 0, 1, 0),
            (
                Storage::Fallback,
                true,
                [small(), large()].concat(),
                1,
                1,
                0,
            ),
            (Storage::FallbackSessionFirst, true, small(), 0, 1, 0),
            (Storage::FallbackSessionFirst, false, small(), 1, 0, 0),
            (Storage::FallbackSessionFirst, false, large(), 0, 1, 0),
            (Storage::Session, false, small(), 0, 1, 0),
            (Storage::Cookie, true, small(), 1, 0, 0),
            (Storage::Cookie, true, [small(), large()].concat(), 1, 0, 1),
        ];
        for (storage, has_session, added, cookie, session, dropped) in rows {
            let what = format!("{storage:?}, session: {has_session}, {} added", added.len());
            let board = Board {
                added,
                has_session,
                ..board()
            };
            let settled = settle(&board, &storage.into());
            let written = read(&settled.content).map_or(0, |(messages, _)| messages.len());
            let counts = (written, settled.to_session.len(), settled.dropped);
            assert_eq!(counts, (cookie, session, dropped), "{what}");
        }
    }

    #[test]
    fn one_cookie_tells_that_the_session_has_more_and_goes_when_that_was_shown() {
        let large = wire(2, &"x".repeat(3_000));
        let told = Arrived {
            more: true,
            ..arrived("", Some(Vec::new()))
        };
        let rows = [
            // What arrived, shown; cookies written, forgotten, and whether what is written tells.
            (vec![], false, 1, 0, Some((Vec::new(), true))),
            (vec![told.clone()], false, 0, 0, None),
            (vec![told], true, 1, 1, Some((Vec::new(), true))),
        ];
        for (arrived, shown, written, forgotten, content) in rows {
            let board = Board {
                arrived,
                shown,
                added: vec![large.clone()],
                ..board()
            };
            let settled = settle(&board, &Settings::default());
            let counts = (settled.write.len(), usize::from(settled.forget_plain));
            assert_eq!(counts, (written, forgotten), "{board:?}");
            assert_eq!(read(&settled.content), content, "{board:?}");
            assert!(need_session(&board, &Settings::default()));
        }
    }

    #[test]
    fn what_fits_needs_no_session_whatever_its_letters_take_when_they_are_written() {
        for text in ["a", "\u{1}", "\"", "\u{1f9e5}"] {
            for length in [1, 100, 200, 249, 250, 400, 1_500] {
                let board = Board {
                    added: vec![wire(1, &text.repeat(length / text.len()))],
                    ..board()
                };
                let settled = settle(&board, &Settings::default());
                let fits =
                    sealed_bytes(write(&board.added, false).len()) <= Settings::default().budget;
                assert_eq!(settled.to_session.is_empty(), fits, "{length} of {text:?}");
                assert_eq!(need_session(&board, &Settings::default()), !fits);
            }
        }
    }

    #[test]
    fn what_waits_in_cookies_counts_against_the_budget() {
        let full = Board {
            arrived: vec![Arrived {
                bytes: 2_000,
                ..arrived("", Some(vec![wire(1, "a")]))
            }],
            added: vec![wire(2, "b")],
            ..board()
        };
        let settled = settle(&full, &Settings::default());
        assert_eq!(settled.to_session.len(), 1);
        assert_eq!(read(&settled.content), Some((Vec::new(), true)));
    }
}
