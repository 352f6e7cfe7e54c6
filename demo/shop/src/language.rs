//! The languages the shop speaks, and how each of them writes a price.

use cloakroom::Key;
use minijinja::{Value, context};

use crate::money::Cents;

/// Where the session keeps the choice: the language's code, as text.
pub(crate) const LANGUAGE: Key<String> = Key::new("language");

/// A language of the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    #[default]
    En,
    Hi,
    Ko,
    De,
}

impl Language {
    pub(crate) const ALL: [Self; 4] = [Self::En, Self::Hi, Self::Ko, Self::De];

    pub(crate) fn from_code(code: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|language| language.code() == code)
    }

    /// Returns the code for `<html lang>`.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Hi => "hi",
            Self::Ko => "ko",
            Self::De => "de",
        }
    }

    /// Returns what the language calls itself.
    fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Hi => "हिन्दी",
            Self::Ko => "한국어",
            Self::De => "Deutsch",
        }
    }

    /// Writes a price: `€1,249.00`, in German `1.249,00 €`.
    pub(crate) fn price(self, Cents(cents): Cents) -> String {
        let (euros, rest) = (cents / 100, cents % 100);
        match self {
            Self::De => format!("{},{rest:02}\u{a0}€", in_thousands(euros, '.')),
            Self::En | Self::Hi | Self::Ko => format!("€{}.{rest:02}", in_thousands(euros, ',')),
        }
    }
}

impl From<Language> for Value {
    fn from(language: Language) -> Self {
        context! { code => language.code(), name => language.own_name() }
    }
}

fn in_thousands(number: u64, separator: char) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(separator);
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_found_by_its_code_and_by_nothing_else() {
        for language in Language::ALL {
            assert_eq!(Language::from_code(language.code()), Some(language));
        }
        assert_eq!(Language::from_code("EN"), None);
        assert_eq!(Language::from_code(""), None);
    }

    #[test]
    fn languages_stand_in_the_order_of_their_texts() {
        let places = Language::ALL.map(|language| language as usize);
        assert_eq!(places, [0, 1, 2, 3]);
    }

    #[test]
    fn prices_are_written_as_the_language_does() {
        let cases = [
            (Language::En, 4_900, "€49.00"),
            (Language::Ko, 5, "€0.05"),
            (Language::En, 123_456_789, "€1,234,567.89"),
            (Language::De, 124_900, "1.249,00\u{a0}€"),
        ];
        for (language, cents, written) in cases {
            assert_eq!(language.price(Cents(cents)), written);
        }
    }
}
