//! Which secret is kept from now on, by what became of the visitor's session: one decision, without I/O.
use std::time::Duration;

use crate::clock::Timestamp;
use crate::csrf::kept::Previous;
use crate::csrf::{Bound, Kept, Secret};

/// What became of the visitor's session in this request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Became {
    /// Nothing: the browser goes on sending the cookie of this one, or none.
    Same(Option<Bound>),
    /// It began, or got another token.
    New(Bound),
    /// Somebody signed in.
    SignedIn(Bound),
    /// It ended.
    Ended,
}

/// Decides what is kept from now on; `None` when that is what is kept already.
///
/// `came` counted for this request; `printed` is what its page has in it, of `came` or new. A new
/// session takes the secret over, so that forms in other tabs go on working. A login draws another
/// (`fresh`), since who planted the old one must not know it, and remembers the old one for the
/// `grace`.
pub(crate) fn settle(
    came: Option<&Kept>,
    minted: Option<&Secret>,
    printed: bool,
    became: Became,
    (now, grace): (Timestamp, Duration),
    fresh: impl FnOnce() -> Secret,
) -> Option<Kept> {
    let renewed = |bound| {
        came.map(|came| Kept {
            bound,
            retired: false,
            ..came.clone()
        })
    };
    let made = |bound| minted.map(|secret| Kept::new(secret.clone(), bound));
    match became {
        Became::Same(bound) => made(bound).or_else(|| {
            came.filter(|came| came.retired && printed)
                .and_then(|came| renewed(came.bound))
        }),
        Became::Ended => made(None),
        Became::New(bound) => made(Some(bound)).or_else(|| renewed(Some(bound))),
        Became::SignedIn(bound) => made(Some(bound)).or_else(|| {
            let previous = came.filter(|_| !grace.is_zero()).map(|came| Previous {
                secret: came.secret.clone(),
                until: now.plus(grace),
            });
            came.map(|_| Kept {
                previous,
                ..Kept::new(fresh(), Some(bound))
            })
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csrf::Format;
    use crate::session::StoreKey;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
    const HOUR: Duration = Duration::from_secs(3_600);

    fn secret() -> Secret {
        Format::Native.generate()
    }

    fn session(number: u8) -> Bound {
        Bound::from(StoreKey::from_bytes([number; 32]))
    }

    #[test]
    fn what_is_kept_follows_the_session() {
        let came = |retired| Kept {
            retired,
            ..Kept::new(secret(), None)
        };
        let (came, retired, minted, fresh) = (came(false), came(true), secret(), secret());
        let (one, two) = (Some(session(1)), session(2));
        let new = Became::New(two);
        let signed_in = Became::SignedIn(two);
        // what came, made, printed, became -> kept secret and session, whether the old one counts too
        type Kind<'a> = Option<(&'a Secret, Option<Bound>, bool)>;
        type Row<'a> = (Option<&'a Kept>, Option<&'a Secret>, bool, Became, Kind<'a>);
        let rows: &[Row<'_>] = &[
            (None, None, false, Became::Same(None), None),
            (Some(&came), None, true, Became::Same(one), None),
            (Some(&retired), None, false, Became::Same(one), None),
            (
                Some(&retired),
                None,
                true,
                Became::Same(one),
                Some((&retired.secret, None, false)),
            ),
            (
                None,
                Some(&minted),
                true,
                Became::Same(None),
                Some((&minted, None, false)),
            ),
            (
                None,
                Some(&minted),
                true,
                Became::Same(one),
                Some((&minted, one, false)),
            ),
            (None, None, false, new, None),
            (
                Some(&came),
                None,
                false,
                new,
                Some((&came.secret, Some(two), false)),
            ),
            (
                Some(&came),
                None,
                true,
                new,
                Some((&came.secret, Some(two), false)),
            ),
            (
                None,
                Some(&minted),
                true,
                new,
                Some((&minted, Some(two), false)),
            ),
            (None, None, false, signed_in, None),
            (
                Some(&came),
                None,
                false,
                signed_in,
                Some((&fresh, Some(two), true)),
            ),
            (
                Some(&came),
                None,
                true,
                signed_in,
                Some((&fresh, Some(two), true)),
            ),
            (
                None,
                Some(&minted),
                true,
                signed_in,
                Some((&minted, Some(two), false)),
            ),
            (Some(&came), None, true, Became::Ended, None),
            (
                None,
                Some(&minted),
                true,
                Became::Ended,
                Some((&minted, None, false)),
            ),
        ];
        for (index, (came, minted, printed, became, expected)) in rows.iter().enumerate() {
            let kept = settle(*came, *minted, *printed, *became, (NOW, HOUR), || {
                fresh.clone()
            });
            let Some((secret, bound, old_counts)) = expected else {
                assert!(kept.is_none(), "row {index}");
                continue;
            };
            let kept = kept.unwrap();
            assert!(
                kept.secret.is(secret) && kept.bound == *bound,
                "row {index}"
            );
            let accepts_old = came.is_some_and(|came| kept.accepts(&came.secret, NOW.plus(HOUR)));
            assert_eq!(kept.previous.is_some(), *old_counts, "row {index}");
            assert_eq!(accepts_old, came.is_some(), "row {index}");
        }
        let none = settle(
            Some(&came),
            None,
            false,
            signed_in,
            (NOW, Duration::ZERO),
            secret,
        );
        assert!(none.unwrap().previous.is_none(), "no grace was asked for");
    }

    #[test]
    fn a_second_session_within_the_grace_keeps_the_secret_from_before_the_login() {
        let old = Kept::new(secret(), None);
        let signed_in = Became::SignedIn(session(1));
        let kept = settle(Some(&old), None, false, signed_in, (NOW, HOUR), secret).unwrap();
        let renewed = settle(
            Some(&kept),
            None,
            false,
            Became::New(session(2)),
            (NOW, HOUR),
            secret,
        );
        assert!(renewed.unwrap().accepts(&old.secret, NOW.plus(HOUR)));
    }
}
