//! An audit as SARIF 2.1.0, which code hosts and dashboards read.
use serde_json::{Value, json};

use crate::config::audit::{Audit, Fault, Finding, Level, Verdict};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

impl Audit {
    /// Writes it in the Static Analysis Results Interchange Format 2.1.0.
    ///
    /// Every requirement is a rule; its property `verdict` says what became of it. Each setting that
    /// breaks one is a result: `error` for what the standards demand, `warning` for what they
    /// recommend, else `note`; one that is waived is suppressed, with the reason.
    #[must_use]
    pub fn to_sarif(&self) -> String {
        let rules: Vec<_> = self.findings.iter().map(rule).collect();
        let numbered = self.findings.iter().enumerate();
        let results: Vec<_> = numbered
            .flat_map(|(index, finding)| {
                let result = move |fault| result(index, finding, fault);
                finding.faults.iter().map(result)
            })
            .collect();
        json!({
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "cloakroom",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": rules,
                }},
                "results": results,
            }],
        })
        .to_string()
    }
}

fn rule(finding: &Finding) -> Value {
    json!({
        "id": finding.id,
        "shortDescription": { "text": finding.title },
        "fullDescription": { "text": format!("{}. Source: {}.", finding.title, finding.source) },
        "help": { "text": help(finding) },
        "defaultConfiguration": { "level": level(finding.level) },
        "properties": {
            "tags": ["security", finding.family],
            "verdict": finding.verdict,
            "settings": finding.settings,
        },
    })
}

/// Says what to do about a requirement, or why nothing is to be done.
fn help(finding: &Finding) -> String {
    let remedies = finding
        .faults
        .iter()
        .map(|fault| format!("{}: {}.", fault.setting, fault.remedy));
    let remedies: Vec<_> = remedies.collect();
    if remedies.is_empty() {
        format!("{}.", finding.because)
    } else {
        remedies.join(" ")
    }
}

fn result(index: usize, finding: &Finding, fault: &Fault) -> Value {
    let mut result = json!({
        "ruleId": finding.id,
        "ruleIndex": index,
        "kind": "fail",
        "level": level(fault.level),
        "message": { "text": format!("{}: {}; {}.", fault.setting, fault.what, fault.remedy) },
        "locations": [{ "logicalLocations": [{
            "fullyQualifiedName": fault.setting,
            "kind": "member",
        }]}],
        "partialFingerprints": { "setting/v1": format!("{}:{}", finding.id, fault.setting) },
    });
    if let (Verdict::Waived, Some(reason)) = (finding.verdict, &finding.waiver) {
        result["suppressions"] = json!([{
            "kind": "inSource",
            "status": "accepted",
            "justification": reason,
        }]);
    }
    result
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Must => "error",
        Level::Should => "warning",
        Level::May => "note",
    }
}
