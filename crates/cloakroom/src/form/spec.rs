//! The description of one field: what the attributes in `#[field(...)]` say.
//!
//! It is made when the program is compiled, and so is the check that it makes sense.
use crate::form::limit::{is_at_most, is_limit};
use crate::form::{Input, Item, Kind, Pattern, Value, Widget};

/// What becomes of a field's answer after the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Secrecy {
    /// It is kept and shown again as it was typed.
    Open,
    /// It is neither kept nor shown again.
    Secret,
    /// It may be kept, sealed; it is never shown again.
    Sealed,
}

/// The description of one field.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) help: &'static str,
    pub(super) kind: Kind,
    pub(super) widget: Option<Widget>,
    pub(super) required: bool,
    pub(super) texts: &'static [(&'static str, &'static str)],
    pub(super) min_length: Option<usize>,
    pub(super) max_length: Option<usize>,
    pub(super) min: Option<&'static str>,
    pub(super) max: Option<&'static str>,
    pub(super) step: Option<&'static str>,
    pub(super) max_digits: Option<u32>,
    pub(super) decimal_places: Option<u32>,
    pub(super) min_count: Option<usize>,
    pub(super) max_count: Option<usize>,
    pub(super) max_size: Option<u64>,
    pub(super) accept: &'static [&'static str],
    pub(super) pattern: Option<&'static Pattern>,
    pub(super) autocomplete: Option<&'static str>,
    pub(super) placeholder: Option<&'static str>,
    pub(super) rows: Option<usize>,
    pub(super) attributes: &'static [(&'static str, &'static str)],
    pub(super) disabled: bool,
    pub(super) secrecy: Secrecy,
    pub(super) keep_spaces: bool,
    pub(super) choices_per_visit: bool,
}

