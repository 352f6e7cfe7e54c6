//! What formtools wrote, read and written again.
use super::fields::MOST_FORMS;
use super::*;
use crate::form::{Answers, Schema};
use crate::wizard::StepSpec;

const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);
const KEY: &str = "test-secret-key-for-vectors-0123456789abcdef";

/// As formtools keeps a wizard of which its first step was sent.
const AFTER_ONE: &str = r#"{"step":"b","step_data":{"a":{"csrfmiddlewaretoken":["t"],"contact_wizard-current_step":["a"],"a-name":["Zo\u00eb"],"a-tags":["x","y"]}},"step_files":{"a":{}},"extra_data":{"from":"\ud800"}}"#;

fn schema() -> &'static Schema {
    static SCHEMA: Schema = Schema::new("Step", &[]);
    &SCHEMA
}

static A: StepSpec = StepSpec::new("a", "A", schema);
static B: StepSpec = StepSpec::new("b", "B", schema);
static MANY: StepSpec = StepSpec::new("many", "Many", schema).with_count(0, 5);

fn common() -> Common {
    Common {
        wizard: "contact",
        version: 3,
        prefix: "contact_wizard".into(),
        steps: vec![&A, &B, &MANY],
    }
}

fn wizards() -> Wizards {
    Wizards::of(&Settings::new(KEY))
}

fn under_way(kept: &str) -> Option<Draft> {
    wizards().find(&common(), kept, None, NOW)
}

fn put(kept: &str, draft: &Draft) -> String {
    wizards().put(&common(), Some(kept), Some(draft))
}

fn answers(pairs: &[(&str, &str)]) -> Answers {
    let mut answers = Answers::new();
    pairs
        .iter()
        .for_each(|(name, text)| answers.add_text(name, *text));
    answers
}

#[test]
fn a_wizard_begun_in_formtools_goes_on_with_its_answers_as_accepted_ones() {
    let draft = under_way(AFTER_ONE).unwrap();
    let step = draft.step("a").unwrap();
    assert!(step.is_accepted());
    assert_eq!(step.answers()[0].text("name"), "Zoë");
    assert_eq!(step.answers()[0].texts("tags"), ["x", "y"]);
    assert_eq!((draft.version(), draft.begun()), (3, NOW));
    assert_eq!(under_way(AFTER_ONE).unwrap().run(), draft.run());
    let other = AFTER_ONE.replace("[\"t\"]", "[\"u\"]");
    assert_ne!(under_way(&other).unwrap().run(), draft.run());
}

#[test]
fn what_nobody_began_or_wrote_by_hand_is_no_draft() {
    let empty = wizards().put(&common(), None, None);
    assert_eq!(
        empty,
        r#"{"step":null,"step_data":{},"step_files":{},"extra_data":{}}"#
    );
    for kept in [
        &*empty,
        "",
        "null",
        "[]",
        "{}",
        r#"{"step_data":[]}"#,
        r#"{"step_data":{"a":1}}"#,
    ] {
        assert_eq!(under_way(kept), None, "{kept}");
    }
    let by_hand = r#"{"step_data":{"a":{"a-name":"plain","a-n":[1,null,"x"]}},"cloakroom":"junk"}"#;
    let draft = under_way(by_hand).unwrap();
    assert_eq!(draft.step("a").unwrap().answers()[0].text("name"), "plain");
    assert_eq!(draft.step("a").unwrap().answers()[0].texts("n"), ["x"]);
}

#[test]
fn what_is_written_is_formtools_and_what_nobody_touched_stays_to_the_letter() {
    let mut draft = under_way(AFTER_ONE).unwrap();
    let step = StepDraft::of(1, true, vec![answers(&[("text", "Hello")])]);
    draft.put_step("b", step);
    draft.set_at("many");
    let kept = put(AFTER_ONE, &draft);
    let beginning = r#"{"step":"many","step_data":{"a":{"csrfmiddlewaretoken":["t"],"contact_wizard-current_step":["a"],"a-name":["Zo\u00eb"],"a-tags":["x","y"]},"b":{"contact_wizard-current_step":["b"],"b-text":["Hello"]}},"step_files":{"a":{},"b":{}},"extra_data":{"from":"\ud800"},"cloakroom":{"#;
    assert!(kept.starts_with(beginning), "{kept}");
    let read = under_way(&kept).unwrap();
    assert_eq!((read.run(), read.step("a")), (draft.run(), draft.step("a")));
    assert_eq!(read.step("b"), draft.step("b"));
}

#[test]
fn a_step_that_formtools_took_in_again_is_another_revision() {
    let mut draft = under_way(AFTER_ONE).unwrap();
    draft.put_step(
        "b",
        StepDraft::of(7, false, vec![answers(&[("text", "Hello")])]),
    );
    let kept = put(AFTER_ONE, &draft);
    let ours = under_way(&kept).unwrap();
    assert_eq!(
        (ours.revision("b"), ours.step("b").unwrap().is_accepted()),
        (7, false)
    );
    let changed = kept.replace("Hello", "Goodbye");
    let theirs = under_way(&changed).unwrap();
    assert!(theirs.step("b").unwrap().is_accepted());
    assert_ne!(theirs.revision("b"), 7);
    assert_eq!(theirs.run(), ours.run());
    let again = under_way(&changed.replace("Goodbye", "Good day")).unwrap();
    assert_ne!(again.revision("b"), theirs.revision("b"));
}

