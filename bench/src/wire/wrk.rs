//! One lap of wrk, and what it saw.
use std::{fs, net::SocketAddr, path::PathBuf, process::Command};

use crate::{Result, wire::side::Visit};

/// How many connections wrk keeps busy, on one thread of its own.
const CONNECTIONS: u32 = 32;

/// What one lap saw.
#[derive(Clone, Copy, Debug)]
pub struct Lap {
    /// Answers in a second.
    pub per_second: f64,
    /// Answers in all.
    pub answers: u64,
    /// Half of the answers came within so many milliseconds.
    pub p50: f64,
    /// 99 of 100 answers came within so many milliseconds.
    pub p99: f64,
}

/// The script that lets wrk send each visitor's cookie in turn; the file goes when this is dropped.
#[derive(Debug)]
pub struct Script(PathBuf);

impl Script {
    /// Writes the script.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn of(name: &str, cookies: &[String]) -> Result<Self> {
        let quoted: Vec<String> = cookies.iter().map(|cookie| format!("{cookie:?}")).collect();
        let file = std::env::temp_dir().join(format!("{name}-{}.lua", std::process::id()));
        let script = format!(
            "local cookies = {{{}}}\nlocal requests = {{}}\n\n\
             function init(args)\n  for i, cookie in ipairs(cookies) do\n    \
             requests[i] = wrk.format(nil, nil, {{Cookie = cookie}})\n  end\nend\n\
             function request()\n  return requests[math.random(#requests)]\nend\n",
            quoted.join(",\n")
        );
        fs::write(&file, script)?;
        Ok(Self(file))
    }

    /// Sends requests for so many seconds.
    ///
    /// # Errors
    /// When wrk is missing, or any answer was not 200.
    pub fn run(&self, site: SocketAddr, visit: Visit, seconds: u32) -> Result<Lap> {
        let mut wrk = Command::new("wrk");
        wrk.args(["--threads", "1", "--latency", "--script"])
            .arg(&self.0)
            .args(["--connections", &CONNECTIONS.to_string()])
            .args(["--duration", &format!("{seconds}s")])
            .arg(format!("http://{site}{}", visit.path()));
        let output = wrk
            .output()
            .map_err(|error| format!("wrk does not start: {error}; Debian calls it wrk"))?;
        let said = String::from_utf8_lossy(&output.stdout);
        read(&said)
            .ok_or_else(|| format!("not every answer was 200, or wrk failed:\n{said}").into())
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Reads what wrk prints; `None` when an answer was not 200 or a connection broke.
fn read(said: &str) -> Option<Lap> {
    if said.contains("Non-2xx") || said.contains("Socket errors") {
        return None;
    }
    let after = |label: &str| {
        let line = said.lines().find(|line| line.trim().starts_with(label))?;
        line.trim().strip_prefix(label)?.split_whitespace().next()
    };
    let answers = said.lines().find(|line| line.contains(" requests in "))?;
    Some(Lap {
        per_second: after("Requests/sec:")?.parse().ok()?,
        answers: answers.split_whitespace().next()?.parse().ok()?,
        p50: milliseconds(after("50%")?)?,
        p99: milliseconds(after("99%")?)?,
    })
}

fn milliseconds(text: &str) -> Option<f64> {
    let units = [("us", 0.001), ("ms", 1.0), ("s", 1_000.0)];
    units.iter().find_map(|(unit, factor)| {
        let number: f64 = text.strip_suffix(unit)?.parse().ok()?;
        Some(number * factor)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "Running 4s test @ http://127.0.0.1:1/read
  Latency Distribution
     50%  653.00us
     75%    1.00ms
     99%    1.25s
  196021 requests in 4.00s, 24.48MB read
Requests/sec:  49005.25
";

    #[test]
    fn what_wrk_prints_is_read_with_its_units() {
        let lap = read(SAID).unwrap();
        assert_eq!((lap.per_second, lap.answers), (49_005.25, 196_021));
        assert_eq!((lap.p50, lap.p99), (0.653, 1_250.0));
    }

    #[test]
    fn a_lap_with_failures_is_no_lap() {
        assert!(read(&format!("{SAID}  Non-2xx or 3xx responses: 1\n")).is_none());
        assert!(read(&format!("{SAID}  Socket errors: connect 0, read 1\n")).is_none());
        assert!(read("").is_none());
    }
}
