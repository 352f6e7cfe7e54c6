//! Removing what has expired, a batch at a time: a little through its index, a lot in the order in
//! which it stands in the table.
//!
//! Keys are random, so what expires together lies scattered. Removed hour by hour, each row would cost
//! a page of its own, read and written, and after a checkpoint the log would get each page whole. So
//! where the table's pages hold expired rows more often than not, it is walked from its first page to its last.
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_postgres::Error;

use crate::clock::Timestamp;
use crate::store::Swept;
use crate::store::postgres::hours::{begins, due};
use crate::store::postgres::link::Link;
use crate::store::postgres::value::Value;

/// So many removed rows are left in the index until the server's vacuum comes by.
const LITTER: u64 = 10_000;
/// For so long after a walk nobody looks through what it left in the index: by then autovacuum, which
/// looks around each minute, should have been there.
const VACUUM: Duration = Duration::from_secs(600);

/// The first of what is due is locked, so that sweepers who work at the same time take different rows and
/// wait for nobody. One row more is looked at, to know whether something is left. A row that is saved
/// meanwhile is looked at again and stays.
const BY_HOUR: &str = "\
    WITH due AS (\
        SELECT ctid, sweep_at FROM cloakroom_sessions WHERE sweep_at > $3 AND sweep_at <= $1 \
        ORDER BY sweep_at LIMIT $2 + 1 FOR UPDATE SKIP LOCKED\
    ), removed AS (\
        DELETE FROM cloakroom_sessions \
        WHERE ctid = ANY (ARRAY(SELECT ctid FROM due LIMIT $2)) AND sweep_at <= $1 RETURNING 1\
    ) \
    SELECT (SELECT count(*) FROM removed), (SELECT sweep_at FROM due OFFSET $2)";

/// The same for the next rows behind a place in the table; there is a last one while there may be more.
/// The sum keeps the index out of it.
const ON_WALK: &str = "\
    WITH due AS (\
        SELECT ctid FROM cloakroom_sessions WHERE ctid > $3::text::tid AND sweep_at + 0 <= $1 \
        LIMIT $2 FOR UPDATE SKIP LOCKED\
    ), removed AS (\
        DELETE FROM cloakroom_sessions \
        WHERE ctid = ANY (ARRAY(SELECT ctid FROM due)) AND sweep_at <= $1 RETURNING 1\
    ) \
    SELECT (SELECT count(*) FROM removed), (SELECT ctid::text FROM due OFFSET $2 - 1)";

/// Says whether more rows are due than half as many as there are pages. Servers before PostgreSQL 14 can't walk a
/// table bit by bit.
const ARE_MANY: &str = "\
    SELECT CASE WHEN current_setting('server_version_num')::integer >= 140000 THEN (\
        SELECT count(*) FROM (\
            SELECT 1 FROM cloakroom_sessions WHERE sweep_at <= $1 LIMIT pages / 2 + 1\
        ) due\
    ) > pages / 2 ELSE false END \
    FROM (\
        SELECT pg_relation_size('cloakroom_sessions') / current_setting('block_size')::bigint AS pages\
    ) size";

/// How clearing is going.
#[derive(Debug, Default)]
pub(super) struct Clearing(Mutex<Stage>);

#[derive(Clone, Debug, Default)]
enum Stage {
    /// Nothing is known.
    #[default]
    Fresh,
    /// Of what is due by this hour there is little.
    Little {
        due: i32,
    },
    Walking(Walk),
    /// What was due by this hour is gone, but still in the index.
    Walked {
        due: i32,
        until: Instant,
    },
}

#[derive(Clone, Debug)]
struct Walk {
    due: i32,
    /// The last row so far.
    behind: String,
    oldest: i32,
    removed: u64,
}

impl Clearing {
    /// Removes at most so many rows.
    pub(super) async fn batch(
        &self,
        link: &Link,
        now: Timestamp,
        limit: i64,
    ) -> Result<Swept, Error> {
        let due = due(now);
        let stage = self.stage().clone();
        match stage {
            Stage::Walking(walk) if walk.due <= due => self.step(link, walk, limit).await,
            stage => self.by_hour(link, stage, due, limit).await,
        }
    }

