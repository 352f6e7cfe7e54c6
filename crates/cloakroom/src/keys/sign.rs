//! Signing: what is signed can be read by anybody and changed by nobody.
use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::clock::Timestamp;
use crate::keys::header::{HEADER, Header};
use crate::keys::ring::RingKey;
use crate::keys::{KeyRing, Opened, Purpose, Refused};

const TAG: usize = 32;

impl KeyRing {
    /// Signs `content` with HMAC-SHA256 over purpose, name, times and content, each preceded by its length.
    ///
    /// The result is the content and the signature, both base64url without padding, joined by a dot.
    #[must_use]
    pub fn sign(
        &self,
        purpose: Purpose,
        name: &str,
        content: &str,
        issued: Timestamp,
        deadline: Timestamp,
    ) -> String {
        let key = self.current();
        let header = Header::new(key.id, issued, deadline).written();
        let mac = mac(key.mac(purpose), purpose, name, &header, content.as_bytes());
        let mut proof = [0; HEADER + TAG];
        proof[..HEADER].copy_from_slice(&header);
        proof[HEADER..].copy_from_slice(&mac.finalize().into_bytes());
        let mut signed = URL_SAFE_NO_PAD.encode(content);
        signed.push('.');
        URL_SAFE_NO_PAD.encode_string(proof, &mut signed);
        signed
    }

    /// Checks what [`KeyRing::sign`] made, with the one key that it names, in constant time.
    ///
    /// # Errors
    /// Says why it is refused.
    pub fn verify(
        &self,
        purpose: Purpose,
        name: &str,
        signed: &[u8],
        now: Timestamp,
    ) -> Result<Opened, Refused> {
        let dot = memchr::memrchr(b'.', signed).ok_or(Refused::Malformed)?;
        let proof = URL_SAFE_NO_PAD
            .decode(&signed[dot + 1..])
            .map_err(|_| Refused::Malformed)?;
        if proof.len() != HEADER + TAG {
            return Err(Refused::Malformed);
        }
        let header = Header::read(&proof)?;
        let found = self.find(&header.key).ok_or(Refused::UnknownKey)?;
        let content = URL_SAFE_NO_PAD
            .decode(&signed[..dot])
            .map_err(|_| Refused::Malformed)?;
        mac(
            found.key.mac(purpose),
            purpose,
            name,
            &proof[..HEADER],
            &content,
        )
        .verify_slice(&proof[HEADER..])
        .map_err(|_| Refused::Forged)?;
        header.check(now)?;
        Ok(Opened {
            content,
            issued: header.issued,
            deadline: header.deadline,
            retired: found.retired,
        })
    }

    /// Returns a name for `id` that means nothing without the current key: 16 hexadecimal digits.
    ///
    /// For the bytes of a [`StoreKey`](crate::session::StoreKey) it is what
    /// [`Session::id_for_logs`](crate::Session::id_for_logs) gives, so that an operator can find the
    /// session of a log line.
    #[must_use]
    pub fn log_id(&self, id: &[u8]) -> String {
        log_id(self.current(), id)
    }

    /// Says whether one of the keys, a retired one perhaps, gives this session that name.
    pub(crate) fn has_log_id(&self, id: &[u8], name: &str) -> bool {
        self.all().any(|key| log_id(key, id) == name)
    }

    /// Returns bytes that nobody can guess without the current key and all of `secrets`; the same of the same.
    #[cfg(feature = "wizards")]
    pub(crate) fn derive(&self, purpose: Purpose, name: &str, secrets: &[u8]) -> [u8; 64] {
        let mut derived = [0; 2 * TAG];
        for (round, half) in (0_u8..).zip(derived.chunks_exact_mut(TAG)) {
            let mac = mac(
                self.current().mac(purpose),
                purpose,
                name,
                &[round],
                secrets,
            );
            half.copy_from_slice(&mac.finalize().into_bytes());
        }
        derived
    }

