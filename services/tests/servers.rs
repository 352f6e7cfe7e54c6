//! Every kind of server, started for real: it answers, falls silent, comes back with its data, and leaves nothing behind.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use std::{env, io, thread};

use libtest_mimic::{Arguments, Failed, Trial};
use services::{
    Instance, MariaDb, Memcached, Postgres, Redis, RedisCluster, RedisSentinel, Trouble,
};

/// Set in a process that is there to be killed.
const VICTIM: &str = "SERVICES_TEST_VICTIM";

/// What a PostgreSQL client asks first: is there TLS?
const SSL_REQUEST: &[u8] = &[0, 0, 0, 8, 4, 210, 22, 47];

type Outcome = Result<(), Failed>;

fn main() -> ExitCode {
    if env::var_os(VICTIM).is_some() {
        return victim();
    }
    let trials = vec![
        trial(
            "postgres: a pause is silent, a restart keeps what was committed",
            Postgres::look,
            postgres,
        ),
        trial(
            "mariadb: a pause is silent, a restart keeps what was committed",
            MariaDb::look,
            mariadb,
        ),
        trial(
            "redis: a pause is silent, a restart keeps what was written",
            Redis::look,
            redis,
        ),
        trial(
            "redis: lines of its configuration and a password hold",
            Redis::look,
            redis_lines,
        ),
        trial(
            "sentinel: when the primary is killed, a replica takes its place",
            Redis::look,
            sentinel,
        ),
        trial(
            "cluster: when a primary is killed, its replica takes its place",
            Redis::look,
            cluster,
        ),
        trial(
            "memcached: a pause is silent, a restart forgets",
            Memcached::look,
            memcached,
        ),
        trial(
            "memcached: the item limit holds",
            Memcached::look,
            memcached_limit,
        ),
        trial(
            "a server does not outlive a killed process",
            Redis::look,
            killed_process,
        ),
        trial(
            "a server that does not start shows its log",
            Redis::look,
            refused_start,
        ),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A test that is ignored, and says why, where its programs are missing; in CI it fails then.
fn trial(name: &'static str, look: fn() -> Result<(), Trouble>, test: fn() -> Outcome) -> Trial {
    match look() {
        Err(missing) if !in_ci() => {
            Trial::test(format!("{name} ({missing})"), test).with_ignored_flag(true)
        }
        _ => Trial::test(name, test),
    }
}

fn in_ci() -> bool {
    env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
}

fn postgres() -> Outcome {
    let server = Postgres::builder().log_statements().start()?;
    // A connection of its own has a process of its own, which must fall silent too.
    let answers = |server: &Instance| knock(server.port(), SSL_REQUEST);
    comes_and_goes(&server, answers)?;
    server.ask("CREATE TABLE coats (colour text)")?;
    server.ask("INSERT INTO coats VALUES ('green')")?;
    server.restart()?;
    assert_eq!(server.ask("SELECT colour FROM coats")?, "green");
    server.ask("INSERT INTO coats VALUES ('red')")?;
    server.kill();
    server.start_again()?;
    assert_eq!(server.ask("SELECT count(*) FROM coats")?, "2");
    assert!(server.log().contains("INSERT INTO coats"));
    Ok(())
}

fn mariadb() -> Outcome {
    let server = MariaDb::builder().log_statements().start()?;
    comes_and_goes(&server, |server| knock(server.port(), b""))?;
    server.ask("CREATE TABLE coats (colour text)")?;
    server.ask("INSERT INTO coats VALUES ('grün 🧥')")?;
    server.restart()?;
    assert_eq!(server.ask("SELECT colour FROM coats")?, "grün 🧥");
    server.ask("INSERT INTO coats VALUES ('red')")?;
    server.kill();
    server.start_again()?;
    assert_eq!(server.ask("SELECT count(*) FROM coats")?, "2");
    assert!(server.log().contains("INSERT INTO coats"));
    Ok(())
}

fn redis() -> Outcome {
    let server = Redis::start()?;
    comes_and_goes(&server, |server| knock(server.port(), b"PING\r\n"))?;
    server.ask(&["set", "coat", "green"])?;
    server.restart()?;
    assert_eq!(server.ask(&["get", "coat"])?, "green");
    server.ask(&["set", "coat", "red"])?;
    server.kill();
    server.start_again()?;
    assert_eq!(server.ask(&["get", "coat"])?, "red");
    Ok(())
}

fn redis_lines() -> Outcome {
    let server = Redis::builder()
        .volatile()
        .line("maxmemory 4mb")
        .line("maxmemory-policy allkeys-lru")
        .password("tag-17")
        .start()?;
    let policy = server.ask(&["config", "get", "maxmemory*"])?;
    assert!(policy.contains("4194304") && policy.contains("allkeys-lru"));
    assert!(server.url().starts_with("redis://:tag-17@127.0.0.1:"));
    let stranger = answer(server.port(), b"PING\r\n")?;
    assert!(stranger.starts_with("-NOAUTH"), "{stranger}");
    server.ask(&["set", "coat", "green"])?;
    server.restart()?;
    assert_eq!(server.ask(&["get", "coat"])?, "");
    Ok(())
}

fn sentinel() -> Outcome {
    let servers = RedisSentinel::start()?;
    let first = servers.primary()?;
    first.ask(&["set", "coat", "green"])?;
    // Replication goes on by itself.
    first.await_replicas(2)?;
    first.kill();
    let second = servers.await_primary_beside(first.port())?;
    assert_eq!(second.ask(&["get", "coat"])?, "green");
    first.start_again()?;
    assert!(first.pid().is_some());
    assert_eq!(servers.url().matches("127.0.0.1:").count(), 3);
    Ok(())
}

fn cluster() -> Outcome {
    let cluster = RedisCluster::start()?;
    let first = cluster.node_of("coat")?;
    first.ask(&["set", "coat", "green"])?;
    first.await_replicas(1)?;
    first.kill();
    let second = eventually(|| cluster.node_of("coat").ok())?;
    assert_ne!(second.port(), first.port());
    assert_eq!(second.ask(&["get", "coat"])?, "green");
    first.start_again()?;
    cluster.await_well()?;
    assert_eq!(cluster.url().matches("127.0.0.1:").count(), 6);
    Ok(())
}

fn memcached() -> Outcome {
    let server = Memcached::start()?;
    comes_and_goes(&server, |server| knock(server.port(), b"version\r\n"))?;
    assert_eq!(
        answer(server.port(), b"set coat 0 0 5\r\ngreen\r\n")?,
        "STORED"
    );
    server.restart()?;
    assert_eq!(answer(server.port(), b"get coat\r\n")?, "END");
    Ok(())
}

fn memcached_limit() -> Outcome {
    let server = Memcached::builder().item_size("512k").memory(8).start()?;
    let line = format!("set coat 0 0 600000\r\n{}\r\n", "x".repeat(600_000));
    let refusal = answer(server.port(), line.as_bytes())?;
    assert_eq!(refusal, "SERVER_ERROR object too large for cache");
    Ok(())
}

fn killed_process() -> Outcome {
    let mut process = Command::new(env::current_exe()?)
        .env(VICTIM, "1")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut port = [0; 2];
    let mut told = process.stderr.take().expect("it is piped");
    told.read_exact(&mut port)?;
    let port = u16::from_be_bytes(port);
    knock(port, b"PING\r\n")?;
    process.kill()?;
    process.wait()?;
    eventually(|| is_closed(port).then_some(()))
}

/// Starts a server, tells its port, and waits to be killed.
fn victim() -> ExitCode {
    let server = Redis::start().expect("Redis starts");
    let told = io::stderr().write_all(&server.port().to_be_bytes());
    told.expect("somebody listens");
    let _ = io::stdin().read(&mut [0]);
    ExitCode::SUCCESS
}

fn refused_start() -> Outcome {
    let trouble = Redis::builder().line("coats many").start();
    let text = trouble.expect_err("there is no such line").to_string();
    assert!(text.contains("redis: ended at once"), "{text}");
    assert!(text.contains("coats many"), "{text}");
    Ok(())
}

/// What every server does: it answers, is silent while paused, is gone when stopped, and is back on the same port.
fn comes_and_goes(server: &Instance, answers: impl Fn(&Instance) -> io::Result<()>) -> Outcome {
    let (port, pid) = (server.port(), server.pid());
    answers(server)?;
    server.pause()?;
    let silence = answers(server).expect_err("it is paused");
    assert!(is_timeout(&silence), "{silence}");
    server.resume()?;
    answers(server)?;
    server.stop()?;
    assert!(is_closed(port) && server.pid().is_none());
    assert!(server.pause().is_err());
    server.start_again()?;
    assert_eq!(server.port(), port);
    assert_ne!(server.pid(), pid);
    answers(server)?;
    Ok(())
}

/// Connects, says something and expects anything in return.
fn knock(port: u16, words: &[u8]) -> io::Result<()> {
    dial(port, words)?.read_exact(&mut [0])
}

/// Connects, says something and returns the first line of the answer.
fn answer(port: u16, words: &[u8]) -> io::Result<String> {
    let mut stream = dial(port, words)?;
    let mut line = String::new();
    let mut byte = [0];
    while stream.read(&mut byte)? == 1 && byte != *b"\r" {
        line.push(char::from(byte[0]));
    }
    Ok(line)
}

fn dial(port: u16, words: &[u8]) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    // Long for a server that is well, and spent only with one that is paused.
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    stream.write_all(words)?;
    Ok(stream)
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

fn is_closed(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err()
}

fn eventually<T>(mut look: impl FnMut() -> Option<T>) -> Result<T, Failed> {
    let deadline = Instant::now() + Duration::from_secs(30);
    while Instant::now() < deadline {
        if let Some(found) = look() {
            return Ok(found);
        }
        thread::sleep(Duration::from_millis(50));
    }
    Err("it did not come to pass within 30 s".into())
}
