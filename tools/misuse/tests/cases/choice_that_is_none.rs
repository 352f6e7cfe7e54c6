//! A choice is an enum whose variants hold nothing and have values of their own.
use cloakroom::form::Choice;

#[derive(Choice)]
struct Size {
    small: bool,
}

#[derive(Choice)]
enum Nothing {}

#[derive(Choice)]
enum Holds {
    Small,
    Other(String),
}

#[derive(Choice)]
enum Same {
    #[choice(value = "s")]
    Small,
    #[choice(value = "s")]
    Short,
}

#[derive(Choice)]
enum Empty {
    #[choice(value = "")]
    Small,
}

#[derive(Choice)]
enum Attribute {
    #[choice(lable = "Small one")]
    Small,
}

fn main() {}
