//! What a storage's errors say, without the URLs and paths that they like to repeat.
use std::error::Error;
use std::io;

use object_store::Error as Fault;

use crate::error::StoreError;
use crate::files::NAME;

/// Turns an error of the storage into ours.
pub(super) fn failed(doing: &'static str, fault: &Fault) -> StoreError {
    let error = StoreError::new(NAME, doing);
    if let Some(source) = io_error(fault) {
        // Without the message, in which a library may have put anything.
        return match source.raw_os_error() {
            Some(code) => error.because(io::Error::from_raw_os_error(code)),
            None => error.because(source.kind().to_string()),
        };
    }
    match fault {
        Fault::NotFound { .. } => error.because("there is no such file"),
        Fault::AlreadyExists { .. } => error.because("there is such a file already"),
        Fault::PermissionDenied { .. } | Fault::Unauthenticated { .. } => error
            .because("the storage refuses access")
            .remedy("check its credentials and what they may do"),
        Fault::InvalidPath { .. } => error.because("the path can't be used"),
        _ => error
            .because("the storage did not do what it was asked")
            .remedy("check that it can be reached and that its settings are right"),
    }
}

/// Says whether the file is just not there.
pub(super) fn is_absent(fault: &Fault) -> bool {
    matches!(fault, Fault::NotFound { .. })
}

fn io_error(fault: &Fault) -> Option<&io::Error> {
    let mut next: Option<&(dyn Error + 'static)> = Some(fault);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref() {
            return Some(error);
        }
        next = error.source();
    }
    None
}
