//! A record as a Django session, and back: what nobody touched stays as it was.
use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;

use crate::clock::Timestamp;
use crate::django::auth::{BACKEND, HASH, USER_ID};
use crate::django::json::{self, Object};
use crate::django::session::EXPIRY_KEY;
use crate::django::{Moment, Result, Text, Value, Zone, session};
use crate::keys::Stamp;
use crate::session::{Entries, Expiry, Name, Raw, Record};

/// The names that are fields of a record, and so not among its values.
const FIELDS: [&str; 4] = [USER_ID, BACKEND, HASH, EXPIRY_KEY];

/// What a session's store says of its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    /// At this time.
    At(Timestamp),
    /// It was saved last at this time, and ends as the session itself says.
    SavedAt(Timestamp),
}

/// How long sessions live that don't say so themselves, and who signs in.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    /// `SESSION_COOKIE_AGE` in seconds.
    pub(crate) age: u64,
    /// The dotted paths of the backends that the site knows; logins are written with the first.
    pub(crate) backends: Vec<String>,
    /// In which times without an offset are.
    pub(crate) zone: Zone,
    /// In which they are in columns that know no zones, which a database may have of its own.
    pub(crate) rows: Zone,
}

impl Rules {
    /// Reads the JSON of a session. Values, and most names, share its bytes.
    ///
    /// # Errors
    /// When it is no JSON object.
    pub(crate) fn read(&self, text: String, ends: Ends) -> Result<Record> {
        let text = Bytes::from(text);
        let json = std::str::from_utf8(&text).unwrap_or_default();
        let object = Object::parse(json)?;
        let entries: Entries = object
            .iter()
            .filter_map(|(name, value)| {
                let name = name.as_str().filter(|name| !FIELDS.contains(name))?;
                Some((Name::from(name), Raw::from_json(shared(&text, value))))
            })
            .collect();
        let stored = object.get(EXPIRY_KEY);
        // What Django could not read either is as good as nothing.
        let expiry = session::Expiry::of_json(stored).unwrap_or_default();
        let record = self.lifetime(expiry, ends).with_entries(entries);
        let record = self.signed_in(record, &object);
        Ok(record.read_from(text))
    }

    fn lifetime(&self, expiry: session::Expiry, ends: Ends) -> Record {
        let age = match expiry {
            session::Expiry::Sliding(seconds) => Duration::try_from_secs_f64(seconds),
            _ => Ok(Duration::from_secs(self.age)),
        };
        let age = age.unwrap_or_default();
        let (end, saved) = match (ends, expiry) {
            (Ends::At(end), _) => (end, before(end, age)),
            (Ends::SavedAt(saved), session::Expiry::At(date)) => {
                (self.zone.moment(date).to_timestamp(), saved)
            }
            (Ends::SavedAt(saved), _) => (saved.plus(age), saved),
        };
        let expiry = match expiry {
            session::Expiry::Site => Expiry::Default,
            session::Expiry::Browser => Expiry::WithBrowser,
            session::Expiry::Sliding(_) => Expiry::After(age),
            session::Expiry::At(date) => Expiry::At(self.zone.moment(date).to_timestamp()),
        };
        // When its user signed in is not in a Django session, so that was never lately.
        Record::new(Timestamp::default(), end)
            .pushed_at(saved)
            .living(expiry)
    }

    /// Writes a record: into what it was read from, or anew.
    pub(crate) fn write<'a>(&self, record: &'a Record) -> Object<'a> {
        let source = record
            .source()
            .and_then(|text| std::str::from_utf8(text).ok());
        let source = source.and_then(|text| Object::parse(text).ok());
        let source = source.unwrap_or_default();
        let mut values: Vec<_> = record.entries().iter().map(|pair| (pair, false)).collect();
        let mut members: Vec<(Text, Cow<'a, str>)> = Vec::with_capacity(values.len() + 4);
        for (name, value) in source {
            let Some(text) = name.as_str().filter(|name| !FIELDS.contains(name)) else {
                members.push((name, value));
                continue;
            };
            let found =
                values.binary_search_by(|((known, _), _)| known.as_bytes().cmp(text.as_bytes()));
            if let Ok(at) = found {
                let ((_, raw), written) = &mut values[at];
                *written = true;
                members.push((name, String::from_utf8_lossy(raw.as_bytes())));
            }
        }
        let new = values.iter().filter(|(_, written)| !written);
        members.extend(new.map(|((name, raw), _)| {
            let name = Text::from(name.as_str());
            (name, String::from_utf8_lossy(raw.as_bytes()))
        }));
        let mut object: Object<'a> = members.into_iter().collect();
        write_expiry(&mut object, record, &self.zone);
        self.write_user(&mut object, record);
        object
    }

    fn write_user(&self, object: &mut Object<'_>, record: &Record) {
        let blank = Record::new(Timestamp::default(), Timestamp::default());
        let there = self.signed_in(blank, object);
        if there.user() == record.user() && there.stamp() == record.stamp() {
            return;
        }
        let Some(user) = record.user() else {
            for name in [USER_ID, BACKEND, HASH] {
                object.remove(name);
            }
            return;
        };
        if there.user() != Some(user) {
            object.set(USER_ID, json::text(user));
            object.set(
                BACKEND,
                json::text(self.backends.first().map_or("", String::as_str)),
            );
        }
        match record.stamp() {
            Some(stamp) => object.set(HASH, json::text(&hash(stamp))),
            None => object.remove(HASH),
        }
    }

    /// Says who is signed in; nobody, when the site does not know the backend that let him in.
    fn signed_in(&self, record: Record, object: &Object<'_>) -> Record {
        let known = text(object, BACKEND).is_some_and(|it| self.backends.contains(&it));
        let Some(user) = text(object, USER_ID).filter(|_| known) else {
            return record;
        };
        let record = record.with_user(user);
        match text(object, HASH).filter(|hash| !hash.is_empty()) {
            Some(hash) => record.with_stamp(Stamp::of_text(hash)),
            None => record,
        }
    }

    /// Writes a record's values as a Python `dict`, into the one that it was read from.
    ///
    /// # Errors
    /// When a value that was set is no JSON.
    pub(crate) fn to_dict(&self, record: &Record, source: Option<Value>) -> Result<Value> {
        let json = self.write(record).to_json();
        let new = json::parse(&json)?;
        let Some(Value::Dict(old)) = source else {
            return Ok(new);
        };
        let Value::Dict(new) = new else {
            return Ok(new);
        };
        Ok(Value::Dict(merged(old, new)))
    }
}

