//! The scripts: what must be compared and written in one step. Each touches one slot only.
use std::fmt::Write;

use sha1::{Digest, Sha1};

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

/// Notes a session in one of its user's buckets, of which the narrowest is named first, and lets that go with the last
/// note in it.
///
/// Where it stands already its end is put off; it is never brought forward, since of two who save at once nobody knows
/// who is the last. Otherwise it goes into the widest bucket with room, for which a full one drops what is over. More
/// than 128 in one would cost several times the memory each, so only the narrowest takes more than this.
const NOTE: &str = "\
local bucket
for i = #KEYS, 1, -1 do
  if redis.call('ZSCORE', KEYS[i], ARGV[1]) then bucket = KEYS[i] break end
end
for i = #KEYS, 1, -1 do
  if bucket then break end
  local notes = redis.call('ZCARD', KEYS[i])
  if notes >= 120 then
    notes = notes - redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', redis.call('TIME')[1])
  end
  if notes < 120 or i == 1 then bucket = KEYS[i] end
end
redis.call('ZADD', bucket, 'GT', ARGV[2], ARGV[1])
redis.call('EXPIREAT', bucket, redis.call('ZRANGE', bucket, -1, -1, 'WITHSCORES')[2])
return 1";

/// The scripts.
pub(super) struct Scripts {
    pub(super) save: Script,
    pub(super) rename: Script,
    pub(super) delete: Script,
    /// With the names of all of a user's buckets.
    pub(super) note: Script,
    /// The same with the name of the narrowest alone.
    pub(super) note_in_one: Script,
}

/// One script: its text, and the hash under which servers keep it.
pub(super) struct Script {
    text: &'static str,
    hash: String,
    /// How many of the words after it are names.
    names: &'static str,
}

impl Scripts {
    pub(super) fn new() -> Self {
        Self {
            save: Script::new(SAVE, "1"),
            rename: Script::new(RENAME, "2"),
            delete: Script::new(DELETE, "1"),
            note: Script::new(NOTE, "4"),
            note_in_one: Script::new(NOTE, "1"),
        }
    }

    /// Returns the order to note a session, in whichever bucket has room or, if need be, in the narrowest.
    pub(super) fn noting<'a>(
        &'a self,
        wide: &'a [&'a [u8]],
        narrow: &'a [&'a [u8]],
    ) -> Question<'a> {
        Question::WideOrNarrow([(&self.note, wide), (&self.note_in_one, narrow)])
    }
}

impl Script {
    pub(super) fn new(text: &'static str, names: &'static str) -> Self {
        let mut hash = String::with_capacity(40);
        for byte in Sha1::digest(text) {
            write!(hash, "{byte:02x}").expect("text can be written to");
        }
        Self { text, hash, names }
    }

    /// Returns the words that call it on a server that knows it.
    pub(super) fn by_hash(&self) -> [&[u8]; 3] {
        [b"EVALSHA", self.hash.as_bytes(), self.names.as_bytes()]
    }

    /// Returns the words that bring it to a server.
    pub(super) fn whole(&self) -> [&[u8]; 3] {
        [b"EVAL", self.text.as_bytes(), self.names.as_bytes()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_called_by_the_hash_that_redis_gives_it() {
        // By SCRIPT LOAD.
        let script = Script::new("return 1", "0");
        let hash = b"e0e1f9fabfc9d4800c877a703b823ac0578ff8db";
        assert_eq!(script.by_hash(), [&b"EVALSHA"[..], hash, b"0"]);
    }
}
