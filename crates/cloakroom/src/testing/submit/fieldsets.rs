//! Which tags are disabled with the fieldset that they stand in.
use crate::testing::submit::tags::Tag;

/// The fieldsets around a tag, outermost first.
#[derive(Default)]
pub(super) struct Fieldsets(Vec<Fieldset>);

struct Fieldset {
    is_disabled: bool,
    legend: Legend,
}

/// What stands in its first legend is not disabled (HTML standard, "the fieldset element").
#[derive(PartialEq)]
enum Legend {
    ToCome,
    Open,
    Over,
}

impl Fieldsets {
    /// Goes on to this tag.
    pub(super) fn pass(&mut self, tag: &Tag) {
        let innermost = self.0.last_mut();
        match (tag.name.as_str(), innermost) {
            ("fieldset", _) => self.0.push(Fieldset {
                is_disabled: tag.has("disabled"),
                legend: Legend::ToCome,
            }),
            ("/fieldset", _) => drop(self.0.pop()),
            ("legend", Some(one)) if one.legend == Legend::ToCome => one.legend = Legend::Open,
            ("/legend", Some(one)) => one.legend = Legend::Over,
            _ => {}
        }
    }

    /// Says whether one of them disables what stands here.
    pub(super) fn disable(&self) -> bool {
        let mut all = self.0.iter();
        all.any(|one| one.is_disabled && one.legend != Legend::Open)
    }
}
