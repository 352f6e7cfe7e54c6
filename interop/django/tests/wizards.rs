//! Ways through a wizard come out as in formtools, or differ for a reason that is told.
use django_interop::run;

const VECTORS: &str = include_str!("../vectors/django-5.2.json");

#[test]
fn every_way_through_a_wizard_is_the_same_or_differs_for_a_reason() {
    let report = run(VECTORS).unwrap();
    for (kind, passed, differs) in [
        ("wizard_flow", 5, 3),
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
fn a_way_that_comes_out_otherwise_without_a_reason_counts_as_failed() {
    let failed = |case: &str, from: &str, to: &str| -> bool {
        let line = VECTORS
            .lines()
            .find(|line| line.contains(&format!("\"wizard_flow-{case}\"")));
        let line = line.unwrap().trim().trim_end_matches(',');
        let (inputs, output) = line.split_once("\"output\"").unwrap();
        assert!(output.contains(from), "{case} has {from}");
        let output = output.replace(from, to);
        let report = run(&format!("[{inputs}\"output\"{output}]")).unwrap();
        !report.is_clean()
    };
    // Nothing changed, what never differs, and what differs elsewhere for a reason.
    for (case, from, to, fails) in [
        ("003", "\"current\"", "\"current\"", false),
        ("003", "\"a-name\": [\"n\"]", "\"a-name\": [\"m\"]", true),
        ("010", "\"current\": \"c\"", "\"current\": \"b\"", true),
        ("010", "\"c-ok\": [\"on\"]", "\"c-ok\": [\"off\"]", true),
        ("012", "{\"name\": \"n\"}", "{\"name\": \"yes\"}", true),
        ("013", "/n/b/\", \"body\"", "/n/c/\", \"body\"", true),
    ] {
        assert_eq!(failed(case, from, to), fails, "{case}: {from}");
    }
}
