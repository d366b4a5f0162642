//! What the system says of the threads of the process.

use crate::report::RunState;

/// The system's numbers of all threads; none where it tells none.
pub(super) fn threads() -> Vec<u64> {
    let Ok(entries) = std::fs::read_dir("/proc/self/task") else { return Vec::new() };
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// Name and state of a thread, where the system tells them.
pub(super) fn thread(os_id: u64) -> (String, RunState) {
    if os_id == 0 || cfg!(not(target_os = "linux")) {
        return (String::new(), RunState::Unknown);
    }
    let read =
        |what: &str| std::fs::read(format!("/proc/self/task/{os_id}/{what}")).unwrap_or_default();
    let name = String::from_utf8_lossy(read("comm").trim_ascii_end()).into_owned();
    (name, state(&read("stat")))
}

/// The state in a line of `stat`: the letter behind the name, which stands in parentheses and may
/// hold some itself.
fn state(stat: &[u8]) -> RunState {
    let behind = stat.iter().rposition(|byte| *byte == b')').and_then(|at| stat.get(at + 2));
    match behind {
        Some(b'R') => RunState::Running,
        Some(b'S' | b'I') => RunState::Sleeping,
        Some(b'D') => RunState::Blocked,
        Some(b'T' | b't') => RunState::Stopped,
        _ => RunState::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_stands_behind_the_last_parenthesis() {
        assert_eq!(state(b"12 (worker) S 1 12"), RunState::Sleeping);
        assert_eq!(state(b"12 (odd) R (name) D 1 12"), RunState::Blocked);
        assert_eq!(state(b"12 (x) R 1"), RunState::Running);
        assert_eq!(state(b""), RunState::Unknown);
        assert_eq!(state(b"12 (x)"), RunState::Unknown);
    }
}
