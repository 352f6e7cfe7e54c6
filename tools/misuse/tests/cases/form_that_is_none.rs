//! A form is a struct with named fields that owns what it holds.
use cloakroom::form::{Context, Form};

#[derive(Form)]
enum Kind {
    Person,
}

#[derive(Form)]
struct Pair(String, String);

#[derive(Form)]
struct Borrowed<'a> {
    name: &'a str,
}

struct Plain {
    name: String,
}

fn main() {
    let _ = Plain::blank(Context::new());
    let _ = cloakroom::form::Bound::<Plain>::blank(Context::new());
}
