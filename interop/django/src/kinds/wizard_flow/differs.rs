//! Where our way through a wizard is another one than formtools' on purpose, and why.

/// A case in which it is.
pub(super) struct Differs {
    case: &'static str,
    /// Why, in words for whoever reads the report.
    pub(super) why: &'static str,
    /// After which requests, counted from 0, and in which facts.
    facts: &'static [(usize, &'static [&'static str])],
}

const ALL: [Differs; 4] = [
    Differs {
        case: "wizard_flow-003",
        why: "a GET of the wizard goes on where the visitor was: a prefetch or a second tab must not cost what was typed; `?new` begins anew",
        facts: &[(2, &["current", "next", "prev", "index", "step1", "kept"])],
    },
    Differs {
        case: "wizard_flow-010",
        why: "the first step without which there is no end is shown with what is wrong in it, not as if nothing had been sent",
        facts: &[(2, &["errors"])],
    },
    Differs {
        case: "wizard_flow-012",
        why: "answers of a step that is not asked for any more are kept as well, but shown by no page, and come back with the step",
        facts: &[(4, &["kept"])],
    },
    Differs {
        case: "wizard_flow-013",
        why: "the POST of the last page completes the wizard, never a GET, and answers are gone then; whoever comes back gets the answer of the first time, not an empty wizard",
        facts: &[
            (5, &["current", "kept"]),
            (6, &["done"]),
            (7, &["current", "kept"]),
        ],
    },
];

/// Says how a case differs, if it does.
pub(super) fn of(case: &str) -> Option<&'static Differs> {
    ALL.iter().find(|differs| differs.case == case)
}

impl Differs {
    /// Returns the facts that differ after a request.
    pub(super) fn after(&self, request: usize) -> &'static [&'static str] {
        let found = self.facts.iter().find(|(at, _)| *at == request);
        found.map_or(&[], |(_, facts)| facts)
    }
}
