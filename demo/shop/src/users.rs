//! The three people who can sign in, each with a password.

use std::fmt;

use cloakroom::session::Login;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::django_users::DjangoUsers;

/// Their names; `staff` finds the way behind the counter, and `trainee` may look there.
const NAMES: [&str; 3] = ["demo", "staff", "trainee"];

/// Who may sign in, and with which password.
pub(crate) struct Users {
    passwords: [String; 3],
    /// Those of the Django site beside the shop, who then take these people's place.
    django: Option<DjangoUsers>,
}

impl Users {
    /// Gives each name its password.
    pub(crate) fn new<E>(mut password: impl FnMut(&str) -> Result<String, E>) -> Result<Self, E> {
        let [demo, staff, trainee] = NAMES;
        Ok(Self {
            passwords: [password(demo)?, password(staff)?, password(trainee)?],
            django: None,
        })
    }

    /// Lets in the users of a Django site instead.
    pub(crate) fn of_django(mut self, users: Option<DjangoUsers>) -> Self {
        self.django = users;
        self
    }

    /// Says who comes in with name and password.
    pub(crate) async fn welcome(&self, name: &str, password: &str) -> Option<(String, Login)> {
        match &self.django {
            Some(users) => {
                let user = users.recognise(name, password).await?;
                Some((user.name, Login::user(user.id).stamp(user.password)))
            }
            None => {
                let name = self.recognise(name, password)?;
                Some((name.to_owned(), Login::user(name)))
            }
        }
    }

    /// Says whether somebody who is signed in knows the password still.
    pub(crate) async fn proves(&self, id: &str, password: &str) -> bool {
        match &self.django {
            Some(users) => users.proves(id, password).await,
            None => self.recognise(id, password).is_some(),
        }
    }

    /// Returns the name of the person to whom name and password belong.
    ///
    /// Takes the same time whatever is wrong, so that a clock doesn't tell names or passwords.
    fn recognise(&self, name: &str, password: &str) -> Option<&'static str> {
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
