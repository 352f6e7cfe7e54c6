//! `cloakroom sweep-uploads`.
use cloakroom::files::{Sweeping, SweptFiles};
use cloakroom_ops::amount::{counted, size};
use cloakroom_ops::uploads;
use serde_json::json;

use crate::cli::Desk;
use crate::cli::args::{SweepUploads, UPLOADS};
use crate::cli::failure::{Ending, Failure};

pub(crate) async fn run(args: SweepUploads, desk: &mut Desk) -> Result<Ending, Failure> {
    let files = uploads::open(UPLOADS, &args.uploads).await?;
    let sweeping = match args.dry_run {
        true => Sweeping::Count,
        false => Sweeping::Remove,
    };
    let now = desk.clock.now();
    let swept = uploads::sweep(&files, now, args.older_than, sweeping).await?;
    if desk.out.is_json() {
        let SweptFiles {
            files,
            incomplete,
            bytes,
        } = swept;
        desk.out.json(&json!({
            "files": files,
            "incomplete": incomplete,
            "bytes": bytes,
            "dry_run": args.dry_run,
        }))?;
    } else {
        desk.out.line(&told(swept, args.dry_run))?;
    }
    Ok(Ending::Well)
}

fn told(swept: SweptFiles, dry_run: bool) -> String {
    let files = counted(swept.files, "abandoned file");
    let incomplete = counted(swept.incomplete, "upload");
    let bytes = size(swept.bytes);
    match dry_run {
        true => format!("{files} and {incomplete} never completed to remove, {bytes}."),
        false => format!("Removed {files} and {incomplete} never completed, {bytes}."),
    }
}
