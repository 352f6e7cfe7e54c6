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

#[test]
fn on_plain_http_it_is_for_development_only_and_the_check_says_so() {
    let ran = check("127.0.0.1:8000", &["--json"]);
    assert_eq!(ran.status.code(), Some(1), "{}", text(&ran.stderr));
    let told: serde_json::Value = serde_json::from_slice(&ran.stdout).expect("it is JSON");
    let findings = told["findings"].as_array().expect("it lists findings");
    let mut broken: Vec<_> = findings
        .iter()
        .filter(|one| one["verdict"] == "broken" && one["level"] == "MUST")
        .map(|one| one["id"].as_str().expect("an id is text"))
        .collect();
    broken.sort_unstable();
    assert_eq!(broken, ["C08", "H01", "X05"]);
}
