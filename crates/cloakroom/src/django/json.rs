//! JSON as Python's `json` module reads and writes it for Django.
//!
//! Python writes plain ASCII without spaces, floats by their shortest digits in its own notation, and
//! takes more than [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259) allows: `NaN` and `Infinity`,
//! whole numbers of 4,300 digits, halves of surrogate pairs, and one key twice, of which the last counts.
mod entries;
mod escapes;
mod float;
mod read;
mod write;

pub use entries::Object;
pub use float::repr;
pub use read::{MAX_DEPTH, parse};
pub use write::{text, to_spaced_string, to_string};

const FORMAT: &str = "JSON";
