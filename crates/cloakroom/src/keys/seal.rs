//! Sealing: what is sealed can be neither read nor changed, and opens only where and while it should.
use aes_gcm_siv::aead::AeadInOut;
use aes_gcm_siv::{Nonce, Tag};

use crate::clock::Timestamp;
use crate::keys::header::{HEADER, Header};
use crate::keys::{KeyRing, Letters, Purpose, draw, letters};

const NONCE: usize = 12;
const TAG: usize = 16;

/// What was opened.
#[derive(PartialEq, Eq)]
pub struct Opened {
    /// The content.
    pub content: Vec<u8>,
    /// When it was made.
    pub issued: Timestamp,
    /// When it stops opening.
    pub deadline: Timestamp,
    /// Whether a retired key made it, so that it should go out again under the current one.
    pub retired: bool,
}

/// Why something did not open.
///
/// It is for counting; a visitor never learns which it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// It is not even of the right form.
    Malformed,
    /// No key of the ring made it.
    UnknownKey,
    /// It was changed, or made for another name or purpose.
    Forged,
    /// Its deadline has passed.
    Expired,
    /// It claims to have been made more than a quarter of an hour from now.
    FromTheFuture,
}

impl Refused {
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::UnknownKey => "unknown key",
            Self::Forged => "forged",
            Self::Expired => "expired",
            Self::FromTheFuture => "from the future",
        }
    }
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opened(..)")
    }
}

impl KeyRing {
    /// Seals `content` with AES-256-GCM-SIV (RFC 8452) under a random nonce.
    ///
    /// It opens only for the same purpose and name, until `deadline`. The result is base64url
    /// without padding: `(content + 43 bytes) * 4 / 3`.
    ///
    /// # Panics
    /// When the operating system has no randomness to give.
    #[must_use]
    pub fn seal(
        &self,
        purpose: Purpose,
        name: &str,
        content: &[u8],
        issued: Timestamp,
        deadline: Timestamp,
    ) -> String {
        self.seal_with(purpose, name, content, (issued, deadline), |letters| {
            letters.as_str().to_owned()
        })
    }

