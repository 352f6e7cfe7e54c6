//! Correctness beside speed: what is lost when a visitor does many things at once, and who is signed in after a logout.
use std::{net::SocketAddr, thread, time::Duration};

use crate::{
    Result,
    wire::visitors::{begin, get},
};

/// How many items are appended at the same time.
const APPENDS: u32 = 64;
/// How many sessions are ended while a request of theirs is under way, and how many at the same time.
const LOGOUTS: u32 = 1_000;
const AT_ONCE: u32 = 16;

/// Returns how many of 64 parallel appends that were answered well are not there afterwards.
///
/// # Errors
/// When a session can't be begun or read.
pub fn lost_updates(site: SocketAddr) -> Result<u32> {
    let cookies = begin(site, 1)?.remove(0);
    let cookies = &*cookies;
    let answered = thread::scope(|scope| {
        let appends: Vec<_> = (0..APPENDS)
            .map(|item| scope.spawn(move || get(site, &format!("/append/{item}"), Some(cookies))))
            .collect();
        let answers = appends
            .into_iter()
            .filter_map(|append| append.join().ok()?.ok());
        answers.filter(|answer| is_well(answer)).count()
    });
    let answer = get(site, "/items", Some(cookies))?;
    let kept = body(&answer).parse::<usize>();
    let kept = kept.map_err(|_| format!("the items could not be counted: {answer}"))?;
    Ok(u32::try_from(answered.saturating_sub(kept))?)
}

/// Returns how many of 1,000 sessions can be used after their logout, which comes while another request of theirs is under way.
///
/// # Errors
/// When a session can't be begun or read.
pub fn back_after_logout(site: SocketAddr) -> Result<u32> {
    thread::scope(|scope| {
        let some = (0..AT_ONCE).map(|first| {
            scope.spawn(move || {
                let each = (first..LOGOUTS).step_by(AT_ONCE as usize);
                each.map(|_| comes_back(site)).sum::<Result<u32>>()
            })
        });
        let some: Vec<_> = some.collect();
        some.into_iter()
            .map(|some| some.join().map_err(|_| "a visitor panicked")?)
            .sum()
    })
}

fn comes_back(site: SocketAddr) -> Result<u32> {
    let cookies = begin(site, 1)?.remove(0);
    thread::scope(|scope| {
        let lingers = scope.spawn(|| get(site, "/linger", Some(&cookies)));
        thread::sleep(Duration::from_millis(8));
        let ended = get(site, "/logout", Some(&cookies));
        // Whatever that one was answered.
        let _ = lingers.join();
        ended
    })?;
    let answer = get(site, "/read", Some(&cookies))?;
    Ok(u32::from(is_well(&answer)))
}

fn is_well(answer: &str) -> bool {
    answer.starts_with("HTTP/1.1 200")
}

/// Returns an answer's short text, which comes whole or as one chunk (RFC 9112 section 7.1).
fn body(answer: &str) -> &str {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    let is_chunked = head
        .to_ascii_lowercase()
        .contains("transfer-encoding: chunked");
    let line = usize::from(is_chunked);
    body.lines().nth(line).unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_whole_or_in_its_chunk() {
        let whole = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n64";
        let chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n64\r\n0\r\n\r\n";
        assert_eq!([whole, chunk, ""].map(body), ["64", "64", ""]);
    }
}
