//! What can go wrong on the way to Redis, whether a command was carried out then, and what it means
//! to whoever runs the site.
use redis::{ErrorKind, RedisError, ServerErrorKind};

use crate::error::StoreError;
use crate::store::redis::NAME;

/// Why there is no answer, or which answer is none.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The command was not sent.
    Unsent(RedisError),
    /// The command was not sent, since nobody is there to take it.
    Nobody(&'static str),
    /// The command was sent; whether it was carried out is not known.
    Lost(RedisError),
    /// The server said no and did nothing.
    Refused(RedisError),
}

/// What to do about an answer that is none. None of these repeats what may have been done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// The script is not known there: send the whole of it.
    SendWhole,
    /// The rack lives there now.
    GoTo(String),
    /// Only this once, ask there.
    AskThere(String),
    /// It may go in a moment, perhaps elsewhere.
    Wait,
    /// The server became a replica: find the primary, then ask there.
    FindPrimary,
    /// Nothing.
    GiveUp,
}

/// What a user of the server needs.
const RIGHTS: &str = "give the user the commands get, getrange, set, del, eval, evalsha, exists, scan, ping, info, role and cluster on the keys of `Options::prefix`, and select for another database than 0";

impl Trouble {
    /// Says what to do about what a server said.
    pub(super) fn remedy(&self) -> Remedy {
        let Self::Refused(error) = self else {
            return Remedy::GiveUp;
        };
        let node = || error.redirect_node().map(|(node, _)| node.to_owned());
        let ErrorKind::Server(kind) = error.kind() else {
            return Remedy::GiveUp;
        };
        match kind {
            ServerErrorKind::NoScript => Remedy::SendWhole,
            ServerErrorKind::Moved => node().map_or(Remedy::GiveUp, Remedy::GoTo),
            ServerErrorKind::Ask => node().map_or(Remedy::GiveUp, Remedy::AskThere),
            ServerErrorKind::TryAgain | ServerErrorKind::BusyLoading => Remedy::Wait,
            ServerErrorKind::ReadOnly
            | ServerErrorKind::ClusterDown
            | ServerErrorKind::MasterDown => Remedy::FindPrimary,
            _ => Remedy::GiveUp,
        }
    }

    /// Says whether something else than a string stands under the key.
    pub(super) fn is_wrong_type(&self) -> bool {
        self.says("WRONGTYPE")
    }

    /// Says whether the server has no memory left.
    pub(super) fn is_full(&self) -> bool {
        self.says("OOM")
    }

    /// Looks for a code also in the text: before Redis 7 a script's error hides it there.
    fn says(&self, code: &str) -> bool {
        let Self::Refused(error) = self else {
            return false;
        };
        let within = |text: &str| text.split([' ', '-']).any(|word| word == code);
        error.code() == Some(code) || error.detail().is_some_and(within)
    }

    /// Tells it to whoever runs the site.
    pub(super) fn while_doing(self, doing: &'static str) -> StoreError {
        let remedy = self.advice();
        let failed = StoreError::new(NAME, doing);
        let failed = match self {
            Self::Nobody(why) => failed.because(why).out_of_reach(),
            Self::Lost(error) => failed.because(error).out_of_reach(),
            Self::Unsent(error) if is_answer(&error) => failed.because(plain(&error)),
            Self::Unsent(error) => failed.because(error).out_of_reach(),
            Self::Refused(error) if is_for_a_while(&error) => failed.because(error).out_of_reach(),
            Self::Refused(error) => failed.because(error),
        };
        match remedy {
            Some(remedy) => failed.remedy(remedy),
            None => failed,
        }
    }

    fn advice(&self) -> Option<&'static str> {
        let error = match self {
            Self::Nobody(_) | Self::Lost(_) => return None,
            Self::Unsent(error) => return advice_on_connecting(error),
            Self::Refused(error) => error,
        };
        if self.is_full() {
            return Some(
                "the server is full: raise maxmemory or make room; with maxmemory-policy noeviction nothing was lost",
            );
        }
        match error.code()? {
            // Within a script the server says only in words that a right is missing.
            "ERR" if error.to_string().contains("user executing the script") => Some(RIGHTS),
            "READONLY" => Some(
                "the URL names a replica; name the primary, or use redis+sentinel:// or redis+cluster://",
            ),
            "NOPERM" => Some(RIGHTS),
            "NOAUTH" => Some("put a user and a password into the URL"),
            "MOVED" | "CLUSTERDOWN" | "CROSSSLOT" => {
                Some("it is a cluster: use redis+cluster://, and see that its slots are covered")
            }
            "LOADING" => Some("the server is still reading its data; try again"),
            "MISCONF" => Some("the server can't write its disk; see its log"),
            "TRYAGAIN" => Some("its slot is being moved; try again"),
            "ERR" => Some("Redis 6.2 or newer, or Valkey, is needed"),
            _ => None,
        }
    }
}

