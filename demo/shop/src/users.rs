//! The two people who can sign in, each with a password.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// Their names; `staff` will find the way behind the counter.
const NAMES: [&str; 2] = ["demo", "staff"];

/// Who may sign in, and with which password.
pub(crate) struct Users {
    passwords: [String; 2],
}

impl Users {
    /// Gives each name its password.
    pub(crate) fn new<E>(mut password: impl FnMut(&str) -> Result<String, E>) -> Result<Self, E> {
        let [demo, staff] = NAMES;
        Ok(Self {
            passwords: [password(demo)?, password(staff)?],
        })
    }

    /// Returns the name of the person to whom name and password belong.
    ///
    /// Takes the same time whatever is wrong, so that a clock doesn't tell names or passwords.
    pub(crate) fn recognise(&self, name: &str, password: &str) -> Option<&'static str> {
        let mut found = None;
        for (index, known) in NAMES.into_iter().enumerate() {
            let both = same(name, known) & same(password, &self.passwords[index]);
            if both.into() {
                found = Some(known);
            }
        }
        found
    }

    /// Returns names and passwords, to be shown to whoever started the shop.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'static str, &str)> {
        NAMES
            .into_iter()
            .zip(self.passwords.iter().map(String::as_str))
    }
}

impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Users(..)")
    }
}

/// Compares digests, which have the same length whatever was typed.
fn same(given: &str, expected: &str) -> Choice {
    Sha256::digest(given).ct_eq(&Sha256::digest(expected))
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn only_the_right_pair_is_recognised() {
        let users = Users::new(|name| io::Result::Ok(format!("{name}'s password"))).unwrap();
        let cases = [
            ("demo", "demo's password", Some("demo")),
            ("staff", "staff's password", Some("staff")),
            ("demo", "staff's password", None),
            ("Demo", "demo's password", None),
            ("demo", "", None),
            ("nobody", "nobody's password", None),
        ];
        for (name, password, expected) in cases {
            assert_eq!(
                users.recognise(name, password),
                expected,
                "{name} / {password}"
            );
        }
    }

    #[test]
    fn passwords_are_not_in_the_debug_output() {
        let users = Users::new(|_| io::Result::Ok("wardrobe".to_owned())).unwrap();
        assert!(!format!("{users:?}").contains("wardrobe"));
    }
}
