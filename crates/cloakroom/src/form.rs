//! Forms: a struct of typed fields that a visitor fills in.
//!
//! The struct derives [`Form`](macro@Form), and that is all there is to say: what is asked, in which
//! widgets, with which limits. A page shows it ([`Form::blank`]), a request fills it in ([`Form::receive`]), and
//! it either gives the struct, typed and valid, or itself again with what was typed and what is wrong
//! ([`Bound::into_valid`]).
//!
//! ```
//! use cloakroom::form::{Choice, Context, Email, Form, Received};
//!
//! #[derive(Choice, Clone, Copy, Debug, PartialEq)]
//! enum Kind {
//!     #[choice(label = "A person")]
//!     Person,
//!     #[choice(label = "A company")]
//!     Business,
//! }
//!
//! #[derive(Form, Debug)]
//! struct Info {
//!     #[field(max_length = 100, autocomplete = "given-name")]
//!     first_name: String,
//!     #[field(label = "Email address", help = "We send the receipt there.")]
//!     email: Email,
//!     #[field(label = "Who are you?", required = "Say who you are")]
//!     kind: Kind,
//!     #[field(max = 20, initial = 1)]
//!     guests: Option<u8>,
//! }
//!
//! let request = Received::urlencoded(b"first_name=Ada&email=ada%40example.com&kind=person&guests=3");
//! let info = Info::receive(&request, Context::new()).into_valid().unwrap();
//! assert_eq!((info.kind, info.guests), (Kind::Person, Some(3)));
//!
//! let request = Received::urlencoded(b"first_name=Ada&email=ada");
//! let again = Info::receive(&request, Context::new()).into_valid().unwrap_err();
//! assert_eq!(again.errors().of("email")[0].code(), "invalid");
//! assert_eq!(again.field("kind").unwrap().errors(), ["Say who you are"]);
//! let html = again.to_string(); // or its parts, see `Sheet`
//! assert!(html.contains(r#"value="Ada""#));
//! ```
//!
//! The CSRF token is no part of a form: the page puts it beside it (`{{ csrf.input }}`).
mod answers;
mod bound;
mod classes;
mod context;
mod field;
mod fields;
mod item;
mod kind;
mod limit;
mod limits;
#[cfg(feature = "minijinja")]
mod minijinja;
mod paced;
mod pattern;
mod problem;
mod read;
mod receive;
mod received;
mod render;
mod rules;
mod schema;
mod set;
mod sheet;
mod sink;
mod spec;
mod texts;
mod upload;
mod value;

pub use answers::Answers;
pub use bound::Bound;
pub use classes::Classes;
pub use context::Context;
pub use field::Field;
pub use fields::{Fields, Form};
pub use item::Item;
pub use kind::{Input, Kind, Widget};
pub use limits::{Limits, Refused};
pub use pattern::Pattern;
pub use problem::{Errors, Problem};
pub use read::{Checks, Reader, Writer};
pub use receive::{FindFile, NoFiles, receive, urlencoded};
pub use received::Received;
pub use schema::Schema;
pub use set::{Change, Count, Formset};
pub use sheet::Sheet;
pub use sink::{Arriving, Keeping, NotKept, Sink};
pub use spec::{Secrecy, Spec};
pub use texts::{Part, Texts, Wanted};
pub use upload::Upload;
pub use value::{Choice, Email, Slot, Typed, Url, Value, read_choice};

#[cfg(feature = "wizards")]
pub(crate) use fields::every_answer;
pub(crate) use render::Escaped;
#[cfg(feature = "wizards")]
pub(crate) use value::size;
#[cfg(feature = "uploads")]
pub(crate) use value::wrong_type;

pub use cloakroom_macros::{Choice, Form};
