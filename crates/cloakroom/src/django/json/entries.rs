//! A JSON object whose values stay text until somebody reads them.
use std::borrow::Cow;

use super::read::{Reader, wrong};
use super::write;
use crate::django::{Result, Text, dict};

/// The entries of a JSON object in their order, each value as the very text that was read.
///
/// What nobody touches is written again byte for byte, whatever Python put there. Only a key that stood
/// twice is there once: in its first place with its last value, as in a Python `dict`.
///
/// ```
/// use cloakroom::django::json::Object;
///
/// let mut object = Object::parse(r#"{"big": 1180591620717411303424, "nan": NaN}"#)?;
/// object.set("cart", "[1]");
/// assert_eq!(object.to_json(), r#"{"big":1180591620717411303424,"nan":NaN,"cart":[1]}"#);
/// # Ok::<(), cloakroom::django::DjangoError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object<'a>(Vec<(Text, Cow<'a, str>)>);

impl<'a> Object<'a> {
    /// Reads an object; all of it is checked, though nothing but its keys is decoded.
    ///
    /// # Errors
    ///
    /// When Python would raise an error, when it is JSON but no object, or when it nests too deep.
    pub fn parse(text: &'a str) -> Result<Self> {
        let mut reader = Reader::new(text);
        if !reader.opens(b'{') {
            return Err(wrong("it is no object"));
        }
        let mut entries = Vec::new();
        let mut goes_on = !reader.closes(b'}');
        while goes_on {
            entries.push((reader.key()?, Cow::Borrowed(reader.raw()?)));
            goes_on = reader.goes_on(b'}')?;
        }
        reader.end()?;
        Ok(Self(dict::texts_once(entries)))
    }

    /// Returns keys and values in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&Text, &str)> {
        self.0.iter().map(|(key, value)| (key, value.as_ref()))
    }

    /// Returns the JSON text of the value under this key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_ref())
    }

    /// Puts a value's JSON text under this key: in the key's place, or at the end when it is new.
    ///
    /// The text is taken as it is. It may have characters beyond ASCII, but has to be JSON.
    pub fn set(&mut self, key: &str, json: impl Into<Cow<'a, str>>) {
        match self.0.iter_mut().find(|(name, _)| name == key) {
            Some((_, value)) => *value = json.into(),
            None => self.0.push((Text::from(key), json.into())),
        }
    }

    /// Removes a key and its value.
    pub fn remove(&mut self, key: &str) {
        self.0.retain(|(name, _)| name != key);
    }

    /// Returns how many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Says whether there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes the object in ASCII, without a space that was not in a value before.
    #[must_use]
    pub fn to_json(&self) -> String {
        let bytes = self
            .0
            .iter()
            .map(|(key, value)| key.as_bytes().len() + value.len() + 4);
        let mut json = String::with_capacity(bytes.sum::<usize>() + 2);
        json.push('{');
        for (at, (key, value)) in self.0.iter().enumerate() {
            json.push_str(if at > 0 { "," } else { "" });
            write::string(&mut json, key);
            json.push(':');
            json.push_str(&write::ascii(value));
        }
        json.push('}');
        json
    }

    /// Lets go of the text that was read.
    #[must_use]
    pub fn into_owned(self) -> Object<'static> {
        let owned = |(key, value): (Text, Cow<'a, str>)| (key, Cow::Owned(value.into_owned()));
        Object(self.0.into_iter().map(owned).collect())
    }
}

impl<'a> IntoIterator for Object<'a> {
    type Item = (Text, Cow<'a, str>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> FromIterator<(Text, Cow<'a, str>)> for Object<'a> {
    /// Gathers keys and the JSON texts of their values; a key that comes twice gets the later value.
    fn from_iter<I: IntoIterator<Item = (Text, Cow<'a, str>)>>(entries: I) -> Self {
        Self(dict::texts_once(entries.into_iter().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn untouched_values_are_written_byte_for_byte() {
        let text = r#"{ "a" : [1,  2.50, "\ud800\u00E9"], "\ud800": NaN, "b":1e5, "a": 7 }"#;
        let object = Object::parse(text).unwrap();
        assert_eq!(object.to_json(), r#"{"a":7,"\ud800":NaN,"b":1e5}"#);
        let text = r#"{"a":[1,  2.50, "\ud800\u00E9"],"b":{"x":1,"x":2}}"#;
        assert_eq!(Object::parse(text).unwrap().to_json(), text);
    }

    #[test]
    fn what_is_set_keeps_its_place_and_becomes_ascii() {
        let mut object = Object::parse(r#"{"a":1,"b":2}"#).unwrap();
        object.set("a", "\"é🎉\"");
        object.set("c", "3");
        object.remove("b");
        assert_eq!(object.get("c"), Some("3"));
        assert_eq!(object.to_json(), r#"{"a":"\u00e9\ud83c\udf89","c":3}"#);
    }

    #[test]
    fn only_objects_are_read() {
        for bad in [
            "[1]",
            "1",
            "",
            "null",
            "{",
            "{\"a\":1}x",
            "{\"a\":}",
            "{,}",
            "{\"a\":01}",
        ] {
            assert!(Object::parse(bad).is_err(), "{bad}");
        }
    }
}
