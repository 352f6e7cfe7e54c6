//! Django's CSRF tokens: 32 letters, or masked 64.
use std::fmt;

use subtle::ConstantTimeEq;

/// The characters of a secret.
pub const SECRET_LENGTH: usize = 32;
/// The characters of a masked token: the mask and the secret under it.
pub const TOKEN_LENGTH: usize = 2 * SECRET_LENGTH;

/// The key of the secret in a session, with `CSRF_USE_SESSIONS`.
pub const SESSION_KEY: &str = "_csrftoken";

const LETTERS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// What is wrong with the form of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenProblem {
    /// It has neither 32 nor 64 characters.
    Length,
    /// It has something else than letters and digits of ASCII.
    Characters,
}

impl fmt::Display for TokenProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "has incorrect length",
            Self::Characters => "has invalid characters",
        })
    }
}

impl std::error::Error for TokenProblem {}

/// Checks the form of a token, from a cookie or from a page.
///
/// # Errors
///
/// In Django's order: first the length, then the characters.
pub fn check_format(token: &str) -> Result<(), TokenProblem> {
    // Django counts characters and not bytes.
    match token.chars().count() {
        SECRET_LENGTH | TOKEN_LENGTH if token.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            Ok(())
        }
        SECRET_LENGTH | TOKEN_LENGTH => Err(TokenProblem::Characters),
        _ => Err(TokenProblem::Length),
    }
}

/// Makes a secret of random letters.
///
/// # Panics
///
/// When the operating system gives no random bytes.
#[must_use]
pub fn generate() -> String {
    let mut secret = String::with_capacity(SECRET_LENGTH);
    while secret.len() < SECRET_LENGTH {
        let mut bytes = [0; SECRET_LENGTH];
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        // 248 is a multiple of 62: what is above would make some letters likelier than others.
        let fair = bytes.iter().filter(|byte| **byte < 248);
        let letters = fair.map(|byte| char::from(LETTERS[usize::from(byte % 62)]));
        secret.extend(letters.take(SECRET_LENGTH - secret.len()));
    }
    secret
}

/// Returns the token of a secret under a mask, or `None` when one of them is no secret.
#[must_use]
pub fn mask(secret: &str, mask: &str) -> Option<String> {
    let secret = indexes(secret)?;
    let mask = indexes(mask)?;
    let cipher = std::array::from_fn(|at| (secret[at] + mask[at]) % 62);
    Some(text(&mask) + &text(&cipher))
}

/// Returns the secret in a masked token, or `None` when it is none.
#[must_use]
pub fn unmask(token: &str) -> Option<String> {
    let (mask, cipher) = token.split_at_checked(SECRET_LENGTH)?;
    let mask = indexes(mask)?;
    let cipher = indexes(cipher)?;
    let secret = std::array::from_fn(|at| (cipher[at] + 62 - mask[at]) % 62);
    Some(text(&secret))
}

/// Says whether a token, masked or bare, is that of a secret, which may be masked too.
///
/// The comparison takes the same time wherever they differ.
#[must_use]
pub fn matches(token: &str, secret: &str) -> bool {
    match (bare(token), bare(secret)) {
        (Some(token), Some(secret)) => token.ct_eq(&secret).into(),
        _ => false,
    }
}

/// The secret of a token that is masked or not.
fn bare(token: &str) -> Option<[u8; SECRET_LENGTH]> {
    match token.len() {
        TOKEN_LENGTH => indexes(&unmask(token)?),
        _ => indexes(token),
    }
}

fn indexes(secret: &str) -> Option<[u8; SECRET_LENGTH]> {
    let bytes: &[u8; SECRET_LENGTH] = secret.as_bytes().try_into().ok()?;
    let mut indexes = [0; SECRET_LENGTH];
    for (index, byte) in indexes.iter_mut().zip(bytes) {
        *index = match byte {
            b'a'..=b'z' => byte - b'a',
            b'A'..=b'Z' => byte - b'A' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            _ => return None,
        };
    }
    Some(indexes)
}

fn text(indexes: &[u8; SECRET_LENGTH]) -> String {
    let letters = indexes.iter().map(|index| LETTERS[usize::from(*index)]);
    letters.map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "cat9ag498dyT5bl5GhcqrGi0qx020vor";
    const MASK: &str = "wNIvVaP3RjdmSlPUxYu3JvQvB7KUdDWd";
    const TOKEN: &str = "wNIvVaP3RjdmSlPUxYu3JvQvB7KUdDWdyN1uVgJ2PmB5Nm0P35wj01YlRuAM3Yau";

    #[test]
    fn tokens_are_djangos() {
        assert_eq!(mask(SECRET, MASK).as_deref(), Some(TOKEN));
        assert_eq!(unmask(TOKEN).as_deref(), Some(SECRET));
        assert!(matches(TOKEN, SECRET) && matches(SECRET, SECRET) && matches(SECRET, TOKEN));
        let other = mask(&generate(), MASK).unwrap();
        assert!(!matches(&other, SECRET) && !matches("", "") && !matches(TOKEN, ""));
    }

    #[test]
    fn a_new_secret_has_a_tokens_form_under_any_mask() {
        let token = mask(&generate(), &generate()).unwrap();
        assert_eq!(check_format(&token), Ok(()));
        assert_ne!(generate(), generate());
    }

    #[test]
    fn length_is_told_before_characters() {
        for (token, problem) in [
            (SECRET.to_owned(), None),
            (TOKEN.to_owned(), None),
            (String::new(), Some(TokenProblem::Length)),
            ("a".repeat(31), Some(TokenProblem::Length)),
            ("*".repeat(65), Some(TokenProblem::Length)),
            ("a".repeat(31) + "-", Some(TokenProblem::Characters)),
            ("a".repeat(31) + "\n", Some(TokenProblem::Characters)),
            ("é".repeat(32), Some(TokenProblem::Characters)),
        ] {
            assert_eq!(check_format(&token).err(), problem, "{token}");
            assert_eq!(unmask(&"é".repeat(32)), None);
        }
    }
}
