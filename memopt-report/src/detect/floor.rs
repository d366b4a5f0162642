//! From where on a finding is worth telling.

use super::finding::Finding;
use super::limits;

/// From where on a finding is worth telling: it saves at least this share of the CPU time, or at
/// least so many bytes of memory. The default is 1 % and 1 MiB.
///
/// Applies where the report knows its CPU time ([`ProcessUse::cpu_ns`](crate::ProcessUse::cpu_ns)).
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
        saving.cpu_share >= self.cpu_share
            || saving.peak_bytes.max(saving.retained_bytes) >= self.bytes
    }
}

impl Default for Floor {
    fn default() -> Self {
        Self::new(limits::FLOOR_CPU, limits::FLOOR_BYTES)
    }
}
