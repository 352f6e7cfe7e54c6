//! What a form of ten fields costs: `forms [--check]` prints microseconds to show it, to show it full of errors, and to
//! read and check it; with `--check` it ends with 1 when showing takes more than 50.
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use cloakroom::form::{Bound, Choice, Context, Email, Fields, Form, Received, Url};
use cloakroom_bench::{Result, spread::Spread};
use jiff::civil::Date;

/// The most that showing a form may take.
const BOUND_IN_MICROSECONDS: f64 = 50.0;

/// Forms between two looks at the clock.
const FORMS: u32 = 100;

/// Looks at the clock.
const LAPS: u32 = 300;

#[derive(Choice, Clone, Copy)]
enum Kind {
    #[choice(label = "A person")]
    Person,
    #[choice(label = "A company", help = "We ask for its name next.")]
    Business,
}

/// Each sort of field that people know from forms.
#[derive(Form)]
struct Registration {
    #[field(max_length = 100, autocomplete = "given-name")]
    first_name: String,
    #[field(
        max_length = 100,
        autocomplete = "family-name",
        help = "As in your passport."
    )]
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

const RIGHT: &[u8] = b"r-first_name=Ada&r-last_name=Lovelace&r-email=ada%40example.com&r-website=https%3A%2F%2Fexample.com\
    &r-kind=person&r-interests=person&r-interests=business&r-guests=2&r-arrival=2027-05-01&r-note=A+window%2C+please&r-accept=true";

const WRONG: &[u8] = b"r-first_name=&r-last_name=&r-email=ada&r-website=example&r-kind=cat&r-interests=cat&r-guests=99\
    &r-arrival=2020-01-01&r-note=%00&r-extra=1";

#[allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]
fn main() -> Result<ExitCode> {
    let right = receive(RIGHT);
    let wrong = receive(WRONG);
    if !right.is_valid() || wrong.errors().fields().count() != Registration::schema().fields().len()
    {
        return Err("the forms are not what they should be".into());
    }
    let shown = time(|| black_box(&right).to_string().len());
    let full_of_errors = time(|| format!("{}{}", wrong.summary(), black_box(&wrong)).len());
    let read = time(|| usize::from(receive(black_box(RIGHT)).is_valid()));
    println!("show 10 fields            {}", line(shown));
    println!("show 10 fields, all wrong {}", line(full_of_errors));
    println!("read and check 10 fields  {}", line(read));
    let is_checked = std::env::args().any(|word| word == "--check");
    let slowest = shown.median.max(full_of_errors.median);
    Ok(match is_checked && slowest > BOUND_IN_MICROSECONDS {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

fn receive(request: &[u8]) -> Bound<Registration> {
    let received = Received::urlencoded(request);
    Registration::receive(&received, Context::new().prefix("r"))
}

fn line(time: Spread) -> String {
    format!(
        "{:6.2} µs [{:.2} to {:.2}]",
        time.median, time.low, time.high
    )
}

/// Microseconds for one form.
fn time(mut one: impl FnMut() -> usize) -> Spread {
    let mut laps = Vec::new();
    for _ in 0..LAPS {
        let start = Instant::now();
        for _ in 0..FORMS {
            black_box(one());
        }
        laps.push(start.elapsed().as_secs_f64() * 1e6 / f64::from(FORMS));
    }
    Spread::of(laps)
}
