//! `cloakroom new`: a project that builds, in a folder that was not there before.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::command;

/// The checkout that this test is part of.
fn checkout() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    folder
        .ancestors()
        .nth(2)
        .expect("it lies in crates")
        .to_owned()
}

fn new(folder: &Path, words: &[&str]) -> (Option<i32>, String) {
    let words = [&["new"], words].concat();
    let ran = command(&words, &[]).current_dir(folder).output();
    let ran = ran.expect("it runs");
    let said = [ran.stdout, ran.stderr].concat();
    (
        ran.status.code(),
        String::from_utf8(said).expect("it speaks UTF-8"),
    )
}

#[test]
fn a_new_project_and_its_tests_build_without_a_network() {
    let folder = tempfile::tempdir().expect("a folder");
    let checkout = checkout();
    let path = checkout.to_str().expect("it is text");
    let (code, said) = new(folder.path(), &["my-site", "--path", path]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("Made my-site"), "{said}");
    let site = folder.path().join("my-site");
    // The versions that lie in the cache, since everything else was built of them.
    fs::copy(checkout.join("Cargo.lock"), site.join("Cargo.lock")).expect("it can be copied");
    // Settings of the workspace, so that what was built with them serves here too.
    let like_here = [
        "--config",
        "profile.dev.package.\"*\".opt-level=1",
        "--config",
        "profile.dev.debug=\"line-tables-only\"",
    ];
    let built = Command::new(env!("CARGO"))
        .current_dir(&site)
        .env("CARGO_TARGET_DIR", checkout.join("target"))
        .args(["check", "--quiet", "--offline", "--all-targets"])
        .args(like_here)
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(
        built.status.success() && !said.contains("warning"),
        "{said}"
    );
}

#[test]
fn what_is_there_already_is_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let there = folder.path().join("shop");
    fs::create_dir(&there).expect("it can be made");
    fs::write(there.join("Cargo.toml"), "mine").expect("it can be written");
    let (code, said) = new(folder.path(), &["shop"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("is there already"), "{said}");
    assert_eq!(
        fs::read_to_string(there.join("Cargo.toml")).expect("it is there"),
        "mine"
    );
    assert_eq!(fs::read_dir(&there).expect("it is there").count(), 1);
}

#[test]
fn a_name_that_no_package_can_have_and_a_checkout_that_is_none_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    for (words, word) in [
        (["Shop", "--path", "."], "lower-case"),
        (["shop", "--path", "nowhere"], "--path"),
    ] {
        let (code, said) = new(folder.path(), &words);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(word), "{said}");
    }
    assert_eq!(fs::read_dir(folder.path()).expect("it is there").count(), 0);
}
