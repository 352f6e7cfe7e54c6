//! `cloakroom migrate`.
use cloakroom_ops::tables::{self, Standing};
use serde_json::json;

use crate::cli::Desk;
use crate::cli::args::{Migrate, STORE};
use crate::cli::failure::{Ending, Failure};

pub(crate) async fn run(args: Migrate, desk: &mut Desk) -> Result<Ending, Failure> {
    let Migrate { store, check } = args;
    let standing = if check {
        tables::look(STORE, &store).await?
    } else {
        tables::migrate(STORE, &store).await?
    };
    let (text, json, needed) = match standing {
        Standing::None(name) => (
            format!("The {name} store has no tables: nothing to do."),
            json!({ "store": name, "tables": false, "needed": false, "migrated": false }),
            false,
        ),
        Standing::Right(name) => (
            format!("The tables of the {name} store are up to date."),
            json!({ "store": name, "tables": true, "needed": false, "migrated": false }),
            false,
        ),
        Standing::Old(name, versions) => {
            let (from, to) = (versions.found, versions.needed);
            let text = match (check, from) {
                (true, 0) => format!(
                    "There are no tables yet; `cloakroom migrate` makes them, of version {to}."
                ),
                (true, _) => format!(
                    "The tables have version {from}; `cloakroom migrate` brings them to {to}."
                ),
                (false, 0) => format!("Made the tables, of version {to}."),
                (false, _) => format!("Brought the tables from version {from} to {to}."),
            };
            let json = json!({ "store": name, "tables": !check || from > 0, "needed": check, "migrated": !check, "from": from, "to": to });
            (text, json, check)
        }
    };
    if desk.out.is_json() {
        desk.out.json(&json)?;
    } else {
        desk.out.line(&text)?;
    }
    Ok(if needed { Ending::Found } else { Ending::Well })
}