    /// Returns a digest of a visitor's address that means nothing without the current key.
    pub(crate) fn address_id(&self, address: IpAddr) -> [u8; 8] {
        let mut mac = self.current().mac(Purpose::Address);
        match address.to_canonical() {
            IpAddr::V4(address) => mac.update(&address.octets()),
            IpAddr::V6(address) => mac.update(&address.octets()),
        }
        let digest = mac.finalize().into_bytes();
        *digest.first_chunk().expect("a digest is longer")
    }
}

fn mac(
    mut mac: Hmac<Sha256>,
    purpose: Purpose,
    name: &str,
    header: &[u8],
    content: &[u8],
) -> Hmac<Sha256> {
    for part in [purpose.info(), name.as_bytes(), header, content] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac
}

fn log_id(key: &RingKey, id: &[u8]) -> String {
    let mut mac = key.mac(Purpose::LogId);
    mac.update(id);
    let digest = mac.finalize().into_bytes();
    digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn ring(letter: char) -> KeyRing {
        KeyRing::new(format!("{letter}123456789abcdef0123456789abcdef")).unwrap()
    }

    #[cfg(feature = "wizards")]
    #[test]
    fn what_is_derived_depends_on_key_purpose_name_and_secrets() {
        let derive = |letter: char, purpose: Purpose, name: &str, secrets: &str| {
            ring(letter).derive(purpose, name, secrets.as_bytes())
        };
        let all = [
            derive('a', Purpose::Ticket, "run", "secret"),
            derive('b', Purpose::Ticket, "run", "secret"),
            derive('a', Purpose::Wizard, "run", "secret"),
            derive('a', Purpose::Ticket, "ru", "nsecret"),
            derive('a', Purpose::Ticket, "run", "secrets"),
        ];
        assert_eq!(all[0], derive('a', Purpose::Ticket, "run", "secret"));
        for (at, one) in all.iter().enumerate() {
            assert_ne!(one[..TAG], one[TAG..]);
            assert!(all[..at].iter().all(|other| other != one));
        }
    }

    #[test]
    fn what_was_signed_verifies_under_its_own_name_only() {
        let ring = ring('a');
        let signed = ring.sign(Purpose::SignedCookie, "nickname", "admin", NOW, NOW);
        let verify = |name: &str| ring.verify(Purpose::SignedCookie, name, signed.as_bytes(), NOW);
        assert_eq!(verify("nickname").unwrap().content, b"admin");
        assert_eq!(verify("role"), Err(Refused::Forged));
    }

    #[test]
    fn moving_bytes_between_name_and_value_does_not_verify() {
        let ring = ring('a');
        let signed = ring.sign(Purpose::SignedCookie, "ab", "c", NOW, NOW);
        let (_, proof) = signed.split_once('.').unwrap();
        let spliced = format!("{}.{proof}", URL_SAFE_NO_PAD.encode("bc"));
        let refused = ring.verify(Purpose::SignedCookie, "a", spliced.as_bytes(), NOW);
        assert_eq!(refused, Err(Refused::Forged));
    }

    #[test]
    fn no_flipped_bit_and_no_cut_end_verifies() {
        let ring = ring('a');
        let signed = ring.sign(Purpose::SignedCookie, "n", "value", NOW, NOW);
        let verifies = |text: &[u8]| ring.verify(Purpose::SignedCookie, "n", text, NOW).is_ok();
        for at in 0..signed.len() {
            assert!(!verifies(&signed.as_bytes()[..at]), "cut at {at}");
            for bit in 0..8 {
                let mut flipped = signed.clone().into_bytes();
                flipped[at] ^= 1 << bit;
                assert!(!verifies(&flipped), "byte {at} bit {bit}");
            }
        }
    }

    #[test]
    fn log_ids_are_stable_and_differ_by_key() {
        assert_eq!(ring('a').log_id(b"x"), ring('a').log_id(b"x"));
        assert_ne!(ring('a').log_id(b"x"), ring('b').log_id(b"x"));
        assert_eq!(ring('a').log_id(b"x").len(), 16);
    }
}
