//! Sessions as Django keeps them: keys, payloads, rows, files, and how long they live.
mod expiry;
mod file;
mod key;
mod payload;
mod row;

pub use expiry::{EXPIRY_KEY, Expiry};
pub use file::{FILE_MODE, FileFate, file_fate, file_name};
pub use key::{KEY_LENGTH, SHORTEST_KEY, generate_key, is_acceptable_key};
pub use payload::{COOKIE_SALT, Payloads, SALT};
pub use row::{is_live, row_date};
