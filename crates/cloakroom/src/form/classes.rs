//! The names of the CSS classes in a form.

/// The names of the CSS classes that rendered forms use.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Classes {
    /// Around a field.
    pub field: &'static str,
    /// Around a field that something is wrong with, as well.
    pub wrong: &'static str,
    /// A label.
    pub label: &'static str,
    /// The legend of a group of radios or checkboxes.
    pub legend: &'static str,
    /// A hint.
    pub hint: &'static str,
    /// What is wrong with a field.
    pub problem: &'static str,
    /// What only those hear who can't see.
    pub hidden: &'static str,
    /// A control of one line.
    pub input: &'static str,
    /// A control of several lines.
    pub textarea: &'static str,
    /// A list.
    pub select: &'static str,
    /// Around one radio or checkbox and its label.
    pub item: &'static str,
    /// The list of all that is wrong.
    pub summary: &'static str,
    /// Around a form of a set.
    pub row: &'static str,
    /// A button that changes the page only, as the one that adds a form to a set.
    pub button: &'static str,
}

impl Classes {
    /// Short names of its own.
    pub const PLAIN: Self = Self {
        field: "field",
        wrong: "field-wrong",
        label: "",
        legend: "",
        hint: "hint",
        problem: "problem",
        hidden: "visually-hidden",
        input: "",
        textarea: "",
        select: "",
        item: "item",
        summary: "summary",
        row: "row",
        button: "button",
    };

    /// The names of the GOV.UK Design System's frontend.
    pub const GOVUK: Self = Self {
        field: "govuk-form-group",
        wrong: "govuk-form-group--error",
        label: "govuk-label",
        legend: "govuk-fieldset__legend",
        hint: "govuk-hint",
        problem: "govuk-error-message",
        hidden: "govuk-visually-hidden",
        input: "govuk-input",
        textarea: "govuk-textarea",
        select: "govuk-select",
        item: "govuk-form-item",
        summary: "govuk-error-summary",
        row: "govuk-form-group",
        button: "govuk-button govuk-button--secondary",
    };
}
