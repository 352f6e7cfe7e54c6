//! Running the command and reading what it says.
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// A value that stands in the sessions of all tests, and must not be seen unless it is asked for.
pub(crate) const PRIVATE: &str = "open-sesame";
/// The password in the URLs of servers that tests use.
pub(crate) const PASSWORDS: [&str; 2] = ["hunter2", services::PASSWORD];

/// What the command said and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs the command with these words, and with these variables of its own.
pub(crate) fn run_with(words: &[&str], variables: &[(&str, &str)]) -> Ran {
    let ran = Ran::of(command(words, variables).output().expect("it runs"));
    ran.keeps_secrets(words.contains(&"--reveal"));
    ran
}

/// Runs the command with these words.
pub(crate) fn run(words: &[&str]) -> Ran {
    run_with(words, &[])
}

/// Starts the command and lets it run.
pub(crate) fn start(words: &[&str]) -> Child {
    command(words, &[]).spawn().expect("it starts")
}

/// Prepares the command; nothing comes from the environment of the test, and the standard input is
/// no terminal.
pub(crate) fn command(words: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cloakroom"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CLOAKROOM_") {
            command.env_remove(name);
        }
    }
    command.env(
        "XDG_STATE_HOME",
        std::env::temp_dir().join("cloakroom-tests"),
    );
    command.args(words).envs(variables.iter().copied());
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the command speaks UTF-8");
        Self {
            code: output.status.code(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// Makes sure that it went well, and returns what was printed.
    #[track_caller]
    pub(crate) fn well(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }

    /// Makes sure that it ended with this code, and returns what was said about it.
    #[track_caller]
    pub(crate) fn fails(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:?}");
        self.err
    }

    /// Makes sure that it went well, and reads the one object that was printed.
    #[track_caller]
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.well()).expect("it is JSON")
    }

    /// Makes sure that it went well, and reads an object of each line.
    #[track_caller]
    pub(crate) fn json_lines(self) -> Vec<Value> {
        let out = self.well();
        let lines = out.lines();
        lines
            .map(|line| serde_json::from_str(line).expect("it is JSON"))
            .collect()
    }

    #[track_caller]
    fn keeps_secrets(&self, revealing: bool) {
        let said = format!("{}{}", self.out, self.err);
        assert!(
            revealing || !said.contains(PRIVATE),
            "a value was shown: {said}"
        );
        for password in PASSWORDS {
            assert!(!said.contains(password), "a password was shown: {said}");
        }
    }
}
