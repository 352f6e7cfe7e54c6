//! Limits that the field's type doesn't have, or that are not written as its values are.
use cloakroom::form::{Form, Upload};
use jiff::civil::Date;

#[derive(Form)]
struct Wrong {
    #[field(max_length = 3)]
    number: u8,
    #[field(max = 3)]
    name: String,
    #[field(min = "2023-02-29")]
    day: Date,
    #[field(max_count = 3)]
    file: Upload,
    #[field(max_size = 3)]
    text: String,
    #[field(optional)]
    age: u8,
    items: Vec<String>,
}

#[derive(Form)]
struct Impossible {
    #[field(min = 9, max = 1)]
    number: i64,
    #[field(min = 300)]
    byte: u8,
    #[field(max = -1)]
    count: u16,
    #[field(min_length = 9, max_length = 2)]
    name: String,
    #[field(min = "2027-02-01", max = "2027-01-31")]
    day: Date,
    #[field(min_count = 3, max_count = 2)]
    files: Vec<Upload>,
}

#[derive(Form)]
struct Forged {
    csrfmiddlewaretoken: String,
}

#[derive(Form)]
struct Unreadable {
    #[field(max_size = "10 MB")]
    file: Upload,
    #[field(pattern = "[a-z")]
    code: String,
    #[field(max = other)]
    number: u8,
}

fn main() {}
