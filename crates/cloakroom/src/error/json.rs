//! What is wrong with a value as JSON.
use std::error::Error as StdError;
use std::fmt;

/// What is wrong with a value's JSON, and where; not what stands there, which nobody else may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonProblem {
    what: &'static str,
    line: usize,
    column: usize,
}

impl From<serde_json::Error> for JsonProblem {
    fn from(error: serde_json::Error) -> Self {
        use serde_json::error::Category;
        Self {
            what: match error.classify() {
                Category::Data => "it has another shape",
                Category::Syntax => "it is not JSON",
                Category::Eof => "it breaks off",
                Category::Io => "it can't be written",
            },
            line: error.line(),
            column: error.column(),
        }
    }
}

impl fmt::Display for JsonProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)?;
        if self.line > 0 {
            write!(f, " at line {} column {}", self.line, self.column)?;
        }
        Ok(())
    }
}

impl StdError for JsonProblem {}