    /// Seals as [`KeyRing::seal`] does, and hands over what comes out where it is written, to be copied to where it belongs.
    pub(crate) fn seal_with<R>(
        &self,
        purpose: Purpose,
        name: &str,
        content: &[u8],
        (issued, deadline): (Timestamp, Timestamp),
        take: impl FnOnce(Letters<'_>) -> R,
    ) -> R {
        let key = self.current();
        let mut all = before_header(purpose, name, NONCE + content.len() + TAG + letters::MORE);
        let start = all.len();
        let header = Header::new(key.id, issued, deadline);
        all.extend_from_slice(&header.written());
        all.extend_from_slice(&draw::<NONCE>());
        all.extend_from_slice(content);
        let (bound, rest) = all.split_at_mut(start + HEADER);
        let tag = key
            .cipher(purpose)
            .encrypt_inout_detached(&nonce(rest), bound, (&mut rest[NONCE..]).into())
            .expect("a cookie is far below the 64 GiB that the cipher takes");
        all.extend_from_slice(&tag);
        letters::write(all, start, |letters| {
            let text = letters.as_bytes();
            self.lately.note(purpose, name, text, header, content);
            take(letters)
        })
    }

    /// Opens what [`KeyRing::seal`] made, with the one key that it names.
    ///
    /// # Errors
    /// Says why it does not open.
    pub fn open(
        &self,
        purpose: Purpose,
        name: &str,
        sealed: &[u8],
        now: Timestamp,
    ) -> Result<Opened, Refused> {
        let known = self.lately.find(purpose, name, sealed, |header, content| {
            header.check(now)?;
            Ok(Opened {
                content: content.to_vec(),
                issued: header.issued,
                deadline: header.deadline,
                retired: false,
            })
        });
        known.unwrap_or_else(|| self.open_anew(purpose, name, sealed, now))
    }

    /// Opens as [`KeyRing::open`] does, and reads the content where it is; says as well whether a retired key made it.
    pub(crate) fn open_with<R>(
        &self,
        purpose: Purpose,
        name: &str,
        sealed: &[u8],
        now: Timestamp,
        read: impl Fn(&[u8]) -> R,
    ) -> Result<(R, bool), Refused> {
        let known = self.lately.find(purpose, name, sealed, |header, content| {
            header.check(now)?;
            Ok((read(content), false))
        });
        known.unwrap_or_else(|| {
            let opened = self.open_anew(purpose, name, sealed, now)?;
            Ok((read(&opened.content), opened.retired))
        })
    }

    /// Opens by the cipher, whatever is remembered.
    fn open_anew(
        &self,
        purpose: Purpose,
        name: &str,
        sealed: &[u8],
        now: Timestamp,
    ) -> Result<Opened, Refused> {
        let mut all = before_header(purpose, name, sealed.len() + letters::MORE);
        let start = all.len();
        letters::read_behind(&mut all, sealed).ok_or(Refused::Malformed)?;
        if all.len() < start + HEADER + NONCE + TAG {
            return Err(Refused::Malformed);
        }
        let header = Header::read(&all[start..])?;
        let found = self.find(&header.key).ok_or(Refused::UnknownKey)?;
        let (bound, rest) = all.split_at_mut(start + HEADER);
        let nonce = nonce(rest);
        let end = rest.len() - TAG;
        let (content, tag) = rest[NONCE..].split_at_mut(end - NONCE);
        let tag = Tag::try_from(&*tag).expect("16 bytes were split off");
        found
            .key
            .cipher(purpose)
            .decrypt_inout_detached(&nonce, bound, content.into(), &tag)
            .map_err(|_| Refused::Forged)?;
        header.check(now)?;
        match found.retired {
            // Counted each time, and sealed anew as a rule.
            true => metrics::counter!("cloakroom_opened_by_retired_key_total", "key" => found.key.name())
                .increment(1),
            false => self.lately.note(purpose, name, sealed, header, content),
        }
        all.truncate(start + HEADER + end);
        all.drain(..start + HEADER + NONCE);
        Ok(Opened {
            content: all,
            issued: header.issued,
            deadline: header.deadline,
            retired: found.retired,
        })
    }

    /// Says whether this build of the cipher refuses what was tampered with.
    ///
    /// A broken build must not start: it would take forged cookies for its own.
    pub(crate) fn refuses_tampering(&self) -> bool {
        let now = Timestamp::default();
        let sealed = self.seal(Purpose::SealedCookie, "self-test", b"coat", now, now);
        let signed = self.sign(Purpose::SignedCookie, "self-test", "coat", now, now);
        refuses_every_flip(&sealed, |text| {
            self.open_anew(Purpose::SealedCookie, "self-test", text, now)
                .is_ok()
        }) && refuses_every_flip(&signed, |text| {
            self.verify(Purpose::SignedCookie, "self-test", text, now)
                .is_ok()
        })
    }
}

/// Says whether `opens` takes the text itself and nothing in which one character was changed.
fn refuses_every_flip(text: &str, opens: impl Fn(&[u8]) -> bool) -> bool {
    let genuine = text.as_bytes();
    let tampered_opens = (0..genuine.len()).any(|at| {
        let mut bytes = genuine.to_vec();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        opens(&bytes)
    });
    opens(genuine) && !tampered_opens
}

fn nonce(bytes: &[u8]) -> Nonce {
    Nonce::try_from(&bytes[..NONCE]).expect("12 bytes were asked for")
}

/// Writes what a seal is bound to so that no two different lists of parts read the same: all but the header, which is
/// what is sent first and so belongs right behind. The room is for that and for so many bytes more.
fn before_header(purpose: Purpose, name: &str, more: usize) -> Vec<u8> {
    let (info, name) = (purpose.info(), name.as_bytes());
    let length = |part: usize| (part as u64).to_be_bytes();
    let mut bound = Vec::with_capacity(3 * 8 + info.len() + name.len() + HEADER + more);
    bound.extend_from_slice(&length(info.len()));
    bound.extend_from_slice(info);
    bound.extend_from_slice(&length(name.len()));
    bound.extend_from_slice(name);
    bound.extend_from_slice(&length(HEADER));
    bound
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;
    use crate::keys::header::SKEW;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
    const LATER: Timestamp = Timestamp::from_secs(1_800_000_600);

    fn ring(letter: char) -> KeyRing {
        KeyRing::new(format!("{letter}123456789abcdef0123456789abcdef")).unwrap()
    }

    fn sealed(ring: &KeyRing) -> String {
        ring.seal(Purpose::SealedCookie, "coat", b"a blue coat", NOW, LATER)
    }

    #[test]
    fn what_was_sealed_opens_until_its_deadline_whether_it_is_remembered_or_not() {
        let (maker, other) = (ring('a'), ring('a'));
        let sealed = sealed(&maker);
        for ring in [&maker, &other, &other] {
            let open = |now| ring.open(Purpose::SealedCookie, "coat", sealed.as_bytes(), now);
            let long_before = Timestamp::from_secs(NOW.as_secs() - SKEW - 1);
            assert_eq!(open(long_before), Err(Refused::FromTheFuture));
            let after = Timestamp::from_secs(LATER.as_secs() + 1);
            assert_eq!(open(after), Err(Refused::Expired));
            assert_eq!(open(NOW).unwrap().content, b"a blue coat");
            let opened = open(LATER).unwrap();
            assert_eq!((opened.issued, opened.deadline), (NOW, LATER));
            let read = |content: &[u8]| content.to_vec();
            let opened =
                ring.open_with(Purpose::SealedCookie, "coat", sealed.as_bytes(), NOW, read);
            assert_eq!(opened, Ok((b"a blue coat".to_vec(), false)));
        }
    }

    #[test]
    fn a_seal_opens_only_under_its_own_name_and_purpose() {
        let ring = ring('a');
        let sealed = sealed(&ring);
        for (purpose, name) in [
            (Purpose::SealedCookie, "hat"),
            (Purpose::SealedCookie, "coa"),
            (Purpose::Messages, "coat"),
        ] {
            let refused = ring.open(purpose, name, sealed.as_bytes(), NOW);
            assert_eq!(refused, Err(Refused::Forged));
        }
    }

    #[test]
    fn a_retired_key_still_opens_and_says_so() {
        let old = sealed(&ring('a'));
        let rotated = ring('b')
            .retire("a123456789abcdef0123456789abcdef")
            .unwrap();
        let open = |ring: &KeyRing| ring.open(Purpose::SealedCookie, "coat", old.as_bytes(), NOW);
        assert!(open(&rotated).unwrap().retired);
        assert!(!open(&ring('a')).unwrap().retired);
        assert_eq!(open(&ring('b')), Err(Refused::UnknownKey));
    }

    #[test]
    fn no_flipped_bit_and_no_cut_end_opens() {
        let ring = ring('a');
        let sealed = sealed(&ring);
        let bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
        let opens = |bytes: &[u8]| {
            let text = URL_SAFE_NO_PAD.encode(bytes);
            ring.open(Purpose::SealedCookie, "coat", text.as_bytes(), NOW)
                .is_ok()
        };
        assert!(opens(&bytes));
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(!opens(&flipped), "bit {bit}");
        }
        for end in 0..bytes.len() {
            assert!(!opens(&bytes[..end]), "cut at {end}");
        }
    }

    #[test]
    fn a_cipher_that_takes_forgeries_is_found_out() {
        assert!(ring('a').refuses_tampering());
        assert!(!refuses_every_flip("genuine", |_| true));
        assert!(!refuses_every_flip("genuine", |_| false));
    }

    #[test]
    fn oversized_rubbish_is_refused_without_a_panic() {
        let ring = ring('a');
        for size in [0, 1, 41, 42, 43, 4 << 10, 64 << 10, 1 << 20] {
            let text = vec![b'A'; size];
            assert!(ring.open(Purpose::Messages, "m", &text, NOW).is_err());
        }
    }
}
