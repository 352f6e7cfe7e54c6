//! The deploy check: each requirement has its verdict, and no setting breaks one unnoticed.
mod breaking;

use std::time::Duration;

use breaking::BREAKING;
use cloakroom::audit::{Audit, Level, Verdict};
use cloakroom::csrf::{self, Mode};
use cloakroom::headers::Csp;
use cloakroom::messages::Storage;
use cloakroom::session::{Asvs, Nist, Policy};
use cloakroom::store::InCookie;
use cloakroom::{Builder, Cloakroom};
use serde_json::Value;

use crate::site::keys;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// What no setting breaks: either `build()` does, or the rest is the site's own.
const LEFT_TO_THE_SITE: [(&str, &str); 5] = [
    ("S13", "store"),
    ("S15", "session.idle"),
    ("S25", "session.most_sessions"),
    ("X01", "csrf.exempt"),
    ("X01", "csrf.check_only"),
];

fn with_epochs() -> InCookie {
    InCookie::new().refuse_before(|_| async { Ok(None) })
}

/// A site that keeps to all that settings can.
fn careful() -> Builder {
    Cloakroom::builder(keys())
        .store_in_memory()
        .session(|s| {
            s.idle(30 * MINUTE)
                .absolute(8 * 60 * MINUTE)
                .remember(20 * DAY, 30 * DAY)
        })
        .csrf(|c| c.mode(Mode::TokenAlways))
        .headers(|h| h.hsts(365 * DAY).csp(|_| Csp::strict()))
}

fn audit(builder: Builder) -> Audit {
    builder.sweep_every(None).build().unwrap().audit()
}

fn broken(audit: &Audit) -> Vec<&str> {
    let broken = audit.findings().iter();
    let broken = broken.filter(|finding| finding.verdict == Verdict::Broken);
    broken.map(|finding| finding.id).collect()
}

#[test]
fn every_requirement_has_its_verdict_once_and_says_why() {
    let mut ids = Vec::new();
    for (family, last) in [("S", 27), ("C", 16), ("X", 13), ("H", 5), ("K", 4)] {
        ids.extend((1..=last).map(|number| format!("{family}{number:02}")));
    }
    let audit = audit(Cloakroom::builder(keys()).store_in_memory());
    let found: Vec<_> = audit.findings().iter().map(|finding| finding.id).collect();
    assert_eq!(found, ids);
    for finding in audit.findings() {
        assert!(!finding.because.is_empty(), "{}", finding.id);
        assert!(!finding.source.is_empty(), "{}", finding.id);
        assert_eq!(
            finding.verdict == Verdict::Broken,
            !finding.faults.is_empty(),
            "{}",
            finding.id
        );
    }
}

#[test]
fn a_site_with_the_defaults_over_https_breaks_nothing_that_is_demanded() {
    let audit = audit(Cloakroom::builder(keys()).store_in_memory());
    assert!(audit.is_well());
    assert_eq!(broken(&audit), ["S16", "S17", "X07", "H01", "H02"]);
}

#[test]
fn no_preset_breaks_what_is_demanded() {
    for preset in [
        Policy::owasp_low(),
        Policy::owasp_high(),
        Policy::asvs(Asvs::L1),
        Policy::asvs(Asvs::L2),
        Policy::asvs(Asvs::L3),
        Policy::nist(Nist::Aal1),
        Policy::nist(Nist::Aal2),
        Policy::nist(Nist::Aal3),
    ] {
        let audit = audit(careful().session(|_| preset.clone()));
        assert!(audit.is_well(), "{preset:?}: {:?}", broken(&audit));
        let verdict = |id| audit.finding(id).unwrap().verdict;
        assert_eq!(verdict("S15"), Verdict::Met, "{preset:?}");
    }
}

#[test]
fn a_route_that_is_not_refused_is_left_to_its_handler() {
    for settings in [
        (|c| c.exempt("/{*rest}")) as fn(csrf::Settings) -> csrf::Settings,
        |c| c.check_only("/{*rest}"),
    ] {
        let audit = audit(careful().csrf(settings));
        let finding = audit.finding("X01").unwrap();
        assert_eq!(finding.verdict, Verdict::Yours);
        assert!(finding.because.contains("/{*rest}"), "{}", finding.because);
    }
}

#[test]
fn whatever_setting_is_broken_its_rules_fire_and_no_others() {
    assert!(broken(&audit(careful())).is_empty());
    for (name, change, expected) in BREAKING {
        let audit = audit(change(careful()));
        let found = broken(&audit);
        assert_eq!(found, *expected, "{name}");
        for id in found {
            let finding = audit.finding(id).unwrap();
            for fault in &finding.faults {
                assert!(finding.settings.contains(&fault.setting), "{name}: {id}");
                assert!(!fault.remedy.is_empty(), "{name}: {id}");
            }
        }
    }
}

#[test]
fn every_setting_that_a_rule_looks_at_is_broken_by_some_line_of_the_table() {
    let mut left: Vec<_> = audit(careful())
        .findings()
        .iter()
        .flat_map(|finding| {
            finding
                .settings
                .iter()
                .map(|setting| (finding.id, *setting))
        })
        .filter(|rule| !LEFT_TO_THE_SITE.contains(rule))
        .collect();
    for (_, change, _) in BREAKING {
        for finding in audit(change(careful())).findings() {
            left.retain(|(id, setting)| {
                *id != finding.id || !finding.faults.iter().any(|fault| fault.setting == *setting)
            });
        }
    }
    assert!(left.is_empty(), "nothing breaks {left:?}");
}