    async fn by_hour(
        &self,
        link: &Link,
        stage: Stage,
        due: i32,
        limit: i64,
    ) -> Result<Swept, Error> {
        let values = [
            Value::Hour(due),
            Value::Number(limit),
            Value::Hour(stage.gone()),
        ];
        let (removed, left) = answer::<i32>(link, BY_HOUR, values).await?;
        let is_full = removed >= limit.cast_unsigned();
        if let (Some(oldest), true, false) = (left, is_full, stage.is_little(due)) {
            let next = match are_many(link, due).await {
                true => Stage::Walking(Walk::from_the_first(due, oldest)),
                false => Stage::Little { due },
            };
            *self.stage() = next;
        }
        Ok(Swept {
            removed,
            oldest_left: left.map(begins),
        })
    }

    async fn step(&self, link: &Link, walk: Walk, limit: i64) -> Result<Swept, Error> {
        let values = [
            Value::Hour(walk.due),
            Value::Number(limit),
            Value::Text(&walk.behind),
        ];
        let (removed, last) = answer::<String>(link, ON_WALK, values).await?;
        let oldest_left = last.is_some().then(|| begins(walk.oldest));
        *self.stage() = walk.after(removed, last);
        Ok(Swept {
            removed,
            oldest_left,
        })
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stage {
    /// Returns the hour up to which nobody need look.
    fn gone(&self) -> i32 {
        match self {
            Self::Walked { due, until } if Instant::now() < *until => *due,
            _ => i32::MIN,
        }
    }

    fn is_little(&self, by: i32) -> bool {
        matches!(self, Self::Little { due } if *due == by)
    }
}

impl Walk {
    fn from_the_first(due: i32, oldest: i32) -> Self {
        Self {
            due,
            behind: "(0,0)".into(),
            oldest,
            removed: 0,
        }
    }

    fn after(mut self, removed: u64, last: Option<String>) -> Stage {
        self.removed += removed;
        match last {
            Some(last) => {
                self.behind = last;
                Stage::Walking(self)
            }
            None if self.removed < LITTER => Stage::Fresh,
            None => Stage::Walked {
                due: self.due,
                until: Instant::now() + VACUUM,
            },
        }
    }
}

/// Asks for a number of removed rows, and for what says that more are left.
async fn answer<T: for<'a> tokio_postgres::types::FromSql<'a>>(
    link: &Link,
    sql: &'static str,
    values: [Value<'_>; 3],
) -> Result<(u64, Option<T>), Error> {
    let rows = link.rows(sql, values).await?;
    match rows.first() {
        Some(row) => Ok((row.try_get::<_, i64>(0)?.cast_unsigned(), row.try_get(1)?)),
        None => Ok((0, None)),
    }
}

/// A server that can't say it has few.
async fn are_many(link: &Link, due: i32) -> bool {
    let rows = link.rows(ARE_MANY, [Value::Hour(due)]).await;
    let many = rows.and_then(|rows| rows.first().map(|row| row.try_get(0)).transpose());
    many.inspect_err(|error| tracing::debug!(%error, "expired sessions can't be counted"))
        .unwrap_or_default()
        .unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_a_long_walk_removed_is_not_looked_through_until_the_server_has_tidied_up() {
        let walk = Walk::from_the_first(500, 400);
        let walking = walk.after(LITTER, Some("(7,1)".into()));
        let Stage::Walking(walk) = walking else {
            panic!("more may be left: {walking:?}");
        };
        assert_eq!((walk.due, &*walk.behind), (500, "(7,1)"));
        let short = Walk::from_the_first(500, 400).after(LITTER - 1, None);
        assert_eq!(short.gone(), i32::MIN);
        let walked = walk.after(1, None);
        assert_eq!(walked.gone(), 500);
        tokio::time::advance(VACUUM).await;
        assert_eq!(walked.gone(), i32::MIN);
    }
}
