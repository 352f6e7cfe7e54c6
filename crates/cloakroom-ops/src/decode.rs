//! A cookie explained, clause by clause: what a browser is told by it, what it holds, and whether it would be taken.
use cloakroom::KeyRing;
use cloakroom::clock::Timestamp;
use cloakroom::keys::{Purpose, Refused};
use cloakroom::session::StoreKey;
use serde::Serialize;

use crate::handle::digits;
use crate::when::When;

/// One part of a cookie, and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Clause {
    /// The part: a name, an attribute, or `value`.
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

/// Explains cookies as they were pasted: a `Set-Cookie` or `Cookie` line, `name=value`, or the value alone. It never
/// returns a value.
#[must_use]
pub fn explain(pasted: &str, keys: Option<&KeyRing>, now: Timestamp) -> Explained {
    let text = pasted.trim();
    let (header, text) = header(text);
    let is_list = header.eq_ignore_ascii_case("cookie");
    let mut parts = text
        .split(';')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let mut explained = Explained {
        clauses: Vec::new(),
        handle: None,
    };
    explained.read_cookie(parts.next().unwrap_or_default(), keys, now);
    for part in parts {
        let (attribute, value) = part.split_once('=').unwrap_or((part, ""));
        match attribute_means(attribute, value) {
            Some(means) if !is_list => explained.add(part, &means),
            // Whatever it is, it may be a value.
            _ if part.contains('=') || !is_word(part) => explained.read_cookie(part, keys, now),
            _ => explained.add(part, "is not known to browsers, which pass it over"),
        }
    }
    explained
}

