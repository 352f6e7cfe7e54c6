//! The project that `cloakroom new` writes passes its own tests: from the very files that it is made of, among what is
//! built for the workspace anyway.
#![allow(
    clippy::print_stdout,
    missing_docs,
    unreachable_pub,
    reason = "the files are a program's of its own, which has not the lints of this workspace"
)]

#[path = "../../../../crates/cloakroom-ops/src/starter/feedback.txt"]
mod feedback;
#[path = "../../../../crates/cloakroom-ops/src/starter/guests.txt"]
mod guests;
#[path = "../../../../crates/cloakroom-ops/src/starter/site.txt"]
mod site;
#[path = "../../../../crates/cloakroom-ops/src/starter/tests.txt"]
mod tests;
