//! The cookie of messages: signed, and never larger than half of what a browser keeps.
use super::SALT;
use super::message::{self, Message};
use crate::django::signing::{Keys, Signer};
use crate::django::{DjangoError, Moment, Result, Value, json};

/// The most characters of the cookie's value.
pub const MAX_COOKIE: usize = 2048;

/// Which messages stay in the cookie when not all of them fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The oldest; the rest goes into the session. Django's fallback storage.
    Oldest,
    /// The newest; the rest is lost. Django's cookie storage alone.
    Newest,
}

/// What of a list of messages goes into the cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fitted {
    /// The cookie's value, or `None` when there are no messages and the cookie is to be deleted.
    pub value: Option<String>,
    /// The messages that the cookie holds, as places in the list.
    pub kept: std::ops::Range<usize>,
}

/// What a cookie held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// The messages, or `None` when there was no cookie or nobody could read it.
    pub messages: Option<Vec<Message>>,
    /// Whether the session may hold more.
    pub goes_on: bool,
    /// Whether there was a cookie that nobody could read, which is to be deleted.
    pub is_bad: bool,
}

/// Writes and reads cookies of messages.
#[derive(Clone, Debug)]
pub struct Cookies {
    signer: Signer,
}

impl Cookies {
    /// Signs with the site's keys.
    #[must_use]
    pub fn new(keys: &Keys) -> Self {
        Self {
            signer: Signer::timestamped(&keys.for_cookies(), SALT),
        }
    }

    /// Writes as many messages as fit, and where that is not all, a sign that there are more.
    ///
    /// How many fit depends on how well they compress, so this looks for it as Django does: by halves.
    #[must_use]
    pub fn fit(&self, messages: &[Message], keep: Which, now: Moment) -> Fitted {
        let count = messages.len();
        if count == 0 {
            return Fitted {
                value: None,
                kept: 0..0,
            };
        }
        let parts: Vec<String> = messages.iter().map(|m| part(&m.to_value())).collect();
        let all = self.value(&parts, false, now);
        if !is_too_large(&all) {
            return Fitted {
                value: Some(all),
                kept: 0..count,
            };
        }
        let overflows = |some: &[String]| is_too_large(&self.value(some, true, now));
        let kept = match keep {
            Which::Oldest => 0..first(count, |middle| overflows(&parts[..=middle])),
            Which::Newest => first(count, |middle| !overflows(&parts[middle..]))..count,
        };
        Fitted {
            value: Some(self.value(&parts[kept.clone()], true, now)),
            kept,
        }
    }

    fn value(&self, parts: &[String], goes_on: bool, now: Moment) -> String {
        let mut list = parts.join(",");
        if goes_on {
            list.push_str(if parts.is_empty() { "" } else { "," });
            list.push_str(&part(&message::sentinel()));
        }
        self.signer.dumps_json(&format!("[{list}]"), now, true)
    }

    /// Reads the cookie's value, however old it is.
    ///
    /// # Errors
    ///
    /// When the signature is right and yet it holds no list of messages, on which Django fails with a
    /// status of 500. To take that for no messages is as good an answer.
    pub fn decode(&self, value: Option<&str>) -> Result<Decoded> {
        let Some(value) = value.filter(|value| !value.is_empty()) else {
            return Ok(Decoded::default());
        };
        let mut list = match self.signer.loads(value, None, Moment::default()) {
            Ok(list) => list,
            Err(
                DjangoError::BadSignature
                | DjangoError::Malformed {
                    format: "base64" | "JSON",
                    ..
                },
            ) => {
                return Ok(Decoded {
                    is_bad: true,
                    ..Decoded::default()
                });
            }
            Err(other) => return Err(other),
        };
        if list == Value::None {
            return Ok(Decoded::default());
        }
        let goes_on = message::without_sentinel(&mut list);
        Ok(Decoded {
            messages: Some(message::list(&list)?),
            goes_on,
            is_bad: false,
        })
    }
}

