//! How the command ends.
use std::io;
use std::process::ExitCode;

use cloakroom_ops::OpsError;

/// How a subcommand ends that could do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// All is well.
    Well,
    /// It found what it was to look for, or what should not be.
    Found,
    /// Nothing was done: it has to be confirmed, and nobody could be asked or did.
    Unconfirmed,
    /// Somebody asked it to stop.
    Stopped,
}

impl Ending {
    pub(crate) fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Well => 0,
            Self::Found => 1,
            Self::Unconfirmed => 2,
            Self::Stopped => 130,
        })
    }
}

/// Why a subcommand could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The store or something else could not be used.
    Ops(OpsError),
    /// The command line asks for what can't be.
    Usage(String),
    /// Nobody reads what is printed, or it can't be written.
    Output(io::Error),
}

impl Failure {
    /// Tells it to the operator.
    pub(crate) fn tell(&self) -> ExitCode {
        match self {
            Self::Ops(error) => {
                eprintln!("cloakroom: {error}");
                ExitCode::from(if is_of_the_command_line(error) { 2 } else { 1 })
            }
            Self::Usage(what) => {
                eprintln!("cloakroom: {what}");
                ExitCode::from(2)
            }
            // Whoever closed the pipe has read enough.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Self::Output(error) => {
                eprintln!("cloakroom: the output can't be written: {error}");
                ExitCode::from(1)
            }
        }
    }
}

/// Says whether other words or variables are needed, whatever state the store is in.
fn is_of_the_command_line(error: &OpsError) -> bool {
    matches!(error, OpsError::Usage(_) | OpsError::Doubtful(_))
}

impl<E: Into<OpsError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Ops(error.into())
    }
}
