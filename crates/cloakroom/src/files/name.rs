//! The names of files that visitors sent: they say when, and nothing that a visitor chose.
use std::fmt;
use std::time::Duration;

use crate::clock::Timestamp;

const HOUR: u64 = 60 * 60;
/// What all names begin with, so that nobody else's file is taken for one of ours.
const PREFIX: &str = "upload-";
/// Eight digits of the hour, a hyphen and 128 random bits.
const REST: usize = 8 + 1 + 32;

/// The name of one file: the hour in which it came, and 128 random bits.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Name {
    hour: u32,
    text: String,
}

impl Name {
    /// Makes a name that nobody can guess.
    pub(super) fn generate(now: Timestamp) -> Self {
        let hour = u32::try_from(now.as_secs() / HOUR).unwrap_or(u32::MAX);
        let mut random = [0; 16];
        getrandom::fill(&mut random).expect("the operating system gives random bytes");
        let random = u128::from_be_bytes(random);
        Self {
            hour,
            text: format!("{PREFIX}{hour:08x}-{random:032x}"),
        }
    }

    /// Reads a name; `None` when it is not one of ours.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(PREFIX)?;
        let (hour, random) = rest.split_once('-')?;
        let is_ours = rest.len() == REST && hour.len() == 8 && is_hex(hour) && is_hex(random);
        is_ours.then(|| Self {
            hour: u32::from_str_radix(hour, 16).unwrap_or(u32::MAX),
            text: text.to_owned(),
        })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Says whether the whole hour in which the file came was over by then.
    pub(super) fn is_before(&self, time: Timestamp) -> bool {
        let began = Timestamp::from_secs(u64::from(self.hour) * HOUR);
        began.plus(Duration::from_secs(HOUR)) <= time
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Name(..)")
    }
}

fn is_hex(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_was_made_and_tells_its_age_by_the_hour() {
        let made = Name::generate(Timestamp::from_secs(10 * HOUR + 59));
        let read = Name::parse(made.as_str()).unwrap();
        assert_eq!(read, made);
        assert!(!read.is_before(Timestamp::from_secs(11 * HOUR - 1)));
        assert!(read.is_before(Timestamp::from_secs(11 * HOUR)));
        assert_ne!(made, Name::generate(Timestamp::from_secs(10 * HOUR + 59)));
    }

    #[test]
    fn what_others_call_their_files_is_no_name_of_ours() {
        let ours = Name::generate(Timestamp::from_secs(0));
        let ours = ours.as_str();
        let others = [
            "",
            "upload-",
            "report.pdf",
            &ours[1..],
            &ours[..ours.len() - 1],
            &format!("{ours}0"),
            &format!("{ours}.parts"),
            &ours.to_uppercase(),
            &ours.replace("00000000", "+0000000"),
            &format!("../{ours}"),
        ];
        for other in others {
            assert!(Name::parse(other).is_none(), "{other}");
        }
    }
}
