//! Why bytes that claim to be Django's were not taken.
use std::error::Error as StdError;
use std::fmt;

/// What is wrong with something that Django is said to have written, or can't be told to write.
///
/// It never carries what was in it: values, keys and cookies stay out of logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DjangoError {
    /// No key made this signature.
    BadSignature,
    /// The signature is right, but older than it may be.
    Expired,
    /// The signature is right or there is none, but the bytes break the format.
    Malformed {
        /// The format, such as `"JSON"` or `"pickle"`.
        format: &'static str,
        /// What is wrong, in a few words.
        what: &'static str,
    },
    /// It is larger, or unpacks to something larger, than is taken.
    TooLarge {
        /// The format.
        format: &'static str,
        /// The most bytes that are taken.
        limit: usize,
    },
    /// It nests deeper than is taken.
    TooDeep {
        /// The format.
        format: &'static str,
        /// The most levels that are taken.
        limit: usize,
    },
    /// A pickle that asks to import or to call something. Only data is read.
    Calls {
        /// The opcode, as in Python's `pickletools`.
        opcode: u8,
    },
    /// The value has a type that the format can't hold, such as a set in JSON.
    Unwritable {
        /// The format.
        format: &'static str,
        /// The value's type in Python.
        python_type: &'static str,
    },
    /// A setting that Django would not start with either.
    Setting {
        /// The setting or parameter.
        name: &'static str,
        /// What is wrong with it.
        what: &'static str,
    },
}

impl DjangoError {
    /// Says that these bytes break the format.
    pub(crate) const fn malformed(format: &'static str, what: &'static str) -> Self {
        Self::Malformed { format, what }
    }
}

impl fmt::Display for DjangoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadSignature => f.write_str("no key made this signature"),
            Self::Expired => f.write_str("the signature is older than it may be"),
            Self::Malformed { format, what } => write!(f, "this is not Django's {format}: {what}"),
            Self::TooLarge { format, limit } => {
                write!(f, "the {format} is larger than {limit} bytes")
            }
            Self::TooDeep { format, limit } => {
                write!(f, "the {format} nests deeper than {limit} levels")
            }
            Self::Calls { opcode } => write!(
                f,
                "the pickle asks to call something (opcode {opcode:#04x}), and only data is read"
            ),
            Self::Unwritable {
                format,
                python_type,
            } => write!(f, "{format} can't hold a {python_type}"),
            Self::Setting { name, what } => write!(f, "{name} {what}"),
        }
    }
}

impl StdError for DjangoError {}

/// The result of reading or writing Django's bytes.
pub type Result<T, E = DjangoError> = std::result::Result<T, E>;
