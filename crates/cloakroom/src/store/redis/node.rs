//! One server, and the few connections to it that all requests share.
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, IntoConnectionInfo, Pipeline,
    ProtocolVersion, PushInfo, RedisConnectionInfo, RedisError, Value,
};

use crate::store::Options;
use crate::store::redis::address::{Address, Login};
use crate::store::redis::trouble::Trouble;

/// More connections than this to one server carry no more.
const ENOUGH: usize = 4;
/// Each connection takes so many requests at once before the next is used: the fewer there are, the
/// more requests share a packet and a system call. Measured with 32 at once, one connection carries a
/// tenth more than two, and two carry more than four.
const SHARE: usize = 64;

/// How servers are reached: what all nodes of one store have in common.
#[derive(Clone)]
pub(super) struct Reach {
    login: Login,
    connect: Duration,
    response: Duration,
    connections: usize,
}

/// One server.
pub(super) struct Node {
    pub(super) address: Address,
    client: Client,
    config: AsyncConnectionConfig,
    lanes: Box<[Lane]>,
    doubted: AtomicBool,
}

/// The place of one connection, which is opened when it is needed.
#[derive(Default)]
struct Lane {
    line: Mutex<Option<Line>>,
    opening: tokio::sync::Mutex<()>,
    under_way: AtomicUsize,
}

/// A request that is under way on a lane, until this is dropped.
struct UnderWay<'a>(&'a Lane);

/// A connection that many requests use at once.
#[derive(Clone)]
struct Line {
    connection: MultiplexedConnection,
    /// Whether it has ended, or is not to be used any more.
    ended: Arc<AtomicBool>,
}

impl Reach {
    pub(super) fn new(login: Login, options: &Options) -> Self {
        if login.tls && rustls::crypto::CryptoProvider::get_default().is_none() {
            // Whoever was faster chose as well.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        Self {
            login,
            connect: options.connect_timeout,
            // A little less than the whole answer may take, so that a silent connection is noticed here.
            response: options.response_timeout.mul_f32(0.9),
            connections: options.connections.min(ENOUGH),
        }
    }

    /// Returns how to reach sentinels, which have neither databases nor the servers' users.
    pub(super) fn to_sentinels(&self, password: Option<String>) -> Self {
        Self {
            login: Login {
                password,
                tls: self.login.tls,
                ..Login::default()
            },
            connections: 1,
            ..self.clone()
        }
    }

    /// Returns for how long what a server refuses for a moment is worth trying.
    pub(super) fn patience(&self) -> Duration {
        self.response
    }

    pub(super) fn node(&self, address: Address) -> Result<Arc<Node>, Trouble> {
        let (host, port) = (address.host.clone(), address.port);
        let place = if self.login.tls {
            ConnectionAddr::TcpTls {
                host,
                port,
                insecure: false,
                tls_params: None,
            }
        } else {
            ConnectionAddr::Tcp(host, port)
        };
        // In the third version of the protocol a connection says when it has ended.
        let mut login = RedisConnectionInfo::default()
            .set_db(self.login.database)
            .set_protocol(ProtocolVersion::RESP3)
            .set_skip_set_lib_name();
        if let Some(user) = &self.login.user {
            login = login.set_username(user);
        }
        if let Some(password) = &self.login.password {
            login = login.set_password(password);
        }
        let info = place
            .into_connection_info()
            .map(|info| info.set_redis_settings(login))
            .map(|info| info.set_tcp_settings(TcpSettings::default().set_nodelay(true)));
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.connect))
            .set_response_timeout(Some(self.response));
        Ok(Arc::new(Node {
            client: info.and_then(Client::open).map_err(Trouble::Unsent)?,
            address,
            config,
            lanes: (0..self.connections).map(|_| Lane::default()).collect(),
            doubted: AtomicBool::new(false),
        }))
    }
}

impl Node {
    /// Sends one command; with `asking`, to a server that is just taking over its slot.
    pub(super) async fn ask(&self, command: &Cmd, asking: bool) -> Result<Value, Trouble> {
        if asking {
            let mut both = Pipeline::with_capacity(2);
            both.cmd("ASKING").add_command(command.clone());
            let answers = self.ask_all(&both).await?;
            return answered(answers.into_iter().nth(1).unwrap_or_default());
        }
        let (mut line, _under_way) = self.line().await?;
        let answer = line.connection.send_packed_command(command).await;
        answered(self.judged(&line, answer)?)
    }

    /// Sends several commands at once; errors of the server stand among the answers.
    pub(super) async fn ask_all(&self, commands: &Pipeline) -> Result<Vec<Value>, Trouble> {
        let (mut line, _under_way) = self.line().await?;
        let connection = &mut line.connection;
        let answers = connection.send_packed_commands(commands, 0, commands.len());
        let answers = answers.await;
        self.judged(&line, answers)
    }

    /// Says whether the last question found nobody, so that somebody else may be in charge.
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

    /// Gives a connection up when it brought no answer: it ended, or is as good as dead.
    fn judged<T>(&self, line: &Line, answer: Result<T, RedisError>) -> Result<T, Trouble> {
        answer.map_err(|error| {
            if error.kind() != redis::ErrorKind::Io && !error.is_unrecoverable_error() {
                return Trouble::Refused(error);
            }
            line.ended.store(true, Ordering::Relaxed);
            self.doubt();
            Trouble::Lost(error)
        })
    }

    /// Returns an open connection. Nothing has been sent when there is none.
    async fn line(&self) -> Result<(Line, UnderWay<'_>), Trouble> {
        let lane = self.lane();
        let under_way = lane.begin();
        if let Some(line) = lane.open() {
            return Ok((line, under_way));
        }
        let _alone = lane.opening.lock().await;
        if let Some(line) = lane.open() {
            return Ok((line, under_way));
        }
        let line = self.connect().await.map_err(|error| {
            self.doubt();
            Trouble::Unsent(error)
        })?;
        *lane.line() = Some(line.clone());
        Ok((line, under_way))
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

    async fn connect(&self) -> Result<Line, RedisError> {
        let ended = Arc::new(AtomicBool::new(false));
        let flag = ended.clone();
        let watch = move |news: PushInfo| {
            if news.kind == redis::PushKind::Disconnection {
                flag.store(true, Ordering::Relaxed);
            }
            Ok::<(), ()>(())
        };
        let config = self.config.clone().set_push_sender(watch);
        let connection = self
            .client
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        Ok(Line { connection, ended })
    }
}

impl Lane {
    fn begin(&self) -> UnderWay<'_> {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(self)
    }

    fn open(&self) -> Option<Line> {
        let line = self.line().clone()?;
        (!line.ended.load(Ordering::Relaxed)).then_some(line)
    }

    fn line(&self) -> MutexGuard<'_, Option<Line>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Takes an error that the server gave for what it is.
fn answered(value: Value) -> Result<Value, Trouble> {
    match value {
        Value::ServerError(error) => Err(Trouble::Refused(error.into())),
        value => Ok(value),
    }
}
