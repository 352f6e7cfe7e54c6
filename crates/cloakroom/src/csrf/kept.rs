//! What one visitor's browser, or session, keeps: the secret, whose it is, and the one before it.
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::clock::Timestamp;
use crate::csrf::secret::BYTES;
use crate::csrf::{Format, Reason, Secret};
use crate::keys::{KeyRing, Purpose};
use crate::session::StoreKey;

/// How many bytes of a session's key a secret is bound to.
const BOUND: usize = 16;
/// A secret, and for whom.
const PLAIN: usize = BYTES + BOUND;
/// The same with the secret before it and the second until which that counts.
const WITH_PREVIOUS: usize = PLAIN + BYTES + 8;
/// The longest cookie: sealing adds 43 bytes, and three become four characters.
const LONGEST: usize = (WITH_PREVIOUS + 43) * 4 / 3 + 1;
/// How many different cookies of one request are looked at; a browser sends one.
const TRIES: usize = 3;

/// A session that a secret may be bound to; guests have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bound([u8; BOUND]);

impl Bound {
    /// For a secret that the session itself keeps.
    pub(crate) const NONE: Self = Self([0; BOUND]);
}

impl From<StoreKey> for Bound {
    fn from(key: StoreKey) -> Self {
        let first = key.as_bytes().first_chunk();
        Self(*first.expect("a key has 32 bytes"))
    }
}

/// A visitor's secret.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) secret: Secret,
    /// The session that it was made for.
    pub(crate) bound: Option<Bound>,
    pub(crate) previous: Option<Previous>,
    /// Whether a retired key sealed it, so that it should go out again under the current one.
    pub(crate) retired: bool,
}

/// The secret from before a login, for forms that are still open in other tabs.
#[derive(Clone, Debug)]
pub(crate) struct Previous {
    pub(crate) secret: Secret,
    pub(crate) until: Timestamp,
}

impl Kept {
    pub(crate) fn new(secret: Secret, bound: Option<Bound>) -> Self {
        Self {
            secret,
            bound,
            previous: None,
            retired: false,
        }
    }

    /// Says whether a token's secret is this one, or for a while the one before it.
    pub(crate) fn accepts(&self, token: &Secret, now: Timestamp) -> bool {
        let before = self.previous.as_ref();
        self.secret.is(token)
            || before.is_some_and(|before| before.secret.is(token) && now <= before.until)
    }

    /// Says whether the secret may be used together with one of these sessions. A visitor without
    /// any has nothing that a planted secret could touch, but for a login of somebody else's.
    fn is_for(&self, sessions: &[Bound]) -> bool {
        sessions.is_empty() || self.bound.is_some_and(|bound| sessions.contains(&bound))
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(WITH_PREVIOUS);
        bytes.extend_from_slice(&self.secret.0);
        bytes.extend_from_slice(&self.bound.map_or([0; BOUND], |bound| bound.0));
        if let Some(previous) = &self.previous {
            bytes.extend_from_slice(&previous.secret.0);
            bytes.extend_from_slice(&previous.until.as_secs().to_be_bytes());
        }
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (secret, rest) = bytes.split_first_chunk::<BYTES>()?;
        let (bound, rest) = rest.split_first_chunk::<BOUND>()?;
        let previous = match rest {
            [] => None,
            rest => {
                let (secret, until) = rest.split_first_chunk::<BYTES>()?;
                Some(Previous {
                    secret: Secret(*secret),
                    until: Timestamp::from_secs(u64::from_be_bytes(until.try_into().ok()?)),
                })
            }
        };
        Some(Self {
            secret: Secret(*secret),
            bound: (*bound != [0; BOUND]).then_some(Bound(*bound)),
            previous,
            retired: false,
        })
    }
}

/// How a secret is written into the visitor's cookie, and read there.
pub(crate) struct Writing<'a> {
    pub(crate) format: Format,
    pub(crate) keys: &'a KeyRing,
    pub(crate) cookie: &'a str,
    pub(crate) now: Timestamp,
}

