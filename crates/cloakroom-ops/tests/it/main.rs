//! The `cloakroom` command as an operator runs it: the real program, on real stores.
mod beside_django;
mod clearing;
mod command;
#[cfg(feature = "dashboard")]
mod dashboard;
#[cfg(feature = "dashboard")]
mod desk;
mod funnel;
mod looking;
mod moving;
mod revoking;
#[cfg(feature = "dashboard")]
mod secrecy;
mod settings;
mod shelf;
mod starting;
mod uploads;
mod users;
#[cfg(feature = "dashboard")]
mod waiting;
