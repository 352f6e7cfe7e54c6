//! The way of visitors through wizards: how many come to each step, stumble there, get past it, and are stuck.
mod exposed;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::drafts::Drafts;
use crate::figures::Figures;

/// All wizards, step by step.
#[derive(Clone, Debug, Default)]
pub struct Funnel {
    steps: BTreeMap<(String, String), Step>,
}

/// One step of one wizard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The wizard's name.
    pub wizard: String,
    /// The step's name; empty where drafts do not tell theirs.
    pub step: String,
    /// Its place among the wizard's steps, from 1; 0 where that is not known.
    pub place: u64,
    /// Pages of it that were shown to visitors who had not yet gone on from it.
    pub entered: u64,
    /// Pages of it sent that were wrong.
    pub errors: u64,
    /// Visitors who went on from it.
    pub completed: u64,
    /// Drafts whose visitors go on here.
    pub open: u64,
    /// Those of them to which nothing was sent for long.
    pub stuck: u64,
}

/// What of a step a metric tells.
type Told = fn(&mut Step) -> &mut u64;

/// The metrics that it is read from.
const METRICS: [(&str, Told); 4] = [
    ("cloakroom_wizard_entered_total", |step| &mut step.entered),
    ("cloakroom_wizard_errors_total", |step| &mut step.errors),
    ("cloakroom_wizard_completed_total", |step| {
        &mut step.completed
    }),
    (PLACE, |step| &mut step.place),
];
const PLACE: &str = "cloakroom_wizard_place";

impl Funnel {
    /// Reads what this process has counted.
    #[must_use]
    pub fn of(figures: &Figures) -> Self {
        let mut funnel = Self::default();
        for (metric, _) in METRICS {
            let counted = figures.by_labels(metric);
            let levels = figures.levels(metric).into_iter();
            for (labels, count) in counted.into_iter().chain(levels.map(whole)) {
                if let [wizard, step] = &labels[..] {
                    funnel.count(metric, wizard, step, count);
                }
            }
        }
        funnel
    }

    /// Reads what a site tells Prometheus; several nodes may stand one after the other, and are added up. What is not about
    /// wizards is passed over.
    #[must_use]
    pub fn of_prometheus(text: &str) -> Self {
        let mut funnel = Self::default();
        for sample in text.lines().filter_map(exposed::sample) {
            if let (Some(wizard), Some(step)) = (sample.label("wizard"), sample.label("step")) {
                funnel.count(sample.name, wizard, step, sample.value as u64);
            }
        }
        funnel
    }

    /// Adds the drafts that wait.
    pub fn add(&mut self, drafts: &Drafts) {
        for (wizard, step, waiting) in drafts.by_step() {
            let step = self.step(wizard, step);
            step.open += waiting.open;
            step.stuck += waiting.stuck;
        }
    }

    /// Returns the steps: wizards by their names, steps by their places.
    #[must_use]
    pub fn steps(&self) -> Vec<&Step> {
        let mut steps: Vec<_> = self.steps.values().collect();
        steps.sort_by_key(|step| (&step.wizard, step.place, &step.step));
        steps
    }

    fn count(&mut self, metric: &str, wizard: &str, step: &str, count: u64) {
        let Some((_, of)) = METRICS.iter().find(|(name, _)| *name == metric) else {
            return;
        };
        let of = of(self.step(wizard, step));
        // The place is the same on every node.
        *of = if metric == PLACE { count } else { *of + count };
    }

    fn step(&mut self, wizard: &str, step: &str) -> &mut Step {
        let names = (wizard.to_owned(), step.to_owned());
        self.steps.entry(names).or_insert_with(|| Step {
            wizard: wizard.to_owned(),
            step: step.to_owned(),
            ..Step::default()
        })
    }
}

fn whole((labels, level): (Vec<String>, f64)) -> (Vec<String>, u64) {
    (labels, level as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(figures: &Figures) {
        metrics::with_local_recorder(figures, || {
            for (place, step, entered, completed) in [(2, "address", 6, 4), (1, "info", 9, 6)] {
                let labels = [("wizard", "register"), ("step", step)];
                metrics::gauge!("cloakroom_wizard_place", &labels).set(f64::from(place));
                metrics::counter!("cloakroom_wizard_entered_total", &labels).increment(entered);
                metrics::counter!("cloakroom_wizard_completed_total", &labels).increment(completed);
            }
            metrics::counter!("cloakroom_requests_total", "access" => "read").increment(7);
        });
    }

    #[test]
    fn steps_stand_in_the_order_of_the_wizard_and_nodes_are_added_up() {
        let figures = Figures::new();
        record(&figures);
        let node = figures.prometheus();
        let rows = [
            (Funnel::of(&figures), 1),
            (Funnel::of_prometheus(&node), 1),
            (Funnel::of_prometheus(&format!("{node}\n{node}")), 2),
        ];
        for (funnel, nodes) in rows {
            let told: Vec<_> = funnel
                .steps()
                .into_iter()
                .map(|step| (&*step.step, step.place, step.entered, step.completed))
                .collect();
            assert_eq!(
                told,
                [
                    ("info", 1, 9 * nodes, 6 * nodes),
                    ("address", 2, 6 * nodes, 4 * nodes)
                ]
            );
        }
    }
}