/// Keeps the old value where the new one says the same in JSON, since JSON knows fewer types.
fn merged(old: Vec<(Value, Value)>, new: Vec<(Value, Value)>) -> Vec<(Value, Value)> {
    let mut new: Vec<_> = new.into_iter().map(Some).collect();
    let mut all = Vec::with_capacity(new.len());
    for (key, value) in old {
        let Some(text) = in_json(&value).filter(|_| matches!(key, Value::Text(_))) else {
            // JSON has no word for it, so nobody here could have touched it.
            all.push((key, value));
            continue;
        };
        let same_key = |pair: &&mut Option<(Value, Value)>| {
            pair.as_ref().is_some_and(|(name, _)| *name == key)
        };
        if let Some((name, fresh)) = new.iter_mut().find(same_key).and_then(Option::take) {
            let is_same = in_json(&fresh).as_ref() == Some(&text);
            all.push((name, if is_same { value } else { fresh }));
        }
    }
    all.extend(new.into_iter().flatten());
    all
}

/// Returns the JSON of a session that was a Python `dict`, of what JSON can hold of it.
pub(crate) fn json_of(dict: &Value) -> Option<String> {
    let members = dict.as_dict()?.iter().filter_map(|(key, value)| match key {
        Value::Text(name) => Some((name.clone(), Cow::Owned(in_json(value)?))),
        _ => None,
    });
    Some(members.collect::<Object<'_>>().to_json())
}

fn in_json(value: &Value) -> Option<String> {
    json::to_string(value).ok()
}

fn text(object: &Object<'_>, name: &str) -> Option<String> {
    match json::parse(object.get(name)?).ok()? {
        Value::Text(text) => text.as_str().map(str::to_owned),
        Value::Int(number) => Some(number.to_string()),
        _ => None,
    }
}

fn hash(stamp: &Stamp) -> String {
    String::from_utf8_lossy(stamp.as_bytes()).into_owned()
}

fn write_expiry(object: &mut Object<'_>, record: &Record, zone: &Zone) {
    let there = session::Expiry::of_json(object.get(EXPIRY_KEY)).unwrap_or_default();
    let lasts = |duration: Duration| session::Expiry::Sliding(duration.as_secs_f64());
    let (expiry, json) = match record.expiry() {
        Expiry::Default => (session::Expiry::Site, None),
        Expiry::WithBrowser => (session::Expiry::Browser, Some("0".to_owned())),
        Expiry::After(time) => (lasts(time), Some(time.as_secs().to_string())),
        Expiry::Remembered => {
            let time = record.expires().since(record.pushed());
            (lasts(time), Some(time.as_secs().to_string()))
        }
        Expiry::At(time) => {
            let date = zone.written(Moment::from(time));
            if let session::Expiry::At(there) = there
                && zone.moment(there).to_timestamp() == time
            {
                return;
            }
            (session::Expiry::Site, Some(json::text(&date)))
        }
    };
    match json {
        Some(_) if there == expiry && object.get(EXPIRY_KEY).is_some() => {}
        Some(json) => object.set(EXPIRY_KEY, json),
        None if there == expiry => {}
        None => object.remove(EXPIRY_KEY),
    }
}

fn before(end: Timestamp, age: Duration) -> Timestamp {
    Timestamp::from_secs(end.as_secs().saturating_sub(age.as_secs()))
}

/// Returns the part of the bytes that a text borrowed from them is.
fn shared(all: &Bytes, part: &str) -> Bytes {
    all.slice_ref(part.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);

    fn rules() -> Rules {
        Rules {
            age: 1_209_600,
            backends: vec!["a.Backend".into(), "b.Backend".into()],
            zone: Zone::default(),
            rows: Zone::default(),
        }
    }

    fn read(json: &str) -> Record {
        rules().read(json.to_owned(), Ends::SavedAt(NOW)).unwrap()
    }

    #[test]
    fn what_was_read_is_written_again_to_the_letter() {
        for json in [
            "{}",
            r#"{"b":1,"a":[1,  2],"\ud800":NaN,"_session_expiry":300.5}"#,
            r#"{"_auth_user_id":"7","_auth_user_backend":"b.Backend","_auth_user_hash":"x","a":1}"#,
            r#"{"_auth_user_id":7,"_auth_user_backend":"gone.Backend","_auth_user_hash":"x"}"#,
            r#"{"_session_expiry":"2026-01-02T00:00:00+01:00","_session_expiry_":1}"#,
            r#"{"_session_expiry":"soon"}"#,
        ] {
            assert_eq!(rules().write(&read(json)).to_json(), json);
        }
    }

    #[test]
    fn a_session_of_many_members_is_written_as_fast_as_it_is_long() {
        let members: Vec<_> = (0..20_000).map(|at| format!("\"k{at}\":{at}")).collect();
        let json = format!("{{{}}}", members.join(","));
        assert_eq!(rules().write(&read(&json)).to_json(), json);
    }

    #[test]
    fn only_users_of_known_backends_are_signed_in() {
        let session = |backend| {
            let json = format!(
                r#"{{"_auth_user_id":"7","_auth_user_backend":"{backend}","_auth_user_hash":"x"}}"#
            );
            read(&json).user().map(str::to_owned)
        };
        assert_eq!(session("b.Backend").as_deref(), Some("7"));
        assert_eq!(session("c.Backend"), None);
    }

    #[test]
    fn sessions_end_as_their_stores_and_they_themselves_say() {
        let day = |days: u64| NOW.plus(Duration::from_secs(days * 86_400));
        for (json, saved, row) in [
            ("{}", day(14), day(3)),
            (r#"{"_session_expiry":0}"#, day(14), day(3)),
            (r#"{"_session_expiry":86400}"#, day(1), day(3)),
            (
                r#"{"_session_expiry":"2026-01-03T00:00:00Z"}"#,
                day(2),
                day(3),
            ),
            (r#"{"_session_expiry":-5}"#, NOW, day(3)),
        ] {
            assert_eq!(read(json).expires(), saved, "{json}");
            let of_row = rules().read(json.to_owned(), Ends::At(day(3))).unwrap();
            assert_eq!(of_row.expires(), row, "{json}");
        }
    }

    #[test]
    fn an_end_without_an_offset_is_meant_as_the_sites_clock_shows_it() {
        let local = Rules {
            zone: Zone::named("Asia/Kolkata").unwrap(),
            ..rules()
        };
        let json = r#"{"_session_expiry":"2026-01-03T05:30:00"}"#;
        let record = local.read(json.to_owned(), Ends::SavedAt(NOW)).unwrap();
        let end = NOW.plus(Duration::from_secs(2 * 86_400));
        assert_eq!((record.expires(), record.expiry()), (end, Expiry::At(end)));
        assert_eq!(local.write(&record).to_json(), json);
        let later = record.living(Expiry::At(end.plus(Duration::from_secs(60))));
        let written = local.write(&later).to_json();
        assert_eq!(written, r#"{"_session_expiry":"2026-01-03T05:31:00"}"#);
    }

    #[test]
    fn a_dict_keeps_what_json_can_t_say_and_what_nobody_touched() {
        let text = |text: &str| Value::text(text);
        let dict = Value::Dict(vec![
            (text("tuple"), Value::Tuple(vec![Value::Int(1)])),
            (text("bytes"), Value::Bytes(vec![1, 2])),
            (Value::Int(3), text("a key that is no text")),
            (text("cart"), Value::List(vec![Value::Int(1)])),
            (text("gone"), Value::Bool(true)),
        ]);
        let record = read(&json_of(&dict).unwrap());
        assert_eq!(record.entries().len(), 3);
        let mut entries = record.entries().clone();
        entries.put(&Name::from("cart"), Some(Raw::from_json("[1,2]")));
        entries.put(&Name::from("gone"), None);
        entries.put(&Name::from("new"), Some(Raw::from_json("\"x\"")));
        let written = rules().to_dict(&record.with_entries(entries), Some(dict.clone()));
        let Value::Dict(before) = dict else {
            unreachable!("it is one")
        };
        let mut expected = before[..3].to_vec();
        let cart = Value::List(vec![Value::Int(1), Value::Int(2)]);
        expected.push((text("cart"), cart));
        expected.push((text("new"), text("x")));
        assert_eq!(written, Ok(Value::Dict(expected)));
    }
}
