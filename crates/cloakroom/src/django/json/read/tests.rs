//! What Python's `json.loads` reads and what it refuses.
use super::*;
use crate::django::json::to_string;

/// Each line: what is read, and how Python writes it afterwards.
const READ: &[(&str, &str)] = &[
    (" [ 1 , -2.50,1E2, -0 ] ", "[1,-2.5,100.0,0]"),
    (
        "{\"a\" : {\"b\":[]},\"c\":{}}",
        "{\"a\":{\"b\":[]},\"c\":{}}",
    ),
    ("[NaN,Infinity,-Infinity]", "[NaN,Infinity,-Infinity]"),
    ("[true,false,null]", "[true,false,null]"),
    ("1180591620717411303424", "1180591620717411303424"),
    ("-9223372036854775808", "-9223372036854775808"),
    ("1e400", "Infinity"),
    ("-0.0", "-0.0"),
    (r#""\/\u0041\ud83c\uDF89\b""#, r#""/A\ud83c\udf89\b""#),
    (
        r#""\ud800\ud83c\udf89\udf89\ud800x""#,
        r#""\ud800\ud83c\udf89\udf89\ud800x""#,
    ),
    (r#"{"a":1,"b":2,"\u0061":3}"#, r#"{"a":3,"b":2}"#),
    ("\"\u{7f}é\"", r#""\u007f\u00e9""#),
];

const REFUSED: &[&str] = &[
    "",
    " ",
    "nul",
    "[1,]",
    "[,1]",
    "{\"a\":1,}",
    "{a:1}",
    "{\"a\" 1}",
    "01",
    "1.",
    ".5",
    "-",
    "+1",
    "1e",
    "[1 2]",
    "[1",
    "{\"a\":",
    "\"a",
    "\"\\x\"",
    "\"\\u12g4\"",
    "\"\\ud8\"",
    "\"\n\"",
    "'a'",
    "1 2",
    "[]]",
    "-NaN",
    "--1",
    "\u{feff}1",
    "\u{a0}1",
    "tru",
    "[1}",
    "{\"a\":1]",
    "-Inf",
    "0x1",
];

#[test]
fn what_python_reads_is_read_and_written_as_python_writes_it() {
    for (text, written) in READ {
        let value = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(to_string(&value).unwrap(), *written, "{text}");
        assert_eq!(Reader::new(text).raw().unwrap(), text.trim_matches(' '));
    }
}

#[test]
fn what_python_refuses_is_refused() {
    for text in REFUSED {
        assert!(parse(text).is_err(), "{text:?}");
        let mut reader = Reader::new(text);
        let skipped = reader.raw().and_then(|_| reader.end());
        assert!(skipped.is_err(), "{text:?}");
    }
}

#[test]
fn one_level_over_the_limit_and_one_digit_over_it_are_refused() {
    let nested = |levels| "[".repeat(levels) + &"]".repeat(levels);
    assert!(parse(&nested(MAX_DEPTH)).is_ok());
    let deep = nested(MAX_DEPTH + 1);
    assert!(matches!(parse(&deep), Err(DjangoError::TooDeep { .. })));
    assert!(Reader::new(&deep).raw().is_err());
    assert!(parse(&"[".repeat(1_000_000)).is_err());
    assert!(parse(&"9".repeat(4300)).is_ok());
    assert!(parse(&"9".repeat(4301)).is_err());
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic_and_skipping_refuses_what_reading_refuses(
        text in "[\\[\\]{}\",:0-9eE.\\\\un\\- tfaé]{0,40}"
    ) {
        let mut reader = Reader::new(&text);
        let skipped = reader.raw().and_then(|_| reader.end());
        proptest::prop_assert_eq!(skipped.is_ok(), parse(&text).is_ok());
    }
}
