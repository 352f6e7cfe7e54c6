//! What operators learn of the way that visitors take: how many come to each step, stumble there, and get past it.
use super::{Mishap, Wizards};
use crate::watch::Watch;

/// Counts of each step: entered, errors, completed.
fn funnel(watch: &Watch) -> [[u64; 3]; 3] {
    ["info", "address", "confirm"].map(|step| {
        ["entered", "errors", "completed"].map(|what| {
            let name = format!("cloakroom_wizard_{what}_total");
            watch.counted(&format!("{name}{{wizard=registration,step={step}}}"))
        })
    })
}

#[tokio::test]
async fn each_step_tells_how_many_entered_it_stumbled_and_got_past() {
    let watch = Watch::begin();
    let wizards = Wizards::new();
    let visit = wizards.begin().await;
    let shown = visit.get("info").await;
    assert_eq!(funnel(&watch), [[2, 0, 0], [0, 0, 0], [0, 0, 0]]);
    let wrong = [("name", "Ada"), ("email", "nonsense")];
    visit.press_on(&shown, "info", "continue", &wrong).await;
    assert_eq!(funnel(&watch)[0], [2, 1, 0]);
    visit.info("person").await;
    assert_eq!(funnel(&watch)[0], [3, 1, 1]);
    // Whoever comes back to a step that is done neither enters it nor completes it once more.
    visit.info("person").await;
    assert_eq!(funnel(&watch)[0], [3, 1, 1]);
    visit.press("address", "back", &[("street", "x")]).await;
    visit.address().await;
    assert_eq!(funnel(&watch)[1], [2, 0, 1]);
    wizards.office.next_time(Mishap::Wrong("info", "email"));
    visit.confirm().await;
    assert_eq!(funnel(&watch)[0], [3, 2, 1]);
    assert_eq!(watch.counted("cloakroom_wizard_finished_total"), 0);
    visit.confirm().await;
    assert_eq!(watch.counted("cloakroom_wizard_finished_total"), 1);
    assert_eq!(funnel(&watch)[2][2], 1);
}
