//! What `#[derive(Wizard)]` makes of a struct: its steps in order, and how they belong together.
use std::fmt;
use std::sync::Arc;

use crate::wizard::{Draft, Stage, StepSpec, Trial};

/// A struct whose fields are steps; derive it.
///
/// The derive's attributes are described at [`macro@crate::wizard::Wizard`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a wizard",
    label = "this struct has no `#[derive(Wizard)]`",
    note = "add `#[derive(cloakroom::wizard::Wizard)]` to `{Self}`"
)]
pub trait Wizard: Sized + Send + Sync + 'static {
    /// The same struct with every step as an `Option`: what is there and right so far.
    type SoFar: Default + Send + Sync + 'static;

    /// What conditions and contexts know beside the answers, as `#[wizard(facts = …)]` names it; `()` without.
    type Facts: Default + Send + Sync + 'static;

    /// Returns the steps and how they belong together.
    fn plan() -> &'static Plan<Self>;

    /// Begins with no step, knowing this.
    fn knowing(facts: &Arc<Self::Facts>) -> Self::SoFar;

    /// Makes the struct of its steps; `None` when one is missing.
    fn gather(so_far: Self::SoFar) -> Option<Self>;

    /// Begins a run without HTTP, for tests of a wizard's rules: `Registration::test().step(info).finish()`.
    fn test() -> Trial<Self> {
        Trial::begin()
    }
}

/// In which order the steps may be visited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Up to the first one that is not complete (OWASP ASVS 5.0, 2.3.1).
    #[default]
    Strict,
    /// In any.
    Free,
}

/// The steps of a wizard and how they belong together.
pub struct Plan<W: Wizard> {
    name: &'static str,
    title: &'static str,
    stages: &'static [&'static dyn Stage<W>],
    order: Order,
    version: u32,
    migrate: Option<fn(u32, &mut Draft)>,
    retry: bool,
}

impl<W: Wizard> Plan<W> {
    /// Describes a wizard. `name` is the struct's, as `lower_case`.
    #[must_use]
    pub const fn new(
        name: &'static str,
        title: &'static str,
        stages: &'static [&'static dyn Stage<W>],
    ) -> Self {
        Self {
            name,
            title,
            stages,
            order: Order::Strict,
            version: 1,
            migrate: None,
            retry: false,
        }
    }

    /// Says in which order the steps may be visited.
    #[must_use]
    pub const fn with_order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// Numbers the shape of the drafts.
    #[must_use]
    pub const fn with_version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// Brings drafts of an older version, which is given, into today's shape.
    #[must_use]
    pub const fn with_migrate(mut self, migrate: fn(u32, &mut Draft)) -> Self {
        self.migrate = Some(migrate);
        self
    }

    /// Says that `done` may run again after it failed.
    #[must_use]
    pub const fn with_retry(mut self) -> Self {
        self.retry = true;
        self
    }

    /// Returns the wizard's name. Drafts and metrics bear it, so under another name no draft is found that was begun before.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns what a visitor reads above all steps.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// Returns the steps in the order of their fields, those included whose condition may leave them out.
    #[must_use]
    pub const fn stages(&self) -> &'static [&'static dyn Stage<W>] {
        self.stages
    }

    /// Returns in which order the steps may be visited.
    #[must_use]
    pub const fn order(&self) -> Order {
        self.order
    }

    /// Returns the number of the drafts' shape.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// Says whether `done` may run again after it failed.
    #[must_use]
    pub const fn may_retry(&self) -> bool {
        self.retry
    }

    /// Returns the names of all steps in order.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.specs().map(StepSpec::name).collect()
    }

    /// Returns the descriptions of all steps in order.
    pub fn specs(&self) -> impl Iterator<Item = &'static StepSpec> + use<W> {
        self.stages.iter().map(|stage| stage.spec())
    }

    /// Returns the place of the step of this name.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<usize> {
        self.specs().position(|spec| spec.name() == name)
    }

    /// Returns the place of the page on which visitors check their answers.
    #[must_use]
    pub fn review(&self) -> Option<usize> {
        self.specs().position(StepSpec::is_review)
    }

    /// Says whether a step takes files.
    #[must_use]
    pub fn has_files(&self) -> bool {
        self.specs().any(|spec| spec.schema().has_files())
    }

    /// Brings a draft into today's shape: steps that were renamed keep their answers, and so do steps and fields
    /// that are gone, though nobody looks at them.
    pub fn settle(&self, draft: &mut Draft) {
        for spec in self.specs() {
            for old in spec.was() {
                draft.rename_step(old, spec.name());
            }
        }
        let from = draft.version();
        if from < self.version {
            if let Some(migrate) = self.migrate {
                migrate(from, draft);
            }
            draft.set_version(self.version);
        }
    }
}

impl<W: Wizard> fmt::Debug for Plan<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan")
            .field("name", &self.name)
            .field("steps", &self.names())
            .finish_non_exhaustive()
    }
}
