//! `cloakroom new`.
use std::path::Path;

use cloakroom_ops::starter::{self, Library};
use serde_json::json;

use crate::cli::Desk;
use crate::cli::args::New;
use crate::cli::failure::{Ending, Failure};

pub(crate) fn run(args: New, desk: &mut Desk) -> Result<Ending, Failure> {
    let New { name, path } = args;
    let library = path.map_or(Library::Registry, Library::Checkout);
    let files = starter::make(Path::new("."), &name, &library)
        .map_err(|error| Failure::Usage(error.to_string()))?;
    if desk.out.is_json() {
        let files: Vec<_> = files
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        desk.out.json(&json!({ "name": name, "files": files }))?;
    } else {
        desk.out
            .line(&format!("Made {name}: {} files.", files.len()))?;
        desk.out.note(&format!("Next: cd {name} && cargo run"));
    }
    Ok(Ending::Well)
}
