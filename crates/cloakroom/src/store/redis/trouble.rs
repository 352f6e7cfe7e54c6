//! What can go wrong on the way to Redis, whether a command was carried out then, and what it means
//! to whoever runs the site.
use std::time::Duration;
use std::{fmt, io};

use crate::error::StoreError;
use crate::store::redis::NAME;
use crate::store::redis::line::{Cut, Lost};
use crate::store::redis::reply::Refusal;

/// Why there is no answer, or which answer is none.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The command was not sent.
    Unsent(Unopened),
    /// The command was not sent, since nobody is there to take it.
    Nobody(&'static str),
    /// The command was sent; whether it was carried out is not known.
    Lost(Cut),
    /// The server said no and did nothing.
    Refused(Refusal),
}

/// Why there is no connection.
#[derive(Debug)]
pub(super) enum Unopened {
    /// Nobody is there, or the network failed.
    Network(io::Error),
    /// It took longer than this.
    Late(Duration),
    /// It ended before the command was sent.
    Cut(Cut),
    /// There is no TLS, or no certificate that is trusted.
    Tls(io::Error),
    /// Somebody is there who is no Redis.
    Stranger,
    /// The server refused the login.
    NotLetIn(Refusal),
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
const RIGHTS: &str = "give the user the commands get, getrange, set, del, eval, evalsha, exists, scan, zadd, zcard, zrange, zrem, zremrangebyscore, zscore, expireat, time, ping, info, role and cluster on the keys of `Options::prefix`, select for another database than 0, and for `local` client, subscribe and the channel __redis__:invalidate";

impl Trouble {
    /// Says what to do about what a server said.
    pub(super) fn remedy(&self) -> Remedy {
        let Self::Refused(refusal) = self else {
            return Remedy::GiveUp;
        };
        // `MOVED SLOT HOST:PORT`
        let node = || refusal.detail().split(' ').nth(1).map(ToOwned::to_owned);
        match refusal.code() {
            "NOSCRIPT" => Remedy::SendWhole,
            "MOVED" => node().map_or(Remedy::GiveUp, Remedy::GoTo),
            "ASK" => node().map_or(Remedy::GiveUp, Remedy::AskThere),
            "TRYAGAIN" | "LOADING" => Remedy::Wait,
            "READONLY" | "CLUSTERDOWN" | "MASTERDOWN" => Remedy::FindPrimary,
            _ => Remedy::GiveUp,
        }
    }

    /// Says whether something else than a string stands under the key.
    pub(super) fn is_wrong_type(&self) -> bool {
        self.says("WRONGTYPE")
    }

    /// Says whether another name may do: what stands under one is not ours, or a slot is being moved, half of whose
    /// names are elsewhere.
    pub(super) fn is_about_names(&self) -> bool {
        self.is_wrong_type() || self.says("TRYAGAIN")
    }

    /// Says whether the server has no memory left.
    pub(super) fn is_full(&self) -> bool {
        self.says("OOM")
    }

    /// Looks for a code also in the text: before Redis 7 a script's error hides it there.
    fn says(&self, code: &str) -> bool {
        let Self::Refused(refusal) = self else {
            return false;
        };
        let mut words = refusal.detail().split([' ', '-']);
        refusal.code() == code || words.any(|word| word == code)
    }

    /// Tells it to whoever runs the site.
    pub(super) fn while_doing(self, doing: &'static str) -> StoreError {
        let remedy = self.advice();
        let failed = StoreError::new(NAME, doing);
        let failed = match self {
            Self::Nobody(why) => failed.because(why).out_of_reach(),
            Self::Lost(cut) => failed.because(cut).out_of_reach(),
            Self::Unsent(why) if why.is_answer() => failed.because(why),
            Self::Unsent(why) => failed.because(why).out_of_reach(),
            Self::Refused(refusal) if is_for_a_while(&refusal) => {
                failed.because(refusal).out_of_reach()
            }
            Self::Refused(refusal) => failed.because(refusal),
        };
        match remedy {
            Some(remedy) => failed.remedy(remedy),
            None => failed,
        }
    }

    fn advice(&self) -> Option<&'static str> {
        let refusal = match self {
            Self::Nobody(_) | Self::Lost(_) => return None,
            Self::Unsent(why) => return why.advice(),
            Self::Refused(refusal) => refusal,
        };
        if self.is_full() {
            return Some(
                "the server is full: raise maxmemory or make room; with maxmemory-policy noeviction nothing was lost",
            );
        }
        match refusal.code() {
            // Within a script the server says only in words that a right is missing.
            "ERR" if refusal.detail().contains("user executing the script") => Some(RIGHTS),
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

impl From<Lost> for Trouble {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::Unsent(cut) => Self::Unsent(Unopened::Cut(cut)),
            Lost::Sent(cut) => Self::Lost(cut),
        }
    }
}

impl Unopened {
    /// Says whether the server was there and did not want us.
    fn is_answer(&self) -> bool {
        matches!(self, Self::Tls(_) | Self::Stranger | Self::NotLetIn(_))
    }

    fn advice(&self) -> Option<&'static str> {
        match self {
            Self::Tls(_) => Some(
                "rediss:// needs a server with TLS and a certificate for its host that this machine trusts; SSL_CERT_FILE may name the authority's",
            ),
            Self::NotLetIn(refusal) => match refusal.code() {
                "WRONGPASS" | "NOAUTH" => Some("see the user and the password in the URL"),
                "ERR" => Some("see the database's number in the URL: SELECT must allow it"),
                "NOPERM" => Some(
                    "the user may not choose this database: allow the command select, or use /0",
                ),
                _ => None,
            },
            Self::Cut(Cut::NoRoom) => Some(
                "raise the server's maxclients, or see who else holds connections: the store uses at most four",
            ),
            Self::Network(_) | Self::Late(_) | Self::Cut(_) | Self::Stranger => Some(
                "see that the server runs there and that rediss:// is used only and always for TLS",
            ),
        }
    }
}

impl fmt::Display for Unopened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(error) | Self::Tls(error) => error.fmt(f),
            Self::Late(limit) => write!(f, "no connection within {} ms", limit.as_millis()),
            Self::Cut(cut) => cut.fmt(f),
            Self::Stranger => Cut::Garbage.fmt(f),
            // Not what the server repeats of it, since that may be the password.
            Self::NotLetIn(refusal) => {
                write!(f, "logging in was answered by {}", refusal.code())
            }
        }
    }
}

impl std::error::Error for Unopened {}

/// Says whether a server refuses everybody for a while, so that asking it less often is better.
fn is_for_a_while(refusal: &Refusal) -> bool {
    matches!(refusal.code(), "LOADING" | "MASTERDOWN" | "CLUSTERDOWN")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(line: &str) -> Trouble {
        Trouble::Refused(Refusal::new(line))
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
        assert_eq!(Trouble::Lost(Cut::HungUp).remedy(), Remedy::GiveUp);
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
