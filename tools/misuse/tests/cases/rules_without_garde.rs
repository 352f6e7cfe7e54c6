//! Rules of garde's on a struct that doesn't derive `garde::Validate`, and a check of another type.
use cloakroom::form::{Errors, Form};
use garde::Validate;

#[derive(Form, Validate)]
#[form(check = of_another)]
struct Checked {
    #[garde(length(min = 2))]
    name: String,
}

fn of_another(_: &String, _: &mut Errors) {}

fn main() {}
