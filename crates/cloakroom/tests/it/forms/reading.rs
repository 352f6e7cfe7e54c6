//! Texts become typed values, or are told what is wrong with them.
use cloakroom::form::{Choice, Context, Email, Form, Url};
use jiff::civil::{Date, DateTime, Time};
use rust_decimal::Decimal;

use crate::forms::{bind, codes};

#[derive(Choice, Clone, Copy, Debug, PartialEq)]
enum Size {
    Small,
    #[choice(value = "xl", label = "Very large")]
    VeryLarge,
}

#[derive(Form, Debug)]
struct Everything {
    #[field(min_length = 2, max_length = 5, pattern = "[a-zé]+")]
    text: String,
    #[field(optional)]
    note: String,
    #[field(widget = textarea)]
    maybe: Option<String>,
    email: Option<Email>,
    url: Option<Url>,
    #[field(min = 1, max = 5)]
    number: Option<i32>,
    byte: Option<u8>,
    #[field(max_digits = 4, decimal_places = 2, min = "0.5")]
    price: Option<Decimal>,
    float: Option<f64>,
    flag: bool,
    #[field(min = "2024-01-01")]
    day: Option<Date>,
    time: Option<Time>,
    both: Option<DateTime>,
    size: Option<Size>,
    #[field(max_count = 1)]
    sizes: Vec<Size>,
    #[field(widget = radios)]
    sure: Option<bool>,
}

/// Each line: a field, what is typed, and what is wrong with it.
const CASES: &[(&str, &str, &[&str])] = &[
    ("text", "abc", &[]),
    ("text", "  abc  ", &[]),
    ("text", "éé", &[]),
    ("text", "", &["required"]),
    ("text", "   ", &["required"]),
    ("text", "a", &["min_length"]),
    ("text", "abcdef", &["max_length"]),
    ("text", "ab1", &["pattern"]),
    ("text", "ab\r\nab", &[]),
    ("text", "a\0b", &["null_characters_not_allowed"]),
    ("text", "a\u{1b}[31m", &["control_characters_not_allowed"]),
    ("text", "\u{200b}\u{feff}", &["required"]),
    ("note", "", &[]),
    ("maybe", "", &[]),
    ("email", "ada@example.com", &[]),
    ("email", "ada", &["invalid"]),
    ("url", "https://example.com/", &[]),
    ("url", "javascript:alert(1)", &["invalid"]),
    ("number", " 3 ", &[]),
    ("number", "+3", &[]),
    ("number", "0", &["min_value"]),
    ("number", "6", &["max_value"]),
    ("number", "3.0", &["invalid"]),
    ("number", "three", &["invalid"]),
    ("number", "99999999999", &["max_value"]),
    ("byte", "256", &["max_value"]),
    ("byte", "-1", &["invalid"]),
    ("price", "12.50", &[]),
    ("price", "0.1", &["min_value"]),
    ("price", "1.234", &["max_decimal_places"]),
    ("price", "123.45", &["max_digits"]),
    ("price", "1e3", &["invalid"]),
    ("price", "1,5", &["invalid"]),
    ("price", ".", &["invalid"]),
    ("float", "-1.5", &[]),
    ("float", "NaN", &["invalid"]),
    ("float", "inf", &["invalid"]),
    ("day", "2024-02-29", &[]),
    ("day", "2023-12-31", &["min_value"]),
    ("day", "2023-02-29", &["invalid"]),
    ("day", "29.2.2024", &["invalid"]),
    ("day", "2024-02-29T10:00", &["invalid"]),
    ("time", "09:30", &[]),
    ("time", "09:30:15", &[]),
    ("time", "9:30", &["invalid"]),
    ("time", "24:00", &["invalid"]),
    ("both", "2024-02-29T09:30", &[]),
    ("both", "2024-02-29", &["invalid"]),
    ("both", "2024-02-29T09:30Z", &["invalid"]),
    ("size", "small", &[]),
    ("size", "xl", &[]),
    ("size", "VeryLarge", &["invalid_choice"]),
    ("sizes", "small", &[]),
    ("sizes", "medium", &["invalid_choice"]),
    ("sure", "true", &[]),
    ("flag", "on", &[]),
];

#[test]
fn each_answer_is_right_or_told_what_is_wrong_by_djangos_code() {
    for (field, typed, wrong) in CASES {
        let mut pairs = vec![(*field, *typed)];
        if *field != "text" {
            pairs.push(("text", "abc"));
        }
        let form = bind::<Everything>(&pairs);
        assert_eq!(&codes(&form, field), wrong, "{field}: {typed:?}");
        assert_eq!(form.is_valid(), wrong.is_empty(), "{field}: {typed:?}");
    }
}

#[test]
fn values_are_typed() {
    let value = bind::<Everything>(&[
        ("text", " abc "),
        ("maybe", "x\r\ny"),
        ("number", "3"),
        ("price", "12.50"),
        ("flag", "on"),
        ("day", "2024-02-29"),
        ("size", "xl"),
        ("sizes", "small"),
        ("sizes", "small"),
        ("sure", "false"),
    ])
    .into_valid()
    .expect("all is right");
    assert_eq!(value.text, "abc");
    assert_eq!(value.note, "");
    assert_eq!(value.maybe.as_deref(), Some("x\ny"));
    assert_eq!(
        (value.number, value.byte, value.float),
        (Some(3), None, None)
    );
    assert_eq!(value.price, Some(Decimal::new(1250, 2)));
    assert!(value.flag);
    assert_eq!(value.day, Some(jiff::civil::date(2024, 2, 29)));
    assert_eq!(value.size, Some(Size::VeryLarge));
    assert_eq!(value.sizes, [Size::Small]);
    assert_eq!(value.sure, Some(false));
    assert_eq!((value.email, value.url), (None, None));
    assert_eq!((value.time, value.both), (None, None));
}

#[test]
fn a_value_written_out_is_read_back() {
    let typed = [
        ("text", "abc"),
        ("email", "ada@example.com"),
        ("price", "12.50"),
        ("flag", "on"),
        ("time", "09:30:15"),
        ("both", "2024-02-29T09:30"),
        ("sizes", "xl"),
        ("sure", "false"),
    ];
    let first = bind::<Everything>(&typed).into_valid().unwrap();
    let again = Everything::bind(cloakroom::form::Fields::answers(&first), Context::new());
    assert_eq!(
        format!("{first:?}"),
        format!("{:?}", again.into_valid().unwrap())
    );
}
