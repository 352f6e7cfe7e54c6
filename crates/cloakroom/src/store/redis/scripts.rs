//! The scripts: what must be compared and written in one step. Each touches one slot only.
use redis::{Cmd, Script};

use crate::session::Body;
use crate::store::redis::servers::Question;

/// Nothing stands there.
pub(super) const GONE: i64 = 0;
/// It is done.
pub(super) const DONE: i64 = 1;
/// Something stands under the new name.
pub(super) const TAKEN: i64 = 2;

/// Replaces a value if its version is this one; otherwise answers with what stands there.
///
/// Only the version is taken into Lua, which is dear with long texts.
const SAVE: &str = "\
if redis.call('GETRANGE', KEYS[1], 0, 7) ~= ARGV[1] then return redis.call('GET', KEYS[1]) or 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EXAT', ARGV[3])
return 1";

/// Puts one value in the place of a version and another under a name that is free.
const RENAME: &str = "\
if redis.call('GETRANGE', KEYS[1], 0, 7) ~= ARGV[1] then return redis.call('GET', KEYS[1]) or 0 end
if redis.call('EXISTS', KEYS[2]) == 1 then return 2 end
redis.call('SET', KEYS[1], ARGV[2], 'EXAT', ARGV[3])
redis.call('SET', KEYS[2], ARGV[4], 'EXAT', ARGV[5])
return 1";

/// Removes a value and answers with it; a sign is answered with only.
const DELETE: &str = "\
local there = redis.call('GET', KEYS[1])
if there and string.sub(there, 9, 9) ~= ARGV[1] then redis.call('DEL', KEYS[1]) end
return there";

/// No script is called with more arguments.
const ARGUMENTS: usize = 10;
/// As many bytes as the arguments have beside a value: a hash, a name, a version and a time.
const ROOM: usize = 160;

/// The scripts, by their text and by the hash under which servers keep them.
pub(super) struct Scripts {
    save: Hashed,
    rename: Hashed,
    delete: Hashed,
}

struct Hashed {
    text: &'static str,
    hash: String,
}

/// A value, and when it may be removed.
pub(super) struct Put {
    pub(super) value: Vec<u8>,
    pub(super) removed_at: u64,
}

impl Scripts {
    pub(super) fn new() -> Self {
        let hashed = |text| Hashed {
            text,
            hash: Script::new(text).get_hash().to_owned(),
        };
        Self {
            save: hashed(SAVE),
            rename: hashed(RENAME),
            delete: hashed(DELETE),
        }
    }

    pub(super) fn save(&self, name: &str, version: &[u8], put: &Put) -> Question {
        self.save.question(ROOM + put.value.len(), |command| {
            command.arg(1).arg(name).arg(version);
            put.add_to(command);
        })
    }

    pub(super) fn rename(
        &self,
        [from, to]: [&str; 2],
        version: &[u8],
        sign: &Put,
        record: &Put,
    ) -> Question {
        let values = sign.value.len() + record.value.len();
        self.rename.question(2 * ROOM + values, |command| {
            command.arg(2).arg(from).arg(to).arg(version);
            sign.add_to(command);
            record.add_to(command);
        })
    }

    pub(super) fn delete(&self, name: &str) -> Question {
        self.delete.question(ROOM, |command| {
            command.arg(1).arg(name).arg(&[Body::SIGN][..]);
        })
    }
}

impl Hashed {
    fn question(&self, bytes: usize, arguments: impl Fn(&mut Cmd)) -> Question {
        let mut command = Cmd::with_capacity(ARGUMENTS, bytes);
        command.arg("EVALSHA").arg(&self.hash);
        arguments(&mut command);
        Question::script(command, self.text)
    }
}

impl Put {
    fn add_to(&self, command: &mut Cmd) {
        command.arg(self.value.as_slice()).arg(self.removed_at);
    }
}
