//! What an operator does with the sessions of [`cloakroom`], on any store: count, list, look at, end, sweep and move them.
//!
//! Three share it: the command `cloakroom` prints it (`cargo install cloakroom-ops`, then `cloakroom help`), the dashboard shows
//! it in the site itself (feature `dashboard`), and a program of one's own calls it:
//!
//! ```
//! use cloakroom::clock::Clock;
//! use cloakroom_ops::{OpsError, opening, revoking, selection::Selection, stats::Stats, stop::Stop};
//!
//! /// Ends all sessions of a user who has left, and says how many are signed in now.
//! async fn off_board(url: &str, user: &str) -> Result<u64, OpsError> {
//!     let options = opening::options(opening::Tables::AsTheyAre, None);
//!     let store = opening::open("--store", url, &options).await?;
//!     let now = Clock::system().now();
//!     let theirs = Selection { user: Some(user.to_owned()), ..Selection::default() };
//!     let ended = revoking::end_all(&store, &theirs, now, &Stop::new(), |_so_far| {}).await?;
//!     println!("{ended} sessions of {theirs} ended");
//!     Ok(Stats::of(&store, now, |_so_far| {}).await?.signed_in)
//! }
//! # let folder = std::env::temp_dir().join(format!("cloakroom-ops-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder).unwrap();
//! # let url = format!("sqlite://{}/s.db", folder.display());
//! # tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
//! # cloakroom_ops::tables::migrate("--store", &url).await.unwrap();
//! # assert_eq!(off_board(&url, "ada").await.unwrap(), 0);
//! # });
//! # std::fs::remove_dir_all(&folder).unwrap();
//! ```
//!
//! | to | look at |
//! |---|---|
//! | open what a site keeps its sessions in, with its cache | [`opening`], [`tables`], [`uploads`] |
//! | count | [`stats`], [`drafts`], [`funnel`], [`figures`] for Prometheus |
//! | list, and look at one | [`selection`], [`pages`], [`slice`](mod@slice), [`handle`], [`sight`], [`person`] for all of one user's |
//! | end, or sweep what has expired | [`revoking`], [`clearing`] |
//! | go over to another store without signing anybody out | [`moving`] |
//! | see what is wrong | [`check`], [`decode`] for a cookie, [`undecodable`] |
//! | change the site's secret | [`keys`] |
//! | write down who did what | [`audit`] |
//! | show numbers, names and times to people | [`amount`], [`letters`], [`when`], [`span`] |
//! | begin a site | [`starter`] |
//!
//! Each function takes a store that is open, and `now` or a clock; it prints nothing, reads no settings but where it says so
//! ([`opening`], [`check`]), and never returns a session's values unless it is asked to reveal them. What takes long tells how far it is, and ends at
//! a [`Stop`](stop::Stop) where nothing is half done. All stores are in this crate: it is a program's, not a library's for others to build on.
//!
//! # Features
//!
//! | feature | gives |
//! |---|---|
//! | `dashboard` | [`dashboard`](dashboard::dashboard), an axum router for operators |
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod amount;
pub mod audit;
pub mod check;
pub mod clearing;
mod crowd;
#[cfg(feature = "dashboard")]
pub mod dashboard;
pub mod decode;
pub mod drafts;
mod failure;
pub mod figures;
pub mod funnel;
pub mod handle;
pub mod keys;
pub mod letters;
pub mod moving;
pub mod opening;
pub mod pages;
pub mod path;
pub mod person;
pub mod revoking;
pub mod selection;
pub mod sight;
pub mod slice;
pub mod span;
pub mod starter;
pub mod stats;
pub mod stop;
pub mod tables;
pub mod undecodable;
pub mod uploads;
pub mod when;

pub use failure::OpsError;
