//! `cloakroom show`.
use cloakroom::clock::Timestamp;
use cloakroom_ops::OpsError;
use cloakroom_ops::amount::{counted, size};
use cloakroom_ops::handle::{Found, LogIds, find, handle_of};
use cloakroom_ops::opening::Tables;
use cloakroom_ops::sight::{Sight, Values};

use crate::cli::args::Show;
use crate::cli::failure::{Ending, Failure};
use crate::cli::out::harmless;
use crate::cli::{Desk, log_ids, open};

pub(crate) async fn run(args: Show, desk: &mut Desk) -> Result<Ending, Failure> {
    let logs = match log_ids() {
        // A whole handle is all it takes; only the id in the logs can't be told.
        Err(error) if args.handle.is_whole() => {
            desk.out
                .note(&format!("cloakroom: no log id is shown: {error}"));
            LogIds::default()
        }
        logs => logs?,
    };
    let log = args.reveal.then(|| desk.audit()).transpose()?;
    let store = open(&args.at, Tables::AsTheyAre).await?;
    let now = desk.clock.now();
    let found = find(&store, &args.handle, &logs, now).await;
    store.close().await;
    let values = if args.reveal {
        Values::Revealed
    } else {
        Values::Hidden
    };
    let found = found.map_err(|error| desk.told_apart(&args.handle, error));
    let sight = match found? {
        Found::Session(key, record) => {
            if let Some(log) = log {
                log.note("reveal", &handle_of(&store, &key), 1)?;
            }
            Sight::of(&store, key, &record, &logs, values)
        }
        Found::Renewed(from, to) => {
            return Err(OpsError::Renewed(handle_of(&store, &from), handle_of(&store, &to)).into());
        }
    };
    if desk.out.is_json() {
        desk.out.json(&sight)?;
    } else {
        print(&sight, now, desk)?;
    }
    Ok(Ending::Well)
}

fn print(sight: &Sight, now: Timestamp, desk: &mut Desk) -> Result<(), Failure> {
    let Sight {
        glance,
        log_id,
        values,
    } = sight;
    let at = |when: cloakroom_ops::when::When| format!("{} ({})", when.utc(), when.from(now));
    let user = glance
        .user
        .as_deref()
        .map_or_else(|| "- (a guest)".into(), harmless);
    let mut lines = vec![("Handle", glance.handle.clone())];
    lines.extend(log_id.clone().map(|id| ("Log id", id)));
    lines.extend([
        ("User", user),
        ("Began", at(glance.created)),
        ("Used", glance.seen.map_or_else(|| "-".into(), at)),
        ("Ends", at(glance.expires)),
        (
            "Size",
            format!(
                "{} in {}",
                size(glance.bytes as u64),
                counted(values.len() as u64, "value")
            ),
        ),
    ]);
    let noted = [
        ("Method", &glance.method),
        ("Device", &glance.device),
        ("Network", &glance.network),
        ("Address", &glance.address),
    ];
    for (name, text) in noted {
        lines.extend(text.as_deref().map(|text| (name, harmless(text))));
    }
    for (name, what) in lines {
        desk.out.line(&format!("{name:8} {what}"))?;
    }
    let names: Vec<_> = values.iter().map(|value| harmless(&value.name)).collect();
    let width = names
        .iter()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0);
    for (name, value) in names.iter().zip(values) {
        let revealed = value
            .value
            .as_ref()
            .map_or_else(String::new, |json| harmless(json.get()));
        let line = format!(
            "  {name:width$}  {:>10}  {revealed}",
            size(value.bytes as u64)
        );
        desk.out.line(line.trim_end())?;
    }
    Ok(())
}
