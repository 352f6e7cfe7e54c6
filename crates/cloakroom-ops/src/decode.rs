//! A cookie explained, clause by clause: what a browser is told by it, what it holds, and whether it would be taken.
mod attributes;
mod paste;
#[cfg(test)]
mod tests;
mod wizards;

use cloakroom::KeyRing;
use cloakroom::clock::Timestamp;
use cloakroom::cookie::MAX_BYTES;
use cloakroom::keys::{Opened, Purpose, Refused};
use cloakroom::session::StoreKey;
use cloakroom::wizard::{Draft, State};
use serde::Serialize;

use crate::decode::paste::{Part, cookie, is_name, parts};
use crate::decode::wizards::Own;
use crate::handle::digits;
use crate::when::When;

/// One part of a cookie, and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Clause {
    /// The part: a name, an attribute, `value`, or another word for what is not shown.
    pub part: String,
    /// What it means.
    pub means: String,
}

/// A cookie that was read.
#[derive(Clone, Debug, Serialize)]
pub struct Explained {
    /// Its parts, in their order.
    pub clauses: Vec<Clause>,
    /// The handle of the session that it leads to, if it is a session's token.
    pub handle: Option<String>,
}

/// What a sealed cookie may be for.
const PURPOSES: [(Purpose, &str); 6] = [
    (Purpose::Session, "a whole session that its visitor carries"),
    (Purpose::Messages, "flash messages"),
    (Purpose::Csrf, "the secret behind a visitor's CSRF tokens"),
    (Purpose::Wizard, "a draft of a wizard"),
    (
        Purpose::SealedCookie,
        "a sealed cookie of the application's",
    ),
    (
        Purpose::SignedCookie,
        "a signed cookie of the application's",
    ),
];

/// Explains cookies as they were pasted: `Set-Cookie` and `Cookie` lines as `curl` and browsers show them, `name=value`, or the
/// value alone. It never returns a value, nor what stands in place of an attribute's or a name and may be one.
#[must_use]
pub fn explain(pasted: &str, keys: Option<&KeyRing>, now: Timestamp) -> Explained {
    let mut parts = parts(pasted);
    if parts.is_empty() {
        parts.push(cookie(""));
    }
    let explained = Explained {
        clauses: Vec::new(),
        handle: None,
    };
    let mut reader = Reader {
        parts: &parts,
        keys,
        now,
        explained,
    };
    for part in &parts {
        reader.read(part);
    }
    reader.explained
}

fn name_means(name: &str) -> &'static str {
    if name.starts_with("__Host-") {
        "browsers take it only over HTTPS, for the whole site and this host alone (RFC 6265bis 4.1.3.2)"
    } else if name.starts_with("__Secure-") {
        "browsers take it only over HTTPS (RFC 6265bis 4.1.3.1)"
    } else {
        "any host of the domain can set a cookie of this name; `__Host-` would prevent that"
    }
}

/// Says whether this is an attribute that nobody knows, and no value.
fn is_word(part: &str) -> bool {
    part.len() <= 16 && part.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Explains the parts of what was pasted, one after the other.
struct Reader<'a> {
    parts: &'a [Part<'a>],
    keys: Option<&'a KeyRing>,
    now: Timestamp,
    explained: Explained,
}

impl<'a> Reader<'a> {
    fn add(&mut self, part: &str, means: &str) {
        self.explained.clauses.push(Clause {
            part: part.to_owned(),
            means: means.to_owned(),
        });
    }

    fn read(&mut self, part: &Part<'a>) {
        match *part {
            Part::Cookie { name, value } => self.read_cookie(name, value),
            Part::Attribute { name, value } => match attributes::explain(name, value) {
                Some((shown, means)) => self.add(&shown, &means),
                None if value.is_empty() && is_word(name) => self.add(
                    "attribute",
                    "is not known to browsers, which pass it over; it may be a value, so it is not shown",
                ),
                // Whatever it is, it may be a value.
                None if value.is_empty() => self.read_cookie("", name),
                None => self.read_cookie(name, value),
            },
        }
    }

    fn read_cookie(&mut self, name: &str, value: &str) {
        if !name.is_empty() && is_name(name, value) {
            self.add(name, name_means(name));
        } else if !name.is_empty() {
            self.add(
                "name",
                "is not shown: a cookie's has no such signs, or it is as long as a value",
            );
        }
        self.read_value(name, value);
    }

    fn read_value(&mut self, name: &str, value: &str) {
        let own = wizards::own(name, value);
        if let Some(own) = own {
            self.add("purpose", &own.means());
        }
        if value.is_empty() {
            return self.add(
                "value",
                "is empty: the cookie is being taken back, or never held anything",
            );
        }
        match own {
            Some(Own::Owner) => {
                return self.add("value", "is 256 random bits that hold nothing");
            }
            Some(Own::Rest(..)) => {
                return self.add("value", "is sealed together with the first part");
            }
            Some(Own::Draft(_) | Own::Link) | None => {}
        }
        if let Some(key) = StoreKey::of_token(value.as_bytes()) {
            let handle = digits(&key);
            let means = format!(
                "is a session's token: 256 random bits that hold nothing; the store keeps the session under {handle}"
            );
            self.explained.handle.get_or_insert(handle);
            return self.add("value", &means);
        }
        match self.keys {
            None => self.add(
                "value",
                "is no session's token; with CLOAKROOM_SECRET in the environment a sealed or signed one is read",
            ),
            Some(keys) => self.open(name, value, keys),
        }
    }

