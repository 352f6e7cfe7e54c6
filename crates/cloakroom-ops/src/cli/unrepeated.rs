//! Arguments of which nothing is repeated when they are wrong: somebody may have pasted a cookie for a handle.
use std::ffi::OsStr;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Command, Error};

/// Reads an argument by this function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unrepeated<T>(pub(crate) fn(&str) -> Result<T, String>);

impl<T: Clone + Send + Sync + 'static> TypedValueParser for Unrepeated<T> {
    type Value = T;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<T, Error> {
        let text = value.to_str().unwrap_or_default();
        (self.0)(text).map_err(|what| {
            let name = arg.map(ToString::to_string).unwrap_or_default();
            let told = format!(
                "{name}: {what}; of a cookie, `cloakroom decode` tells under which handle its session is kept\n"
            );
            Error::raw(ErrorKind::ValueValidation, told).with_cmd(command)
        })
    }
}
