//! What a process used, from Linux' `/proc`.

use std::fs;
use std::io;

use serde::Serialize;

/// Unit of the times in `/proc/<pid>/stat`: USER_HZ, which is 100 for every program on Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// CPU time and memory of a process with all its threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// User and system time since the process began, ± 0.01.
    pub cpu_seconds: f64,
    /// Resident memory now (`VmRSS`).
    pub resident_bytes: u64,
    /// Largest resident memory so far (`VmHWM`).
    pub peak_bytes: u64,
    /// Bytes that it caused to be written to disks so far; none where the system does not tell.
    pub written_bytes: Option<u64>,
}

/// Reads what process `pid` used until now.
///
/// # Errors
///
/// If there is no such process, or no `/proc`.
pub fn usage(pid: u32) -> io::Result<Usage> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    // Readable only for the process's own user and for root.
    let io = fs::read_to_string(format!("/proc/{pid}/io")).ok();
    let read = || {
        Some(Usage {
            cpu_seconds: cpu_seconds(&stat)?,
            resident_bytes: status_bytes(&status, "VmRSS:")?,
            peak_bytes: status_bytes(&status, "VmHWM:")?,
            written_bytes: io.as_deref().and_then(written_bytes),
        })
    };
    read().ok_or_else(|| {
        io::Error::other(format!(
            "cannot read the usage of process {pid}: it has ended"
        ))
    })
}

/// How many descriptors process `pid` has open.
///
/// # Errors
///
/// If there is no such process, or it belongs to somebody else.
pub fn descriptors(pid: u32) -> io::Result<usize> {
    fs::read_dir(format!("/proc/{pid}/fd")).map(Iterator::count)
}

/// CPU time of this process.
///
/// # Errors
///
/// If there is no `/proc`.
pub fn own_cpu_seconds() -> io::Result<f64> {
    usage(std::process::id()).map(|usage| usage.cpu_seconds)
}

/// CPU time of all processes on this machine, and time that the hypervisor gave to other machines.
///
/// # Errors
///
/// If there is no `/proc`.
pub fn machine_cpu_seconds() -> io::Result<f64> {
    let stat = fs::read_to_string("/proc/stat")?;
    machine_seconds(&stat).ok_or_else(|| io::Error::other("cannot read /proc/stat"))
}

fn machine_seconds(stat: &str) -> Option<f64> {
    // cpu user nice system idle iowait irq softirq steal guest guest_nice; the guests' time is within user and nice.
    let times: Vec<f64> = stat
        .lines()
        .next()?
        .split_ascii_whitespace()
        .skip(1)
        .map_while(|word| word.parse().ok())
        .collect();
    let [user, nice, system, _idle, _iowait, irq, softirq, steal, ..] = times[..] else {
        return None;
    };
    Some((user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND)
}

fn cpu_seconds(stat: &str) -> Option<f64> {
    // The name in parentheses may hold spaces; what follows it does not. utime and stime are fields 14 and 15.
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut times = after_name.split_ascii_whitespace().skip(11);
    let user: f64 = times.next()?.parse().ok()?;
    let system: f64 = times.next()?.parse().ok()?;
    Some((user + system) / TICKS_PER_SECOND)
}

fn status_bytes(status: &str, key: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

/// `write_bytes`: what reached, or will reach, the storage layer; not what was written to sockets.
fn written_bytes(io: &str) -> Option<u64> {
    let line = io
        .lines()
        .find_map(|line| line.strip_prefix("write_bytes:"))?;
    line.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_behind_a_name_with_spaces() {
        let stat = "12 (a ) b) S 1 1 1 0 -1 4194560 1 2 3 4 150 25 0 0 20 0 1";
        assert_eq!(cpu_seconds(stat), Some(1.75));
    }

    #[test]
    fn idle_time_is_not_used_time() {
        let stat = "cpu  100 10 50 9000 800 5 15 20 0 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n";
        assert_eq!(machine_seconds(stat), Some(2.0));
    }

    #[test]
    fn bytes_that_were_taken_back_do_not_count_as_written() {
        let io = "rchar: 1\nwchar: 2\nwrite_bytes: 4096\ncancelled_write_bytes: 7\n";
        assert_eq!(written_bytes(io), Some(4096));
    }

    #[test]
    fn this_process_uses_memory() {
        let usage = usage(std::process::id()).unwrap();
        assert!(usage.resident_bytes > 100_000 && usage.peak_bytes >= usage.resident_bytes);
    }
}
