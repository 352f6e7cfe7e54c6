//! The servers in their arrangement: who is asked, and where a question goes on that was refused.
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::session::StoreKey;
use crate::store::Options;
use crate::store::redis::address::{Arrangement, Place};
use crate::store::redis::cluster::Cluster;
use crate::store::redis::command::{Command, Commands};
use crate::store::redis::line::Cut;
use crate::store::redis::node::{Node, Reach, answered};
use crate::store::redis::reply::Reply;
use crate::store::redis::scripts::Script;
use crate::store::redis::sentinel::Sentinels;
use crate::store::redis::trouble::{Remedy, Trouble, Unopened};

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
#[derive(Clone, Copy)]
pub(super) enum Question<'a> {
    /// It changes nothing, so it may be asked again when it is not known whether it was answered.
    Read(&'a [&'a [u8]]),
    /// An order that is never given twice.
    Write(&'a [&'a [u8]]),
    /// An order in the shape of a script, with names and arguments.
    Script(&'a Script, &'a [&'a [u8]]),
    /// The same with several names or, where a server can't take these together, with the first alone.
    WideOrNarrow([(&'a Script, &'a [&'a [u8]]); 2]),
}

/// What became of two questions, of which the second was to come after the first.
pub(super) struct InTurn {
    pub(super) first: Result<Reply, Trouble>,
    /// `None` when it was not sent, or its answer was lost with the first one's.
    pub(super) second: Option<Result<Reply, Trouble>>,
}

impl<'a> Question<'a> {
    /// Leaves all names but the first out, if it can do without.
    fn narrowed(self) -> Option<Self> {
        match self {
            Self::WideOrNarrow([_, (script, words)]) => Some(Self::Script(script, words)),
            _ => None,
        }
    }

    /// Returns its command; a script whole, for a server that does not know it yet.
    fn command(self, is_whole: bool) -> Command<'a> {
        match self {
            Self::Read(words) | Self::Write(words) => Command::new(words),
            Self::Script(script, words) | Self::WideOrNarrow([(script, words), _]) => {
                let call = if is_whole {
                    script.whole()
                } else {
                    script.by_hash()
                };
                Command::call(call, words)
            }
        }
    }
}

impl InTurn {
    fn failed(trouble: Trouble) -> Self {
        Self {
            first: Err(trouble),
            second: None,
        }
    }
}

impl Servers {
    pub(super) fn new(place: Place, options: &Options) -> Result<Self, Trouble> {
        let reach = Reach::new(place.login, options)?;
        let patience = reach.patience();
        let arranged = match place.arrangement {
            Arrangement::Alone(address) => Arranged::Alone(reach.node(address)),
            Arrangement::Sentinel {
                sentinels,
                primary,
                password,
            } => Arranged::Sentinel(Box::new(Sentinels::new(
                sentinels, password, primary, reach,
            ))),
            Arrangement::Cluster(seeds) => Arranged::Cluster(Box::new(Cluster::new(seeds, reach))),
        };
        Ok(Self { arranged, patience })
    }

    /// Asks whoever has the rack, and follows the servers' advice about where else to ask.
    ///
    /// What may have been carried out is never sent again: a server that refuses has done nothing,
    /// and only a question that changes nothing is repeated, once, after a connection was lost.
    pub(super) async fn ask(&self, rack: u8, question: Question<'_>) -> Result<Reply, Trouble> {
        let node = self.primary_of(rack).await?;
        let answer = node.ask(question.command(false), false).await;
        match answer {
            Ok(reply) => Ok(reply),
            // In a box, so that the usual case does not carry it along.
            Err(trouble) => Box::pin(self.follow(rack, question, node, trouble)).await,
        }
    }

    /// Asks two questions, of which the second is to come to a server after the first; in one trip where one server has
    /// both racks. Otherwise the second is asked only when the first was done.
    pub(super) async fn ask_in_turn(
        &self,
        first: (u8, Question<'_>),
        second: (u8, Question<'_>),
    ) -> InTurn {
        let node = match self.primary_of_both(first.0, second.0).await {
            Ok(node) => node,
            Err(trouble) => return InTurn::failed(trouble),
        };
        if let Some(node) = node {
            let mut both = Commands::default();
            both.add(first.1.command(false));
            both.add(second.1.command(false));
            match node.ask_all(&both).await {
                Ok(replies) => {
                    let mut replies = replies.into_iter();
                    let mut next = || replies.next().unwrap_or(Reply::Nothing);
                    let (before, after) = (next(), next());
                    return InTurn {
                        first: self.followed(first.0, first.1, &node, before).await,
                        second: Some(self.followed(second.0, second.1, &node, after).await),
                    };
                }
                // The second was not sent, and the first one may be repeated by whoever has to come before something.
                Err(Trouble::Unsent(_)) => {}
                Err(trouble) => return InTurn::failed(trouble),
            }
        }
        match self.ask(first.0, first.1).await {
            Ok(reply) => InTurn {
                first: Ok(reply),
                second: Some(self.ask(second.0, second.1).await),
            },
            Err(trouble) => InTurn::failed(trouble),
        }
    }

    /// Asks several questions about one rack in one trip.
    pub(super) async fn ask_all(
        &self,
        rack: u8,
        questions: &[Question<'_>],
    ) -> Vec<Result<Reply, Trouble>> {
        let mut all = Commands::default();
        for question in questions {
            all.add(question.command(false));
        }
        let node = match self.primary_of(rack).await {
            Ok(node) => node,
            Err(trouble) => return vec![Err(trouble)],
        };
        let mut answers = Vec::with_capacity(questions.len());
        match node.ask_all(&all).await {
            Ok(replies) => {
                for (question, reply) in questions.iter().zip(replies) {
                    answers.push(self.followed(rack, *question, &node, reply).await);
                }
            }
            Err(trouble) => {
                let only_asks = |question: &Question<'_>| matches!(question, Question::Read(_));
                let may_ask_again =
                    matches!(trouble, Trouble::Unsent(_)) || questions.iter().all(only_asks);
                if !may_ask_again {
                    return vec![Err(trouble)];
                }
                for question in questions {
                    answers.push(self.ask(rack, *question).await);
                }
            }
        }
        answers
    }

    /// Returns an answer, and if that is a refusal, the one that comes of following it.
    async fn followed(
        &self,
        rack: u8,
        question: Question<'_>,
        node: &Arc<Node>,
        reply: Reply,
    ) -> Result<Reply, Trouble> {
        match answered(reply) {
            Ok(reply) => Ok(reply),
            Err(trouble) => Box::pin(self.follow(rack, question, node.clone(), trouble)).await,
        }
    }

    /// Goes on with a question that a server did not answer.
    async fn follow(
        &self,
        rack: u8,
        mut question: Question<'_>,
        mut node: Arc<Node>,
        mut trouble: Trouble,
    ) -> Result<Reply, Trouble> {
        let give_up = Instant::now() + self.patience;
        let mut is_whole = false;
        let mut asking = false;
        let mut moves = 0;
        let mut may_ask_again = matches!(question, Question::Read(_));
        let mut may_send_again = true;
        let mut may_look_again = !self.is_alone();
        let mut may_hang_up = true;
        loop {
            let mut there = None;
            let narrowed = question.narrowed().filter(|_| trouble.is_about_names());
            match (&trouble, trouble.remedy()) {
                _ if let Some(narrowed) = narrowed => question = narrowed,
                (Trouble::Lost(cut), _) if may_ask_again && !matches!(cut, Cut::Silent(_)) => {
                    // The other connections are hardly better off.
                    node.hang_up();
                    may_ask_again = false;
                }
                (Trouble::Unsent(Unopened::Cut(_)), _) if may_send_again => may_send_again = false,
                (Trouble::Unsent(_), _) if may_look_again => may_look_again = false,
                _ if Instant::now() >= give_up => return Err(trouble),
                (_, Remedy::SendWhole) if !is_whole => {
                    is_whole = true;
                    there = asking.then(|| node.clone());
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
            asking = there.is_some();
            node = match there {
                Some(node) => node,
                None => self.primary_of(rack).await?,
            };
            let answer = node.ask(question.command(is_whole), asking).await;
            match answer {
                Ok(reply) => return Ok(reply),
                Err(next) => trouble = next,
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

    /// Sorts keys by the server that has them.
    pub(super) async fn by_node(
        &self,
        keys: &[StoreKey],
    ) -> Result<Vec<(Arc<Node>, Vec<StoreKey>)>, Trouble> {
        let mut sorted: Vec<(Arc<Node>, Vec<StoreKey>)> = Vec::new();
        for key in keys {
            let node = self.primary_of(key.rack()).await?;
            match sorted
                .iter_mut()
                .find(|(there, _)| Arc::ptr_eq(there, &node))
            {
                Some((_, keys)) => keys.push(*key),
                None => sorted.push((node, vec![*key])),
            }
        }
        Ok(sorted)
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

    /// Returns the server of two racks, if one has both.
    async fn primary_of_both(&self, one: u8, other: u8) -> Result<Option<Arc<Node>>, Trouble> {
        let node = self.primary_of(one).await?;
        if let Some(cluster) = self.cluster()
            && !Arc::ptr_eq(&node, &cluster.primary_of(other).await?)
        {
            return Ok(None);
        }
        Ok(Some(node))
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
