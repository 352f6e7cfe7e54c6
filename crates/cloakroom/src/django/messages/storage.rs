//! The life of messages during one request: what was there, what is added, and what is left to store.
use super::cookie::{Cookies, Which};
use super::message::{self, Message};
use crate::django::{Moment, Result};

/// Django's `MESSAGE_STORAGE`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// All in the cookie, and what does not fit is lost.
    Cookie,
    /// All in the session.
    Session,
    /// In the cookie as long as they fit, and the newest in the session.
    #[default]
    Fallback,
}

/// What the end of a request owes to cookie and session. `None` leaves alone what is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owed {
    /// The cookie's new value, or `Some(None)` to delete the cookie.
    pub cookie: Option<Option<String>>,
    /// The text for the session, or `Some(None)` to remove the key.
    pub session: Option<Option<String>>,
    /// How many messages found no place.
    pub lost: usize,
}

/// The messages of one request, as Django's storages behave, quirks included.
///
/// A message is over once the page iterated over it. What was added after that waits for the next page.
#[derive(Clone, Debug)]
pub struct Storage<'a> {
    kind: Kind,
    cookies: &'a Cookies,
    cookie: Option<&'a str>,
    session: Option<&'a str>,
    loaded: Option<Vec<Message>>,
    queued: Vec<Message>,
    /// Which of cookie and session messages came from.
    came_from: [bool; 2],
    is_used: bool,
    has_new: bool,
    least: i64,
}

impl<'a> Storage<'a> {
    /// Begins with what the request brought: the cookie, and the text in the session.
    ///
    /// Nothing is read before somebody asks.
    #[must_use]
    pub fn new(
        kind: Kind,
        cookies: &'a Cookies,
        cookie: Option<&'a str>,
        session: Option<&'a str>,
    ) -> Self {
        Self {
            kind,
            cookies,
            cookie,
            session,
            loaded: None,
            queued: Vec::new(),
            came_from: [false, false],
            is_used: false,
            has_new: false,
            least: 20,
        }
    }

    /// Drops messages below this level from now on; 20, `INFO`, unless the site's `MESSAGE_LEVEL` differs.
    pub fn set_level(&mut self, level: i64) {
        self.least = level;
    }

    /// Adds a message, unless it is empty or below the level.
    pub fn add(&mut self, message: Message) {
        if !message.text.as_bytes().is_empty() && message.level >= self.least {
            self.has_new = true;
            self.queued.push(message);
        }
    }

    /// Returns all messages, which are over with that.
    ///
    /// # Errors
    ///
    /// When cookie or session hold something that is signed and yet no list of messages.
    pub fn iterate(&mut self) -> Result<&[Message]> {
        self.is_used = true;
        self.load()?;
        let loaded = self.loaded.get_or_insert_default();
        loaded.append(&mut self.queued);
        Ok(loaded)
    }

    /// Returns how many messages there are, which ends none of them.
    ///
    /// # Errors
    ///
    /// As [`Storage::iterate`].
    pub fn count(&mut self) -> Result<usize> {
        Ok(self.load()?.len() + self.queued.len())
    }

    /// Lets the messages live on although the page iterated over them.
    pub fn keep(&mut self) {
        self.is_used = false;
    }

    /// Says whether the messages are over.
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.is_used
    }

    /// Says whether a message was added.
    #[must_use]
    pub fn has_new(&self) -> bool {
        self.has_new
    }

    fn load(&mut self) -> Result<&mut Vec<Message>> {
        let loaded = match self.loaded.take() {
            Some(loaded) => loaded,
            None => self.read()?,
        };
        Ok(self.loaded.insert(loaded))
    }

    fn read(&mut self) -> Result<Vec<Message>> {
        let mut messages = Vec::new();
        if self.kind != Kind::Session {
            let decoded = self.cookies.decode(self.cookie)?;
            // The fallback has a cookie storage of its own, on which nobody looks for this.
            self.is_used |= decoded.is_bad && self.kind == Kind::Cookie;
            let goes_on = decoded.goes_on;
            messages = decoded.messages.unwrap_or_default();
            self.came_from[0] = !messages.is_empty();
            if self.kind == Kind::Cookie || !goes_on {
                return Ok(messages);
            }
        }
        let kept = message::from_session(self.session.unwrap_or_default())?;
        self.came_from[1] = !kept.is_empty();
        messages.extend(kept);
        Ok(messages)
    }

    /// Says what the end of the request owes.
    ///
    /// # Errors
    ///
    /// As [`Storage::iterate`].
    pub fn finish(mut self, now: Moment) -> Result<Owed> {
        if !self.is_used && !self.has_new {
            return Ok(Owed::default());
        }
        let mut left = Vec::new();
        if !self.is_used {
            left.append(self.load()?);
        }
        left.append(&mut self.queued);
        match self.kind {
            Kind::Cookie => Ok(self.into_cookie(&left, now)),
            Kind::Session => Ok(Owed {
                session: Some(session_text(&left)?),
                ..Owed::default()
            }),
            Kind::Fallback => self.into_both(&left, now),
        }
    }

    fn into_cookie(self, left: &[Message], now: Moment) -> Owed {
        let fitted = self.cookies.fit(left, Which::Newest, now);
        Owed {
            cookie: Some(fitted.value),
            session: None,
            lost: left.len() - fitted.kept.len(),
        }
    }

    fn into_both(self, left: &[Message], now: Moment) -> Result<Owed> {
        let mut owed = Owed::default();
        let mut rest = left;
        if !left.is_empty() || self.came_from[0] {
            let fitted = self.cookies.fit(left, Which::Oldest, now);
            owed.cookie = Some(fitted.value);
            rest = &left[fitted.kept.end..];
        }
        if !rest.is_empty() || self.came_from[1] {
            owed.session = Some(session_text(rest)?);
        }
        Ok(owed)
    }
}