/// Says whether this is an attribute that nobody knows, and no value.
fn is_word(part: &str) -> bool {
    part.len() <= 16 && part.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Splits off the name of a header.
fn header(text: &str) -> (&str, &str) {
    match text.split_once(':') {
        Some((name, rest)) if ["set-cookie", "cookie"].contains(&&*name.to_ascii_lowercase()) => {
            (name, rest.trim())
        }
        _ => ("", text),
    }
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

/// Says what an attribute of a cookie means; `None` when it is none.
fn attribute_means(attribute: &str, value: &str) -> Option<String> {
    let text = match attribute.to_ascii_lowercase().as_str() {
        "secure" => "goes over HTTPS only",
        "httponly" => "scripts can't read it",
        "path" if value == "/" => "goes with requests for every page",
        "path" => {
            return Some(format!(
                "goes with requests for pages below {value}; that protects nothing"
            ));
        }
        "domain" => return Some(format!("goes to {value} and all hosts below it")),
        "max-age" => match value.parse::<u64>() {
            Ok(0) => "the browser is to forget it",
            Ok(seconds) => {
                return Some(format!(
                    "lives for {seconds} s, also when the browser closes"
                ));
            }
            Err(_) => "is no number, so browsers pass it over",
        },
        "expires" => "lives until then, unless Max-Age says otherwise",
        "samesite" => match value.to_ascii_lowercase().as_str() {
            "strict" => "never goes with a request from another site",
            "lax" => {
                "goes with a request from another site only when it is a link that is followed"
            }
            "none" => "goes with requests from every site, so forms need another protection",
            _ => "is not known to browsers, which take it for Lax",
        },
        "partitioned" => "is kept apart for each site that embeds this one",
        _ => return None,
    };
    Some(text.into())
}

impl Explained {
    fn add(&mut self, part: &str, means: &str) {
        self.clauses.push(Clause {
            part: part.to_owned(),
            means: means.to_owned(),
        });
    }

    fn read_cookie(&mut self, cookie: &str, keys: Option<&KeyRing>, now: Timestamp) {
        let (name, value) = cookie.split_once('=').unwrap_or(("", cookie));
        if !name.is_empty() {
            self.add(name, name_means(name));
        }
        self.read_value(name, value, keys, now);
    }

    fn read_value(&mut self, name: &str, value: &str, keys: Option<&KeyRing>, now: Timestamp) {
        if value.is_empty() {
            return self.add(
                "value",
                "is empty: the cookie is being taken back, or never held anything",
            );
        }
        if let Some(key) = StoreKey::of_token(value.as_bytes()) {
            let handle = digits(&key);
            let means = format!(
                "is a session's token: 256 random bits that hold nothing; the store keeps the session under {handle}"
            );
            self.handle.get_or_insert(handle);
            return self.add("value", &means);
        }
        match keys {
            None => self.add(
                "value",
                "is no session's token; with CLOAKROOM_SECRET in the environment a sealed or signed one is read",
            ),
            Some(keys) => self.open(name, value, keys, now),
        }
    }

    fn open(&mut self, name: &str, value: &str, keys: &KeyRing, now: Timestamp) {
        let mut refused = Refused::Malformed;
        for (purpose, what) in PURPOSES {
            let opened = match purpose {
                Purpose::SignedCookie => keys.verify(purpose, name, value.as_bytes(), now),
                _ => keys.open(purpose, name, value.as_bytes(), now),
            };
            match opened {
                Ok(opened) => {
                    self.add(
                        "value",
                        &format!("is {what}, {} bytes", opened.content.len()),
                    );
                    let key = match opened.retired {
                        true => {
                            "a retired key; the next answer gives it anew under the current one"
                        }
                        false => "the current key",
                    };
                    self.add("key", key);
                    let at = |time| format!("{} ({})", When(time).utc(), When(time).from(now));
                    self.add("made", &at(opened.issued));
                    return self.add("until", &at(opened.deadline));
                }
                // Merely made for another purpose tells least.
                Err(Refused::Malformed | Refused::Forged) if refused != Refused::Malformed => {}
                Err(why) => refused = why,
            }
        }
        self.add("value", refused_means(refused));
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn parts(explained: &Explained) -> Vec<&str> {
        let clauses = explained.clauses.iter();
        clauses.map(|clause| clause.part.as_str()).collect()
    }

    #[test]
    fn each_clause_of_a_set_cookie_line_is_explained_and_the_token_is_not_repeated() {
        let token = format!("{}A", KeyRing::generate_secret());
        let line = format!(
            "Set-Cookie: __Host-sessionid={token}; Secure; HttpOnly; Path=/; SameSite=Lax; Max-Age=60; Fancy"
        );
        let explained = explain(&line, None, NOW);
        let expected = [
            "__Host-sessionid",
            "value",
            "Secure",
            "HttpOnly",
            "Path=/",
            "SameSite=Lax",
            "Max-Age=60",
            "Fancy",
        ];
        assert_eq!(parts(&explained), expected);
        assert_eq!(explained.handle.as_ref().map(String::len), Some(64));
        assert!(!format!("{explained:?}").contains(&token));
        assert_eq!(explain(&token, None, NOW).handle, explained.handle);
    }

    #[test]
    fn every_cookie_of_a_line_is_explained_and_no_value_is_repeated() {
        let token = format!("{}A", KeyRing::generate_secret());
        for line in [
            format!("Cookie: csrftoken=hush; sessionid={token}; theme=hush"),
            format!("csrftoken=hush; sessionid={token}; theme=hush"),
            format!("cookie: a=hush; {token}; Path=hush"),
        ] {
            let explained = explain(&line, None, NOW);
            let told = format!("{explained:?}");
            assert!(!told.contains(&token) && !told.contains("hush"), "{told}");
            assert!(explained.handle.is_some(), "{told}");
        }
    }

    #[test]
    fn what_a_key_sealed_is_told_by_its_purpose_and_what_none_did_by_the_reason() {
        let (secret, other) = (KeyRing::generate_secret(), KeyRing::generate_secret());
        let keys = KeyRing::new(&secret).unwrap();
        let ring = KeyRing::new(&other).unwrap().retire(&secret).unwrap();
        let until = Timestamp::from_secs(NOW.as_secs() + 60);
        let later = Timestamp::from_secs(NOW.as_secs() + 3_600);
        let sealed = keys.seal(Purpose::Messages, "messages", b"hush", NOW, until);
        let signed = keys.sign(Purpose::SignedCookie, "flag", "hush", NOW, until);
        let rows = [
            (
                format!("messages={sealed}"),
                NOW,
                "is flash messages, 4 bytes",
            ),
            (
                format!("flag={signed}"),
                NOW,
                "is a signed cookie of the application's, 4 bytes",
            ),
            (
                format!("other={sealed}"),
                NOW,
                "would not be taken: it was changed",
            ),
            (
                format!("messages={sealed}"),
                later,
                "would not be taken: its deadline",
            ),
            ("messages=".into(), NOW, "is empty"),
            ("visited=3".into(), NOW, "would not be taken: it is neither"),
        ];
        for (pasted, now, expected) in rows {
            let explained = explain(&pasted, Some(&ring), now);
            let value = explained
                .clauses
                .iter()
                .find(|it| it.part == "value")
                .unwrap();
            assert!(value.means.starts_with(expected), "{}", value.means);
            assert!(!format!("{explained:?}").contains("hush"));
        }
        let stranger = KeyRing::new(&other).unwrap();
        let explained = explain(&sealed, Some(&stranger), NOW);
        assert!(explained.clauses[0].means.contains("no key of this site"));
    }
}