/// Says whether a server refuses everybody for a while, so that asking it less often is better.
fn is_for_a_while(error: &RedisError) -> bool {
    matches!(error.code(), Some("LOADING" | "MASTERDOWN" | "CLUSTERDOWN"))
}

/// Says whether the server was there and did not want us.
fn is_answer(error: &RedisError) -> bool {
    error.kind() != ErrorKind::Io || is_about_tls(error)
}

fn is_about_tls(error: &RedisError) -> bool {
    let text = error.to_string();
    ["certificate", "InvalidMessage", "corrupt message", "TLS"]
        .iter()
        .any(|word| text.contains(word))
}

/// What is said while logging in, without what the server repeats of it, since that may be the password.
fn plain(error: &RedisError) -> Box<dyn std::error::Error + Send + Sync> {
    match error.code() {
        Some(code) if error.detail().is_some() => {
            format!("logging in was answered by {code}").into()
        }
        _ => Box::new(error.clone()),
    }
}

fn advice_on_connecting(error: &RedisError) -> Option<&'static str> {
    if is_about_tls(error) {
        return Some(
            "rediss:// needs a server with TLS and a certificate for its host that this machine trusts; SSL_CERT_FILE may name the authority's",
        );
    }
    match error.kind() {
        ErrorKind::AuthenticationFailed => Some("see the user and the password in the URL"),
        ErrorKind::RESP3NotSupported => Some("Redis 6.2 or newer, or Valkey, is needed"),
        ErrorKind::Io => Some(
            "see that the server runs there and that rediss:// is used only and always for TLS",
        ),
        ErrorKind::Server(_) | ErrorKind::Extension => match error.code()? {
            "WRONGPASS" | "NOAUTH" => Some("see the user and the password in the URL"),
            "ERR" => Some("see the database's number in the URL: SELECT must allow it"),
            "NOPERM" => {
                Some("the user may not choose this database: allow the command select, or use /0")
            }
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(line: &str) -> Trouble {
        let (code, detail) = line.split_once(' ').unwrap_or((line, ""));
        let known = redis::parse_redis_value(format!("-{code} {detail}\r\n").as_bytes());
        match known.unwrap() {
            redis::Value::ServerError(error) => Trouble::Refused(error.into()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_refusal_says_where_to_go_on() {
        let rows = [
            ("NOSCRIPT No matching script.", Remedy::SendWhole),
            ("MOVED 5 10.0.0.1:7", Remedy::GoTo("10.0.0.1:7".into())),
            ("ASK 5 10.0.0.1:7", Remedy::AskThere("10.0.0.1:7".into())),
            ("TRYAGAIN Multiple keys", Remedy::Wait),
            ("LOADING Redis is loading", Remedy::Wait),
            ("READONLY You can't write", Remedy::FindPrimary),
            ("CLUSTERDOWN Hash slot not served", Remedy::FindPrimary),
            ("OOM command not allowed", Remedy::GiveUp),
            ("ERR unknown", Remedy::GiveUp),
            ("WRONGTYPE Operation", Remedy::GiveUp),
        ];
        for (line, remedy) in rows {
            assert_eq!(refused(line).remedy(), remedy, "{line}");
        }
        let lost = Trouble::Lost(RedisError::from((ErrorKind::Io, "gone")));
        assert_eq!(lost.remedy(), Remedy::GiveUp);
    }

    #[test]
    fn a_server_that_refuses_everybody_for_a_while_is_out_of_reach() {
        for (line, out_of_reach) in [
            ("LOADING Redis is loading", true),
            ("CLUSTERDOWN Hash slot not served", true),
            ("READONLY You can't write", false),
            ("OOM command not allowed", false),
        ] {
            let error = refused(line).while_doing("load a session");
            assert_eq!(error.is_out_of_reach(), out_of_reach, "{line}");
        }
    }

    #[test]
    fn a_code_is_found_also_inside_the_text_of_a_script_error() {
        let script = "ERR Error running script (call to f_1): @user_script:2:";
        assert!(refused(&format!("{script} WRONGTYPE Operation against")).is_wrong_type());
        assert!(refused(&format!("{script} -OOM command not allowed")).is_full());
        assert!(!refused("ERR no such thing as a ROOM").is_full());
    }
}
