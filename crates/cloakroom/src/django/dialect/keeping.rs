//! Messages in the cookie and the session, by Django's rules of what goes where.
use crate::clock::Timestamp;
use crate::django::messages::{self, Cookies, Kind, Message, Storage};
use crate::django::settings::Settings;
use crate::django::{Moment, Text};
use crate::messages::{Brought, Keeps, Left, Text as Said, TrustedHtml, Wire};

/// Keeps the messages of one site.
pub(super) struct Keeping {
    kind: Kind,
    cookies: Cookies,
}

impl Keeping {
    pub(super) fn of(settings: &Settings) -> Self {
        Self {
            kind: settings.messages.kind,
            cookies: Cookies::new(&settings.keys),
        }
    }

    fn storage<'a>(&'a self, brought: &'a Brought) -> Storage<'a> {
        let (cookie, session) = (brought.cookie.as_deref(), brought.session.as_deref());
        Storage::new(self.kind, &self.cookies, cookie, session)
    }

    /// Takes what was signed and is yet no list of messages for none; Django fails on it with a 500.
    fn without_junk(&self, brought: &Brought) -> Brought {
        let mut brought = brought.clone();
        if self.cookies.decode(brought.cookie.as_deref()).is_err() {
            brought.cookie = None;
        }
        let session = brought.session.as_deref();
        if session.is_some_and(|text| messages::from_session(text).is_err()) {
            brought.session = None;
        }
        brought
    }
}

impl Keeps for Keeping {
    fn read(&self, brought: &Brought) -> Vec<Wire> {
        let brought = self.without_junk(brought);
        let mut storage = self.storage(&brought);
        let all = storage.iterate().unwrap_or_default();
        let turns = (0..).zip(all);
        turns.map(|(turn, message)| wire(turn, message)).collect()
    }

    fn settle(&self, brought: &Brought, shown: bool, added: &[Wire], now: Timestamp) -> Left {
        let sound = self.without_junk(brought);
        let mut storage = self.storage(&sound);
        // What is below the site's level was left out when it was added.
        storage.set_level(i64::MIN);
        if shown {
            // It is sound, so this can't fail.
            let _ = storage.iterate();
        }
        for wire in added {
            storage.add(message(wire));
        }
        let owed = storage.finish(Moment::from(now)).unwrap_or_default();
        let junk = |was: &Option<String>, is: &Option<String>| was.is_some() && is.is_none();
        let or_removed = |left: Option<Option<String>>, junk: bool| match left {
            None if junk => Some(None),
            left => left,
        };
        Left {
            cookie: or_removed(owed.cookie, junk(&brought.cookie, &sound.cookie)),
            session: or_removed(owed.session, junk(&brought.session, &sound.session)),
            lost: owed.lost,
        }
    }

    fn again(&self, before: &Brought, left: &str, there: &str) -> String {
        let read = |text: &str| messages::from_session(text).unwrap_or_default();
        let before = before.session.as_deref().map(read).unwrap_or_default();
        let left = read(left);
        let shown: Vec<_> = before.iter().filter(|it| !left.contains(it)).collect();
        let mut all = read(there);
        all.retain(|message| !shown.contains(&message));
        all.extend(left.into_iter().filter(|message| !before.contains(message)));
        messages::to_session(&all).unwrap_or_else(|_| "[]".into())
    }
}

fn wire(turn: u32, message: &Message) -> Wire {
    let text = message.text.to_string_lossy().into_owned();
    let text = match message.is_safe {
        true => Said::from(TrustedHtml(text)),
        false => Said::from(text),
    };
    let tags = message.extra_tags.as_ref().map(Text::to_string_lossy);
    let level = message.level.clamp(0, u32::MAX.into());
    let level = u32::try_from(level).unwrap_or_default();
    Wire::shared(turn, level, text, tags.as_deref().unwrap_or_default())
}

fn message(wire: &Wire) -> Message {
    Message {
        level: wire.level().into(),
        text: Text::from(wire.text()),
        extra_tags: Some(Text::from(wire.tags())),
        is_safe: wire.is_trusted(),
    }
}
