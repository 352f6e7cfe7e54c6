//! Sets of the same form: rows are added, removed, left out, and can't be forged.
use cloakroom::form::{Change, Context, Count, Form, Formset, Received};

#[derive(Form, Debug, PartialEq)]
struct Guest {
    name: String,
    vegan: bool,
    #[field(initial = 1)]
    seats: Option<u8>,
}

fn receive(count: Count, request: &str) -> Formset<Guest> {
    let received = Received::urlencoded(request.as_bytes());
    Formset::receive(&received, count, Context::new().prefix("guests"))
}

fn names(set: &Formset<Guest>) -> Vec<&str> {
    set.rows()
        .iter()
        .map(|row| row.answers().text("name"))
        .collect()
}

/// Each line: what is sent to a set of one to three, the names that are left, and what is wrong with the set.
const CASES: &[(&str, &[&str], &[&str])] = &[
    ("guests-row=0&guests-0-name=a", &["a"], &[]),
    ("guests-0-name=a&guests-2-name=b", &["a", "b"], &[]),
    (
        "guests-row=5&guests-row=2&guests-2-name=b&guests-5-name=a",
        &["a", "b"],
        &[],
    ),
    ("guests-row=0&guests-row=0&guests-0-name=a", &["a"], &[]),
    (
        "guests-0-name=&guests-1-name=b&guests-2-name=+",
        &["b"],
        &[],
    ),
    ("guests-0-name=&guests-1-name=", &[""], &[]),
    (
        "guests-0-name=&guests-0-seats=1&guests-1-name=b",
        &["b"],
        &[],
    ),
    (
        "guests-0-name=&guests-0-seats=2&guests-1-name=b",
        &["", "b"],
        &[],
    ),
    ("guests-0-vegan=on&guests-1-name=b", &["", "b"], &[]),
    ("", &[], &["too_few_forms"]),
    (
        "guests-row=-1&guests-row=x&guests-row=99999999999999999999",
        &[],
        &["too_few_forms"],
    ),
    (
        "guests-x-name=a&guests--name=b&guests-0-other=c&guest-0-name=d",
        &[],
        &["too_few_forms"],
    ),
    (
        "guests-0-name=a&guests-1-name=b&guests-2-name=c&guests-3-name=d",
        &["a", "b", "c", "d"],
        &["too_many_forms"],
    ),
];

#[test]
fn a_set_is_what_was_sent_whatever_is_forged_or_missing() {
    for (request, left, wrong) in CASES {
        let set = receive(Count::between(1, 3), request);
        assert_eq!(names(&set), *left, "{request}");
        let codes: Vec<_> = set.errors().iter().map(|problem| problem.code()).collect();
        assert_eq!(codes, *wrong, "{request}");
    }
}

#[test]
fn a_set_is_valid_when_every_form_is() {
    let set = receive(
        Count::between(0, 3),
        "guests-0-name=a&guests-0-vegan=on&guests-1-name=b&guests-1-seats=2",
    );
    let guests = set.into_valid().unwrap();
    assert_eq!(
        guests[0],
        Guest {
            name: "a".into(),
            vegan: true,
            seats: None
        }
    );
    assert_eq!(guests[1].seats, Some(2));
    assert!(
        receive(Count::between(0, 3), "")
            .into_valid()
            .unwrap()
            .is_empty()
    );
    let set = receive(Count::between(0, 3), "guests-0-name=a&guests-1-seats=x")
        .into_valid()
        .unwrap_err();
    assert_eq!(set.rows()[1].errors().of("seats")[0].code(), "invalid");
    assert!(set.is_wrong());
    assert_eq!(set.title_prefix(), "Error: ");
    let summary = set.summary().to_string();
    assert!(
        summary.contains(r##"<a href="#guests-1-name">Guest 2: Name is required</a>"##),
        "{summary}"
    );
}

#[test]
fn forms_are_added_and_removed_without_checking_and_without_losing_anything() {
    let typed = "guests-0-name=a&guests-1-name=&guests-1-seats=x&guests-2-name=c";
    let set = receive(Count::between(1, 4), &format!("{typed}&guests-add=1"));
    assert_eq!(
        (set.change(), names(&set)),
        (Some(Change::Add), vec!["a", "", "c", ""])
    );
    assert_eq!(set.rows()[1].answers().text("seats"), "x");
    assert_eq!(
        set.rows()[3].answers().text("seats"),
        "1",
        "a new form has its initial values"
    );
    assert!(set.summary().to_string().is_empty());
    assert!(!set.is_wrong() && !set.is_valid());
    assert_eq!(set.title_prefix(), "");
    let set = receive(Count::between(1, 4), &format!("{typed}&guests-remove=1"));
    assert_eq!(
        (set.change(), names(&set)),
        (Some(Change::Remove(1)), vec!["a", "c"])
    );
    assert!(set.into_valid().is_err(), "the visitor is not done");
    let full = receive(Count::between(1, 3), &format!("{typed}&guests-add=1"));
    assert_eq!((full.len(), full.errors()[0].code()), (3, "too_many_forms"));
    let unknown = receive(Count::between(1, 4), &format!("{typed}&guests-remove=9"));
    assert_eq!((unknown.change(), unknown.len()), (None, 3));
}

#[test]
fn a_set_shows_its_forms_and_the_buttons_that_make_sense() {
    let html =
        |count: Count| Formset::<Guest>::blank(count, Context::new().prefix("guests")).to_string();
    let one = html(Count::between(1, 3));
    assert!(
        one.starts_with("<button hidden></button>"),
        "Enter must not add or remove: {one}"
    );
    for part in [
        r#"<input type="hidden" name="guests-row" value="0">"#,
        r#"id="guests-0-name" name="guests-0-name""#,
        "<legend>Guest 1</legend>",
        r#"<button class="button" name="guests-add" value="1" formnovalidate>Add another</button>"#,
    ] {
        assert!(one.contains(part), "{part} is not in {one}");
    }
    assert!(!one.contains("guests-remove"), "there must be one: {one}");
    let full = html(Count::between(1, 3).shown(3));
    assert!(full.contains(r#"name="guests-remove" value="2""#), "{full}");
    assert!(!full.contains("guests-add"), "{full}");
    let set = Formset::<Guest>::fill(
        receive(Count::between(0, 3), "guests-4-name=x").answers(),
        Count::between(0, 3),
        Context::new(),
    );
    assert!(
        set.to_string()
            .contains(r#"name="0-name" required value="x""#),
        "{set}"
    );
}
