//! Redis behind Sentinel: one primary, two replicas, three sentinels of which two must agree.

use std::time::Duration;

use super::Redis;
use crate::trouble::Trouble;
use crate::wait;

const SERVER: &str = "redis behind sentinel";

/// What the sentinels call their primary.
const PRIMARY: &str = "cloakroom";

/// How long everybody may take to know everybody.
const MEET: Duration = Duration::from_secs(60);

/// Three servers and the three sentinels that choose the primary among them.
#[derive(Debug)]
pub struct RedisSentinel {
    servers: Vec<Redis>,
    sentinels: Vec<Redis>,
}

impl RedisSentinel {
    /// Starts all six, and returns when a failover would succeed.
    ///
    /// A silent primary is given up after one second.
    ///
    /// # Errors
    ///
    /// When Redis is missing or one of them does not start.
    pub fn start() -> Result<Self, Trouble> {
        let primary = Redis::start()?;
        let replica_of = format!("replicaof 127.0.0.1 {}", primary.port());
        let replica = || Redis::builder().line(&replica_of).start();
        let servers = vec![replica()?, replica()?, primary];
        // A sentinel that finds replicas when it begins need not wait for its next look, ten seconds later.
        let primary = &servers[2];
        wait::until(MEET, || has_replicas(primary).then_some(()))
            .ok_or_else(|| primary.trouble("its replicas did not follow"))?;
        let sentinels = vec![watch(primary)?, watch(primary)?, watch(primary)?];
        let all = Self { servers, sentinels };
        let ready = || all.sentinels.iter().all(knows_all).then_some(());
        wait::until(MEET, ready)
            .ok_or_else(|| all.sentinels[0].trouble("the sentinels did not find all servers"))?;
        Ok(all)
    }

    /// Returns the URL: every sentinel, and what they call the primary.
    pub fn url(&self) -> String {
        format!(
            "redis+sentinel://{}/{PRIMARY}/0",
            super::addresses(&self.sentinels)
        )
    }

    /// Returns the three servers, whoever of them is the primary.
    pub fn servers(&self) -> &[Redis] {
        &self.servers
    }

    /// Returns the sentinels.
    pub fn sentinels(&self) -> &[Redis] {
        &self.sentinels
    }

    /// Returns the primary as the first running sentinel sees it now.
    ///
    /// # Errors
    ///
    /// When no sentinel answers, or with a server that is none of these.
    pub fn primary(&self) -> Result<&Redis, Trouble> {
        let question = ["sentinel", "get-master-addr-by-name", PRIMARY];
        let asked = |sentinel: &Redis| sentinel.ask(&question).ok();
        let running = self
            .sentinels
            .iter()
            .filter(|sentinel| sentinel.pid().is_some());
        let answer = running.filter_map(asked).next().unwrap_or_default();
        let port = answer.lines().nth(1).and_then(|port| port.parse().ok());
        let mut servers = self.servers.iter();
        servers
            .find(|server| Some(server.port()) == port)
            .ok_or_else(|| Trouble::failed(SERVER, format!("no primary is called `{answer}`")))
    }

    /// Lets the sentinels make another server the primary, and returns when it is.
    ///
    /// # Errors
    ///
    /// When they refuse or don't do it in time.
    pub fn fail_over(&self) -> Result<&Redis, Trouble> {
        let old = self.primary()?.port();
        self.sentinels[0].ask(&["sentinel", "failover", PRIMARY])?;
        self.await_primary_beside(old)
    }

    /// Returns the new primary as soon as the sentinels know another one than on this port.
    ///
    /// # Errors
    ///
    /// When they don't in time.
    pub fn await_primary_beside(&self, port: u16) -> Result<&Redis, Trouble> {
        let look = || self.primary().ok().filter(|primary| primary.port() != port);
        wait::until(MEET, look)
            .ok_or_else(|| self.sentinels[0].trouble("the primary stayed what it was"))
    }
}

fn watch(primary: &Redis) -> Result<Redis, Trouble> {
    Redis::builder()
        .watching()
        .line(&format!(
            "sentinel monitor {PRIMARY} 127.0.0.1 {} 2",
            primary.port()
        ))
        .line(&format!("sentinel down-after-milliseconds {PRIMARY} 1000"))
        .line(&format!("sentinel failover-timeout {PRIMARY} 3000"))
        .start()
}

/// Whether both replicas are up to date.
fn has_replicas(primary: &Redis) -> bool {
    let info = primary.ask(&["info", "replication"]).unwrap_or_default();
    info.matches("state=online").count() == 2
}

/// Whether the sentinel knows both replicas, as usable, and both other sentinels.
fn knows_all(sentinel: &Redis) -> bool {
    let lines_with = |question: &str, word: &str| {
        let answer = sentinel.ask(&["sentinel", question, PRIMARY]);
        let answer = answer.unwrap_or_default();
        answer.lines().filter(|line| *line == word).count()
    };
    lines_with("sentinels", "runid") == 2
        && lines_with("replicas", "master-link-status") == 2
        && lines_with("replicas", "ok") == 2
}
