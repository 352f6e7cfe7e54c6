//! Where HTTP begins: the one layer, the extractors, and what is done when a request ends.
mod accept;
mod caching;
mod carry_out;
mod entering;
mod extract;
mod finish;
#[cfg(feature = "forms")]
mod forms;
mod gate;
mod headers;
mod in_cookie;
mod layer;
mod linger;
mod load;
mod luggage;
mod page;
mod peek;
mod refusal;
mod rejection;
#[cfg(feature = "wizards")]
mod save_now;
mod script;
mod secret;
mod signal;
mod visit;
#[cfg(feature = "wizards")]
mod wizard;

pub use caching::Overshared;
pub use extract::LazySession;
#[cfg(feature = "forms")]
pub use forms::{FileSink, FormRejection, InvalidForm, Valid};
pub use layer::{CloakroomLayer, CloakroomService};
pub use page::OwnPage;
pub use rejection::Rejection;
pub use script::CsrfScript;
#[cfg(feature = "wizards")]
pub use wizard::{
    Asked, Broken, Caller, Done, Ending, Finish, Finished, Mount, Page, PageKind, Refusal, Saved,
    Section, Storage,
};
