//! Messages in minijinja templates: a template that does not iterate shows nothing, and they wait.
use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, Value};

use crate::messages::{Message, Messages, Text};

impl From<&Messages> for Value {
    /// Makes the messages a list; each has `text`, `tags`, `level` and `level_tag`.
    ///
    /// Print `text`: it is escaped, unless it is trusted HTML. A message printed as a whole is escaped
    /// in any case.
    fn from(messages: &Messages) -> Self {
        Self::from_object(messages.clone())
    }
}

impl Object for Messages {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Iterable
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let shown = self.take().into_iter();
        Enumerator::Values(
            shown
                .map(|message| Value::from_object(Item(message)))
                .collect(),
        )
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.len())
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

#[derive(Debug)]
struct Item(Message);

impl Object for Item {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let message = &self.0;
        Some(match key.as_str()? {
            "text" => match message.text() {
                Text::Plain(text) => Value::from(text.as_str()),
                Text::Trusted(html) => Value::from_safe_string(html.clone()),
            },
            "tags" => Value::from(message.tags()),
            "level" => Value::from(message.level().number()),
            "level_tag" => Value::from(message.level_tag()),
            _ => return None,
        })
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The template escapes it, as it does any text.
        f.write_str(self.0.text().as_str())
    }
}
