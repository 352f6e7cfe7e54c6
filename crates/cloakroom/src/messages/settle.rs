//! Where messages go when a request ends, decided from what arrived, what was shown and what was added.
use crate::messages::wire::{Wire, write};
use crate::messages::{Settings, Storage};

/// The bytes that sealing adds before encoding, and the four characters that three bytes become.
const SEAL: usize = 43;

/// What came with the request in one cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arrived {
    /// The cookie's name.
    pub(crate) cookie: String,
    /// Its size as it came.
    pub(crate) bytes: usize,
    /// What it holds; `None` when it is damaged or over its time.
    pub(crate) messages: Option<Vec<Wire>>,
    /// Whether a retired key had sealed it.
    pub(crate) retired: bool,
}

/// What the end of the request depends on.
#[derive(Clone, Debug)]
pub(crate) struct Board {
    pub(super) arrived: Vec<Arrived>,
    pub(super) in_session: Vec<Wire>,
    pub(super) added: Vec<Wire>,
    /// Whether what arrived was shown, so that it is over.
    pub(super) shown: bool,
    pub(super) writing: Writing,
    /// What another answer has put into the cookie of the plain name since this request was sent.
    pub(super) meanwhile: Vec<Wire>,
    pub(super) has_session: bool,
}

/// What is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settled {
    /// Cookies to forget.
    pub(crate) forget: Vec<String>,
    /// The cookie to write: the end of its name, if any, and what it holds.
    pub(crate) write: Option<(Suffix, Vec<Wire>)>,
    /// Cookies to write again as they are, since a retired key sealed them.
    pub(crate) reseal: Vec<(String, Vec<Wire>)>,
    /// What goes to the session.
    pub(crate) to_session: Vec<Wire>,
    /// What the session need not keep any more.
    pub(crate) from_session: Vec<u64>,
    /// What fits nowhere.
    pub(crate) dropped: Vec<Wire>,
}

/// How to write, as far as other answers to the same visitor may be under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writing {
    /// No other can: all that waits goes into one cookie of the plain name.
    Gather,
    /// Hardly any can: the plain name if nothing waits under it, else a name of its own.
    Add,
    /// Others may be: a name of its own.
    Apart,
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
/// An answer must not write over what another one, still under way, writes for the browser to keep.
/// Where that may happen, what was added gets a cookie of its own name, and only cookies that came
/// along are forgotten. So parallel requests lose nothing.
pub(super) fn settle(board: Board, settings: &Settings) -> Settled {
    let mut settled = Settled::default();
    let left = board.left_meanwhile();
    let (over, waiting): (Vec<_>, Vec<_>) = board
        .arrived
        .into_iter()
        .partition(|cookie| board.shown || cookie.messages.is_none());
    settled.forget = over.into_iter().map(|cookie| cookie.cookie).collect();
    if board.shown {
        let shown = board.in_session.iter().map(|message| message.id);
        settled.from_session = shown.collect();
    }
    let to_session = match settings.storage {
        Storage::Session => true,
        Storage::FallbackSessionFirst => board.has_session,
        Storage::Fallback | Storage::Cookie => false,
    };
    let (mut added, mut writing) = (board.added, board.writing);
    if to_session {
        settled.to_session = std::mem::take(&mut added);
    }
    if !left.is_empty() {
        added.splice(..0, left);
        writing = Writing::Gather;
    }
    if added.is_empty() {
        settled.reseal = retired(waiting);
        return settled;
    }
    if writing == Writing::Gather {
        let all = together(&waiting, &added);
        if sealed_bytes(&all) <= settings.budget {
            let others = waiting.into_iter().map(|cookie| cookie.cookie);
            let others = others.filter(|name| *name != settings.cookie_name);
            settled.forget.extend(others);
            settled.write = Some((Suffix::Plain, all));
            return settled;
        }
    }
    let taken: usize = waiting.iter().map(|cookie| cookie.bytes).sum();
    let room = settings.budget.saturating_sub(taken);
    let (cookie, rest) = split_to_fit(added, room);
    match settings.storage {
        Storage::Cookie => settled.dropped = rest,
        _ => settled.to_session.extend(rest),
    }
    if !cookie.is_empty() {
        let is_plain = |cookie: &Arrived| cookie.cookie == settings.cookie_name;
        let free = writing != Writing::Apart && !waiting.iter().any(is_plain);
        let suffix = if free { Suffix::Plain } else { Suffix::Own };
        settled.write = Some((suffix, cookie));
    }
    settled.reseal = retired(waiting);
    settled
}