/// Writes the methods that only put a value into its place.
macro_rules! setters {
    ($($(#[$doc:meta])* $setter:ident($name:ident: $type:ty)),* $(,)?) => {$(
        $(#[$doc])*
        #[must_use]
        pub const fn $setter(mut self, $name: $type) -> Self {
            self.$name = Some($name);
            self
        }
    )*};
}

impl Spec {
    /// Describes a field of type `T`.
    #[must_use]
    pub const fn new<T: Value>(name: &'static str, label: &'static str) -> Self {
        Self {
            name,
            label,
            help: "",
            kind: T::KIND,
            widget: None,
            required: T::KIND.required,
            texts: &[],
            min_length: None,
            max_length: None,
            min: None,
            max: None,
            step: None,
            max_digits: None,
            decimal_places: None,
            min_count: None,
            max_count: None,
            max_size: None,
            accept: &[],
            pattern: None,
            autocomplete: None,
            placeholder: None,
            rows: None,
            attributes: &[],
            disabled: false,
            secrecy: Secrecy::Open,
            keep_spaces: false,
            choices_per_visit: false,
        }
    }

    setters! {
        /// Asks for it in this widget, instead of the one that suits its type.
        with_widget(widget: Widget),
        /// Asks for at least so many characters.
        with_min_length(min_length: usize),
        /// Asks for at most so many characters.
        with_max_length(max_length: usize),
        /// Asks for at least this, written as a visitor would type it.
        with_min(min: &'static str),
        /// Asks for at most this, written as a visitor would type it.
        with_max(max: &'static str),
        /// Sets the step of a number or time in its widget; it is not checked.
        with_step(step: &'static str),
        /// Asks for at most so many digits.
        with_max_digits(max_digits: u32),
        /// Asks for at most so many decimals.
        with_decimal_places(decimal_places: u32),
        /// Asks for at least so many items or files.
        with_min_count(min_count: usize),
        /// Asks for at most so many items or files.
        with_max_count(max_count: usize),
        /// Asks for files of at most so many bytes.
        with_max_size(max_size: u64),
        /// Asks for a text that matches, from its beginning to its end.
        with_pattern(pattern: &'static Pattern),
        /// Tells the browser what to fill in (the autofill names of the HTML standard).
        with_autocomplete(autocomplete: &'static str),
        /// Shows an example while nothing is typed.
        with_placeholder(placeholder: &'static str),
        /// Makes a textarea so many lines high.
        with_rows(rows: usize),
    }

    /// Adds a hint below the label.
    #[must_use]
    pub const fn with_help(mut self, help: &'static str) -> Self {
        self.help = help;
        self
    }

    /// Says whether an answer has to be given.
    #[must_use]
    pub const fn with_required(mut self, required: bool) -> Self {
        self.required = required;
        self
    }

    /// Gives problems their words, by code.
    #[must_use]
    pub const fn with_texts(mut self, texts: &'static [(&'static str, &'static str)]) -> Self {
        self.texts = texts;
        self
    }

    /// Takes files of these content types (`image/png`, `image/*`) or endings (`.pdf`) only.
    #[must_use]
    pub const fn with_accept(mut self, accept: &'static [&'static str]) -> Self {
        self.accept = accept;
        self
    }

    /// Adds attributes to the control.
    #[must_use]
    pub const fn with_attributes(mut self, all: &'static [(&'static str, &'static str)]) -> Self {
        self.attributes = all;
        self
    }

    /// Shows it, but takes no answer: its initial value stays.
    #[must_use]
    pub const fn as_disabled(mut self) -> Self {
        self.disabled = true;
        self
    }

    /// Says what becomes of its answer after the request.
    #[must_use]
    pub const fn with_secrecy(mut self, secrecy: Secrecy) -> Self {
        self.secrecy = secrecy;
        self
    }

    /// Keeps spaces at both ends, which are cut off otherwise.
    #[must_use]
    pub const fn keeping_spaces(mut self) -> Self {
        self.keep_spaces = true;
        self
    }

    /// Takes one of the items that each visit brings along.
    #[must_use]
    pub const fn with_choices_per_visit(mut self) -> Self {
        self.choices_per_visit = true;
        self
    }

    /// Checks that all of this fits together.
    ///
    /// # Panics
    /// When it doesn't; as this runs at compile time, the program is not compiled then.
    #[must_use]
    pub const fn checked(self) -> Self {
        let kind = &self.kind;
        let is_text = matches!(kind.input, Input::Text | Input::Email | Input::Url);
        assert!(
            self.has_items() || !kind.many || matches!(kind.input, Input::File),
            "a `Vec` takes several choices: its items derive `Choice`, or the field is marked `choices`"
        );
        assert!(
            self.widget().fits(kind, self.has_items()),
            "this widget can't ask for a value of this type"
        );
        assert!(
            self.required || kind.can_be_empty,
            "the field is `optional`, so its type has to be an `Option`"
        );
        assert!(
            is_text || (self.min_length.is_none() && self.max_length.is_none()),
            "`min_length` and `max_length` are for texts; for numbers and dates there are `min` and `max`"
        );
        assert!(is_text || self.pattern.is_none(), "`pattern` is for texts");
        assert!(
            is_limit(kind.input, self.min) && is_limit(kind.input, self.max),
            "`min` and `max` are a number for numbers, and for dates and times a text like \"2027-01-31\", \"09:30\" or \"2027-01-31T09:30\""
        );
        assert!(
            is_at_most(kind.input, self.min, self.max),
            "`min` is greater than `max`"
        );
        assert!(
            is_at_most(kind.input, kind.min, self.min)
                && is_at_most(kind.input, self.min, kind.max)
                && is_at_most(kind.input, kind.min, self.max)
                && is_at_most(kind.input, self.max, kind.max),
            "`min` or `max` is a number that the field's type has no room for"
        );
        assert!(
            is_in_order(self.min_length, self.max_length),
            "`min_length` is greater than `max_length`"
        );
        assert!(
            is_in_order(self.min_count, self.max_count),
            "`min_count` is greater than `max_count`"
        );
        assert!(
            matches!(kind.input, Input::Decimal)
                || (self.max_digits.is_none() && self.decimal_places.is_none()),
            "`max_digits` and `decimal_places` are for decimal numbers"
        );
        assert!(
            kind.many || (self.min_count.is_none() && self.max_count.is_none()),
            "`min_count` and `max_count` are for a `Vec`"
        );
        assert!(
            matches!(kind.input, Input::File)
                || (self.accept.is_empty() && self.max_size.is_none()),
            "`accept` and `max_size` are for an `Upload`"
        );
        assert!(
            !self.choices_per_visit
                || matches!(kind.input, Input::Text | Input::Integer | Input::Choice),
            "`choices` are for texts, whole numbers and types that derive `Choice`"
        );
        assert!(
            !matches!(self.secrecy, Secrecy::Secret | Secrecy::Sealed)
                || !matches!(kind.input, Input::File),
            "files can't be `secret` or `sealed`"
        );
        self
    }

    /// Returns the field's name, as it is in the struct.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the label in the program's own language.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        self.label
    }

    /// Returns the sort of answer, as the type of the field wants it; a widget changes how it is asked for and not this.
    #[must_use]
    pub const fn input(&self) -> Input {
        self.kind.input
    }

    /// Says whether it takes several answers.
    #[must_use]
    pub const fn is_many(&self) -> bool {
        self.kind.many
    }

    /// Says whether it takes files.
    #[must_use]
    pub const fn is_file(&self) -> bool {
        matches!(self.kind.input, Input::File)
    }

    /// Says whether it is sent along unseen.
    #[must_use]
    pub const fn is_hidden(&self) -> bool {
        matches!(self.widget(), Widget::Hidden)
    }

    /// Says whether an answer has to be given.
    #[must_use]
    pub const fn is_required(&self) -> bool {
        self.required
    }

    /// Returns what becomes of its answer after the request; of a password nothing.
    #[must_use]
    pub const fn secrecy(&self) -> Secrecy {
        match (self.secrecy, self.widget()) {
            (Secrecy::Open, Widget::Password) => Secrecy::Secret,
            (secrecy, _) => secrecy,
        }
    }

    /// Returns the widget: the one that was asked for, else what suits its type and its secrecy.
    #[must_use]
    pub const fn widget(&self) -> Widget {
        match self.widget {
            Some(widget) => widget,
            None if !matches!(self.secrecy, Secrecy::Open)
                && matches!(self.kind.input, Input::Text)
                && !self.has_items() =>
            {
                Widget::Password
            }
            None => self.kind.default_widget(self.has_items()),
        }
    }

    /// Returns the content types and endings that files may have; none when any will do.
    #[must_use]
    pub const fn accept(&self) -> &'static [&'static str] {
        self.accept
    }

    /// Returns how many bytes a file may have.
    #[must_use]
    pub const fn max_size(&self) -> Option<u64> {
        self.max_size
    }

    /// Returns how many items or files there may be.
    #[must_use]
    pub const fn max_count(&self) -> Option<usize> {
        self.max_count
    }

    /// Returns the items that its type brings along.
    #[must_use]
    pub const fn items(&self) -> &'static [Item] {
        self.kind.items
    }

    /// Says whether a visitor chooses from items.
    #[must_use]
    pub const fn has_items(&self) -> bool {
        self.choices_per_visit || !self.kind.items.is_empty()
    }

    /// Returns the words that the field has for a problem of this code.
    pub(super) fn text_of(&self, code: &str) -> Option<&'static str> {
        let mut texts = self.texts.iter();
        texts.find_map(|(found, text)| (*found == code).then_some(*text))
    }

    /// Returns the least value, the field's or else the type's.
    pub(super) fn least(&self) -> Option<&'static str> {
        self.min.or(self.kind.min)
    }

    /// Returns the greatest value, the field's or else the type's.
    pub(super) fn greatest(&self) -> Option<&'static str> {
        self.max.or(self.kind.max)
    }
}

const fn is_in_order(least: Option<usize>, most: Option<usize>) -> bool {
    match (least, most) {
        (Some(least), Some(most)) => least <= most,
        _ => true,
    }
}
