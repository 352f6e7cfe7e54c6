//! Tells the benchmark which compiler built it.
use std::{env, process::Command};

fn main() {
    let rustc = env::var_os("RUSTC").expect("cargo names the compiler for a build script");
    let output = Command::new(rustc).arg("--version").output();
    let version = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let version = version.unwrap_or_else(|_| "rustc of unknown version".to_owned());
    println!("cargo::rustc-env=BENCH_RUSTC_VERSION={version}");
    println!("cargo::rerun-if-changed=build.rs");
}
