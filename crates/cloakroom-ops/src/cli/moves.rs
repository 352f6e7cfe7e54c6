//! `cloakroom move`.
use cloakroom_ops::amount::{counted, number};
use cloakroom_ops::moving::{self, Doubt, Moved, Place};
use cloakroom_ops::opening::{Tables, behind, named, open, options};
use cloakroom_ops::path::is_same;

use crate::cli::args::{CACHE, FROM, Move, TO};
use crate::cli::failure::{Ending, Failure};
use crate::cli::{Desk, progress, signals};

pub(crate) async fn run(args: Move, desk: &mut Desk) -> Result<Ending, Failure> {
    if args.from == args.to || is_same(&args.from, &args.to) {
        let what = "--from and --to name the same store";
        return Err(Failure::Usage(what.into()));
    }
    let from = place(FROM, &args.from, Tables::AsTheyAre, &args).await?;
    let mut to = place(TO, &args.to, Tables::Migrate, &args).await?;
    to.store = behind(CACHE, args.before.cache(), to.store).await?;
    let doubt = if args.yes { Doubt::GoOn } else { Doubt::Ask };
    let clock = desk.clock.clone();
    let work = moving::Move::new(&from, &to, &args.journal, doubt, clock)?;
    let total = from.store.count(desk.clock.now()).await?.live;
    let stop = signals::stop();
    let bar = progress::bar("moving", total);
    let mut so_far = Moved::default();
    let moved = work
        .run(&stop, |moved| {
            so_far = moved.clone();
            bar.set_position(moved.settled());
        })
        .await;
    bar.finish_and_clear();
    from.store.close().await;
    to.store.close().await;
    let moved = moved.inspect_err(|_| {
        let text = format!(
            "{} looked at before that",
            counted(so_far.settled(), "session")
        );
        if so_far.settled() > 0 {
            desk.out
                .note(&format!("cloakroom: {text}; run it again to go on"));
        }
    })?;
    tell(&moved, desk)?;
    Ok(if moved.stopped {
        Ending::Stopped
    } else {
        Ending::Well
    })
}

async fn place(setting: &str, url: &str, tables: Tables, args: &Move) -> Result<Place, Failure> {
    let options = options(tables, args.prefix.prefix.as_deref());
    let shown = named(setting, url)?;
    Ok(Place {
        store: open(setting, url, &options).await?,
        shown,
    })
}

fn tell(moved: &Moved, desk: &mut Desk) -> Result<(), Failure> {
    if desk.out.is_json() {
        return desk.out.json(moved);
    }
    for (what, count) in [
        ("copied", moved.copied),
        ("brought up to date", moved.updated),
        ("there already", moved.unchanged),
        ("kept as changed in the new store", moved.kept),
        (
            "ended in the new store, not brought back",
            moved.ended_in_new,
        ),
        ("ended in the old store, so in the new", moved.ended_in_old),
        ("perhaps ended in the new store, left out", moved.left_out),
    ] {
        if count > 0 || what == "copied" {
            desk.out.line(&format!("{:>11}  {what}", number(count)))?;
        }
    }
    let unread = desk.tally.met();
    if unread > 0 {
        desk.out.note(&format!(
            "Unreadable and left alone: {}.",
            counted(unread, "record")
        ));
    }
    if moved.stopped {
        return desk.out.line("Stopped; run it again to go on.");
    }
    desk.out.line(if moved.new_in_use {
        "The new store is in use. All that the old one has is in it."
    } else {
        "The new store is not in use yet: run this again right before the site is switched to it, and once more after."
    })
}
