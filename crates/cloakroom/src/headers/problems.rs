//! What is wrong with the settings, by their names. This room knows no other, hence a list of its own.

/// What was found wrong so far.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<Problem>);

/// One setting that is wrong.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) setting: String,
    pub(crate) what: String,
}

impl Problems {
    pub(super) fn add(&mut self, setting: impl Into<String>, what: impl Into<String>) {
        self.0.push(Problem {
            setting: setting.into(),
            what: what.into(),
        });
    }

    #[cfg(test)]
    pub(super) fn settings(&self) -> Vec<&str> {
        self.0
            .iter()
            .map(|problem| problem.setting.as_str())
            .collect()
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
