//! The servers in their arrangement: who is asked, and where a question goes on that was refused.
use std::sync::Arc;
use std::time::Duration;

use redis::{Arg, Cmd, Value};
use tokio::time::{Instant, sleep};

use crate::store::Options;
use crate::store::redis::address::{Arrangement, Place};
use crate::store::redis::cluster::Cluster;
use crate::store::redis::node::{Node, Reach};
use crate::store::redis::sentinel::Sentinels;
use crate::store::redis::trouble::{Remedy, Trouble};

/// The pause before something is tried again that may go in a moment.
const BREATH: Duration = Duration::from_millis(50);
/// After how many moves of one question the nodes seem to disagree.
const MOVES: u32 = 3;

/// All servers of one store.
pub(super) struct Servers {
    arranged: Arranged,
    patience: Duration,
}

enum Arranged {
    Alone(Arc<Node>),
    Sentinel(Box<Sentinels>),
    Cluster(Box<Cluster>),
}

/// A question about one rack.
pub(super) struct Question {
    command: Cmd,
    /// The script that the command calls by its hash, for a server that does not know it.
    script: Option<&'static str>,
    /// Whether it may be asked again when it is not known whether it was answered.
    changes_nothing: bool,
}

impl Question {
    /// A question that changes nothing.
    pub(super) fn read(command: Cmd) -> Self {
        Self {
            command,
            script: None,
            changes_nothing: true,
        }
    }

    /// An order that is never given twice.
    pub(super) fn write(command: Cmd) -> Self {
        Self {
            command,
            script: None,
            changes_nothing: false,
        }
    }

    /// An order in the shape of a script, which the command calls by its hash.
    pub(super) fn script(command: Cmd, script: &'static str) -> Self {
        Self {
            command,
            script: Some(script),
            changes_nothing: false,
        }
    }

    /// Returns the same command with the script itself.
    fn whole(&self) -> Option<Cmd> {
        let mut whole = redis::cmd("EVAL");
        whole.arg(self.script?);
        for argument in self.command.args_iter().skip(2) {
            if let Arg::Simple(argument) = argument {
                whole.arg(argument);
            }
        }
        Some(whole)
    }
}

impl Servers {
    pub(super) fn new(place: Place, options: &Options) -> Result<Self, Trouble> {
        let reach = Reach::new(place.login, options);
        let patience = reach.patience();
        let arranged = match place.arrangement {
            Arrangement::Alone(address) => Arranged::Alone(reach.node(address)?),
            Arrangement::Sentinel {
                sentinels,
                primary,
                password,
            } => Arranged::Sentinel(Box::new(Sentinels::new(
                sentinels, password, primary, reach,
            )?)),
            Arrangement::Cluster(seeds) => Arranged::Cluster(Box::new(Cluster::new(seeds, reach))),
        };
        Ok(Self { arranged, patience })
    }

    /// Asks whoever has the rack, and follows the servers' advice about where else to ask.
    ///
    /// What may have been carried out is never sent again: a server that refuses has done nothing,
    /// and only a question that changes nothing is repeated, once, after a connection was lost.
    pub(super) async fn ask(&self, rack: u8, question: &Question) -> Result<Value, Trouble> {
        let give_up = Instant::now() + self.patience;
        let mut whole = None;
        let mut there = None;
        let mut moves = 0;
        let mut may_ask_again = question.changes_nothing;
        let mut may_look_again = !self.is_alone();
        let mut may_hang_up = true;
        loop {
            let asking = there.is_some();
            let node = match there.take() {
                Some(node) => node,
                None => self.primary_of(rack).await?,
            };
            let trouble = match node
                .ask(whole.as_ref().unwrap_or(&question.command), asking)
                .await
            {
                Ok(answer) => return Ok(answer),
                Err(trouble) => trouble,
            };
            match (&trouble, trouble.remedy()) {
                (Trouble::Lost(error), _) if may_ask_again && !error.is_timeout() => {
                    // The other connections are hardly better off.
                    node.hang_up();
                    may_ask_again = false;
                }
                (Trouble::Unsent(_), _) if may_look_again => may_look_again = false,
                _ if Instant::now() >= give_up => return Err(trouble),
                (_, Remedy::SendWhole) if whole.is_none() && question.script.is_some() => {
                    whole = question.whole();
                    there = asking.then_some(node);
                }
                (_, Remedy::SendWhole) => return Err(trouble),
                (_, Remedy::GoTo(address)) => match self.cluster() {
                    Some(cluster) => {
                        cluster.moved(rack, &node, &address)?;
                        moves += 1;
                        if moves > MOVES {
                            sleep(BREATH).await;
                        }
                    }
                    None => return Err(trouble),
                },
                (_, Remedy::AskThere(address)) => match self.cluster() {
                    Some(cluster) => there = Some(cluster.node_at(&node, &address)?),
                    None => return Err(trouble),
                },
                (_, Remedy::Wait) => sleep(BREATH).await,
                (_, Remedy::FindPrimary) if self.is_alone() => {
                    // Behind the same address there may be another server by now.
                    if !may_hang_up {
                        return Err(trouble);
                    }
                    may_hang_up = false;
                    node.hang_up();
                }
                (_, Remedy::FindPrimary) => {
                    node.doubt();
                    sleep(BREATH).await;
                }
                (_, Remedy::GiveUp) => return Err(trouble),
            }
        }
    }

    /// Returns each server that has racks, and one of its racks.
    pub(super) async fn primaries(&self) -> Result<Vec<(u8, Arc<Node>)>, Trouble> {
        match &self.arranged {
            Arranged::Cluster(cluster) => cluster.primaries().await,
            _ => Ok(vec![(0, self.primary_of(0).await?)]),
        }
    }

    /// Lets go of all connections.
    pub(super) fn hang_up(&self) {
        match &self.arranged {
            Arranged::Alone(node) => node.hang_up(),
            Arranged::Sentinel(sentinels) => sentinels.hang_up(),
            Arranged::Cluster(cluster) => cluster.hang_up(),
        }
    }

    async fn primary_of(&self, rack: u8) -> Result<Arc<Node>, Trouble> {
        match &self.arranged {
            Arranged::Alone(node) => Ok(node.clone()),
            Arranged::Sentinel(sentinels) => sentinels.primary().await,
            Arranged::Cluster(cluster) => cluster.primary_of(rack).await,
        }
    }

    fn is_alone(&self) -> bool {
        matches!(self.arranged, Arranged::Alone(_))
    }

    fn cluster(&self) -> Option<&Cluster> {
        match &self.arranged {
            Arranged::Cluster(cluster) => Some(cluster),
            _ => None,
        }
    }
}