fn session_text(messages: &[Message]) -> Result<Option<String>> {
    if messages.is_empty() {
        return Ok(None);
    }
    message::to_session(messages).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::django::Text;
    use crate::django::signing::Keys;

    const NOW: Moment = Moment::from_micros(1_767_225_600_000_000);
    const SPILLED: &str = r#"[["__json_message", 0, 20, "spilled", ""]]"#;

    fn message(text: &str) -> Message {
        Message {
            level: 20,
            text: Text::from(text),
            extra_tags: Some(Text::default()),
            is_safe: false,
        }
    }

    /// What a handler does: iterates, or adds a message.
    #[derive(Clone, Copy, Debug)]
    enum Do {
        Iterate,
        Keep,
        Count,
        Add(&'static str),
    }

    fn run(kind: Kind, cookie: Option<&str>, session: Option<&str>, steps: &[Do]) -> Owed {
        let cookies = Cookies::new(&Keys::new("k"));
        let mut storage = Storage::new(kind, &cookies, cookie, session);
        for step in steps {
            match step {
                Do::Iterate => drop(storage.iterate().unwrap().to_vec()),
                Do::Keep => storage.keep(),
                Do::Count => drop(storage.count().unwrap()),
                Do::Add(text) => storage.add(message(text)),
            }
        }
        storage.finish(NOW).unwrap()
    }

    fn cookie_of(texts: &[&str]) -> Option<String> {
        let messages: Vec<_> = texts.iter().map(|text| message(text)).collect();
        Cookies::new(&Keys::new("k"))
            .fit(&messages, Which::Oldest, NOW)
            .value
    }

    #[test]
    fn a_message_is_over_once_a_page_iterated_and_not_before() {
        use Do::{Add, Count, Iterate, Keep};
        let old = cookie_of(&["old"]);
        let rows: &[(&[Do], Option<&[&str]>)] = &[
            (&[], None),
            (&[Count], None),
            (&[Add("")], None),
            (&[Iterate], Some(&[])),
            (&[Iterate, Keep], None),
            (&[Add("new")], Some(&["old", "new"])),
            (&[Iterate, Add("new")], Some(&["new"])),
            (&[Add("new"), Iterate], Some(&[])),
        ];
        for (steps, left) in rows {
            let owed = run(Kind::Cookie, old.as_deref(), None, steps);
            assert_eq!(owed.cookie, left.map(cookie_of), "{steps:?}");
            assert_eq!(owed.session, None);
        }
    }

    #[test]
    fn without_a_cookie_the_fallback_never_looks_into_the_session_as_in_django() {
        let owed = run(
            Kind::Fallback,
            Some("garbage"),
            Some(SPILLED),
            &[Do::Iterate],
        );
        assert_eq!(owed, Owed::default());
        let owed = run(Kind::Session, None, Some(SPILLED), &[Do::Iterate]);
        assert_eq!(owed.session, Some(None));
    }

    #[test]
    fn what_does_not_fit_into_the_cookie_waits_in_the_session() {
        let long: String = (0..3000_u32)
            .map(|at| char::from(b'!' + (at * at % 89) as u8))
            .collect();
        let long: &'static str = Box::leak((long.clone() + &long.replace('a', "xyz")).into());
        let texts = [Do::Add("short"), Do::Add(long)];
        let owed = run(Kind::Fallback, None, None, &texts);
        let rest = owed.session.flatten();
        let cookie = owed.cookie.flatten().unwrap();
        match rest {
            Some(rest) => {
                let all = run(Kind::Fallback, Some(&cookie), Some(&rest), &[Do::Iterate]);
                assert_eq!((all.cookie, all.session), (Some(None), Some(None)));
            }
            None => assert!(cookie.len() <= super::super::MAX_COOKIE),
        }
    }
}
