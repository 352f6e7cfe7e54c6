//! Ways through a wizard come out as in formtools, or differ for a reason that is told.
use django_interop::run;

const VECTORS: &str = include_str!("../vectors/django-5.2.json");

#[test]
fn every_way_through_a_wizard_is_the_same_or_differs_for_a_reason() {
    let report = run(VECTORS).unwrap();
    for (kind, passed, differs) in [
        ("wizard_flow", 4, 4),
        ("wizard_normalize_name", 8, 0),
        ("wizard_session", 2, 0),
        ("wizard_cookie", 2, 0),
        ("wizard_cookie_load", 4, 0),
    ] {
        let (_, tally) = report.kinds().find(|(name, _)| *name == kind).unwrap();
        assert_eq!(tally.failed, [], "{kind}");
        assert_eq!(
            (tally.passed, tally.differs.len()),
            (passed, differs),
            "{kind}"
        );
        assert_eq!(tally.total, passed + differs, "{kind}");
    }
}

#[test]
fn a_way_that_comes_out_otherwise_without_a_reason_and_a_reason_without_need_count_as_failed() {
    let failed = |from: &str, to: &str| -> Vec<String> {
        let [from, to] = [from, to].map(|id| format!("\"wizard_flow-{id}\""));
        let report = run(&VECTORS.replace(&from, &to)).unwrap();
        let (_, tally) = report
            .kinds()
            .find(|(name, _)| *name == "wizard_flow")
            .unwrap();
        tally.failed.iter().map(|(id, _)| id.clone()).collect()
    };
    assert_eq!(failed("003", "103"), ["wizard_flow-103"]);
    assert_eq!(failed("012", "103").len(), 1);
    assert_eq!(failed("011", "010").len(), 1);
}
