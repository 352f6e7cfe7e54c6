//! How important a message is.

/// The importance of a message: five of them have names, and any other number is one too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level(u32);

impl Level {
    /// For developers; not shown unless the minimum is lowered.
    pub const DEBUG: Self = Self(10);
    /// For the visitor to know.
    pub const INFO: Self = Self(20);
    /// What the visitor asked for was done.
    pub const SUCCESS: Self = Self(25);
    /// Something is about to go wrong.
    pub const WARNING: Self = Self(30);
    /// What the visitor asked for was not done.
    pub const ERROR: Self = Self(40);

    /// Makes a level of one's own.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// Returns the level's number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// Returns the tag of a named level, or nothing for any other number.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::DEBUG => "debug",
            Self::INFO => "info",
            Self::SUCCESS => "success",
            Self::WARNING => "warning",
            Self::ERROR => "error",
            _ => "",
        }
    }
}