impl Writing<'_> {
    /// Writes the value of the cookie, which opens for this long.
    pub(crate) fn write(&self, kept: &Kept, age: Duration) -> String {
        match self.format {
            Format::Native => {
                let (now, deadline) = (self.now, self.now.plus(age));
                let content = kept.to_bytes();
                self.keys
                    .seal(Purpose::Csrf, self.cookie, &content, now, deadline)
            }
            Format::Django => bare(&kept.secret),
        }
    }

    /// Reads the value of a cookie.
    pub(crate) fn read(&self, value: &[u8]) -> Option<Kept> {
        match self.format {
            Format::Native if value.len() > LONGEST => None,
            Format::Native => {
                let opened = self
                    .keys
                    .open(Purpose::Csrf, self.cookie, value, self.now)
                    .ok()?;
                let kept = Kept::from_bytes(&opened.content)?;
                Some(Kept {
                    retired: opened.retired,
                    ..kept
                })
            }
            Format::Django => Some(Kept::new(self.format.unmask(value)?, None)),
        }
    }

    /// Reads a token: masked, as pages print it, or the whole cookie, as a script finds it.
    pub(crate) fn token(&self, token: &[u8]) -> Option<Secret> {
        let masked = self.format.unmask(token);
        masked.or_else(|| Some(self.read(token)?.secret))
    }

    /// Finds the one secret that counts, of the cookies that came.
    ///
    /// # Errors
    /// When none was made here, none for any of the visitor's sessions, or several are as good as
    /// one another.
    pub(crate) fn the_one<'a>(
        &self,
        cookies: impl Iterator<Item = &'a [u8]>,
        sessions: &[Bound],
    ) -> Result<Kept, Reason> {
        let (mut seen, mut count) = ([&b""[..]; TRIES], 0);
        let mut found: Option<Kept> = None;
        let mut missing = Reason::NoCookie;
        for cookie in cookies {
            if seen[..count].contains(&cookie) {
                continue;
            }
            if count == TRIES {
                return Err(Reason::SeveralCookies);
            }
            seen[count] = cookie;
            count += 1;
            let kept = self.read(cookie);
            missing = match &kept {
                Some(_) => Reason::OtherSession,
                None if count == 1 => Reason::BadCookie,
                None => missing,
            };
            let bound = self.format == Format::Native;
            let Some(kept) = kept.filter(|kept| !bound || kept.is_for(sessions)) else {
                continue;
            };
            match &found {
                Some(other) if !other.secret.is(&kept.secret) => {
                    return Err(Reason::SeveralCookies);
                }
                Some(_) => {}
                None => found = Some(kept),
            }
        }
        found.ok_or(missing)
    }
}

/// Writes a secret for the session, which nobody but the site reads.
pub(crate) fn to_session(format: Format, kept: &Kept) -> String {
    match format {
        Format::Native => URL_SAFE_NO_PAD.encode(kept.to_bytes()),
        Format::Django => bare(&kept.secret),
    }
}

/// Reads a secret from the session.
pub(crate) fn from_session(format: Format, text: &str) -> Option<Kept> {
    match format {
        Format::Native => Kept::from_bytes(&URL_SAFE_NO_PAD.decode(text).ok()?),
        Format::Django => Some(Kept::new(format.unmask(text.as_bytes())?, None)),
    }
}

