//! Wizards on the web: where they are mounted, how a step is shown and taken in, and how a run ends exactly once.
mod arrive;
mod asking;
mod caller;
mod conclude;
mod desk;
mod done;
mod hooks;
mod html;
mod keep;
mod making;
#[cfg(feature = "minijinja")]
mod minijinja;
mod mount;
mod page;
mod reading;
mod receive;
mod refusal;
mod refusing;
mod routes;
mod saved;
mod storage;
mod storing;
#[cfg(feature = "uploads")]
mod tidying;
mod visitor;
mod way;

pub use caller::Caller;
pub use done::{Broken, Done, Ending, Finish, Finished};
pub use hooks::Asked;
pub use mount::Mount;
pub use page::{Page, PageKind, Section};
pub use refusing::Refusal;
pub use saved::Saved;
pub use storage::Storage;
