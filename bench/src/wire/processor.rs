//! The processor time of a process and its children, as the kernel accounts for it.
use std::{fs, time::Duration};

/// Returns the time that a process and its living children have used so far.
pub fn time_of(pid: u32) -> Duration {
    let mut all = vec![pid];
    let mut ticks = 0;
    while let Some(pid) = all.pop() {
        ticks += own_ticks(pid);
        all.extend(children(pid));
    }
    // The kernel counts in hundredths of a second (USER_HZ).
    Duration::from_millis(ticks * 10)
}

/// Returns the children of a process.
pub fn children(pid: u32) -> Vec<u32> {
    let listed = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    let listed = listed.unwrap_or_default();
    listed
        .split_whitespace()
        .filter_map(|child| child.parse().ok())
        .collect()
}

/// User and system time, the 14th and 15th field of `/proc/PID/stat`, which follow the name in brackets.
fn own_ticks(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let mut fields = after_name.split_whitespace().skip(11);
    let mut field = || fields.next().and_then(|field| field.parse::<u64>().ok());
    field().unwrap_or_default() + field().unwrap_or_default()
}
