//! Reading Python literals, in which vectors hold what JSON has no word for.
use cloakroom::django::{Text, Value, json};

/// Reads a literal such as `(1, None, {'a': -1.5e3})`; also `NaN`, `Infinity` and `float('nan')`.
pub(crate) fn parse(text: &str) -> Option<Value> {
    let mut reader = Reader { rest: text };
    let value = reader.value()?;
    reader.space();
    reader.rest.is_empty().then_some(value)
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn value(&mut self) -> Option<Value> {
        self.space();
        if self.take("[") {
            return self.items("]").map(|(items, _)| Value::List(items));
        }
        if self.take("(") {
            let (mut items, comma) = self.items(")")?;
            return match items.len() {
                1 if !comma => items.pop(),
                _ => Some(Value::Tuple(items)),
            };
        }
        if self.take("{") {
            return self.braces();
        }
        if let Some(bytes) = self
            .rest
            .strip_prefix('b')
            .filter(|rest| rest.starts_with(['\'', '"']))
        {
            self.rest = bytes;
            let text = self.quoted()?;
            let bytes: Option<Vec<u8>> = text
                .as_str()?
                .chars()
                .map(|c| u8::try_from(c).ok())
                .collect();
            return bytes.map(Value::Bytes);
        }
        if self.rest.starts_with(['\'', '"']) {
            return self.quoted().map(Value::Text);
        }
        self.word()
    }

    fn items(&mut self, end: &str) -> Option<(Vec<Value>, bool)> {
        let (mut items, mut comma) = (Vec::new(), false);
        loop {
            self.space();
            if self.take(end) {
                return Some((items, comma));
            }
            items.push(self.value()?);
            self.space();
            comma = self.take(",");
            if !comma && !self.rest.starts_with(end) {
                return None;
            }
        }
    }

    fn braces(&mut self) -> Option<Value> {
        let (mut entries, mut items) = (Vec::new(), Vec::new());
        loop {
            self.space();
            if self.take("}") {
                break;
            }
            let first = self.value()?;
            self.space();
            if self.take(":") {
                entries.push((first, self.value()?));
            } else {
                items.push(first);
            }
            self.space();
            if !self.take(",") && !self.rest.starts_with('}') {
                return None;
            }
        }
        match (entries.is_empty(), items.is_empty()) {
            (_, true) => Some(Value::Dict(entries)),
            (true, false) => Some(Value::Set(items)),
            (false, false) => None,
        }
    }

    fn quoted(&mut self) -> Option<Text> {
        let quote = self.rest.chars().next()?;
        self.rest = &self.rest[1..];
        let mut text = Vec::new();
        loop {
            let char = self.char()?;
            match char {
                _ if char == quote => return Text::from_bytes(text).ok(),
                '\\' => text.extend(self.escape()?.as_bytes()),
                _ => text.extend(char.encode_utf8(&mut [0; 4]).bytes()),
            }
        }
    }

    fn escape(&mut self) -> Option<Text> {
        let digits = match self.char()? {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            'n' => return Some("\n".into()),
            'r' => return Some("\r".into()),
            't' => return Some("\t".into()),
            char @ ('\\' | '\'' | '"') => return Some(char.to_string().into()),
            _ => return None,
        };
        let code = u32::from_str_radix(self.rest.get(..digits)?, 16).ok()?;
        self.rest = &self.rest[digits..];
        match char::from_u32(code) {
            Some(char) => Some(char.to_string().into()),
            // JSON knows how to write half of a surrogate pair.
            None => match json::parse(&format!("\"\\u{code:04x}\"")) {
                Ok(Value::Text(text)) => Some(text),
                _ => None,
            },
        }
    }

    fn word(&mut self) -> Option<Value> {
        for (word, value) in [
            ("None", Value::None),
            ("True", Value::Bool(true)),
            ("False", Value::Bool(false)),
            ("float('nan')", Value::Float(f64::NAN)),
            ("float(\"nan\")", Value::Float(f64::NAN)),
            ("float('inf')", Value::Float(f64::INFINITY)),
            ("float('-inf')", Value::Float(f64::NEG_INFINITY)),
            ("nan", Value::Float(f64::NAN)),
            ("inf", Value::Float(f64::INFINITY)),
            ("-inf", Value::Float(f64::NEG_INFINITY)),
        ] {
            if self.take(word) {
                return Some(value);
            }
        }
        let end = self
            .rest
            .find(|char: char| !(char.is_ascii_alphanumeric() || "+-.".contains(char)))
            .unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(end);
        self.rest = rest;
        json::parse(number).ok()
    }

    fn char(&mut self) -> Option<char> {
        let char = self.rest.chars().next()?;
        self.rest = &self.rest[char.len_utf8()..];
        Some(char)
    }

    fn take(&mut self, word: &str) -> bool {
        match self.rest.strip_prefix(word) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_read_as_python_reads_them() {
        for (literal, json) in [
            ("(1, 2)", "[1,2]"),
            ("(1)", "1"),
            ("(1,)", "[1]"),
            ("[Infinity,-Infinity, NaN]", "[Infinity,-Infinity,NaN]"),
            ("{'a': None, 1: True}", "{\"a\":null,\"1\":true}"),
            ("'\\ud800\\xe9'", "\"\\ud800\\u00e9\""),
            ("float('nan')", "NaN"),
            ("1e+16", "1e+16"),
        ] {
            let value = parse(literal).unwrap();
            assert_eq!(json::to_string(&value).unwrap(), json, "{literal}");
        }
        for bad in ["", "(", "{1: 2, 3}", "datetime.now()", "1 2"] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }
}
