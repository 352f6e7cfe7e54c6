//! What the reader takes, what it refuses, and what it writes.

use super::*;
use crate::django::{DjangoError, Text, Value};

fn text(text: &str) -> Value {
    Value::text(text)
}

fn dict(entries: &[(&str, Value)]) -> Value {
    let entries = entries
        .iter()
        .map(|(key, value)| (text(key), value.clone()));
    Value::Dict(entries.collect())
}

/// What CPython wrote, by protocol, and what it stands for.
fn written_by_python() -> Vec<(&'static [u8], Value)> {
    let all = Value::List(vec![
        Value::None,
        Value::Bool(true),
        Value::Bool(false),
        Value::Int(70_000),
        Value::BigInt("1180591620717411303424".into()),
        Value::Float(1.5),
        text("é"),
        Value::Tuple(vec![Value::Int(1), Value::Int(2)]),
    ]);
    vec![
        (b"(dp0\nVa\np1\nI1\ns.", dict(&[("a", Value::Int(1))])),
        (
            b"(lp0\nNaI01\naI00\naI70000\naL1180591620717411303424L\naF1.5\naV\xe9\np1\na(I1\nI2\ntp2\na.",
            all.clone(),
        ),
        (
            b"\x80\x02]q\x00(N\x88\x89Jp\x11\x01\x00\x8a\x09\0\0\0\0\0\0\0\0\x40G?\xf8\0\0\0\0\0\0X\x02\0\0\0\xc3\xa9q\x01K\x01K\x02\x86q\x02e.",
            all.clone(),
        ),
        (
            b"\x80\x05\x95\x2c\0\0\0\0\0\0\0]\x94(N\x88\x89Jp\x11\x01\x00\x8a\x09\0\0\0\0\0\0\0\0\x40G?\xf8\0\0\0\0\0\0\x8c\x02\xc3\xa9\x94K\x01K\x02\x86\x94e.",
            all,
        ),
        (
            b"\x80\x05]\x94(C\x02ab\x94\x8f\x94(K\x01\x90(K\x02\x91\x94\x96\x01\0\0\0\0\0\0\0c\x94)e.",
            Value::List(vec![
                Value::Bytes(b"ab".to_vec()),
                Value::Set(vec![Value::Int(1)]),
                Value::FrozenSet(vec![Value::Int(2)]),
                Value::ByteArray(b"c".to_vec()),
                Value::Tuple(vec![]),
            ]),
        ),
        // The same list twice, and filled after it was remembered.
        (
            b"\x80\x04]\x94(]\x94K\x01ah\x01e.",
            Value::List(vec![Value::List(vec![Value::Int(1)]); 2]),
        ),
        (b"(S'old'\nU\x01xT\x01\0\0\0yt.", Value::Tuple(vec![text("old"), text("x"), text("y")])),
        (
            b"\x80\x04\x8c\x03\xed\xa0\x80\x94.",
            Value::Text(Text::from_bytes(*b"\xed\xa0\x80").unwrap()),
        ),
        (b"K\x01K\x020.", Value::Int(1)),
        (b"K\x01(K\x021(K\x0201.", Value::Int(1)),
    ]
}

#[test]
fn pickles_of_all_protocols_are_read() {
    for (bytes, value) in written_by_python() {
        assert_eq!(
            parse(bytes).as_ref(),
            Ok(&value),
            "{}",
            bytes.escape_ascii()
        );
        let again = to_bytes(&value).unwrap();
        assert_eq!(parse(&again), Ok(value));
    }
}

#[test]
fn what_is_written_is_what_cpython_writes() {
    let nested = dict(&[("a", Value::List(vec![Value::Int(1), Value::Bool(true)]))]);
    let numbers = [255, 256, -3, 70_000, 1 << 40].map(Value::Int).to_vec();
    for (value, bytes) in [
        (Value::Dict(vec![]), &b"\x80\x05}\x94."[..]),
        (
            dict(&[("a", Value::Int(1))]),
            b"\x80\x05\x95\x0a\0\0\0\0\0\0\0}\x94\x8c\x01a\x94K\x01s.",
        ),
        (
            nested,
            b"\x80\x05\x95\x0f\0\0\0\0\0\0\0}\x94\x8c\x01a\x94]\x94(K\x01\x88es.",
        ),
        (
            Value::List(numbers),
            b"\x80\x05\x95\x1c\0\0\0\0\0\0\0]\x94(K\xffM\0\x01J\xfd\xff\xff\xffJp\x11\x01\0\x8a\x06\0\0\0\0\0\x01e.",
        ),
    ] {
        let written = to_bytes(&value).unwrap();
        assert_eq!(written, bytes, "{}", written.escape_ascii());
    }
}

