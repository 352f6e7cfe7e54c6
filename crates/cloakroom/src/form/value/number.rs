//! Numbers.
use std::fmt::Display;
use std::num::IntErrorKind;
use std::str::FromStr;

use crate::form::value::{Slot, Typed, Value};
use crate::form::{Input, Kind, Problem};

macro_rules! whole_numbers {
    ($($number:ident($kind:expr)),*) => {$(
        impl Value for $number {
            const KIND: Kind = $kind;

            fn empty() -> Option<Self> {
                None
            }

            fn read(typed: &mut Typed<'_>) -> Result<Self, Problem> {
                let number = typed.text().trim().parse::<Self>().map_err(|error| {
                    match error.kind() {
                        IntErrorKind::PosOverflow => Problem::new("max_value").with("limit", Self::MAX),
                        IntErrorKind::NegOverflow => Problem::new("min_value").with("limit", Self::MIN),
                        _ => Problem::new("invalid"),
                    }
                })?;
                check_range(typed, &number);
                Ok(number)
            }

            fn write(&self, slot: &mut Slot) {
                slot.text(self.to_string());
            }
        }
    )*};
}

/// The kind of a number that can be anything that its type holds.
const WHOLE: Kind = Kind::new(Input::Integer);

whole_numbers! {
    i8(WHOLE.within("-128", "127")),
    i16(WHOLE.within("-32768", "32767")),
    i32(WHOLE.within("-2147483648", "2147483647")),
    i64(WHOLE), i128(WHOLE), isize(WHOLE),
    u8(WHOLE.within("0", "255")),
    u16(WHOLE.within("0", "65535")),
    u32(WHOLE.within("0", "4294967295")),
    u64(WHOLE), u128(WHOLE), usize(WHOLE)
}

macro_rules! floating {
    ($($number:ident),*) => {$(
        impl Value for $number {
            const KIND: Kind = Kind::new(Input::Decimal);

            fn empty() -> Option<Self> {
                None
            }

            fn read(typed: &mut Typed<'_>) -> Result<Self, Problem> {
                let text = plain(typed)?;
                let number = text.parse::<Self>().ok().filter(|number| number.is_finite());
                let number = number.ok_or_else(|| Problem::new("invalid"))?;
                check_range(typed, &number);
                Ok(number)
            }

            fn write(&self, slot: &mut Slot) {
                slot.text(self.to_string());
            }
        }
    )*};
}

floating!(f32, f64);

#[cfg(feature = "decimal")]
impl Value for rust_decimal::Decimal {
    const KIND: Kind = Kind::new(Input::Decimal);

    fn empty() -> Option<Self> {
        None
    }

    fn read(typed: &mut Typed<'_>) -> Result<Self, Problem> {
        let text = plain(typed)?;
        let number = Self::from_str_exact(text).map_err(|_| Problem::new("invalid"))?;
        check_range(typed, &number);
        Ok(number)
    }

    fn write(&self, slot: &mut Slot) {
        slot.text(self.to_string());
    }
}

/// Returns the text when it is a number in plain digits, and counts them.
fn plain<'a>(typed: &mut Typed<'a>) -> Result<&'a str, Problem> {
    let text = typed.text().trim();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, parts) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && parts.is_empty()) || !are_digits(whole) || !are_digits(parts) {
        return Err(Problem::new("invalid"));
    }
    let spec = typed.spec();
    let places = parts.len();
    let all = whole.trim_start_matches('0').len() + places;
    if let Some(limit) = spec.max_digits.filter(|limit| all > *limit as usize) {
        typed.complain(Problem::new("max_digits").with("limit", limit));
    } else if let Some(limit) = spec.decimal_places.filter(|limit| places > *limit as usize) {
        typed.complain(Problem::new("max_decimal_places").with("limit", limit));
    }
    Ok(text)
}

/// Holds a value against the least and the greatest that its field allows.
pub(super) fn check_range<T: PartialOrd + FromStr>(typed: &mut Typed<'_>, value: &T) {
    let spec = typed.spec();
    if let Some((limit, _)) = limit::<T>(spec.min).filter(|(_, limit)| value < limit) {
        typed.complain(reached("min_value", limit));
    } else if let Some((limit, _)) = limit::<T>(spec.max).filter(|(_, limit)| value > limit) {
        typed.complain(reached("max_value", limit));
    }
}

fn limit<T: FromStr>(text: Option<&'static str>) -> Option<(&'static str, T)> {
    let text = text?;
    Some((text, text.parse().ok()?))
}

fn reached(code: &'static str, limit: impl Display) -> Problem {
    Problem::new(code).with("limit", limit)
}
