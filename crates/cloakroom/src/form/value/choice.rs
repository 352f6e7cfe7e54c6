//! Enums of which a visitor chooses a variant.
use crate::form::value::Typed;
use crate::form::{Item, Problem};

/// An enum of which a visitor chooses a variant; derive it.
///
/// ```
/// use cloakroom::form::Choice;
///
/// #[derive(Choice, Clone, Copy, Debug, PartialEq)]
/// enum Kind {
///     #[choice(label = "A person")]
///     Person,
///     #[choice(value = "business", label = "A company", help = "We ask for its name next.")]
///     Company,
/// }
/// assert_eq!(Kind::Company.item().value(), "business");
/// assert_eq!(Kind::of("person"), Some(Kind::Person));
/// ```
pub trait Choice: Sized + 'static {
    /// The items, in the order in which they are shown.
    const ITEMS: &'static [Item];

    /// Returns the place of this variant among the items.
    fn index(&self) -> usize;

    /// Returns the variant at this place.
    fn at(index: usize) -> Option<Self>;

    /// Returns the variant whose item has this value.
    fn of(value: &str) -> Option<Self> {
        let place = Self::ITEMS.iter().position(|item| item.value() == value);
        place.and_then(Self::at)
    }

    /// Returns the item of this variant.
    fn item(&self) -> &'static Item {
        &Self::ITEMS[self.index()]
    }
}

/// Reads the variant that was chosen.
///
/// # Errors
/// When it is none of them.
pub fn read_choice<T: Choice>(typed: &Typed<'_>) -> Result<T, Problem> {
    T::of(typed.text()).ok_or_else(|| Problem::new("invalid_choice"))
}
