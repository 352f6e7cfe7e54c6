//! `cloakroom list`.
use cloakroom::clock::Timestamp;
use cloakroom_ops::amount::size;
use cloakroom_ops::handle::place;
use cloakroom_ops::opening::Tables;
use cloakroom_ops::selection::Selection;
use cloakroom_ops::sight::Glance;

use crate::cli::args::List;
use crate::cli::failure::{Ending, Failure};
use crate::cli::out::harmless;
use crate::cli::{Desk, ago, open};

/// How many digits of a handle are shown: enough to find one among millions.
const SHORT: usize = 12;

pub(crate) async fn run(args: List, desk: &mut Desk) -> Result<Ending, Failure> {
    let store = open(&args.at, Tables::AsTheyAre).await?;
    let now = desk.clock.now();
    let limit = if args.limit == 0 {
        usize::MAX
    } else {
        args.limit
    };
    let selection = Selection {
        user: args.user,
        begun_until: args.older_than.map(|span| ago(now, span)),
        device: args.device,
    };
    let after = place(&store, args.after, now).await?;
    let selected = selection.after(&store, after, now).await?;
    let mut selected = selected.of(limit.saturating_add(1));
    let (mut shown, mut last, mut more) = (0, None, false);
    'pages: while let Some(page) = selected.next().await? {
        for listed in &page {
            if shown == limit {
                more = true;
                break 'pages;
            }
            let glance = Glance::of(&store, listed);
            print(&glance, shown == 0, args.full, now, desk)?;
            (shown, last) = (shown + 1, Some(glance.handle));
        }
    }
    store.close().await;
    if let Some(last) = last.filter(|_| more) {
        desk.out.flush()?;
        desk.out.note(&format!("More follow: --after {last}"));
    }
    if shown == 0 && !desk.out.is_json() {
        desk.out.note("No live session.");
    }
    Ok(Ending::Well)
}

pub(crate) fn print(
    glance: &Glance,
    is_first: bool,
    full: bool,
    now: Timestamp,
    desk: &mut Desk,
) -> Result<(), Failure> {
    if desk.out.is_json() {
        return desk.out.json(glance);
    }
    let width = if full { glance.handle.len() } else { SHORT };
    if is_first {
        let title = format!(
            "{:width$}  {:11}  {:11}  {:11}  {:>10}  {:20}  USER",
            "HANDLE", "BEGAN", "USED", "ENDS", "SIZE", "DEVICE"
        );
        desk.out.line(&title)?;
    }
    let user = glance.user.as_deref().map_or_else(|| "-".into(), harmless);
    desk.out.line(&format!(
        "{}  {:11}  {:11}  {:11}  {:>10}  {:20}  {user}",
        &glance.handle[..width],
        glance.created.from(now),
        glance
            .seen
            .map_or_else(|| "-".into(), |seen| seen.from(now)),
        glance.expires.from(now),
        size(glance.bytes as u64),
        harmless(glance.device.as_deref().unwrap_or("-")),
    ))
}
