//! A type that no widget asks for.
use cloakroom::form::Form;

struct Point(f64, f64);

#[derive(Form)]
struct Place {
    name: String,
    point: Point,
}

#[derive(Form)]
struct Nested {
    places: Option<Place>,
}

fn main() {}
