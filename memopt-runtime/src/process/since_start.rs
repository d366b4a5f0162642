//! For how long this process has run, and with how many threads, by the system: Linux's, elsewhere
//! neither is known.

use std::fs;

/// Threads of the process; `None` where the system does not tell.
pub(crate) fn threads() -> Option<u64> {
    number(&read("/proc/self/status")?, "Threads:")
}

/// Time since the process was started, ns; `None` where the system does not tell.
pub fn wall_ns() -> Option<u64> {
    between(&read("/proc/self/stat")?, &read("/proc/uptime")?)
}

fn read(file: &str) -> Option<String> {
    if cfg!(miri) || !cfg!(target_os = "linux") {
        return None;
    }
    fs::read_to_string(file).ok()
}

/// The number behind a name in the lines of a status file.
fn number(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The time since a process was started: how long the system is up less when the process began, of
/// which `stat` tells hundredths of a second.
fn between(stat: &str, uptime: &str) -> Option<u64> {
    const TICK_NS: u64 = 10_000_000;
    // The name, in parentheses, may hold anything; the start is the twentieth behind it.
    let began = stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse::<u64>().ok()?;
    let up = uptime.split_whitespace().next()?.parse::<f64>().ok()?;
    Some(((up * 1e9) as u64).saturating_sub(began.saturating_mul(TICK_NS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_from_the_systems_texts() {
        let status = "Name:\tapp\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\nThreads:\t7\n";
        assert_eq!(number(status, "VmHWM:"), Some(2048));
        assert_eq!(number(status, "Threads:"), Some(7));
        assert_eq!(number(status, "VmSwap:"), None);
        let stat = "77 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 500 20 21";
        assert_eq!(between(stat, "12.50 3.00"), Some(7_500_000_000));
        assert_eq!(between("", "12.50"), None);
    }

    #[cfg(all(target_os = "linux", not(miri)))]
    #[test]
    fn this_process_is_told() {
        assert!(threads().is_some_and(|threads| threads >= 1));
        assert!(wall_ns().is_some_and(|ns| ns < 3_600_000_000_000), "{:?}", wall_ns());
    }
}
