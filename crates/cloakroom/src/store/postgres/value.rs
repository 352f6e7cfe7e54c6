//! What is handed to a statement, without a telling `Debug`: the driver logs parameters.
use std::error::Error;
use std::fmt;

use bytes::BytesMut;
use tokio_postgres::types::{Format, FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::session::StoreKey;

/// One parameter of a statement.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    Bytes(&'a [u8]),
    /// Half a key.
    Half([u8; 16]),
    Text(&'a str),
    Maybe(Option<&'a [u8]>),
    Number(i64),
    Hour(i32),
    MaybeMinute(Option<i32>),
    MaybeText(Option<&'a str>),
    /// Microseconds since 2000.
    #[cfg(feature = "django")]
    Time(i64),
}

/// Half a key, as it is answered.
pub(super) struct Half(pub(super) [u8; 16]);

impl<'a> FromSql<'a> for Half {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw.try_into()?))
    }

    fn accepts(of: &Type) -> bool {
        *of == Type::UUID
    }
}

/// Returns the two halves of a key.
pub(super) fn halves(key: &StoreKey) -> [Value<'static>; 2] {
    let mut halves = [[0; 16]; 2];
    halves.as_flattened_mut().copy_from_slice(key.as_bytes());
    halves.map(Value::Half)
}

impl Value<'_> {
    /// Returns the type of the column that it belongs to.
    pub(super) fn of(&self) -> Type {
        match self {
            Self::Bytes(_) | Self::Maybe(_) => Type::BYTEA,
            Self::Half(_) => Type::UUID,
            Self::Text(_) | Self::MaybeText(_) => Type::TEXT,
            Self::Number(_) => Type::INT8,
            Self::Hour(_) | Self::MaybeMinute(_) => Type::INT4,
            #[cfg(feature = "django")]
            Self::Time(_) => Type::TIMESTAMPTZ,
        }
    }
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        of: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Bytes(bytes) => bytes.to_sql(of, out),
            Self::Half(half) => {
                out.extend_from_slice(half);
                Ok(IsNull::No)
            }
            Self::Text(text) => text.to_sql(of, out),
            Self::Maybe(bytes) => bytes.to_sql(of, out),
            Self::Number(number) => number.to_sql(of, out),
            Self::Hour(hour) => hour.to_sql(of, out),
            Self::MaybeMinute(minute) => minute.to_sql(of, out),
            Self::MaybeText(text) => text.to_sql(of, out),
            #[cfg(feature = "django")]
            Self::Time(micros) => {
                out.extend_from_slice(&micros.to_be_bytes());
                Ok(IsNull::No)
            }
        }
    }

    fn accepts(of: &Type) -> bool {
        [
            Type::BYTEA,
            Type::UUID,
            Type::TEXT,
            Type::INT8,
            Type::INT4,
            Type::TIMESTAMPTZ,
        ]
        .contains(of)
    }

    fn encode_format(&self, _of: &Type) -> Format {
        Format::Binary
    }

    to_sql_checked!();
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_is_told_to_a_log() {
        let values = [
            Value::Bytes(b"hunter2"),
            Value::Text("hunter2"),
            Value::Number(4_711),
        ];
        assert_eq!(format!("{values:?}"), "[.., .., ..]");
    }
}