#[test]
fn a_repeated_step_is_a_formset() {
    let kept = r#"{"step":null,"step_data":{"many":{"many-TOTAL_FORMS":["3"],"many-0-x":["1"],"many-1-x":["2"],"many-1-DELETE":["on"],"many-2-x":["3"]}}}"#;
    let mut draft = under_way(kept).unwrap();
    let texts: Vec<_> = draft
        .step("many")
        .unwrap()
        .answers()
        .iter()
        .map(|one| one.text("x").to_owned())
        .collect();
    assert_eq!(texts, ["1", "3"]);
    draft.put_step("many", StepDraft::of(1, true, vec![answers(&[("x", "9")])]));
    let written = put(kept, &draft);
    let fields = r#"{"contact_wizard-current_step":["many"],"many-TOTAL_FORMS":["1"],"many-INITIAL_FORMS":["0"],"many-MIN_NUM_FORMS":["0"],"many-MAX_NUM_FORMS":["5"],"many-0-x":["9"]}"#;
    assert!(written.contains(fields), "{written}");
    let count = r#"{"step_data":{"many":{"many-TOTAL_FORMS":["99999999999"]}}}"#;
    assert_eq!(
        under_way(count)
            .unwrap()
            .step("many")
            .unwrap()
            .answers()
            .len(),
        MOST_FORMS
    );
}

#[test]
fn a_claimed_draft_leaves_formtools_nothing_to_end() {
    let mut draft = under_way(AFTER_ONE).unwrap();
    let (run, open) = (draft.run(), draft.clone());
    draft.set_state(Stand::Broken);
    let kept = put(AFTER_ONE, &draft);
    assert!(
        kept.starts_with(r#"{"step":null,"step_data":{},"step_files":{},"extra_data":{},"#),
        "{kept}"
    );
    assert_eq!(under_way(&kept), None);
    assert_eq!(
        wizards().find(&common(), &kept, Some(run), NOW),
        Some(draft)
    );
    // It is given back.
    let kept = put(&kept, &open);
    assert_eq!(under_way(&kept).unwrap().step("a"), open.step("a"));
}

#[test]
fn what_formtools_began_meanwhile_outlives_the_end_of_the_run_before() {
    let mut draft = under_way(AFTER_ONE).unwrap();
    draft.set_state(Stand::Broken);
    let claimed = put(AFTER_ONE, &draft);
    let begun = claimed.replacen(
        r#""step_data":{}"#,
        r#""step_data":{"a":{"a-name":["New"]}}"#,
        1,
    );
    let finished = Stand::Finished {
        to: "/".into(),
        said: None,
    };
    draft.set_state(finished.clone());
    let kept = put(&begun, &draft);
    assert_eq!(
        under_way(&kept).unwrap().step("a").unwrap().answers()[0].text("name"),
        "New"
    );
    let known = wizards().find(&common(), &kept, Some(draft.run()), NOW);
    assert_eq!(known.unwrap().state(), &finished);
}

#[test]
fn only_the_last_runs_are_remembered() {
    let mut kept = wizards().put(&common(), None, None);
    let runs: Vec<_> = (0..REMEMBERED + 2).map(|_| RunId::generate()).collect();
    for run in &runs {
        let mut draft = Draft::new("contact", 3, *run, NOW);
        draft.set_state(Stand::Broken);
        kept = put(&kept, &draft);
    }
    let is_known = |run: &RunId| wizards().find(&common(), &kept, Some(*run), NOW).is_some();
    let known: Vec<_> = runs.iter().map(is_known).collect();
    assert_eq!(known, [false, false, true, true, true, true]);
}

#[test]
fn cookies_are_formtools_and_old_or_foreign_ones_are_none() {
    let empty = wizards().put(&common(), None, None);
    let day = Duration::from_secs(86_400);
    let header = wizards().write_cookie("wizard_contact_wizard", &empty, day, NOW);
    let pair = r#"wizard_contact_wizard="{\"step\":null\054\"step_data\":{}\054\"step_files\":{}\054\"extra_data\":{}}:1vb66i:6r4y-aE9JumsLYeGko-oxXPxRCxe7oF5q_8gdUL5kiY""#;
    assert_eq!(
        header,
        format!(
            "{pair}; expires=Fri, 02 Jan 2026 00:00:00 GMT; HttpOnly; Max-Age=86400; Path=/; SameSite=Lax"
        )
    );
    let (key, value) = pair.split_once('=').unwrap();
    let read = |key: &str, value: &str, now| wizards().read_cookie(key, value.as_bytes(), day, now);
    assert_eq!(read(key, value, NOW), Some(empty));
    assert_eq!(read("wizard_other", value, NOW), None);
    assert_eq!(read(key, &value[..value.len() - 2], NOW), None);
    assert_eq!(
        read(key, value, NOW.plus(day + Duration::from_secs(1))),
        None
    );
}
