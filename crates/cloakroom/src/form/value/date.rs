//! Days and times, without a zone.
use jiff::civil::{Date, DateTime, Time};

use crate::form::limit::{is_date, is_time};
use crate::form::value::number::check_range;
use crate::form::value::{Slot, Typed, Value};
use crate::form::{Input, Kind, Problem};

macro_rules! civil {
    ($($type:ident: $input:ident, $is_one:ident, $write:literal;)*) => {$(
        impl Value for $type {
            const KIND: Kind = Kind::new(Input::$input);

            fn empty() -> Option<Self> {
                None
            }

            fn read(typed: &mut Typed<'_>) -> Result<Self, Problem> {
                let text = typed.text().trim();
                let value = $is_one(text).then(|| text.parse().ok()).flatten();
                let value: Self = value.ok_or_else(|| Problem::new("invalid"))?;
                check_range(typed, &value);
                Ok(value)
            }

            /// Browsers take no other form (HTML standard, "Dates and times").
            fn write(&self, slot: &mut Slot) {
                slot.text(self.strftime($write).to_string());
            }
        }
    )*};
}

civil! {
    Date: Date, is_day, "%Y-%m-%d";
    Time: Time, is_clock, "%H:%M:%S%.f";
    DateTime: DateTime, is_both, "%Y-%m-%dT%H:%M:%S%.f";
}

fn is_day(text: &str) -> bool {
    text.len() == 10 && is_date(text.as_bytes(), 0)
}

fn is_clock(text: &str) -> bool {
    is_time(text.as_bytes(), 0)
}

fn is_both(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() > 11 && is_date(bytes, 0) && matches!(bytes[10], b'T' | b' ') && is_time(bytes, 11)
}
