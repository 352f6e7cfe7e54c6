//! What can go wrong, told to whoever can mend it: at start-up, in a handler, in a store.
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// The result of a handler, or of anything a handler calls here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What a handler meets when it works with the visitor's state.
///
/// It names the key or cookie, never its value, and turns into a response by itself, so that a
/// handler can use `?`.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The value under this key is not of the type asked for; it stays as it is.
    Decode {
        /// The session key.
        key: String,
        /// What is wrong with it, and where.
        source: JsonProblem,
    },
    /// The value can't be written as JSON.
    Encode {
        /// The session key.
        key: String,
        /// What is wrong with it.
        source: JsonProblem,
    },
    /// The value nests deeper than [`MAX_DEPTH`] arrays and objects, so it could not be read again.
    TooDeep {
        /// The session key.
        key: String,
    },
    /// The session would grow past its limit.
    TooLarge {
        /// The session key whose value was to be written.
        key: String,
        /// How many bytes too many.
        by: usize,
    },
    /// Keys that start with an underscore belong to the library.
    Reserved {
        /// The session key.
        key: String,
    },
    /// Another request changed the same value at the same time, and this key refuses to guess.
    Clash {
        /// The session key.
        key: String,
    },
    /// A message's text has a place that can't be filled.
    Place {
        /// What stands between the braces.
        place: String,
        /// What is wrong with it.
        problem: PlaceProblem,
    },
    /// Nobody is signed in, so that there is nobody to say this of.
    NobodySignedIn,
    /// The user has as many sessions already as
    /// [`Policy::most_sessions`](crate::session::Policy::most_sessions) allows.
    TooManySessions,
    /// The response's headers have gone out; nothing can be remembered any more.
    Closed,
    /// The cookie can't be sent as asked.
    Cookie {
        /// The cookie's name.
        cookie: String,
        /// What is wrong with it.
        problem: CookieProblem,
    },
    /// The store could not be used.
    Store(StoreError),
    /// The layer is missing, so that a handler's argument has nothing to give.
    NoLayer {
        /// The argument's type.
        what: &'static str,
    },
}

/// The deepest nesting of arrays and objects that a session value may have.
///
/// It is the depth that `serde_json` reads.
pub const MAX_DEPTH: usize = 127;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decode { key, .. } => {
                write!(f, "session key `{key}` does not hold the type asked for")
            }
            Self::Encode { key, .. } => {
                write!(f, "value for session key `{key}` can't be written as JSON")
            }
            Self::TooDeep { key } => write!(
                f,
                "value for session key `{key}` nests deeper than {MAX_DEPTH} levels"
            ),
            Self::TooLarge { key, by } => write!(
                f,
                "session would be {by} bytes over its limit with the value for key `{key}`"
            ),
            Self::Reserved { key } => write!(
                f,
                "session key `{key}` starts with an underscore, which is the library's own"
            ),
            Self::Clash { key } => write!(
                f,
                "another request changed session key `{key}` at the same time"
            ),
            Self::Place { place, problem } => {
                write!(f, "the message's text has the place `{{{place}}}`, ")?;
                problem.fmt(f)
            }
            Self::NobodySignedIn => f.write_str(
                "nobody is signed in; check `session.user_id()` first, or use `session.login(..)`",
            ),
            Self::TooManySessions => f.write_str(
                "the login was refused: the user has as many sessions as session.most_sessions allows",
            ),
            Self::Closed => {
                f.write_str("the response's headers have already been sent, so nothing can be remembered any more; change the session before the body streams")
            }
            Self::Cookie { cookie, problem } => write!(f, "cookie `{cookie}`: {problem}"),
            Self::Store(error) => error.fmt(f),
            Self::NoLayer { what } => write!(
                f,
                "the handler takes `{what}`, but the Cloakroom layer is missing: add `.layer(cloakroom.layer())` to the Router, after its routes"
            ),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Decode { source, .. } | Self::Encode { source, .. } => Some(source),
            Self::Store(error) => error.source(),
            _ => None,
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

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

/// Why a place in a message's text can't be filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlaceProblem {
    /// The form has no field of this name.
    NoField,
    /// The field is a list or has fields of its own.
    NotText,
    /// A brace has no counterpart; one that stands for itself is written twice.
    Unmatched,
}

impl fmt::Display for PlaceProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoField => "but the form has no field of that name",
            Self::NotText => "but that field is neither text nor a number nor a truth value",
            Self::Unmatched => {
                "whose brace has no counterpart; write a brace that stands for itself twice"
            }
        })
    }
}

/// Why a cookie can't be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CookieProblem {
    /// The name is not an HTTP token (RFC 6265bis section 4.1.1).
    Name,
    /// The value has a byte that cookies can't carry (RFC 6265bis section 4.1.1).
    Value,
    /// This attribute has a control character, a semicolon or a byte outside ASCII.
    Attribute(&'static str),
    /// The name's prefix asks for what the attributes don't give (RFC 6265bis section 4.1.3).
    Prefix(&'static str),
    /// `SameSite=None` and `Partitioned` need `Secure`.
    NeedsSecure(&'static str),
    /// Name and value together are larger than browsers keep (RFC 6265bis section 5.6).
    TooLarge {
        /// How many bytes too many, after sealing and encoding.
        by: usize,
    },
}

impl fmt::Display for CookieProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str("the name is not an HTTP token"),
            Self::Value => f.write_str(
                "the value has a character that cookies can't carry; encode it, or use `.sealed()` or `.signed()`",
            ),
            Self::Attribute(name) => write!(
                f,
                "attribute {name} has a semicolon, a control character or a character outside ASCII"
            ),
            Self::Prefix(rule) => write!(f, "{rule}"),
            Self::NeedsSecure(what) => write!(f, "{what} needs Secure"),
            Self::TooLarge { by } => write!(
                f,
                "{by} bytes over the 4096 that browsers keep for a name and its value"
            ),
        }
    }
}

