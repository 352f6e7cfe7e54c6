//! One server, and the few connections to it that all requests share.
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::store::Options;
use crate::store::redis::address::{Address, Login};
use crate::store::redis::command::{Command, Commands};
use crate::store::redis::line::{Cut, Line};
use crate::store::redis::opening::Opening;
use crate::store::redis::reply::Reply;
use crate::store::redis::tls::Tls;
use crate::store::redis::trouble::{Trouble, Unopened};

/// More connections than this to one server carry no more.
const ENOUGH: usize = 4;
/// Each connection takes so many requests at once before the next is used: the fewer there are, the
/// more requests share a packet and a system call. Measured with 32 at once, two connections carry as
/// many loads as one and an eighth more saves, since the one is written to while the server answers
/// the other; four carry no more.
const SHARE: usize = 16;

/// How servers are reached: what all nodes of one store have in common.
#[derive(Clone)]
pub(super) struct Reach {
    opening: Opening,
    connections: usize,
}

/// One server.
pub(super) struct Node {
    pub(super) address: Address,
    pub(super) opening: Opening,
    lanes: Box<[Lane]>,
    doubted: Arc<AtomicBool>,
}

/// The place of one connection, which is opened when it is needed.
#[derive(Default)]
struct Lane {
    line: Mutex<Option<Arc<Line>>>,
    opening: tokio::sync::Mutex<()>,
    under_way: AtomicUsize,
}

/// A request that is under way on a lane, until this is dropped.
struct UnderWay<'a>(&'a Lane);

impl Reach {
    pub(super) fn new(login: Login, options: &Options) -> Result<Self, Trouble> {
        Ok(Self {
            opening: Opening {
                tls: login.tls.then(Tls::new).transpose()?,
                login,
                limit: options.connect_timeout,
                silence: options.response_timeout,
            },
            connections: options.connections.min(ENOUGH),
        })
    }

    /// Returns how to reach sentinels, which have neither databases nor the servers' users.
    pub(super) fn to_sentinels(&self, password: Option<String>) -> Self {
        let login = Login {
            password,
            tls: self.opening.login.tls,
            ..Login::default()
        };
        let opening = self.opening.clone();
        Self {
            opening: Opening { login, ..opening },
            connections: 1,
        }
    }

    /// Returns for how long what a server refuses for a moment is worth trying: a little less than
    /// the whole answer may take.
    pub(super) fn patience(&self) -> Duration {
        self.opening.silence.mul_f32(0.9)
    }

    pub(super) fn node(&self, address: Address) -> Arc<Node> {
        Arc::new(Node {
            opening: self.opening.clone(),
            address,
            lanes: (0..self.connections).map(|_| Lane::default()).collect(),
            doubted: Arc::default(),
        })
    }
}

impl Node {
    /// Sends one command; with `asking`, to a server that is just taking over its slot.
    pub(super) async fn ask(&self, command: Command<'_>, asking: bool) -> Result<Reply, Trouble> {
        if asking {
            let mut both = Commands::default();
            both.add(Command::new(&[b"ASKING"]));
            both.add(command);
            let replies = self.ask_all(&both).await?;
            return answered(replies.into_iter().nth(1).unwrap_or(Reply::Nothing));
        }
        let (line, _under_way) = self.line().await?;
        answered(line.ask(command).await?)
    }

    /// Sends several commands at once; refusals stand among the answers.
    pub(super) async fn ask_all(&self, commands: &Commands) -> Result<Vec<Reply>, Trouble> {
        let (line, _under_way) = self.line().await?;
        Ok(line.ask_all(commands).await?)
    }

    /// Says whether a connection has ended or could not be opened, so that somebody else may be in charge.
    pub(super) fn is_doubted(&self) -> bool {
        self.doubted.load(Ordering::Relaxed)
    }

    pub(super) fn doubt(&self) {
        self.doubted.store(true, Ordering::Relaxed);
    }

    pub(super) fn trust(&self) {
        self.doubted.store(false, Ordering::Relaxed);
    }

    /// Lets go of all connections: whoever listens at this address now may be somebody else.
    pub(super) fn hang_up(&self) {
        self.doubt();
        for lane in &self.lanes {
            lane.line().take();
        }
    }

    /// Returns an open connection. Nothing has been sent when there is none.
    async fn line(&self) -> Result<(Arc<Line>, UnderWay<'_>), Trouble> {
        let lane = self.lane();
        let under_way = lane.begin();
        match lane.open() {
            Some(line) => Ok((line, under_way)),
            // In a box, so that the usual case does not carry it along.
            None => match Box::pin(self.connect(lane)).await {
                Ok(line) => Ok((line, under_way)),
                // Then those that are open carry everything.
                Err(Trouble::Unsent(Unopened::Cut(Cut::NoRoom))) => {
                    let open = self.lanes.iter().find_map(Lane::open);
                    let line = open.ok_or(Trouble::Unsent(Unopened::Cut(Cut::NoRoom)))?;
                    Ok((line, under_way))
                }
                Err(trouble) => Err(trouble),
            },
        }
    }

    async fn connect(&self, lane: &Lane) -> Result<Arc<Line>, Trouble> {
        let _alone = lane.opening.lock().await;
        if let Some(line) = lane.open() {
            return Ok(line);
        }
        let opened = self.opening.open(&self.address, self.doubted.clone()).await;
        let line = Arc::new(opened.map_err(|why| {
            if !matches!(why, Unopened::Cut(Cut::NoRoom)) {
                self.doubt();
            }
            Trouble::Unsent(why)
        })?);
        *lane.line() = Some(line.clone());
        Ok(line)
    }

    /// Returns the first lane that has room, or the emptiest.
    fn lane(&self) -> &Lane {
        let busy = |lane: &&Lane| lane.under_way.load(Ordering::Relaxed);
        let roomy = self.lanes.iter().find(|lane| busy(lane) < SHARE);
        let emptiest = || self.lanes.iter().min_by_key(busy);
        roomy
            .or_else(emptiest)
            .expect("a node has at least one lane")
    }
}

impl Lane {
    fn begin(&self) -> UnderWay<'_> {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(self)
    }

    fn open(&self) -> Option<Arc<Line>> {
        self.line().clone().filter(|line| line.is_open())
    }

    fn line(&self) -> MutexGuard<'_, Option<Arc<Line>>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Takes a refusal for what it is.
pub(super) fn answered(reply: Reply) -> Result<Reply, Trouble> {
    match reply {
        Reply::Refused(refusal) => Err(Trouble::Refused(refusal)),
        reply => Ok(reply),
    }
}
