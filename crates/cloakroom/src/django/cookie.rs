//! Cookies as Django reads, writes and signs them.
mod morsel;
mod parse;
mod signed;

pub use morsel::{Attributes, Expires, Morsel, NameProblem, is_legal_name};
pub use parse::{asgi_text, parse, wsgi_text};
pub use signed::{SaltStyle, sign, unsign};

pub(super) use parse::{stripped, unquoted};
