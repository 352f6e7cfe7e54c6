//! The derives of [Cloakroom](https://docs.rs/cloakroom): `Form`, `Choice` and `Wizard`. Use them through `cloakroom::form`
//! and `cloakroom::wizard`.
//!
//! What they write is small: a table of the fields that is made at compile time, and a call into the library for each field.
mod choice;
mod field;
mod form;
mod form_attribute;
mod instead;
mod options;
mod step;
mod wizard;
mod wizard_attribute;
mod words;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct a form.
///
/// The struct has named fields, each of a type that implements `cloakroom::form::Value`. What is asked of it is said in
/// `#[field(...)]`:
///
/// | attribute | meaning |
/// |---|---|
/// | `label = "…"` | the label; without it the field's name, as `First name` |
/// | `help = "…"` | a hint below the label |
/// | `widget = …` | `text textarea password hidden email url tel search number digits date time datetime checkbox checkboxes radios select file` |
/// | `required`, `required = "…"` | an answer has to be given (a box ticked), and what is said when there is none |
/// | `optional` | a `String` may stay empty |
/// | `min_length`, `max_length` | of a text, in characters |
/// | `min`, `max`, `step` | of a number (`min = 1`), a date or a time (`min = "2027-01-31"`) |
/// | `max_digits`, `decimal_places` | of a decimal number |
/// | `pattern = "…"` | a regular expression that the whole text matches |
/// | `accept = ["image/*", ".pdf"]`, `max_size = "10 MiB"` | of an `Upload`; sizes in `B`, `KiB`, `MiB`, `GiB` |
/// | `min_count`, `max_count` | of a `Vec` |
/// | `choices` | each visit brings the items along (`Context::choices`) |
/// | `initial = …` | what is there at first: a literal as a visitor would type it, or an expression of the field's type |
/// | `disabled` | shown, but what is sent is ignored: the initial value stays |
/// | `secret` | never shown again and never kept: passwords |
/// | `sealed` | never shown again, and kept only sealed |
/// | `keep_spaces` | spaces at both ends belong to the text |
/// | `autocomplete`, `placeholder`, `rows` | as in HTML |
/// | `error(code = "…")` | what is said of a problem with this code; may mention `{label}` and `{limit}` |
/// | `attributes("data-x" = "…")` | attributes of the control |
///
/// A field has to be answered unless its type has room for no answer: `Option`, `Vec`, `bool`.
///
/// `#[form(check = function)]` on the struct names a `fn(&Self, &mut Errors)` that is asked once all
/// fields are right. When the struct derives `garde::Validate` as well, its `#[garde(...)]` rules are kept.
/// `#[form(crate = path)]` says where `cloakroom` is, if not at `::cloakroom`.
#[proc_macro_derive(Form, attributes(form, field))]
pub fn form(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    form::derive(&input)
        .unwrap_or_else(|wrong| instead::of_form(&input, &wrong))
        .into()
}

/// Makes an enum something that a visitor chooses from.
///
/// Its variants hold nothing. In `#[choice(...)]` a variant has a `label`, a `help` shown below it, and the
/// `value` that is sent. Without them, `NextDay` is labelled `Next day` and sent as `next_day`.
#[proc_macro_derive(Choice, attributes(choice))]
pub fn choice(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    choice::derive(&input)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Makes a struct a wizard, whose fields are its steps in order.
///
/// Each step is a form (`T`), a form that is asked for only when a condition holds (`Option<T>` with `when`), the same
/// form several times (`Vec<T>`), or both (`Option<Vec<T>>` with `when`). Beside the struct stands another, `{Name}SoFar`, with every step as an `Option`.
///
/// | in `#[step(...)]` | meaning |
/// |---|---|
/// | `when = function` | `fn(&NameSoFar) -> bool`: whether the step is to be visited; it sees the steps before it |
/// | `context = function` | `fn(&NameSoFar, Context) -> Context`: initial values, choices, texts of this visit |
/// | `title = "…"` | what a visitor reads; without it the field's name |
/// | `name = "…"` | its name in URLs; without it the field's |
/// | `was = "…"` | a name that it had before: drafts keep its answers |
/// | `template = "…"` | the name of a template of its own |
/// | `review` | the page on which visitors check their answers, with links to change them |
/// | `min`, `max` | how many times a `Vec` is repeated; 0 to 100 without |
///
/// | in `#[wizard(...)]` on the struct | meaning |
/// |---|---|
/// | `title = "…"`, `name = "…"` | what a visitor reads; the name in sessions and errors |
/// | `facts = Type` | what conditions and contexts know beside the answers, in `so_far.facts` (an `Arc<Type>`); the type has a `Default`, and `Mount::facts` learns it for each request |
/// | `order = strict`, `order = free` | whether steps are visited in order, up to the first that is not complete, which is the default |
/// | `version = 2`, `migrate = function` | the number of the drafts' shape, and a `fn(u32, &mut Draft)` that brings older ones into it |
/// | `retry` | `done` may run again after it failed, because it does nothing twice |
/// | `crate = path` | where `cloakroom` is, if not at `::cloakroom` |
#[proc_macro_derive(Wizard, attributes(wizard, step))]
pub fn wizard(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    wizard::derive(&input)
        .unwrap_or_else(|wrong| instead::of_wizard(&input, &wrong))
        .into()
}
