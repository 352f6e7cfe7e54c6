//! An attribute that there isn't, one that is nearly right, and one that is said twice.
use cloakroom::form::Form;

#[derive(Form)]
struct Unknown {
    #[field(maxlength = 100)]
    first: String,
    #[field(colour = "red")]
    second: String,
    #[field(label = "One", label = "Two")]
    third: String,
    #[field(required, optional)]
    fourth: String,
}

#[derive(Form)]
#[form(checks = right)]
struct Whole {
    name: String,
}

fn main() {}
