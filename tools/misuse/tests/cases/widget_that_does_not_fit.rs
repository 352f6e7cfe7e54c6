//! A widget that can't ask for the field's type, and one that there isn't.
use cloakroom::form::{Choice, Form};

#[derive(Choice)]
enum Size {
    Small,
    Large,
}

#[derive(Form)]
struct Wrong {
    #[field(widget = textarea)]
    accept: bool,
    #[field(widget = radios)]
    sizes: Vec<Size>,
    #[field(widget = number)]
    name: String,
}

#[derive(Form)]
struct Mistyped {
    #[field(widget = textaera)]
    note: String,
}

fn main() {}
