//! What is seen to before a site starts: that the servers obey, and that they don't drop sessions.
use crate::session::Body;
use crate::store::redis::names::Names;
use crate::store::redis::scripts::Scripts;
use crate::store::redis::servers::{Question, Servers};
use crate::store::redis::trouble::Trouble;

/// How long a trial stays if we can't remove it, in seconds.
const TRIAL_STAYS: &[u8] = b"60";

/// Tries on every primary whatever the store will do, so that missing rights show now.
///
/// A server that is full for the moment still serves what it has, so that is only traced.
pub(super) async fn try_all(
    servers: &Servers,
    names: &Names,
    scripts: &Scripts,
) -> Result<(), Trouble> {
    for (rack, _) in servers.primaries().await? {
        warn_of_eviction(servers, rack).await;
        match try_one(servers, &names.trial(rack), rack, scripts).await {
            Err(trouble) if trouble.is_full() => tracing::warn!(
                "the redis store's server is full, so no session can be made or saved; raise maxmemory or make room"
            ),
            tried => tried?,
        }
    }
    Ok(())
}

async fn try_one(
    servers: &Servers,
    name: &str,
    rack: u8,
    scripts: &Scripts,
) -> Result<(), Trouble> {
    let name = name.as_bytes();
    let set = [b"SET", name, b"trial", b"EX", TRIAL_STAYS];
    servers.ask(rack, Question::Write(&set)).await?;
    // No version is so short, so nothing is written.
    let save = Question::Script(&scripts.save, &[name, b"", b"", b"1"]);
    servers.ask(rack, save).await?;
    let delete = Question::Script(&scripts.delete, &[name, &[Body::SIGN]]);
    servers.ask(rack, delete).await?;
    // A note that is over at once, so the bucket goes with it.
    let bucket = [name, b":user"].concat();
    let note = Question::Script(&scripts.note_in_one, &[&bucket, b"trial", b"1"]);
    servers.ask(rack, note).await?;
    let drop = [b"ZREMRANGEBYSCORE", &bucket[..], b"-inf", b"1"];
    servers.ask(rack, Question::Write(&drop)).await?;
    servers.ask(rack, Question::Read(&[b"TIME"])).await?;
    let forget = [b"ZREM", &bucket[..], b"trial"];
    servers.ask(rack, Question::Write(&forget)).await?;
    let noted = [b"ZRANGE", &bucket[..], b"0", b"+inf", b"BYSCORE"];
    servers.ask(rack, Question::Read(&noted)).await?;
    Ok(())
}

/// Traces a setting by which the server would drop live sessions when its memory is full.
async fn warn_of_eviction(servers: &Servers, rack: u8) {
    let info = Question::Read(&[b"INFO", b"memory"]);
    match servers.ask(rack, info).await {
        Ok(answer) => {
            if let Some(policy) = answer.text().and_then(evicting) {
                tracing::warn!(
                    "redis drops live sessions when maxmemory is reached, by its setting maxmemory-policy {policy}: set maxmemory-policy noeviction"
                );
            }
        }
        Err(trouble) => tracing::info!(
            error = %trouble.while_doing("read INFO memory"),
            "whether redis may drop live sessions is not known: see that its maxmemory-policy is noeviction"
        ),
    }
}

/// Returns the policy by which what is alive may be dropped.
fn evicting(info: &str) -> Option<&str> {
    let setting = |name: &str| {
        let mut lines = info.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
    };
    let is_limited = setting("maxmemory").is_some_and(|limit| limit != "0");
    setting("maxmemory_policy").filter(|policy| is_limited && *policy != "noeviction")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_but_noeviction_may_drop_sessions_once_memory_is_limited() {
        let rows = [
            // limit, policy -> may drop
            ("0", "allkeys-lru", false),
            ("1000", "noeviction", false),
            ("1000", "allkeys-lru", true),
            ("1000", "volatile-ttl", true),
        ];
        for (limit, policy, drops) in rows {
            let info = format!(
                "# Memory\r\nmaxmemory:{limit}\r\nmaxmemory_human:1K\r\nmaxmemory_policy:{policy}\r\n"
            );
            assert_eq!(evicting(&info), drops.then_some(policy), "{limit} {policy}");
        }
        assert_eq!(evicting(""), None);
    }
}
