//! How the secret is written into the visitor's cookie, and which of the cookies that came counts.
use std::time::Duration;

use crate::clock::Timestamp;
use crate::csrf::kept::{WITH_PREVIOUS, bare};
use crate::csrf::{Bound, Format, Kept, Reason, Secret};
use crate::keys::{KeyRing, Purpose};

/// The longest cookie: sealing adds 43 bytes, and three become four characters.
const LONGEST: usize = (WITH_PREVIOUS + 43) * 4 / 3 + 1;
/// How many different cookies of one request are looked at; a browser sends one.
const TRIES: usize = 3;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csrf::kept::Previous;
    use crate::csrf::{from_session, to_session};
    use crate::session::StoreKey;

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
}
