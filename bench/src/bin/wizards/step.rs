//! Showing a step of ten fields: what rendering takes, and the whole request.
use std::hint::black_box;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use cloakroom::form::{Choice, Email, Form, Url};
use cloakroom::wizard::{Done, Ending, Finish, Finished, Page, Wizard};
use cloakroom_bench::{Result, spread::Spread};
use jiff::civil::Date;

use crate::site::{Visitor, open};

/// The most that rendering may take.
const BOUND_IN_MICROSECONDS: f64 = 50.0;

/// Looks at the clock.
const LAPS: usize = 20_000;

#[derive(Choice, Clone, Copy)]
enum Kind {
    #[choice(label = "A person")]
    Person,
    #[choice(label = "A company", help = "We ask for its name next.")]
    Business,
}

/// Each sort of field that people know from forms.
#[derive(Form)]
#[allow(dead_code, reason = "it is only shown")]
struct About {
    #[field(max_length = 100, autocomplete = "given-name")]
    first_name: String,
    #[field(max_length = 100, help = "As in your passport.")]
    last_name: String,
    #[field(help = "We send the receipt there.")]
    email: Email,
    website: Option<Url>,
    kind: Kind,
    interests: Vec<Kind>,
    #[field(min = 1, max = 20, initial = 1)]
    guests: u8,
    #[field(min = "2027-01-01")]
    arrival: Date,
    #[field(widget = textarea, max_length = 2000, optional)]
    note: String,
    #[field(required = "Accept the terms")]
    accept: bool,
}

#[derive(Form)]
struct Review;

#[derive(Wizard)]
#[allow(dead_code, reason = "it is only shown")]
struct Registration {
    about: About,
    #[step(review)]
    check: Review,
}

impl Finish for Registration {
    async fn done(self, _visit: Done) -> Ending {
        Ok(Finished::redirect("/"))
    }
}

/// Half of it is filled in, and one answer is wrong.
const TYPED: &str = "about-first_name=Ada&about-last_name=Lovelace&about-email=ada&about-kind=person&about-interests=person&back=1";

/// Measures, prints, and says whether the bound is met.
pub(crate) async fn measure() -> Result<bool> {
    let times: Arc<Mutex<Vec<f64>>> = Arc::default();
    let noted = times.clone();
    let site = open::<Registration>(|mount| {
        mount.page(move |page: &Page| {
            let start = Instant::now();
            let html = black_box(page).html();
            let took = start.elapsed().as_secs_f64() * 1e6;
            noted
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(took);
            Ok::<_, std::convert::Infallible>(html)
        })
    })?;
    let mut visitor = Visitor::of(&site);
    let start = visitor.get("/w").await?;
    let step = start.leads_to("/about")?.to_owned();
    visitor.post(&step, TYPED).await?.leads_to("/about")?;
    let mut whole = Vec::with_capacity(LAPS);
    for _ in 0..LAPS {
        let start = Instant::now();
        let page = visitor.get(&step).await?;
        whole.push(start.elapsed().as_secs_f64() * 1e6);
        if !page.text.contains("value=\"Lovelace\"") {
            return Err("the page does not show what was typed".into());
        }
    }
    let rendering = std::mem::take(&mut *times.lock().unwrap_or_else(PoisonError::into_inner));
    let rendering = Spread::of(rendering);
    print("render a step of 10 fields   ", rendering);
    print("answer the whole request     ", Spread::of(whole));
    Ok(rendering.median <= BOUND_IN_MICROSECONDS)
}

#[allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]
fn print(what: &str, time: Spread) {
    println!(
        "{what} {:6.2} µs [{:.2} to {:.2}]",
        time.median, time.low, time.high
    );
}
