//! Beginning, going on and coming back, beside a few drafts and beside many, in SQLite.
//!
//! Both files are filled first, and then their visitors take turns: whatever else the machine does in that minute, such as
//! writing the many to the disk, it does to both.
use std::path::Path;
use std::time::Instant;

use axum::Router;
use cloakroom::form::Form;
use cloakroom::store::{self, AnyStore};
use cloakroom::wizard::{Done, Ending, Finish, Finished, RunId, Storage, Wizard};
use cloakroom_bench::{Result, spread::Spread};

use crate::site::{Visitor, open};

/// How many times as long anything may take beside the others.
const BOUND: f64 = 2.0;

/// How many visitors of each are timed.
const VISITORS: usize = 2_000;

/// How many come before them, until connections are open and statements prepared.
const EARLY: usize = 200;

#[derive(Form)]
#[allow(dead_code, reason = "it is only kept")]
struct Info {
    name: String,
    street: String,
    city: String,
}

#[derive(Form)]
struct Review;

#[derive(Wizard)]
#[allow(dead_code, reason = "it is only kept")]
struct Registration {
    info: Info,
    address: Info,
    #[step(review)]
    check: Review,
}

impl Finish for Registration {
    async fn done(self, _visit: Done) -> Ending {
        Ok(Finished::redirect("/"))
    }
}

const INFO: &str = "info-name=Ada+Lovelace&info-street=1+Main+Street&info-city=London";
const ADDRESS: &str = "address-name=Ada+Lovelace&address-street=1+Main+Street&address-city=London";

/// What visitors' requests took, in microseconds.
#[derive(Default)]
struct Times {
    /// The first page that is sent.
    start: Vec<f64>,
    /// The second.
    step: Vec<f64>,
    /// Coming back to the wizard's beginning, which leads on to the draft.
    resume: Vec<f64>,
}

/// Measures, prints, and says whether the bound is met.
pub(crate) async fn measure(drafts: u32) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let few = Keeping::open(&folder.path().join("few.db")).await?;
    let many = Keeping::open(&folder.path().join("many.db")).await?;
    for _ in 0..drafts {
        begin(&many.site).await?;
    }
    for _ in 0..EARLY {
        few.visit(&mut Times::default()).await?;
        many.visit(&mut Times::default()).await?;
    }
    let (mut first, mut beside) = (Times::default(), Times::default());
    for lap in 0..VISITORS {
        // Who comes second finds caches that the first has left.
        if lap % 2 == 0 {
            few.visit(&mut first).await?;
            many.visit(&mut beside).await?;
        } else {
            many.visit(&mut beside).await?;
            few.visit(&mut first).await?;
        }
    }
    let timed = (EARLY + VISITORS) as u64;
    few.must_hold(timed).await?;
    many.must_hold(u64::from(drafts) + timed).await?;
    let rows = [
        ("start ", first.start, beside.start),
        ("step  ", first.step, beside.step),
        ("resume", first.resume, beside.resume),
    ];
    Ok(rows
        .map(|(what, first, beside)| print(what, Spread::of(first), Spread::of(beside)))
        .iter()
        .all(|is_met| *is_met))
}

/// A site and the store of its drafts.
struct Keeping {
    site: Router,
    store: AnyStore,
}

impl Keeping {
    async fn open(file: &Path) -> Result<Self> {
        let url = format!("sqlite://{}?table=wizard_drafts", file.display());
        let store = store::connect(&url).await?;
        let site = open::<Registration>(|mount| mount.storage(Storage::drafts(store.clone())))?;
        Ok(Self { site, store })
    }

    /// Begins, goes on, and comes back.
    async fn visit(&self, times: &mut Times) -> Result<()> {
        let start = Instant::now();
        let (mut visitor, run) = begin(&self.site).await?;
        times.start.push(micros(start));
        let start = Instant::now();
        let sent = visitor.post(&format!("{run}/address"), ADDRESS).await?;
        times.step.push(micros(start));
        sent.leads_to("/check")?;
        let start = Instant::now();
        let back = visitor.get("/w").await?;
        times.resume.push(micros(start));
        match back.leads_to("/check")? == format!("{run}/check") {
            true => Ok(()),
            false => Err("the beginning leads to another run".into()),
        }
    }

    async fn must_hold(&self, drafts: u64) -> Result<()> {
        let now = cloakroom::clock::Clock::system().now();
        match self.store.count(now).await?.live {
            live if live == drafts => Ok(()),
            live => Err(format!("{live} drafts are there instead of {drafts}").into()),
        }
    }
}

async fn begin(site: &Router) -> Result<(Visitor, String)> {
    let mut visitor = Visitor::of(site);
    let run = format!("/w/{}", RunId::generate());
    let sent = visitor.post(&format!("{run}/info"), INFO).await?;
    sent.leads_to("/address")?;
    Ok((visitor, run))
}

fn micros(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e6
}

#[allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]
fn print(what: &str, first: Spread, beside: Spread) -> bool {
    let times = beside.median / first.median;
    println!(
        "{what}  beside a few {:7.1} µs [{:.1} to {:.1}]  beside the many {:7.1} µs [{:.1} to {:.1}]  {times:.2} times",
        first.median, first.low, first.high, beside.median, beside.low, beside.high
    );
    times <= BOUND
}
