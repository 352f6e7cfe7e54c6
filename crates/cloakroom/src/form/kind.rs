//! What sort of answer a type takes, and in which widgets it can be asked for.
use crate::form::Item;

/// What a type asks for; each [`Value`](crate::form::Value) has one.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    pub(super) input: Input,
    pub(super) widget: Option<Widget>,
    pub(super) many: bool,
    pub(super) required: bool,
    pub(super) can_be_empty: bool,
    pub(super) items: &'static [Item],
    pub(super) min: Option<&'static str>,
    pub(super) max: Option<&'static str>,
}

impl Kind {
    /// Makes the kind of a single value that has to be given.
    #[must_use]
    pub const fn new(input: Input) -> Self {
        Self {
            input,
            widget: None,
            many: false,
            required: true,
            can_be_empty: false,
            items: &[],
            min: None,
            max: None,
        }
    }

    /// Makes the kind of one of these items.
    #[must_use]
    pub const fn choice(items: &'static [Item]) -> Self {
        let mut kind = Self::new(Input::Choice);
        kind.items = items;
        kind
    }

    /// Says that nothing is an answer too, and whether a visitor may give it without being asked again.
    #[must_use]
    pub const fn with_empty(mut self, required: bool) -> Self {
        self.can_be_empty = true;
        self.required = required;
        self
    }

    /// Makes the kind of the same as `Option`.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        if matches!(self.input, Input::Flag) {
            self.widget = Some(Widget::Radios);
        }
        self.with_empty(false)
    }

    /// Makes the kind of several of the same.
    #[must_use]
    pub const fn several(mut self) -> Self {
        self.many = true;
        self.with_empty(false)
    }

    /// Adds the least and the most that the type can hold.
    #[must_use]
    pub const fn within(mut self, min: &'static str, max: &'static str) -> Self {
        self.min = Some(min);
        self.max = Some(max);
        self
    }

    /// Returns the widget that is taken when none is asked for.
    pub(super) const fn default_widget(&self, has_items: bool) -> Widget {
        if let Some(widget) = self.widget {
            return widget;
        }
        match self.input {
            Input::File => Widget::File,
            Input::Flag => Widget::Checkbox,
            _ if has_items && self.many => Widget::Checkboxes,
            Input::Choice if self.items.len() <= 6 && !self.items.is_empty() => Widget::Radios,
            _ if has_items => Widget::Select,
            Input::Email => Widget::Email,
            Input::Url => Widget::Url,
            Input::Integer | Input::Decimal => Widget::Number,
            Input::Date => Widget::Date,
            Input::Time => Widget::Time,
            Input::DateTime => Widget::DateTime,
            Input::Text | Input::Choice => Widget::Text,
        }
    }
}

/// The sorts of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Input {
    /// Any text.
    Text,
    /// An email address.
    Email,
    /// An address on the web.
    Url,
    /// A whole number.
    Integer,
    /// A number with decimals.
    Decimal,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A day and a time, without a zone.
    DateTime,
    /// Yes or no.
    Flag,
    /// One of the type's own items.
    Choice,
    /// A file.
    File,
}

/// What a visitor sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Widget {
    /// `text`: one line.
    Text,
    /// `textarea`: several lines.
    Textarea,
    /// `password`: not shown while it is typed, and never filled in again.
    Password,
    /// `hidden`: sent along unseen.
    Hidden,
    /// `email`: a line with the keyboard for an address.
    Email,
    /// `url`: a line with the keyboard for a web address.
    Url,
    /// `tel`: a line with the keyboard for a phone number.
    Tel,
    /// `search`: a line to search for something.
    Search,
    /// `number`: a number that can be stepped.
    Number,
    /// `digits`: a line with the keyboard for digits; for codes and account numbers.
    Digits,
    /// `date`: a day.
    Date,
    /// `time`: a time of day.
    Time,
    /// `datetime`: a day and a time.
    DateTime,
    /// `checkbox`: yes when ticked.
    Checkbox,
    /// `checkboxes`: any number of items.
    Checkboxes,
    /// `radios`: one item, all in sight.
    Radios,
    /// `select`: items in a list.
    Select,
    /// `file`: a file, or several.
    File,
}

impl Widget {
    /// Says whether each item is a control of its own, so that the field is a group.
    #[must_use]
    pub const fn is_group(self) -> bool {
        matches!(self, Self::Radios | Self::Checkboxes)
    }

    /// Says whether it can ask for this sort of answer.
    pub(super) const fn fits(self, kind: &Kind, has_items: bool) -> bool {
        match self {
            Self::File => matches!(kind.input, Input::File),
            Self::Checkbox => matches!(kind.input, Input::Flag),
            Self::Hidden => !matches!(kind.input, Input::File),
            Self::Radios => matches!(kind.input, Input::Flag) || (has_items && !kind.many),
            Self::Checkboxes => has_items && kind.many,
            Self::Select => matches!(kind.input, Input::Flag) || has_items,
            _ if kind.many || has_items => false,
            Self::Textarea | Self::Password | Self::Tel | Self::Search => {
                matches!(kind.input, Input::Text)
            }
            Self::Email => matches!(kind.input, Input::Email | Input::Text),
            Self::Url => matches!(kind.input, Input::Url | Input::Text),
            Self::Number => matches!(kind.input, Input::Integer | Input::Decimal),
            Self::Digits => matches!(kind.input, Input::Text | Input::Integer | Input::Decimal),
            Self::Date => matches!(kind.input, Input::Date),
            Self::Time => matches!(kind.input, Input::Time),
            Self::DateTime => matches!(kind.input, Input::DateTime),
            Self::Text => !matches!(kind.input, Input::Flag | Input::File | Input::Choice),
        }
    }
}
