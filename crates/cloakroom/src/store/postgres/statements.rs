//! The statements of single sessions, one round trip each, prepared once for each connection.
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, Statement};

/// Finds what lives under a key.
const LOAD: &str =
    "SELECT version, body FROM cloakroom_sessions WHERE key = $1 AND expires_at > $2";

/// Finds what stands under a key, expired or not.
const STANDING: &str = "SELECT version, body FROM cloakroom_sessions WHERE key = $1";

/// Puts a row where none is; a taken key is no error, so it does not fill the server's log.
const CREATE: &str = "\
    INSERT INTO cloakroom_sessions (key, version, expires_at, sweep_at, is_sign, user_id, body) \
    VALUES ($1, 1, $2, $3, false, $4, $5) ON CONFLICT (key) DO NOTHING";

/// Replaces a row of one version. Indexed columns are given the values that they have nearly always,
/// and PostgreSQL then leaves the indexes alone (a HOT update).
const SAVE: &str = "\
    UPDATE cloakroom_sessions \
    SET version = version + 1, expires_at = $3, sweep_at = $4, is_sign = false, user_id = $5, body = $6 \
    WHERE key = $1 AND version = $2";

/// Moves a row, both or neither: the old row is locked if its version is still this one, the new row
/// is put only for a locked old one and only where none is, and the sign only where a new row was put.
///
/// Whoever else changes the old row meanwhile is waited for, and then its version is another one;
/// whoever puts a row under the new key meanwhile is waited for too, and then the key is taken.
const RENAME: &str = "\
    WITH held AS (\
        SELECT 1 FROM cloakroom_sessions WHERE key = $1 AND version = $2 FOR UPDATE\
    ), put AS (\
        INSERT INTO cloakroom_sessions (key, version, expires_at, sweep_at, is_sign, user_id, body) \
        SELECT $3, 1, $4, $5, false, $6, $7 FROM held ON CONFLICT (key) DO NOTHING RETURNING 1\
    ), marked AS (\
        UPDATE cloakroom_sessions \
        SET version = version + 1, expires_at = $8, sweep_at = $9, is_sign = true, user_id = NULL, body = $10 \
        FROM put WHERE key = $1 AND version = $2 RETURNING 1\
    ) \
    SELECT (SELECT count(*) FROM held), (SELECT count(*) FROM marked)";

/// Removes a row and returns it, unless it is a sign.
const DELETE: &str =
    "DELETE FROM cloakroom_sessions WHERE key = $1 AND NOT is_sign RETURNING version, body";

/// The statements as one connection knows them.
#[derive(Debug)]
pub(super) struct Statements {
    pub(super) load: Statement,
    pub(super) standing: Statement,
    pub(super) create: Statement,
    pub(super) save: Statement,
    pub(super) rename: Statement,
    pub(super) delete: Statement,
}

impl Statements {
    /// Prepares all of them. A table of another shape makes the server refuse one.
    pub(super) async fn prepare(client: &Client) -> Result<Self, Error> {
        const KEY: Type = Type::BYTEA;
        const BODY: Type = Type::BYTEA;
        const USER: Type = Type::BYTEA;
        const NUMBER: Type = Type::INT8;
        const HOUR: Type = Type::INT4;
        let prepare = |sql, types| client.prepare_typed(sql, types);
        Ok(Self {
            load: prepare(LOAD, &[KEY, NUMBER]).await?,
            standing: prepare(STANDING, &[KEY]).await?,
            create: prepare(CREATE, &[KEY, NUMBER, HOUR, USER, BODY]).await?,
            save: prepare(SAVE, &[KEY, NUMBER, NUMBER, HOUR, USER, BODY]).await?,
            rename: prepare(
                RENAME,
                &[
                    KEY, NUMBER, KEY, NUMBER, HOUR, USER, BODY, NUMBER, HOUR, BODY,
                ],
            )
            .await?,
            delete: prepare(DELETE, &[KEY]).await?,
        })
    }

    /// Says whether the columns that are read have their types.
    pub(super) fn fit(&self) -> bool {
        let read = self.load.columns().iter().map(|column| column.type_());
        read.eq([&Type::INT8, &Type::BYTEA])
    }
}