#[test]
fn a_setting_of_which_less_depends_breaks_less() {
    let secure = audit(careful().session(|s| s.cookie_name("__Secure-id")));
    assert!(secure.is_well());
    let finding = secure.finding("C08").unwrap();
    assert_eq!(
        (finding.level, finding.gravity()),
        (Level::Must, Level::Should)
    );
    let plain = audit(careful().allow_plain_http_on_localhost("127.0.0.1:80".parse().unwrap()));
    assert!(!plain.is_well());
}

#[test]
fn what_is_waived_is_no_longer_broken_and_its_reason_is_told() {
    let site = || {
        careful()
            .csrf(cloakroom::csrf::Settings::off)
            .waive("X02", " no browsers here ")
    };
    let audit_of = |builder| audit(builder);
    let waived = audit_of(site());
    let finding = waived.finding("X02").unwrap();
    assert_eq!(finding.verdict, Verdict::Waived);
    assert_eq!(finding.waiver.as_deref(), Some("no browsers here"));
    assert!(!waived.is_well());
    let all = ["X01", "X03", "X04", "X06", "X07", "X09", "X10"];
    let all = all
        .into_iter()
        .fold(site(), |site, id| site.waive(id, "none here"));
    assert!(audit_of(all).is_well());
    let text = waived.to_string();
    assert!(text.contains("waived: no browsers here"), "{text}");
    let needless = audit_of(careful().waive("S15", "for ever")).to_string();
    assert!(needless.contains("need not be any more"), "{needless}");
    let done = audit_of(careful().waive("S24", "nothing of ours is sensitive"));
    assert_eq!(done.finding("S24").unwrap().verdict, Verdict::Waived);
}

#[test]
fn a_waiver_of_nothing_or_for_no_reason_does_not_start() {
    let built = careful()
        .waive("S99", "why not")
        .waive("S16", " \n")
        .waive("S17", "once")
        .waive("S17", "and again")
        .build();
    let problems = built.unwrap_err();
    let problems: Vec<_> = problems
        .problems()
        .iter()
        .map(|problem| format!("{}: {}", problem.setting, problem.what))
        .collect();
    assert_eq!(
        problems,
        [
            "waive(\"S99\"): no requirement has this id",
            "waive(\"S16\"): needs a reason, for whoever reads the audit",
            "waive(\"S17\"): is waived twice; give one reason",
        ]
    );
}

#[test]
fn people_see_each_family_with_what_is_broken_first_and_a_count_at_the_end() {
    let audit = audit(Cloakroom::builder(keys()).store_in_memory());
    let text = audit.to_string();
    assert!(
        text.starts_with("Sessions\n  broken  S16 SHOULD  "),
        "{text}"
    );
    assert!(
        text.contains("session.absolute: a sign-in lasts for 90 days\n"),
        "{text}"
    );
    for id in audit.findings().iter().map(|finding| finding.id) {
        assert_eq!(text.matches(&format!("  {id} ")).count(), 1, "{id}");
    }
    let last = text.lines().last().unwrap();
    assert!(
        last.starts_with("65 requirements: 5 broken (0 MUST), 0 waived, "),
        "{last}"
    );
    assert!(!text.contains('\u{1b}'));
    let coloured = audit.coloured().to_string();
    assert!(coloured.contains("\u{1b}[33mbroken\u{1b}[0m"), "{coloured}");
}

#[test]
fn programs_get_every_finding_as_json() {
    let audit = audit(careful().session(|s| s.end_with_browser(false)));
    let told: Value = serde_json::from_str(&audit.to_json()).unwrap();
    assert_eq!(told["ok"], true);
    assert_eq!(told["counts"]["broken-must"], 0);
    let findings = told["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 65);
    let one = findings.iter().find(|one| one["id"] == "S19").unwrap();
    assert_eq!(one["verdict"], "broken");
    assert_eq!(one["level"], "SHOULD");
    assert_eq!(one["faults"][0]["setting"], "session.end_with_browser");
}

#[test]
fn sarif_has_a_rule_for_each_requirement_and_a_result_for_each_fault() {
    let audit = audit(
        Cloakroom::builder(keys())
            .store(InCookie::new())
            .waive("S21", "the site is a toy"),
    );
    let sarif: Value = serde_json::from_str(&audit.to_sarif()).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 65);
    for rule in rules {
        for text in ["shortDescription", "fullDescription", "help"] {
            assert!(!rule[text]["text"].as_str().unwrap().is_empty(), "{rule}");
        }
    }
    let results = run["results"].as_array().unwrap();
    let faults = audit.findings().iter().map(|finding| finding.faults.len());
    assert_eq!(results.len(), faults.sum::<usize>());
    for result in results {
        let rule = &rules[result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let is_waived = result["ruleId"] == "S21";
        assert_eq!(result["suppressions"].is_array(), is_waived, "{result}");
    }
    let of = |id: &str| results.iter().find(|one| one["ruleId"] == id).unwrap();
    assert_eq!(of("S22")["level"], "error");
    assert_eq!(of("C04")["level"], "warning");
    assert_eq!(of("S17")["level"], "note");
    assert_eq!(
        of("S21")["suppressions"][0]["justification"],
        "the site is a toy"
    );
}

#[test]
fn no_audit_shows_a_secret() {
    let audit = audit(careful().messages(Storage::Cookie));
    for text in [audit.to_string(), audit.to_json(), audit.to_sarif()] {
        assert!(!text.contains(crate::site::SECRET));
    }
}