impl Board {
    /// Returns what stays of the plain cookie that another answer wrote, now that this one shows
    /// what both knew.
    fn left_meanwhile(&self) -> Vec<Wire> {
        if !self.shown {
            return Vec::new();
        }
        let cookies = self
            .arrived
            .iter()
            .filter_map(|cookie| cookie.messages.as_ref());
        let shown: Vec<_> = cookies.flatten().map(|wire| wire.id).collect();
        let meanwhile = self.meanwhile.iter();
        let left = meanwhile.filter(|wire| !shown.contains(&wire.id));
        left.cloned().collect()
    }
}

fn together(waiting: &[Arrived], added: &[Wire]) -> Vec<Wire> {
    let before = waiting.iter().filter_map(|cookie| cookie.messages.as_ref());
    before.flatten().chain(added).cloned().collect()
}

fn retired(waiting: Vec<Arrived>) -> Vec<(String, Vec<Wire>)> {
    let retired = waiting.into_iter().filter(|cookie| cookie.retired);
    retired
        .filter_map(|cookie| Some((cookie.cookie, cookie.messages?)))
        .collect()
}

/// Splits off what fits into a cookie, the oldest first.
fn split_to_fit(mut messages: Vec<Wire>, room: usize) -> (Vec<Wire>, Vec<Wire>) {
    let fits = |count: usize| sealed_bytes(&messages[..count]) <= room;
    let count = (0..=messages.len()).rev().find(|count| fits(*count));
    let rest = messages.split_off(count.unwrap_or(0));
    (messages, rest)
}

