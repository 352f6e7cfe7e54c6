//! What is to become of one session that moves, decided from what stands in both stores and what the
//! journal knows.
use cloakroom::clock::Timestamp;

/// Sixteen bytes of a record's SHA-256: two records with the same print are the same.
pub(super) type Print = [u8; 16];

/// What stands under a key in one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum There {
    /// Nothing: never began, ended, or expired.
    Nothing,
    /// The sign of a session that was renewed.
    Sign,
    /// A session with this print.
    Session(Print),
}

/// What the journal knows of a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// What is known to have been put into the new store, and when that copy expires.
    pub(super) copied: Option<(Print, Timestamp)>,
    /// What was about to be put there; whether it was is not known.
    pub(super) begun: Option<Print>,
    /// It was ended in one of the stores, and stays so.
    pub(super) ended: bool,
}

impl Known {
    /// Says whether nobody but this move has changed what stands in the new store.
    fn is_ours(&self, print: Print) -> bool {
        self.copied.is_some_and(|(copied, _)| copied == print) || self.begun == Some(print)
    }

    fn is_nothing(&self) -> bool {
        self.copied.is_none() && self.begun.is_none()
    }
}

/// Whether somebody else than this move writes into the new store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InUse {
    Yes,
    No,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Put it into the new store.
    Create,
    /// Replace the copy in the new store, which nobody has changed.
    Update,
    /// End the copy in the new store, which nobody has changed.
    End,
    /// Nothing: the new store has it already, or neither store has.
    Nothing,
    /// Nothing but to remember that the copy is there.
    Remember,
    /// Nothing: the new store has something newer.
    Keep,
    /// Nothing but to remember that it was ended in the new store, or in both.
    Forget,
    /// Nothing: it was ended in the new store, and that is remembered.
    StayEnded,
    /// Nothing: it may have been ended in the new store, and nobody can tell any more.
    LeaveOut,
}

/// Decides; see `docs/operating.md` for the same in words.
pub(super) fn decide(
    old: There,
    known: Known,
    new: There,
    in_use: InUse,
    now: Timestamp,
) -> Verdict {
    if known.ended {
        return Verdict::StayEnded;
    }
    match (old, new) {
        (There::Session(old), There::Session(new)) if old == new => match known.copied {
            Some((copied, _)) if copied == new && known.begun.is_none() => Verdict::Nothing,
            _ => Verdict::Remember,
        },
        (There::Session(_), There::Session(new)) if known.is_ours(new) => Verdict::Update,
        (There::Session(_), There::Session(_) | There::Sign) => Verdict::Keep,
        (There::Session(_), There::Nothing) => absent(known, in_use, now),
        (There::Nothing | There::Sign, There::Session(new)) if known.is_ours(new) => Verdict::End,
        (_, There::Session(_) | There::Sign) => Verdict::Keep,
        (_, There::Nothing) if known.is_nothing() => Verdict::Nothing,
        (_, There::Nothing) => Verdict::Forget,
    }
}