/// What a store says when it can't do what it was asked.
///
/// The layer answers it with 503 and changes nothing.
#[derive(Clone, Debug)]
pub struct StoreError(Box<Trouble>);

/// In a box, so that what goes well does not carry it along.
#[derive(Clone, Debug)]
struct Trouble {
    store: &'static str,
    doing: &'static str,
    remedy: Option<String>,
    out_of_reach: bool,
    absent: bool,
    tables: Option<TableVersions>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl StoreError {
    /// Says that `store` failed while `doing` something, for example `"load a session"`.
    #[must_use]
    pub fn new(store: &'static str, doing: &'static str) -> Self {
        Self(Box::new(Trouble {
            store,
            doing,
            remedy: None,
            out_of_reach: false,
            absent: false,
            tables: None,
            source: None,
        }))
    }

    /// Adds what caused it.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into().into());
        self
    }

    /// Adds what whoever runs the site can do about it.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.0.remedy = Some(remedy.into());
        self
    }

    /// Says that the server did not answer: it is down, cut off or too slow, and may be well again
    /// in a moment.
    #[must_use]
    pub fn out_of_reach(mut self) -> Self {
        self.0.out_of_reach = true;
        self
    }

    /// Says whether the server did not answer, and not that it answered with an error.
    #[must_use]
    pub fn is_out_of_reach(&self) -> bool {
        self.0.out_of_reach
    }

    /// Says that what was asked for is not there, though the store itself is well.
    #[must_use]
    pub fn absent(mut self) -> Self {
        self.0.absent = true;
        self
    }

    /// Says whether what was asked for is not there, though the store itself is well: trying again does not help.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.0.absent
    }

    /// Says that the tables have the version `found`, 0 when there are none, and `needed` is needed.
    #[must_use]
    pub fn tables(mut self, found: usize, needed: usize) -> Self {
        self.0.tables = Some(TableVersions { found, needed });
        self
    }

    /// Returns the versions of the store's tables, when it is them that are wrong.
    #[must_use]
    pub fn table_versions(&self) -> Option<TableVersions> {
        self.0.tables
    }

    /// Returns the name of the store, as in the scheme of its URL.
    #[must_use]
    pub fn store(&self) -> &'static str {
        self.0.store
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} store could not {}", self.0.store, self.0.doing)?;
        if let Some(source) = &self.0.source {
            write!(f, ": {source}")?;
        }
        if let Some(remedy) = &self.0.remedy {
            write!(f, " ({remedy})")?;
        }
        Ok(())
    }
}

impl StdError for StoreError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// Which version a store's tables have, and which one this version of the crate needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableVersions {
    /// The version that was found; 0 when there are no tables.
    pub found: usize,
    /// The version that is needed.
    pub needed: usize,
}

/// Every reason why the layer does not start, each with the name of its setting.
///
/// `Debug` prints what `Display` does, a line for each: it is what a `main` that returns the error shows.
#[derive(Default, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<Problem>,
    tables: Option<TableVersions>,
}

/// One setting that is wrong, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The setting, as it is written in the builder or in the environment.
    pub setting: String,
    /// What is wrong with it and what would be right; never its value.
    pub what: String,
}

impl ConfigError {
    /// Says that one setting is wrong.
    #[must_use]
    pub fn one(setting: impl Into<String>, what: impl Into<String>) -> Self {
        let mut all = Self::default();
        all.add(setting, what);
        all
    }

    /// Adds a setting that is wrong.
    pub fn add(&mut self, setting: impl Into<String>, what: impl Into<String>) {
        self.problems.push(Problem {
            setting: setting.into(),
            what: what.into(),
        });
    }

    /// Takes over the problems of another list.
    pub fn extend(&mut self, other: Self) {
        self.problems.extend(other.problems);
        self.tables = self.tables.or(other.tables);
    }

    /// Says that one setting, a store's, is wrong as this error tells.
    pub(crate) fn of_store(setting: impl Into<String>, error: &StoreError) -> Self {
        let mut all = Self::one(setting, error.to_string());
        all.tables = error.table_versions();
        all
    }

    /// Calls all settings by this name, under which the one that is wrong was given.
    #[must_use]
    pub fn renamed(mut self, setting: &str) -> Self {
        for problem in &mut self.problems {
            setting.clone_into(&mut problem.setting);
        }
        self
    }

    /// Returns the versions of the store's tables, when it is them that are wrong.
    #[must_use]
    pub fn table_versions(&self) -> Option<TableVersions> {
        self.tables
    }

    /// Returns the problems, in the order in which they were found.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Says whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    pub(crate) fn into_result(self) -> std::result::Result<(), Self> {
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(self)
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = self.problems.iter();
        if let Some(Problem { setting, what }) = lines.next() {
            write!(f, "{setting}: {what}")?;
        }
        for Problem { setting, what } in lines {
            write!(f, "\n{setting}: {what}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl StdError for ConfigError {}