    fn open(&mut self, name: &str, value: &str, keys: &KeyRing) {
        let mut found = opened(name, value, keys, self.now);
        if found.is_err() {
            match self.joined(name, value) {
                Joined::Whole(whole) => {
                    found = match opened(name, &whole, keys, self.now) {
                        Err(Refused::Malformed) => found,
                        told => told,
                    }
                }
                Joined::Missing(count) => {
                    let means = format!(
                        "is the first of {count} parts; paste the others with it, and it is opened"
                    );
                    return self.add("value", &means);
                }
                Joined::Never => {}
            }
        }
        let (purpose, opened) = match found {
            Ok(found) => found,
            Err(why) => return self.add("value", refused_means(why)),
        };
        let what = match (purpose, wizards::own(name, value)) {
            (Purpose::Wizard, Some(Own::Link)) => "a link to a draft of a wizard",
            (Purpose::Wizard, _) if has_ended(&opened.content) => "how a run of a wizard ended",
            _ => purpose_means(purpose),
        };
        self.add(
            "value",
            &format!("is {what}, {} bytes", opened.content.len()),
        );
        let key = match opened.retired {
            true => "a retired key; the next answer gives it anew under the current one",
            false => "the current key",
        };
        self.add("key", key);
        let now = self.now;
        let at = |time| format!("{} ({})", When(time).utc(), When(time).from(now));
        self.add("made", &at(opened.issued));
        self.add("until", &at(opened.deadline));
    }

    /// Joins a value that is split over several cookies: the first begins with their number, and the names of the others end in
    /// theirs.
    fn joined(&self, name: &str, value: &str) -> Joined {
        let Some((count, first)) = value.split_once('.') else {
            return Joined::Never;
        };
        let count = match count {
            "1" => 1,
            // One that is not alone is as long as browsers take it.
            "2" | "3" | "4" if name.len() + value.len() >= MAX_BYTES => count.parse().unwrap_or(1),
            _ => return Joined::Never,
        };
        let mut whole = first.to_owned();
        for place in 1..count {
            match self.value_of(&format!("{name}-{place}")) {
                Some(part) => whole.push_str(part),
                None => return Joined::Missing(count),
            }
        }
        Joined::Whole(whole)
    }

    fn value_of(&self, wanted: &str) -> Option<&'a str> {
        self.parts.iter().find_map(|part| match part {
            Part::Cookie { name, value } | Part::Attribute { name, value } if *name == wanted => {
                Some(*value)
            }
            _ => None,
        })
    }
}

/// A value that may be split over several cookies.
enum Joined {
    Whole(String),
    /// Of so many, not all were pasted.
    Missing(u32),
    Never,
}

/// Opens a value, whatever it is for.
fn opened(
    name: &str,
    value: &str,
    keys: &KeyRing,
    now: Timestamp,
) -> Result<(Purpose, Opened), Refused> {
    let mut refused = Refused::Malformed;
    for (purpose, _) in PURPOSES {
        let opened = match purpose {
            Purpose::SignedCookie => keys.verify(purpose, name, value.as_bytes(), now),
            _ => keys.open(purpose, name, value.as_bytes(), now),
        };
        match opened {
            Ok(opened) => return Ok((purpose, opened)),
            // Merely made for another purpose tells least.
            Err(Refused::Malformed | Refused::Forged) if refused != Refused::Malformed => {}
            Err(why) => refused = why,
        }
    }
    Err(refused)
}

fn purpose_means(purpose: Purpose) -> &'static str {
    let known = PURPOSES.iter().find(|(known, _)| *known == purpose);
    known.map_or("sealed", |(_, what)| what)
}

/// Says whether a wizard's cookie holds merely how its run ended.
fn has_ended(content: &[u8]) -> bool {
    let draft = serde_json::from_slice::<Draft>(content);
    draft.is_ok_and(|draft| matches!(draft.state(), State::Finished { .. }))
}

fn refused_means(refused: Refused) -> &'static str {
    match refused {
        Refused::UnknownKey => {
            "would not be taken: no key of this site made it, or its secret was retired too long ago"
        }
        Refused::Expired => "would not be taken: its deadline has passed",
        Refused::FromTheFuture => {
            "would not be taken: it claims to have been made in the future; see the clocks of all nodes"
        }
        Refused::Forged => {
            "would not be taken: it was changed, or made under another name or for another purpose"
        }
        _ => {
            "would not be taken: it is neither a session's token nor anything sealed or signed; the application's own plain cookies look like this too"
        }
    }
}
