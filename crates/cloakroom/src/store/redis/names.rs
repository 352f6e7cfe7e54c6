//! What sessions are called in Redis, so that all of one rack lie on one slot.
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::StoreError;
use crate::session::StoreKey;
use crate::store::redis::NAME;

/// Makes and reads names such as `cloakroom:{3f}s6Zt…`: a prefix, the rack as two hexadecimal digits
/// and the other 31 bytes of the key as text.
///
/// A cluster hashes what stands in the braces (redis.io/docs/reference/cluster-spec, "Hash tags").
/// As text and with a prefix of up to 13 letters a name costs no more memory than as raw bytes,
/// since both round up to 64 bytes.
#[derive(Clone)]
pub(super) struct Names {
    prefix: String,
}

impl Names {
    pub(super) fn new(prefix: &str) -> Result<Self, StoreError> {
        if prefix.contains(['{', '}']) {
            return Err(StoreError::new(NAME, "use its prefix").because(
                "braces in `Options::prefix` would put all sessions on one slot of a cluster",
            ));
        }
        Ok(Self {
            prefix: prefix.to_owned(),
        })
    }

    pub(super) fn of(&self, key: &StoreKey) -> String {
        let mut name = String::with_capacity(self.prefix.len() + 47);
        self.add_rack(key.rack(), &mut name);
        URL_SAFE_NO_PAD.encode_string(&key.as_bytes()[1..], &mut name);
        name
    }

    /// Returns a name on a rack that is no session's; it is used to see whether the server obeys.
    pub(super) fn trial(&self, rack: u8) -> String {
        let mut name = String::new();
        self.add_rack(rack, &mut name);
        name + "trial"
    }

    /// Returns the name of a bucket of the index by user: the one of a whole rack, or by so many hexadecimal digits of
    /// the path a narrower one.
    pub(super) fn bucket(&self, rack: u8, path: u16, digits: usize) -> String {
        let mut name = String::with_capacity(self.prefix.len() + 14);
        self.add_rack(rack, &mut name);
        name.push_str("user:");
        for digit in (0..4).rev().take(digits) {
            add_digit(path >> (4 * digit), &mut name);
        }
        name
    }

    pub(super) fn read(&self, name: &str) -> Option<StoreKey> {
        let rest = name.strip_prefix(&self.prefix)?.strip_prefix(":{")?;
        let (rack, digest) = rest.split_once('}')?;
        let mut bytes = [0; 32];
        bytes[0] = u8::from_str_radix(rack, 16).ok()?;
        let digest = URL_SAFE_NO_PAD.decode(digest).ok()?;
        bytes[1..].copy_from_slice(digest.as_slice().get(..31)?);
        let key = StoreKey::from_bytes(bytes);
        (self.of(&key) == name).then_some(key)
    }

    /// Returns the pattern by which SCAN finds all names.
    pub(super) fn pattern(&self) -> String {
        let mut pattern = String::new();
        for letter in self.prefix.chars() {
            if matches!(letter, '*' | '?' | '[' | ']' | '\\' | '^') {
                pattern.push('\\');
            }
            pattern.push(letter);
        }
        pattern + ":{??}*"
    }

    /// Returns what all names begin with.
    pub(super) fn beginning(&self) -> String {
        format!("{}:{{", self.prefix)
    }

    fn add_rack(&self, rack: u8, name: &mut String) {
        name.push_str(&self.prefix);
        name.push_str(":{");
        for digit in [rack >> 4, rack] {
            add_digit(digit.into(), name);
        }
        name.push('}');
    }
}

/// Adds the last four bits as a hexadecimal digit.
fn add_digit(bits: u16, name: &mut String) {
    name.push(char::from_digit((bits & 0xf).into(), 16).unwrap_or_default());
}

/// Returns the slot of a rack: CRC16 (XMODEM) of what stands in the braces, modulo 16,384.
pub(super) fn slot(rack: u8) -> u16 {
    let tag = format!("{rack:02x}");
    let crc = tag.bytes().fold(0_u16, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(byte) << 8), |crc, _| {
            (crc << 1) ^ if crc & 0x8000 == 0 { 0 } else { 0x1021 }
        })
    });
    crc % 16_384
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_back_and_no_other_is() {
        let names = Names::new("shop").unwrap();
        let key = StoreKey::from_bytes([0xab; 32]);
        let name = names.of(&key);
        assert_eq!(name, "shop:{ab}q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urqw");
        assert_eq!(names.read(&name), Some(key));
        for other in [
            String::new(),
            names.trial(7),
            name.replace("shop", "stop"),
            name.replace("ab", "AB"),
            name.replace("ab", "xy"),
            format!("{name}q"),
            name[..name.len() - 1].to_owned(),
        ] {
            assert_eq!(names.read(&other), None, "{other}");
        }
    }

    #[test]
    fn a_bucket_is_named_by_its_rack_and_its_path() {
        let names = Names::new("shop").unwrap();
        for (digits, name) in [
            (0, "shop:{3f}user:"),
            (1, "shop:{3f}user:a"),
            (3, "shop:{3f}user:ab0"),
        ] {
            assert_eq!(names.bucket(0x3f, 0xab0c, digits), name);
        }
    }

    #[test]
    fn a_prefix_means_itself_and_has_no_braces() {
        assert_eq!(Names::new("a*[b").unwrap().pattern(), r"a\*\[b:{??}*");
        assert!(Names::new("{a}").is_err());
    }

    #[test]
    fn slots_are_those_that_redis_computes() {
        // By CLUSTER KEYSLOT.
        for (rack, expected) in SLOTS {
            assert_eq!(slot(rack), expected, "{rack:02x}");
        }
    }

    const SLOTS: [(u8, u16); 3] = [(0x00, 13_254), (0xab, 13_567), (0xff, 11_756)];
}
