//! How secrets and tokens are written: in our own way, or in Django's.
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::csrf::Secret;
use crate::csrf::secret::BYTES;

/// A masked token of ours as text.
const MASKED: usize = 86;
/// Django's letters, in the order in which it counts them.
const LETTERS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// The form of secrets and tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// 256 random bits; the cookie is sealed and bound to the session.
    #[default]
    Native,
    /// 32 letters and digits, as Django 5.2 reads and writes them. The cookie holds them bare, so
    /// nothing binds it to a session, and a login leaves no grace. The field counts before the header,
    /// and for `POST` only.
    Django,
}

impl Format {
    /// Draws a new secret.
    pub(crate) fn generate(self) -> Secret {
        Secret(match self {
            Self::Native => random(),
            Self::Django => letters(),
        })
    }

    /// Writes a token with a new mask, so that no two pages carry the same bytes: compression then
    /// tells nothing of the secret (the BREACH attack).
    pub(crate) fn masked(self, secret: &Secret) -> String {
        match self {
            Self::Native => native(random(), secret),
            Self::Django => django(letters(), secret),
        }
    }

    /// Reads a masked token, or in Django's format a bare one.
    pub(crate) fn unmask(self, token: &[u8]) -> Option<Secret> {
        match self {
            Self::Native => {
                let both: [u8; 2 * BYTES] = decode(token, MASKED)?;
                let (mask, masked) = both.split_first_chunk::<BYTES>()?;
                Some(Secret(std::array::from_fn(|at| mask[at] ^ masked[at])))
            }
            Self::Django => match token.len() {
                BYTES => Self::bare(token),
                64 => {
                    let (mask, masked) = token.split_at(BYTES);
                    let (mask, masked) = (Self::bare(mask)?, Self::bare(masked)?);
                    Some(Secret(shifted(&masked.0, &mask.0, LETTERS.len() - 1)))
                }
                _ => None,
            },
        }
    }

    /// Takes 32 letters and digits as they are.
    fn bare(text: &[u8]) -> Option<Secret> {
        let secret = text.try_into().ok().map(Secret);
        secret.filter(|Secret(text)| text.iter().all(u8::is_ascii_alphanumeric))
    }
}

fn native(mask: [u8; BYTES], Secret(secret): &Secret) -> String {
    let mut token = [0; 2 * BYTES];
    token[..BYTES].copy_from_slice(&mask);
    for (at, byte) in secret.iter().enumerate() {
        token[BYTES + at] = mask[at] ^ byte;
    }
    URL_SAFE_NO_PAD.encode(token)
}

fn django(mask: [u8; BYTES], Secret(secret): &Secret) -> String {
    let masked = shifted(secret, &mask, 1);
    let letters = mask.iter().chain(&masked);
    letters.map(|letter| char::from(*letter)).collect()
}

/// Moves each letter on by so many times the number of the mask's letter, modulo 62.
fn shifted(text: &[u8; BYTES], mask: &[u8; BYTES], times: usize) -> [u8; BYTES] {
    std::array::from_fn(|at| LETTERS[(number(text[at]) + times * number(mask[at])) % LETTERS.len()])
}

fn number(letter: u8) -> usize {
    match letter {
        b'a'..=b'z' => usize::from(letter - b'a'),
        b'A'..=b'Z' => usize::from(letter - b'A') + 26,
        _ => usize::from(letter.wrapping_sub(b'0') % 10) + 52,
    }
}

fn random() -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// Draws letters, each as likely as any other: bytes from 248 on, which would favour some, are left out.
fn letters() -> [u8; BYTES] {
    let mut letters = [0; BYTES];
    let mut drawn = 0;
    while drawn < BYTES {
        for byte in random().into_iter().filter(|byte| *byte < 248) {
            if drawn < BYTES {
                letters[drawn] = LETTERS[usize::from(byte) % LETTERS.len()];
                drawn += 1;
            }
        }
    }
    letters
}

fn decode<const LENGTH: usize>(text: &[u8], expected: usize) -> Option<[u8; LENGTH]> {
    if text.len() != expected {
        return None;
    }
    // Decoding works in steps of three bytes and may need room for one more step.
    let mut bytes = [0; 2 * BYTES + 3];
    let read = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
    bytes[..read].try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    const BOTH: [Format; 2] = [Format::Native, Format::Django];

    #[test]
    fn every_token_of_a_secret_differs_and_all_read_as_that_secret() {
        for format in BOTH {
            let secret = format.generate();
            let (one, two) = (format.masked(&secret), format.masked(&secret));
            assert_ne!(one, two);
            for token in [one, two] {
                assert!(format.unmask(token.as_bytes()).unwrap().is(&secret));
            }
        }
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for format in BOTH {
            let good = format.masked(&format.generate());
            let star = "*".repeat(good.len());
            for bad in [
                "",
                "x",
                &good[1..],
                &format!("{good}A"),
                &star,
                &"A".repeat(1 << 20),
            ] {
                assert!(format.unmask(bad.as_bytes()).is_none());
            }
        }
    }

    #[test]
    fn the_letters_of_a_secret_are_as_likely_as_one_another() {
        let mut counts = [0_u32; 62];
        for _ in 0..2_000 {
            for letter in letters() {
                counts[number(letter)] += 1;
            }
        }
        // 64,000 letters: about 1,032 of each, with a deviation of 32.
        assert!(
            counts.iter().all(|count| (800..1_270).contains(count)),
            "{counts:?}"
        );
    }

    /// What Django 5.2 itself answers.
    fn vectors(kind: &str) -> Vec<Value> {
        let all = include_str!("../../tests/vectors/django_csrf.json");
        let all: Vec<Value> = serde_json::from_str(all).unwrap();
        let of_kind: Vec<_> = all
            .into_iter()
            .filter(|case| case["kind"] == kind)
            .collect();
        assert!(!of_kind.is_empty(), "{kind}");
        of_kind
    }

    fn bytes(case: &Value, input: &str) -> [u8; BYTES] {
        let text = case["inputs"][input].as_str().unwrap();
        text.as_bytes().try_into().unwrap()
    }

    #[test]
    fn secrets_are_masked_as_django_masks_them() {
        for case in vectors("csrf_mask") {
            let token = django(bytes(&case, "mask"), &Secret(bytes(&case, "secret")));
            assert_eq!(case["output"], token, "{}", case["id"]);
        }
    }

    #[test]
    fn tokens_are_unmasked_as_django_unmasks_them() {
        for case in vectors("csrf_unmask") {
            let token = case["inputs"]["token"].as_str().unwrap();
            let Secret(secret) = Format::Django.unmask(token.as_bytes()).unwrap();
            assert_eq!(
                case["output"].as_str().unwrap().as_bytes(),
                secret,
                "{}",
                case["id"]
            );
        }
    }

    #[test]
    fn a_token_is_one_where_django_takes_it_for_one() {
        for case in vectors("csrf_token_format") {
            let token = case["inputs"]["token"].as_str().unwrap();
            let is_one = Format::Django.unmask(token.as_bytes()).is_some();
            assert_eq!(case["output"] == "ok", is_one, "{}", case["id"]);
        }
    }

    #[test]
    fn a_token_matches_its_secret_where_django_finds_that_it_does() {
        for case in vectors("csrf_match") {
            let token = case["inputs"]["token"].as_str().unwrap();
            let secret = case["inputs"]["secret"].as_str().unwrap();
            let read = |text: &str| Format::Django.unmask(text.as_bytes()).unwrap();
            assert_eq!(
                case["output"],
                read(token).is(&read(secret)),
                "{}",
                case["id"]
            );
        }
    }
}
