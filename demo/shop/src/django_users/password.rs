//! Passwords as Django keeps them: `pbkdf2_sha256$rounds$salt$base64`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The most rounds that are worked through for one password; Django 5.2 asks for a million.
const MOST_ROUNDS: u32 = 5_000_000;

/// Says whether a password is that of a column: `pbkdf2_sha256$rounds$salt$base64`.
pub(super) fn is_right(password: &str, column: &str) -> bool {
    let parts: Vec<_> = column.split('$').collect();
    let ["pbkdf2_sha256", rounds, salt, digest] = parts[..] else {
        return false;
    };
    let (Ok(rounds @ 1..=MOST_ROUNDS), Ok(digest)) = (rounds.parse(), STANDARD.decode(digest))
    else {
        return false;
    };
    pbkdf2(password.as_bytes(), salt.as_bytes(), rounds)[..]
        .ct_eq(&digest)
        .into()
}

/// Derives the first, and here only, block of a key (RFC 8018 section 5.2).
fn pbkdf2(password: &[u8], salt: &[u8], rounds: u32) -> [u8; 32] {
    let key = Hmac::<Sha256>::new_from_slice(password).expect("HMAC takes keys of any length");
    let mac = |text: &[u8]| -> [u8; 32] {
        key.clone()
            .chain_update(text)
            .finalize()
            .into_bytes()
            .into()
    };
    let mut round = mac(&[salt, &1_u32.to_be_bytes()].concat());
    let mut block = round;
    for _ in 1..rounds {
        round = mac(&round);
        for (byte, more) in block.iter_mut().zip(round) {
            *byte ^= more;
        }
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By Django 5.2's `make_password("wardrobe", "salt")` with 1000 rounds.
    const COLUMN: &str = "pbkdf2_sha256$1000$salt$pJBYubW/qRzJ6lX0CqhcrAuNX9sAZimotVxNeIHluKg=";

    #[test]
    fn only_the_right_password_is_that_of_its_column() {
        assert!(is_right("wardrobe", COLUMN));
        for (password, column) in [
            ("Wardrobe", COLUMN),
            ("", COLUMN),
            ("wardrobe", "!unusable"),
            ("wardrobe", ""),
            ("wardrobe", "pbkdf2_sha256$4000000000$salt$AA=="),
            ("wardrobe", "pbkdf2_sha256$0$salt$AA=="),
            ("wardrobe", "argon2$argon2id$v=19$x"),
        ] {
            assert!(!is_right(password, column), "{column}");
        }
    }
}
