//! The visitors: each begins a session by a real request and keeps its cookie.
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use crate::Result;

/// How many sessions a site has, so that hardly two requests meet in one.
pub const VISITORS: u32 = 1_000;

/// Begins so many sessions, and returns their `Cookie` headers.
///
/// # Errors
/// When the site does not answer 200 with a cookie.
pub fn begin(site: SocketAddr, visitors: u32) -> Result<Vec<String>> {
    (0..visitors)
        .map(|visitor| {
            let answer = get(site, &format!("/start/{visitor}"), None)?;
            let cookies: Vec<&str> = answer.lines().filter_map(cookie).collect();
            if !answer.starts_with("HTTP/1.1 200") || cookies.is_empty() {
                let status = answer.lines().next().unwrap_or_default();
                return Err(format!("a session could not be begun: {status}").into());
            }
            Ok(cookies.join("; "))
        })
        .collect()
}

/// Sends one request and returns the whole answer.
///
/// # Errors
/// When nobody answers within ten seconds.
pub fn get(site: SocketAddr, path: &str, cookies: Option<&str>) -> Result<String> {
    let mut stream = TcpStream::connect(site)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let cookies = cookies.map_or(String::new(), |cookies| format!("Cookie: {cookies}\r\n"));
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {site}\r\nConnection: close\r\n{cookies}\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// Returns name and value of a `Set-Cookie` line.
fn cookie(line: &str) -> Option<&str> {
    let (name, rest) = line.split_once(':')?;
    let is_one = name.eq_ignore_ascii_case("set-cookie");
    is_one.then(|| rest.split(';').next().unwrap_or_default().trim())
}
