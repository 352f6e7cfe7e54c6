//! What is wrong with a cookie that was to be sent.
use std::fmt;

/// Why a cookie can't be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CookieProblem {
    /// The name is not an HTTP token (RFC 6265bis section 4.1.1).
    Name,
    /// The value has a byte that cookies can't carry (RFC 6265bis section 4.1.1).
    Value,
    /// This attribute has a control character, a semicolon or a byte outside ASCII.
    Attribute(&'static str),
    /// The name's prefix asks for what the attributes don't give (RFC 6265bis section 4.1.3).
    Prefix(&'static str),
    /// `SameSite=None` and `Partitioned` need `Secure`.
    NeedsSecure(&'static str),
    /// Name and value together are larger than browsers keep (RFC 6265bis section 5.6).
    TooLarge {
        /// How many bytes too many, after sealing and encoding.
        by: usize,
    },
}

impl fmt::Display for CookieProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str("the name is not an HTTP token"),
            Self::Value => f.write_str(
                "the value has a character that cookies can't carry; encode it, or use `.sealed()` or `.signed()`",
            ),
            Self::Attribute(name) => write!(
                f,
                "attribute {name} has a semicolon, a control character or a character outside ASCII"
            ),
            Self::Prefix(rule) => write!(f, "{rule}"),
            Self::NeedsSecure(what) => write!(f, "{what} needs Secure"),
            Self::TooLarge { by } => write!(
                f,
                "{by} bytes over the 4096 that browsers keep for a name and its value"
            ),
        }
    }
}
