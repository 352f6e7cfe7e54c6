//! The CSRF token in minijinja templates: a template that does not print it makes none.
use std::fmt;
use std::sync::Arc;

use minijinja::value::{Object, ObjectRepr, Value};

use crate::csrf::CsrfToken;

impl From<&CsrfToken> for Value {
    /// Makes the token a value that prints itself; `input` is the form field, `meta` the meta tag.
    fn from(token: &CsrfToken) -> Self {
        Self::from_object(token.clone())
    }
}

impl Object for CsrfToken {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "input" => Some(Value::from_safe_string(self.input().to_string())),
            "meta" => Some(Value::from_safe_string(self.meta().to_string())),
            _ => None,
        }
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}
