//! Beginning, going on and coming back, first beside no other draft and then beside many, in SQLite.
use std::time::Instant;

use axum::Router;
use cloakroom::form::Form;
use cloakroom::store;
use cloakroom::wizard::{Done, Ending, Finish, Finished, RunId, Storage, Wizard};
use cloakroom_bench::{Result, spread::Spread};

use crate::site::{Visitor, open};

/// How many times as long anything may take beside the others.
const BOUND: f64 = 2.0;

/// How many visitors are timed.
const VISITORS: usize = 500;

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

/// What one visitor's requests took, in microseconds.
struct Times {
    /// The first page that is sent.
    start: Spread,
    /// The second.
    step: Spread,
    /// Coming back to the wizard's beginning, which leads on to the draft.
    resume: Spread,
}

/// Measures, prints, and says whether the bound is met.
pub(crate) async fn measure(drafts: u32) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let url = format!(
        "sqlite://{}/shop.db?table=wizard_drafts",
        folder.path().display()
    );
    let store = store::connect(&url).await?;
    let site = open::<Registration>(|mount| mount.storage(Storage::drafts(store.clone())))?;
    let first = time(&site).await?;
    for _ in VISITORS..usize::try_from(drafts)? {
        begin(&site).await?;
    }
    let beside = time(&site).await?;
    let count = store
        .count(cloakroom::clock::Clock::system().now())
        .await?
        .live;
    if count != u64::from(drafts) + VISITORS as u64 {
        return Err(format!("{count} drafts are there").into());
    }
    let rows = [
        ("start ", first.start, beside.start),
        ("step  ", first.step, beside.step),
        ("resume", first.resume, beside.resume),
    ];
    Ok(rows
        .map(|(what, first, beside)| print(what, first, beside))
        .iter()
        .all(|is_met| *is_met))
}

async fn begin(site: &Router) -> Result<(Visitor, String)> {
    let mut visitor = Visitor::of(site);
    let run = format!("/w/{}", RunId::generate());
    let sent = visitor.post(&format!("{run}/info"), INFO).await?;
    sent.leads_to("/address")?;
    Ok((visitor, run))
}

async fn time(site: &Router) -> Result<Times> {
    let (mut starts, mut steps, mut resumes) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..VISITORS {
        let start = Instant::now();
        let (mut visitor, run) = begin(site).await?;
        starts.push(micros(start));
        let start = Instant::now();
        let sent = visitor.post(&format!("{run}/address"), ADDRESS).await?;
        steps.push(micros(start));
        sent.leads_to("/check")?;
        let start = Instant::now();
        let back = visitor.get("/w").await?;
        resumes.push(micros(start));
        if back.leads_to("/check")? != format!("{run}/check") {
            return Err("the beginning leads to another run".into());
        }
    }
    Ok(Times {
        start: Spread::of(starts),
        step: Spread::of(steps),
        resume: Spread::of(resumes),
    })
}

fn micros(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e6
}

#[allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]
fn print(what: &str, first: Spread, beside: Spread) -> bool {
    let times = beside.median / first.median;
    println!(
        "{what}  first {:7.1} µs  beside the others {:7.1} µs  {times:.2} times",
        first.median, beside.median
    );
    times <= BOUND
}
