//! A session as the values of its row, by itself or in lists with others.
use std::fmt;

use tokio_postgres::Row as Answered;

use crate::error::StoreError;
use crate::session::{Record, StoreKey, Version};
use crate::store::columns::Columns;
use crate::store::packed::packed;
use crate::store::postgres::hours::sweep_at;
use crate::store::postgres::tables::{expected, in_column, number};
use crate::store::postgres::value::{Half, Value, halves};

/// How many values a row is replaced with.
pub(super) const VALUES: usize = 11;

/// What a save puts into a row, and which version it expects there.
pub(super) struct Row {
    pub(super) key: StoreKey,
    expected: i64,
    expires: i64,
    sweep_at: i32,
    user: Option<Vec<u8>>,
    body: Vec<u8>,
    columns: Columns,
}

impl Row {
    /// # Errors
    /// When the version is another kind of store's.
    pub(super) fn of(
        key: &StoreKey,
        version: &Version,
        record: &Record,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            key: *key,
            expected: expected(version)?,
            expires: number(record.expires()),
            sweep_at: sweep_at(record.expires()),
            user: record.user().map(in_column),
            body: packed(record),
            columns: Columns::of(record),
        })
    }

    /// Returns the values in the order of the statement.
    pub(super) fn values(&self) -> [Value<'_>; VALUES] {
        let [half, end] = halves(&self.key);
        [
            half,
            end,
            Value::Number(self.expected),
            Value::Number(self.expires),
            Value::Hour(self.sweep_at),
            Value::Maybe(self.user.as_deref()),
            Value::Bytes(&self.body),
            Value::MaybeMinute(self.columns.began),
            Value::MaybeMinute(self.columns.seen),
            Value::MaybeText(self.columns.method.as_deref()),
            Value::MaybeText(self.columns.device.as_deref()),
        ]
    }

    /// Returns the half of the key by which the table finds it.
    pub(super) fn half(&self) -> [u8; 16] {
        let (half, _) = self.key.as_bytes().split_at(16);
        half.try_into().expect("half of 32 bytes")
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Row(..)")
    }
}

/// Turns rows into lists: all first values, then all second ones.
pub(super) fn lists<'a>(rows: &[[Value<'a>; VALUES]]) -> [Vec<Value<'a>>; VALUES] {
    std::array::from_fn(|at| rows.iter().map(|row| row[at]).collect())
}

/// Reads the half of a key that stands in an answer's first column.
pub(super) fn half_of(answered: &Answered) -> Option<[u8; 16]> {
    answered.try_get::<_, Half>(0).ok().map(|half| half.0)
}
