//! What a key is used for: each purpose has a key of its own, so that nothing made for one opens as another.

/// What is sealed or signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Purpose {
    /// A cookie of the application's that the client can't read.
    SealedCookie,
    /// A cookie of the application's that the client can read but not change.
    SignedCookie,
    /// Flash messages that travel in a cookie.
    Messages,
    /// A whole session that the visitor carries.
    Session,
    /// The secret behind a visitor's CSRF tokens, in its cookie.
    Csrf,
    /// What a visitor has typed into a wizard: a whole draft that they carry, or answers marked `sealed`.
    Wizard,
    /// The name by which logs speak of a session.
    LogId,
    /// What a login was proved by.
    Stamp,
    /// The digest by which operators tell visitors' addresses apart.
    Address,
    /// The token of a session that begins with the end of a wizard.
    Ticket,
}

impl Purpose {
    pub(super) const ALL: [Self; 10] = [
        Self::SealedCookie,
        Self::SignedCookie,
        Self::Messages,
        Self::Session,
        Self::Csrf,
        Self::Wizard,
        Self::LogId,
        Self::Stamp,
        Self::Address,
        Self::Ticket,
    ];

    /// Returns the `info` that HKDF derives this purpose's key with (RFC 5869 section 2.3).
    pub(super) const fn info(self) -> &'static [u8] {
        match self {
            Self::SealedCookie => b"sealed cookie",
            Self::SignedCookie => b"signed cookie",
            Self::Messages => b"messages",
            Self::Session => b"session",
            Self::Csrf => b"csrf",
            Self::Wizard => b"wizard",
            Self::LogId => b"log id",
            Self::Stamp => b"stamp",
            Self::Address => b"address",
            Self::Ticket => b"ticket",
        }
    }

    pub(super) const fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_purpose_is_listed_under_its_own_number() {
        for (index, purpose) in Purpose::ALL.into_iter().enumerate() {
            assert_eq!(purpose.index(), index);
        }
    }

    #[test]
    fn no_two_purposes_have_one_key() {
        let infos = Purpose::ALL.map(Purpose::info);
        let different: std::collections::BTreeSet<_> = infos.into_iter().collect();
        assert_eq!(different.len(), Purpose::ALL.len());
    }
}
