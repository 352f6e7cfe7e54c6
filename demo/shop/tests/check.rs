//! `shop check --deploy`, run as an operator runs it.
use std::process::{Command, Output};

fn check(address: &str, words: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let mut shop = Command::new(env!("CARGO_BIN_EXE_shop"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CLOAKROOM_") || text.starts_with("SHOP_") {
            shop.env_remove(&name);
        }
    }
    shop.args(["check", "--deploy"]).args(words);
    shop.env("SHOP_ADDR", address)
        .env("SHOP_DATA", folder.path());
    shop.output().expect("the shop runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn behind_tls_the_shop_breaks_nothing_that_the_standards_demand() {
    let ran = check("192.0.2.1:8000", &[]);
    let told = text(&ran.stdout);
    assert_eq!(ran.status.code(), Some(0), "{told}{}", text(&ran.stderr));
    assert!(told.contains("broken (0 MUST)"), "{told}");
    let sarif = check("192.0.2.1:8000", &["--sarif"]).stdout;
    let sarif: serde_json::Value = serde_json::from_slice(&sarif).expect("it is JSON");
    assert_eq!(sarif["version"], "2.1.0");
}

/// What the check says of the settings with which the shop opens on this address.
fn broken(address: &str, code: i32) -> Vec<(String, String)> {
    let ran = check(address, &["--json"]);
    assert_eq!(ran.status.code(), Some(code), "{}", text(&ran.stderr));
    let told: serde_json::Value = serde_json::from_slice(&ran.stdout).expect("it is JSON");
    let findings = told["findings"].as_array().expect("it lists findings");
    let text = |value: &serde_json::Value| value.as_str().expect("it is text").to_owned();
    let broken = findings.iter().filter(|one| one["verdict"] == "broken");
    broken
        .map(|one| (text(&one["id"]), text(&one["level"])))
        .collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let pairs = pairs.iter();
    pairs
        .map(|(id, level)| ((*id).to_owned(), (*level).to_owned()))
        .collect()
}

/// That is why X07, H01 and H02 are not among them: the shop asks for tokens and sends the headers.
#[test]
fn the_check_looks_at_the_very_settings_with_which_the_shop_opens() {
    let long = [("S16", "SHOULD"), ("S17", "MAY")];
    assert_eq!(broken("192.0.2.1:8000", 0), pairs(&long));
    assert_eq!(broken("0.0.0.0:8000", 0), pairs(&long));
    let plain = [("C08", "MUST"), ("X05", "MUST"), ("H01", "MUST")];
    let all = [&long[..], &plain].concat();
    assert_eq!(broken("127.0.0.1:8000", 1), pairs(&all));
}
