//! From where on a finding is worth telling.

use super::evidence::Evidence;
use super::finding::Finding;
use super::limits;

/// The least worth of a finding that is reported: it saves at least this share of the CPU time, or
/// at least so many bytes of memory. The default is 1 % and 1 MiB.
///
/// Applies where the report knows its CPU time ([`ProcessUse::cpu_ns`](crate::ProcessUse::cpu_ns))
/// and most of that is the program's: with every small function annotated it is memopt's, and then
/// the share of blocks, bytes or peak decides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Floor {
    cpu_share: f64,
    bytes: u64,
}

impl Floor {
    /// From this share (0 to 1) of the CPU time on, or from so many bytes on.
    pub fn new(cpu_share: f64, bytes: u64) -> Self {
        Self { cpu_share, bytes }
    }

    pub(super) fn is_worth(&self, finding: &Finding) -> bool {
        let saving = &finding.saving;
        if finding.remedy.is_none() {
            return finding.share >= self.cpu_share;
        }
        saving.cpu_share >= self.cpu_share || saving.memory_bytes() >= self.bytes
    }

    /// The same where of the process's CPU time most is memopt's: at least a twentieth is the
    /// program's, and what is less than the floor of that is nothing.
    pub(super) fn may_be_worth(&self, finding: &Finding, cpu_ns: u64) -> bool {
        let time = finding.evidence.iter().find_map(|fact| match fact {
            Evidence::AllocatorTime { cpu_ns, .. } => Some(*cpu_ns),
            _ => None,
        });
        let time = time.unwrap_or(finding.saving.cpu_ns) as f64;
        time >= self.cpu_share * cpu_ns as f64 / LEAST_OWN
            || finding.saving.memory_bytes() >= self.bytes
    }
}

/// The whole over what is the program's at least.
pub(super) const LEAST_OWN: f64 = 20.0;

impl Default for Floor {
    fn default() -> Self {
        Self::new(limits::FLOOR_CPU, limits::FLOOR_BYTES)
    }
}
