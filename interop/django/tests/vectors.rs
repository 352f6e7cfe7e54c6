//! What Cloakroom has of Django comes out as in the real Django, case by case.
use django_interop::{Report, run};

const VECTORS: &str = include_str!("../vectors/django-5.2.json");

fn failed(report: &Report) -> Vec<String> {
    let kinds = report.kinds();
    let failed = kinds.flat_map(|(_, tally)| &tally.failed);
    failed.map(|(id, why)| format!("{id}: {why}")).collect()
}

#[test]
fn every_case_comes_out_as_in_django_or_differs_for_a_reason() {
    let report = run(VECTORS).unwrap();
    assert_eq!(failed(&report), [""; 0]);
    assert!(report.kinds().filter(|(_, tally)| tally.passed > 0).count() > 50);
}

#[test]
fn an_unknown_kind_an_unknown_input_and_a_wrong_output_count_as_failed() {
    let case = |kind: &str, inputs: &str, output: &str| {
        format!(r#"[{{"id": "x-1", "kind": "{kind}", "inputs": {inputs}, {output}}}]"#)
    };
    for (text, passed) in [
        (case("b62_encode", r#"{"n": 62}"#, r#""output": "10""#), 1),
        (case("b62_encode", r#"{"n": 62}"#, r#""output": "11""#), 0),
        (
            case("b62_encode", r#"{"n": 62}"#, r#""error": "ValueError""#),
            0,
        ),
        (
            case("b62_encode", r#"{"n": 62, "m": 1}"#, r#""output": "10""#),
            0,
        ),
        (case("b62_encode", r#"{"n": "62"}"#, r#""output": "10""#), 0),
        (
            case("b62_decode", r#"{"s": "$"}"#, r#""error": "ValueError""#),
            1,
        ),
        (
            case("b62_decode", r#"{"s": "$"}"#, r#""error": "BadSignature""#),
            0,
        ),
        (case("b63_encode", r#"{"n": 62}"#, r#""output": "10""#), 0),
    ] {
        let report = run(&text).unwrap();
        let (_, tally) = report.kinds().next().unwrap();
        assert_eq!(
            (tally.passed, tally.failed.len()),
            (passed, 1 - passed),
            "{text}"
        );
        assert_eq!(report.is_clean(), passed == 1);
        assert!(report.to_json().contains("\"total\":1"));
    }
    assert!(run("junk").is_err() && run("{}").is_err() && run("[{}]").is_err());
}