/// Decides about a session that the old store has and the new one has not.
fn absent(known: Known, in_use: InUse, now: Timestamp) -> Verdict {
    match (known.copied, in_use) {
        (Some((_, expires)), _) if expires > now => Verdict::Forget,
        // The copy may only have expired, or was never made.
        _ if known.is_nothing() || in_use == InUse::No => Verdict::Create,
        _ => Verdict::LeaveOut,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(100);
    const A: Print = [1; 16];
    const B: Print = [2; 16];
    const C: Print = [3; 16];

    fn copied(print: Print) -> Known {
        Known {
            copied: Some((print, Timestamp::from_secs(200))),
            ..Known::default()
        }
    }

    fn copied_and_expired(print: Print) -> Known {
        Known {
            copied: Some((print, NOW)),
            ..Known::default()
        }
    }

    fn begun(print: Print) -> Known {
        Known {
            begun: Some(print),
            ..Known::default()
        }
    }

    fn ended() -> Known {
        Known {
            ended: true,
            ..copied(A)
        }
    }

    #[test]
    fn every_case_of_two_stores_and_a_journal_is_decided() {
        use There::{Nothing, Session, Sign};
        let updating = Known {
            begun: Some(B),
            ..copied(A)
        };
        let unknown = Known::default();
        let rows = [
            // in the old store, in the journal, in the new store -> while it is not in use, in use
            (
                Session(A),
                unknown,
                Nothing,
                Verdict::Create,
                Verdict::Create,
            ),
            (
                Session(A),
                unknown,
                Session(A),
                Verdict::Remember,
                Verdict::Remember,
            ),
            (
                Session(A),
                unknown,
                Session(B),
                Verdict::Keep,
                Verdict::Keep,
            ),
            (Session(A), unknown, Sign, Verdict::Keep, Verdict::Keep),
            (
                Nothing,
                unknown,
                Nothing,
                Verdict::Nothing,
                Verdict::Nothing,
            ),
            (Nothing, unknown, Session(A), Verdict::Keep, Verdict::Keep),
            (
                Session(A),
                copied(A),
                Session(A),
                Verdict::Nothing,
                Verdict::Nothing,
            ),
            (
                Session(B),
                copied(A),
                Session(A),
                Verdict::Update,
                Verdict::Update,
            ),
            (
                Session(A),
                copied(A),
                Session(B),
                Verdict::Keep,
                Verdict::Keep,
            ),
            (
                Session(B),
                copied(A),
                Session(C),
                Verdict::Keep,
                Verdict::Keep,
            ),
            (
                Session(B),
                copied(A),
                Session(B),
                Verdict::Remember,
                Verdict::Remember,
            ),
            (Session(B), copied(A), Sign, Verdict::Keep, Verdict::Keep),
            (
                Session(A),
                copied(A),
                Nothing,
                Verdict::Forget,
                Verdict::Forget,
            ),
            (
                Session(B),
                copied_and_expired(A),
                Nothing,
                Verdict::Create,
                Verdict::LeaveOut,
            ),
            (Nothing, copied(A), Session(A), Verdict::End, Verdict::End),
            (Sign, copied(A), Session(A), Verdict::End, Verdict::End),
            (Nothing, copied(A), Session(B), Verdict::Keep, Verdict::Keep),
            (Nothing, copied(A), Sign, Verdict::Keep, Verdict::Keep),
            (
                Nothing,
                copied(A),
                Nothing,
                Verdict::Forget,
                Verdict::Forget,
            ),
            (
                Session(A),
                begun(A),
                Nothing,
                Verdict::Create,
                Verdict::LeaveOut,
            ),
            (
                Session(A),
                begun(A),
                Session(A),
                Verdict::Remember,
                Verdict::Remember,
            ),
            (
                Session(B),
                begun(A),
                Session(A),
                Verdict::Update,
                Verdict::Update,
            ),
            (
                Session(B),
                begun(A),
                Session(C),
                Verdict::Keep,
                Verdict::Keep,
            ),
            (Nothing, begun(A), Session(A), Verdict::End, Verdict::End),
            (
                Session(C),
                updating,
                Session(A),
                Verdict::Update,
                Verdict::Update,
            ),
            (
                Session(C),
                updating,
                Session(B),
                Verdict::Update,
                Verdict::Update,
            ),
            (
                Session(B),
                updating,
                Session(B),
                Verdict::Remember,
                Verdict::Remember,
            ),
            (
                Session(A),
                updating,
                Session(A),
                Verdict::Remember,
                Verdict::Remember,
            ),
            (
                Session(A),
                ended(),
                Nothing,
                Verdict::StayEnded,
                Verdict::StayEnded,
            ),
            (
                Session(B),
                ended(),
                Session(A),
                Verdict::StayEnded,
                Verdict::StayEnded,
            ),
        ];
        for (row, (old, known, new, quiet, in_use)) in rows.into_iter().enumerate() {
            assert_eq!(decide(old, known, new, InUse::No, NOW), quiet, "row {row}");
            assert_eq!(
                decide(old, known, new, InUse::Yes, NOW),
                in_use,
                "row {row}, in use"
            );
        }
    }
}