fn part(value: &Value) -> String {
    json::to_string(value).expect("JSON holds text and numbers")
}

/// Signed values have no character that a cookie would quote.
fn is_too_large(value: &str) -> bool {
    value.len() > MAX_COOKIE
}

/// Looks by halves for the first place where `holds`, or the end; Django's `bisect_keep_left` and
/// `bisect_keep_right`, whose answer counts even where longer lists compress better than shorter ones.
fn first(count: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = usize::midpoint(low, high);
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::django::Text;

    const NOW: Moment = Moment::from_micros(1_767_225_600_000_000);

    fn cookies() -> Cookies {
        Cookies::new(&Keys::new("test-secret-key-for-vectors-0123456789abcdef"))
    }

    fn message(text: &str) -> Message {
        Message {
            level: 20,
            text: Text::from(text),
            extra_tags: Some(Text::default()),
            is_safe: false,
        }
    }

    /// Text that does not compress.
    fn noise(seed: u64, length: usize) -> String {
        let mut state = seed;
        let mut letter = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            char::from(b'!' + ((state >> 33) % 90) as u8)
        };
        (0..length).map(|_| letter()).collect()
    }

    #[test]
    fn the_cookie_is_djangos() {
        let fitted = cookies().fit(&[message("hi")], Which::Oldest, NOW);
        let value = "W1siX19qc29uX21lc3NhZ2UiLDAsMjAsImhpIiwiIl1d:1vb66i:pCqbsrc9tJ7dgkDqKnB333n_DikTQGxtll4aPa8krgg";
        assert_eq!(fitted.value.as_deref(), Some(value));
        let decoded = cookies().decode(Some(value)).unwrap();
        assert_eq!(decoded.messages, Some(vec![message("hi")]));
        assert!(!decoded.goes_on);
    }

    #[test]
    fn what_does_not_fit_is_left_at_the_end_that_was_asked_for() {
        let messages: Vec<_> = (0..6).map(|at| message(&noise(at, 500))).collect();
        for keep in [Which::Oldest, Which::Newest] {
            let fitted = cookies().fit(&messages, keep, NOW);
            let value = fitted.value.unwrap();
            assert!(value.len() <= MAX_COOKIE);
            let decoded = cookies().decode(Some(&value)).unwrap();
            assert!(decoded.goes_on);
            assert_eq!(decoded.messages.unwrap(), messages[fitted.kept.clone()]);
            match keep {
                Which::Oldest => assert_eq!(fitted.kept.start, 0),
                Which::Newest => assert_eq!(fitted.kept.end, 6),
            }
            assert!(fitted.kept.len() > 1 && fitted.kept.len() < 6);
        }
        let huge = [message(&noise(1, 5000))];
        let fitted = cookies().fit(&huge, Which::Oldest, NOW);
        assert!(fitted.kept.is_empty() && fitted.value.is_some());
    }

    #[test]
    fn a_bad_cookie_is_no_messages_and_signed_junk_an_error() {
        let good = cookies()
            .fit(&[message("hi")], Which::Oldest, NOW)
            .value
            .unwrap();
        let decode = |value: &str| cookies().decode(Some(value));
        assert_eq!(decode("").unwrap(), Decoded::default());
        assert_eq!(cookies().decode(None).unwrap(), Decoded::default());
        for bad in ["garbage", &good[1..], &format!("{good}x")] {
            let decoded = decode(bad).unwrap();
            assert!(decoded.is_bad && decoded.messages.is_none());
        }
        let signed = |json: &str| cookies().signer.dumps_json(json, NOW, false);
        assert!(decode(&signed("junk")).unwrap().is_bad);
        assert!(decode(&signed("{\"a\":1}")).is_err());
        let only_sentinel = decode(&signed("[\"__messagesnotfinished__\"]")).unwrap();
        assert_eq!(only_sentinel.messages, Some(vec![]));
        assert!(only_sentinel.goes_on);
    }
}