#[test]
fn whatever_could_call_is_refused() {
    for bytes in [
        &b"cos\nsystem\n(S'true'\ntR."[..],
        b"\x80\x04\x8c\x02os\x8c\x06system\x93.",
        b"(ios\nsystem\n.",
        b"(cos\nsystem\no.",
        b"\x80\x02}\x81.",
        b"}}\x92.",
        b"}}b.",
        b"P1\n.",
        b"K\x01Q.",
        b"\x82\x01.",
        b"\x83\x01\0.",
        b"\x84\x01\0\0\0.",
        b"\x97.",
        b"}\x98.",
        b"}}R.",
    ] {
        let error = parse(bytes).unwrap_err();
        assert!(
            matches!(error, DjangoError::Calls { .. }),
            "{}",
            bytes.escape_ascii()
        );
    }
}

#[test]
fn programs_that_make_no_sense_are_errors() {
    for bytes in [
        &b""[..],
        b".",
        b"(.",
        b"K",
        b"K\x01",
        b"\x80\x06N.",
        b"a.",
        b"]a.",
        b"Na.",
        b"K\x01K\x02a.",
        b"]]s.",
        b"}K\x01s.",
        b"(K\x01d.",
        b"}(K\x01u.",
        b"](K\x01\x90.",
        b"t.",
        b"\x85.",
        b"(K\x01(\x86.",
        b"h\x00.",
        b"g0\n.",
        b"gx\n.",
        b"q\x00.",
        b"\x94.",
        b"0.",
        b"1.",
        b"2.",
        b"Ix\n.",
        b"I\n.",
        b"I1",
        b"L\n.",
        b"Fx\n.",
        b"Sx\n.",
        b"U\x01\xff.",
        b"X\x05\0\0\0a.",
        b"\x8c\x01\xff.",
        b"\x8d\xff\xff\xff\xff\xff\xff\xff\xffa.",
        b"\x8b\xff\xff\xff\xff.",
        b"\x95\xff\0\0\0\0\0\0\0N.",
        b"}]Ns.",
        b"\x8f(]\x90.",
        b"(}\x91.",
        b"garbage",
        b"42",
        b"\xff.",
    ] {
        let error = parse(bytes).unwrap_err();
        assert!(
            matches!(error, DjangoError::Malformed { .. }),
            "{}: {error}",
            bytes.escape_ascii()
        );
    }
}

/// Ten lists, each ten times in the next: 10^`rounds` ends.
fn laughs(rounds: usize) -> Vec<u8> {
    let mut bytes = b"\x80\x04]\x94".to_vec();
    for round in 0..rounds {
        bytes.extend(b"](");
        bytes.extend([b'h', round as u8].repeat(10));
        bytes.extend(b"e\x94");
    }
    bytes.push(b'.');
    bytes
}

#[test]
fn bombs_are_put_out() {
    assert!(parse(&laughs(3)).is_ok());
    assert!(matches!(
        parse(&laughs(30)),
        Err(DjangoError::TooLarge { .. })
    ));
    let long = [
        b"\x80\x04X\x00\x00\x01\x00",
        vec![b'x'; 1 << 16].as_slice(),
        b"\x94(",
    ]
    .concat();
    let echo = [long, [b'h', 0].repeat(1000), b"t.".to_vec()].concat();
    assert!(matches!(parse(&echo), Err(DjangoError::TooLarge { .. })));
    assert!(matches!(
        parse(b"]\x94h\x00a."),
        Err(DjangoError::TooDeep { .. })
    ));
    let far = b"]r\xff\xff\xff\xff.";
    assert_eq!(parse(far), Ok(Value::List(vec![])));
    let large = [b"X\x00\x00\x10\x00", vec![b'x'; 1 << 20].as_slice(), b"."].concat();
    assert!(matches!(parse(&large), Err(DjangoError::TooLarge { .. })));
    assert!(parse_within(&large, 2 << 20).is_ok());
}

#[test]
fn one_level_over_the_limit_is_refused_both_ways() {
    let nested =
        |levels: usize| [b"]".repeat(levels), b"a".repeat(levels - 1), b".".to_vec()].concat();
    let deepest = parse(&nested(MAX_DEPTH)).unwrap();
    assert!(to_bytes(&deepest).is_ok());
    assert!(matches!(
        parse(&nested(MAX_DEPTH + 1)),
        Err(DjangoError::TooDeep { .. })
    ));
    let deeper = Value::List(vec![deepest]);
    assert!(matches!(
        to_bytes(&deeper),
        Err(DjangoError::TooDeep { .. })
    ));
}

#[test]
fn every_cut_and_every_flipped_bit_is_an_error_or_data_and_never_a_panic() {
    for (bytes, _) in written_by_python() {
        for end in 0..bytes.len() {
            let _ = parse(&bytes[..end]);
        }
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let _ = parse(&flipped);
        }
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes: Vec<u8>, opcodes in "[(.012NKIFLVS\\]a-e)t}dsughpq]{0,30}") {
        let _ = parse(&bytes);
        let _ = parse(opcodes.as_bytes());
    }
}
