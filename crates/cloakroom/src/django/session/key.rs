//! Session keys.

/// The characters of a key that Django makes.
pub const KEY_LENGTH: usize = 32;
/// The fewest characters that Django takes in a cookie for a session key; which ones it does not ask.
pub const SHORTEST_KEY: usize = 8;

const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// Makes a session key as Django does: 32 random characters of `a-z0-9`, which is 165 bits.
///
/// # Panics
///
/// When the operating system gives no random bytes.
#[must_use]
pub fn generate_key() -> String {
    let mut key = String::with_capacity(KEY_LENGTH);
    while key.len() < KEY_LENGTH {
        let mut bytes = [0; KEY_LENGTH];
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        // 252 is a multiple of 36: what is above would make some letters likelier than others.
        let fair = bytes.iter().filter(|byte| **byte < 252);
        let letters = fair.map(|byte| char::from(LETTERS[usize::from(byte % 36)]));
        key.extend(letters.take(KEY_LENGTH - key.len()));
    }
    key
}

/// Says whether Django would look this key up when a cookie brings it.
#[must_use]
pub fn is_acceptable_key(key: &str) -> bool {
    key.chars().nth(SHORTEST_KEY - 1).is_some()
}

/// Says whether all characters are those of a key that Django made.
pub(super) fn is_made_of_letters(key: &str) -> bool {
    key.bytes().all(|byte| LETTERS.contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_new_and_of_djangos_letters() {
        let (one, two) = (generate_key(), generate_key());
        assert_ne!(one, two);
        assert_eq!(one.len(), KEY_LENGTH);
        assert!(is_made_of_letters(&one) && is_acceptable_key(&one));
    }

    #[test]
    fn eight_characters_are_enough_and_seven_are_not() {
        for (key, accepted) in [
            ("", false),
            ("1234567", false),
            ("12345678", true),
            ("日本語日本語日", false),
            ("日本語日本語日本", true),
            ("../../..", true),
        ] {
            assert_eq!(is_acceptable_key(key), accepted, "{key}");
        }
    }
}
