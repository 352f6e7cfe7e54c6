//! A wizard is a struct with named fields, each a form, and each step has a name of its own.
use cloakroom::form::Form;
use cloakroom::wizard::Wizard;

#[derive(Form)]
struct Info {
    name: String,
}

#[derive(Wizard)]
enum Steps {
    Info,
}

#[derive(Wizard)]
struct Pair(Info, Info);

#[derive(Wizard)]
struct Empty {}

#[derive(Wizard)]
struct Twice {
    info: Info,
    #[step(name = "info")]
    again: Info,
}

#[derive(Wizard)]
struct TwiceOverTime {
    info: Info,
    #[step(was = "info")]
    again: Info,
}

#[derive(Wizard)]
struct Reserved {
    finished: Info,
}

#[derive(Wizard)]
struct HiddenNames {
    wizard: Info,
}

#[derive(Wizard)]
#[wizard(facts = u8)]
struct NoRoomForFacts {
    facts: Info,
}

#[derive(Wizard)]
struct TwoReviews {
    #[step(review)]
    first: Info,
    #[step(review)]
    second: Info,
}

#[derive(Wizard)]
#[wizard(ordre = free)]
struct Mistyped {
    #[step(titel = "Info")]
    info: Info,
}

#[derive(Wizard)]
#[wizard(order = any)]
struct Unordered {
    info: Info,
}

#[derive(Wizard)]
struct NoSegment {
    #[step(name = "Über mich")]
    info: Info,
}

fn main() {}
