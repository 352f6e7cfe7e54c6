//! The statements of single sessions, one round trip each, prepared once for each connection.
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, Statement};

use crate::store::named::Named;
#[cfg(feature = "django")]
use crate::store::postgres::django;
use crate::store::postgres::link::Work;

/// Finds what lives under a key.
const LOAD: &str = "SELECT version, body FROM cloakroom_sessions WHERE key = $1 AND key_end = $2 AND expires_at > $3";

/// Finds what stands under a key, expired or not.
const STANDING: &str =
    "SELECT version, body FROM cloakroom_sessions WHERE key = $1 AND key_end = $2";

/// Puts a row where none is; a taken key is no error, so it does not fill the server's log.
const CREATE: &str = "\
    INSERT INTO cloakroom_sessions \
    (key, key_end, version, expires_at, sweep_at, is_sign, user_id, body, began_at, seen_at, method, device) \
    VALUES ($1, $2, 1, $3, $4, false, $5, $6, $7, $8, $9, $10) ON CONFLICT (key) DO NOTHING";

/// Replaces a row of one version. Indexed columns are given the values that they have nearly always,
/// and PostgreSQL then leaves the indexes alone (a HOT update).
const SAVE: &str = "\
    UPDATE cloakroom_sessions \
    SET version = version + 1, expires_at = $4, sweep_at = $5, is_sign = false, user_id = $6, body = $7, \
    began_at = $8, seen_at = $9, method = $10, device = $11 \
    WHERE key = $1 AND key_end = $2 AND version = $3";

/// The same for several sessions, whose values come in lists; answers with the keys of those that were replaced.
///
/// For another's lock it waits only for so many milliseconds as are said last: that is settled before it looks at a row, and ends
/// with it.
const SAVE_ALL: &str = "\
    UPDATE cloakroom_sessions AS there \
    SET version = there.version + 1, expires_at = new.expires_at, sweep_at = new.sweep_at, is_sign = false, \
    user_id = new.user_id, body = new.body, began_at = new.began_at, seen_at = new.seen_at, method = new.method, \
    device = new.device \
    FROM unnest($1::uuid[], $2::uuid[], $3::int8[], $4::int8[], $5::int4[], $6::bytea[], $7::bytea[], $8::int4[], \
    $9::int4[], $10::text[], $11::text[]) \
    AS new(key, key_end, version, expires_at, sweep_at, user_id, body, began_at, seen_at, method, device) \
    WHERE there.key = new.key AND there.key_end = new.key_end AND there.version = new.version \
    AND (SELECT set_config('lock_timeout', $12, true)) IS NOT NULL \
    RETURNING there.key";

/// Moves a row, both or neither: the old row is locked if its version is still this one, the new row
/// is put only for a locked old one and only where none is, and the sign only where a new row was put.
///
/// Whoever else changes the old row meanwhile is waited for, and then its version is another one;
/// whoever puts a row under the new key meanwhile is waited for too, and then the key is taken.
const RENAME: &str = "\
    WITH held AS (\
        SELECT 1 FROM cloakroom_sessions WHERE key = $1 AND key_end = $2 AND version = $3 FOR UPDATE\
    ), put AS (\
        INSERT INTO cloakroom_sessions \
        (key, key_end, version, expires_at, sweep_at, is_sign, user_id, body, began_at, seen_at, method, device) \
        SELECT $4, $5, 1, $6, $7, false, $8, $9, $13, $14, $15, $16 FROM held ON CONFLICT (key) DO NOTHING RETURNING 1\
    ), marked AS (\
        UPDATE cloakroom_sessions \
        SET version = version + 1, expires_at = $10, sweep_at = $11, is_sign = true, user_id = NULL, body = $12, \
        began_at = NULL, seen_at = NULL, method = NULL, device = NULL \
        FROM put WHERE key = $1 AND key_end = $2 AND version = $3 RETURNING 1\
    ) \
    SELECT (SELECT count(*) FROM held), (SELECT count(*) FROM marked)";

/// Removes a row and returns it, unless it is a sign.
const DELETE: &str = "\
    DELETE FROM cloakroom_sessions WHERE key = $1 AND key_end = $2 AND NOT is_sign \
    RETURNING version, body";

/// The statements as one connection knows them.
#[derive(Debug)]
pub(super) struct Statements {
    pub(super) load: Statement,
    pub(super) standing: Statement,
    pub(super) create: Statement,
    pub(super) save: Statement,
    /// Of several; Django's are saved one by one.
    pub(super) save_all: Statement,
    pub(super) rename: Statement,
    pub(super) delete: Statement,
}

impl Statements {
    /// Prepares all of them. A table of another shape makes the server refuse one.
    pub(super) async fn prepare(client: &Client, named: &Named, work: Work) -> Result<Self, Error> {
        #[cfg(feature = "django")]
        if let Work::OneOfDjangos | Work::ManyOfDjangos = work {
            return django::prepare(client).await;
        }
        let _ = work;
        const HALF: Type = Type::UUID;
        const BODY: Type = Type::BYTEA;
        const USER: Type = Type::BYTEA;
        const NUMBER: Type = Type::INT8;
        const HOUR: Type = Type::INT4;
        const MINUTE: Type = Type::INT4;
        const TEXT: Type = Type::TEXT;
        let prepare = async |sql, types| client.prepare_typed(&named.sql(sql), types).await;
        Ok(Self {
            load: prepare(LOAD, &[HALF, HALF, NUMBER]).await?,
            standing: prepare(STANDING, &[HALF, HALF]).await?,
            create: prepare(
                CREATE,
                &[
                    HALF, HALF, NUMBER, HOUR, USER, BODY, MINUTE, MINUTE, TEXT, TEXT,
                ],
            )
            .await?,
            save: prepare(
                SAVE,
                &[
                    HALF, HALF, NUMBER, NUMBER, HOUR, USER, BODY, MINUTE, MINUTE, TEXT, TEXT,
                ],
            )
            .await?,
            save_all: prepare(
                SAVE_ALL,
                &[
                    Type::UUID_ARRAY,
                    Type::UUID_ARRAY,
                    Type::INT8_ARRAY,
                    Type::INT8_ARRAY,
                    Type::INT4_ARRAY,
                    Type::BYTEA_ARRAY,
                    Type::BYTEA_ARRAY,
                    Type::INT4_ARRAY,
                    Type::INT4_ARRAY,
                    Type::TEXT_ARRAY,
                    Type::TEXT_ARRAY,
                    Type::TEXT,
                ],
            )
            .await?,
            rename: prepare(
                RENAME,
                &[
                    HALF, HALF, NUMBER, HALF, HALF, NUMBER, HOUR, USER, BODY, NUMBER, HOUR, BODY,
                    MINUTE, MINUTE, TEXT, TEXT,
                ],
            )
            .await?,
            delete: prepare(DELETE, &[HALF, HALF]).await?,
        })
    }

    /// Says whether the columns that are read have their types.
    pub(super) fn fit(&self) -> bool {
        let read = self.load.columns().iter().map(|column| column.type_());
        let read: Vec<_> = read.collect();
        read == [&Type::INT8, &Type::BYTEA] || read == [&Type::TEXT, &Type::TIMESTAMPTZ]
    }
}