fn bare(secret: &Secret) -> String {
    secret.0.iter().map(|byte| char::from(*byte)).collect()
}

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

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
    const HOUR: Duration = Duration::from_secs(3_600);
    const YEAR: Duration = Duration::from_secs(364 * 86_400);

    fn ring() -> KeyRing {
        KeyRing::new("0123456789abcdef0123456789abcdef").unwrap()
    }

    fn native(keys: &KeyRing) -> Writing<'_> {
        Writing {
            format: Format::Native,
            keys,
            cookie: "csrftoken",
            now: NOW,
        }
    }

    fn secret() -> Secret {
        Format::Native.generate()
    }

    fn session(number: u8) -> Bound {
        Bound::from(StoreKey::from_bytes([number; 32]))
    }

    #[test]
    fn a_secret_survives_the_way_through_its_cookie_and_its_session() {
        let keys = ring();
        let before = Previous {
            secret: secret(),
            until: NOW.plus(HOUR),
        };
        for (bound, previous) in [
            (None, None),
            (Some(session(1)), None),
            (Some(session(1)), Some(before)),
        ] {
            let kept = Kept {
                previous,
                ..Kept::new(secret(), bound)
            };
            let cookie = native(&keys).write(&kept, YEAR);
            assert!(cookie.len() <= LONGEST, "{}", cookie.len());
            let in_session = to_session(Format::Native, &kept);
            let read = [
                native(&keys).read(cookie.as_bytes()).unwrap(),
                from_session(Format::Native, &in_session).unwrap(),
            ];
            for read in read {
                assert!(read.secret.is(&kept.secret));
                assert_eq!(read.bound, bound);
                let until = |kept: &Kept| kept.previous.as_ref().map(|previous| previous.until);
                assert_eq!(until(&read), until(&kept));
            }
        }
    }

    #[test]
    fn the_previous_secret_counts_until_its_last_second() {
        let old = secret();
        let kept = Kept {
            previous: Some(Previous {
                secret: old.clone(),
                until: NOW.plus(HOUR),
            }),
            ..Kept::new(secret(), None)
        };
        for (later, accepted) in [(0, true), (3_600, true), (3_601, false)] {
            let now = NOW.plus(Duration::from_secs(later));
            assert_eq!(kept.accepts(&old, now), accepted, "{later}");
            assert!(kept.accepts(&kept.secret, now));
        }
        assert!(!kept.accepts(&secret(), NOW));
    }

    #[test]
    fn of_the_cookies_that_came_the_one_for_this_session_counts() {
        let keys = ring();
        let writing = native(&keys);
        let (ours, theirs) = (secret(), secret());
        let cookie =
            |secret: &Secret, bound| writing.write(&Kept::new(secret.clone(), bound), YEAR);
        let (one, two) = (session(1), session(2));
        let guests = cookie(&ours, None);
        let of_one = cookie(&ours, Some(one));
        let of_two = cookie(&theirs, Some(two));
        let planted = cookie(&theirs, None);
        let planted_for_one = cookie(&theirs, Some(one));
        let bad = "rubbish".to_owned();
        type Row<'a> = (&'a [&'a String], &'a [Bound], Result<&'a Secret, Reason>);
        let rows: &[Row<'_>] = &[
            (&[], &[], Err(Reason::NoCookie)),
            (&[], &[one], Err(Reason::NoCookie)),
            (&[&bad], &[], Err(Reason::BadCookie)),
            (&[&bad, &bad], &[one], Err(Reason::BadCookie)),
            (&[&guests], &[], Ok(&ours)),
            (&[&guests, &guests], &[], Ok(&ours)),
            (&[&bad, &guests], &[], Ok(&ours)),
            (&[&of_one], &[], Ok(&ours)),
            (&[&of_one], &[one], Ok(&ours)),
            (&[&of_one], &[two], Err(Reason::OtherSession)),
            (&[&guests], &[one], Err(Reason::OtherSession)),
            (&[&planted], &[one], Err(Reason::OtherSession)),
            (&[&bad, &planted], &[one], Err(Reason::OtherSession)),
            (&[&planted, &bad], &[one], Err(Reason::OtherSession)),
            (&[&planted, &of_one], &[one], Ok(&ours)),
            (&[&of_two, &of_one], &[one], Ok(&ours)),
            (&[&of_one, &guests], &[], Ok(&ours)),
            (&[&guests, &planted], &[], Err(Reason::SeveralCookies)),
            (
                &[&of_one, &of_two],
                &[one, two],
                Err(Reason::SeveralCookies),
            ),
            (
                &[&of_one, &planted_for_one],
                &[one],
                Err(Reason::SeveralCookies),
            ),
            (
                &[&bad, &planted, &of_two, &of_one],
                &[one],
                Err(Reason::SeveralCookies),
            ),
        ];
        for (index, (cookies, sessions, expected)) in rows.iter().enumerate() {
            let cookies = cookies.iter().map(|cookie| cookie.as_bytes());
            let found = writing.the_one(cookies, sessions);
            match (found, expected) {
                (Ok(kept), Ok(secret)) => assert!(kept.secret.is(secret), "row {index}"),
                (found, expected) => assert_eq!(found.err(), expected.err(), "row {index}"),
            }
        }
    }

    #[test]
    fn a_token_is_read_masked_or_as_the_whole_cookie_and_in_no_other_way() {
        let keys = ring();
        let writing = native(&keys);
        let kept = Kept::new(secret(), Some(session(1)));
        let cookie = writing.write(&kept, YEAR);
        for token in [&Format::Native.masked(&kept.secret), &cookie] {
            assert!(writing.token(token.as_bytes()).unwrap().is(&kept.secret));
        }
        for bad in [
            "",
            &cookie[1..],
            &format!("{cookie}A"),
            &"A".repeat(1 << 20),
        ] {
            assert!(writing.token(bad.as_bytes()).is_none());
        }
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
