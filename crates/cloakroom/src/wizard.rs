//! Wizards: forms in several steps, filled in over several visits, handed over whole.
//!
//! A wizard is a struct whose fields are the steps, in order. Each step derives
//! [`Form`](macro@crate::form::Form); `#[derive(Wizard)]` makes one thing of them, and writes beside it a struct
//! named `{Name}SoFar`, in which each step is an `Option`: what conditions, initial values and choices look at.
//!
//! ```
//! use cloakroom::form::{Choice, Form};
//! use cloakroom::wizard::Wizard;
//!
//! #[derive(Choice, Clone, Copy, Debug, PartialEq)]
//! enum Kind {
//!     Person,
//!     Business,
//! }
//!
//! #[derive(Form, Debug)]
//! struct Info {
//!     name: String,
//!     kind: Kind,
//! }
//!
//! #[derive(Form, Debug)]
//! struct Company {
//!     vat: String,
//! }
//!
//! #[derive(Wizard, Debug)]
//! struct Registration {
//!     info: Info,
//!     #[step(when = is_business)]
//!     company: Option<Company>,
//! }
//!
//! fn is_business(so_far: &RegistrationSoFar) -> bool {
//!     so_far.info.as_ref().is_some_and(|info| info.kind == Kind::Business)
//! }
//!
//! assert_eq!(Registration::plan().names(), ["info", "company"]);
//! ```
//!
//! What is here decides and knows no HTTP: a [`Draft`] holds what was typed so far, a [`Survey`] says how every step
//! stands, and [`flow`] where to go from there.
mod draft;
mod filled;
pub mod flow;
mod kept;
mod lines;
mod many;
mod plan;
mod posted;
mod progress;
mod run;
mod safe;
mod shared;
mod single;
mod step;
mod survey;
mod trial;
mod words;

pub use draft::{Draft, State, StepDraft};
pub use filled::{Filled, Shown, Stage};
pub use many::Many;
pub use plan::{Order, Plan, Wizard};
pub use posted::{Posted, Receipt};
pub use progress::{Status, StepView, Steps};
pub use run::RunId;
pub use safe::Safe;
pub use single::Single;
pub use step::StepSpec;
pub use survey::{Standing, Survey};
pub use trial::{Ended, Trial};
pub use words::{Word, Words};

pub(crate) use kept::{DRAFT, beginning};
pub(crate) use lines::{AllLines, Answer, Lines, Turn};
pub(crate) use shared::{Common, Shares};
pub(crate) use survey::is_active;

pub use cloakroom_macros::Wizard;

pub use crate::web::{
    Asked, Broken, Caller, Done, Ending, Finish, Finished, Mount, Page, PageKind, Refusal, Saved,
    Section, Storage,
};