fn sealed_bytes(messages: &[Wire]) -> usize {
    if messages.is_empty() {
        return 0;
    }
    ((write(messages).len() + SEAL) * 4).div_ceil(3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{Level, Text};

    fn wire(id: u64, text: &str) -> Wire {
        Wire {
            id,
            ..Wire::new(0, Level::INFO, Text::Plain(text.into()), "")
        }
    }

    fn arrived(cookie: &str, messages: Option<Vec<Wire>>) -> Arrived {
        Arrived {
            cookie: cookie.into(),
            bytes: 200,
            messages,
            retired: false,
        }
    }

    fn board() -> Board {
        Board {
            arrived: Vec::new(),
            in_session: Vec::new(),
            added: Vec::new(),
            shown: false,
            writing: Writing::Gather,
            meanwhile: Vec::new(),
            has_session: true,
        }
    }

    #[test]
    fn nothing_said_and_nothing_shown_owes_nothing() {
        let quiet = Board {
            arrived: vec![arrived("messages", Some(vec![wire(1, "a")]))],
            in_session: vec![wire(2, "b")],
            ..board()
        };
        assert_eq!(settle(quiet, &Settings::default()), Settled::default());
    }

    #[test]
    fn what_was_shown_is_forgotten_wherever_it_waited() {
        let shown = Board {
            arrived: vec![
                arrived("messages", Some(vec![wire(1, "a")])),
                arrived("messages-x", Some(vec![wire(2, "b")])),
            ],
            in_session: vec![wire(3, "c")],
            shown: true,
            ..board()
        };
        let settled = settle(shown, &Settings::default());
        assert_eq!(settled.forget, ["messages", "messages-x"]);
        assert_eq!(settled.from_session, [3]);
    }

    #[test]
    fn a_damaged_cookie_is_forgotten_and_the_others_stay() {
        let damaged = Board {
            arrived: vec![
                arrived("messages", None),
                arrived("messages-x", Some(vec![wire(2, "b")])),
            ],
            ..board()
        };
        assert_eq!(settle(damaged, &Settings::default()).forget, ["messages"]);
    }

    #[test]
    fn a_message_never_writes_over_one_that_may_be_under_way() {
        use Suffix::{Own, Plain};
        use Writing::{Add, Apart, Gather};
        let waits = || vec![arrived("messages", Some(vec![wire(1, "a")]))];
        let rows = [
            // what waits -> the cookie's name, how many messages in it
            (Gather, Vec::new(), (Plain, 1)),
            (Gather, waits(), (Plain, 2)),
            (Add, Vec::new(), (Plain, 1)),
            (Add, waits(), (Own, 1)),
            (Apart, Vec::new(), (Own, 1)),
            (Apart, waits(), (Own, 1)),
        ];
        for (writing, arrived, expected) in rows {
            let what = format!("{writing:?}, {} waiting", arrived.len());
            let board = Board {
                arrived,
                added: vec![wire(2, "b")],
                writing,
                ..board()
            };
            let settled = settle(board, &Settings::default());
            let (suffix, held) = settled.write.unwrap();
            assert_eq!((suffix, held.len()), expected, "{what}");
            assert!(settled.forget.is_empty(), "{what}");
        }
    }

    #[test]
    fn a_page_that_shows_keeps_what_another_answer_added_meanwhile() {
        let shows = Board {
            arrived: vec![arrived("messages", Some(vec![wire(1, "a")]))],
            shown: true,
            writing: Writing::Apart,
            meanwhile: vec![wire(1, "a"), wire(2, "b")],
            ..board()
        };
        let settled = settle(shows, &Settings::default());
        let (suffix, held) = settled.write.unwrap();
        assert_eq!((suffix, held), (Suffix::Plain, vec![wire(2, "b")]));
    }

    #[test]
    fn what_scripts_left_in_cookies_of_their_own_is_gathered_into_one() {
        let scattered = Board {
            arrived: vec![
                arrived("messages-x", Some(vec![wire(1, "a")])),
                arrived("messages", Some(vec![wire(2, "b")])),
            ],
            added: vec![wire(3, "c")],
            ..board()
        };
        let settled = settle(scattered, &Settings::default());
        assert_eq!(settled.forget, ["messages-x"]);
        assert_eq!(settled.write.unwrap().1.len(), 3);
    }

    #[test]
    fn a_retired_key_seals_again_only_what_stays() {
        let old = |name| Arrived {
            retired: true,
            ..arrived(name, Some(vec![wire(1, "a")]))
        };
        let waits = Board {
            arrived: vec![old("messages")],
            ..board()
        };
        assert_eq!(settle(waits.clone(), &Settings::default()).reseal.len(), 1);
        let shown = Board {
            shown: true,
            ..waits
        };
        assert!(settle(shown, &Settings::default()).reseal.is_empty());
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
            let settled = settle(board, &storage.into());
            let written = settled.write.map_or(0, |(_, messages)| messages.len());
            let counts = (written, settled.to_session.len(), settled.dropped.len());
            assert_eq!(counts, (cookie, session, dropped), "{what}");
        }
    }

    #[test]
    fn what_waits_in_cookies_counts_against_the_budget() {
        let full = Board {
            arrived: vec![Arrived {
                bytes: 2_000,
                ..arrived("messages", Some(vec![wire(1, &"x".repeat(1_480))]))
            }],
            added: vec![wire(2, "b")],
            ..board()
        };
        let settled = settle(full, &Settings::default());
        assert_eq!((settled.write, settled.to_session.len()), (None, 1));
    }
}
