//! From where on a finding is worth telling.

use super::finding::Finding;
use super::limits;

/// From where on a finding is worth telling: it saves at least this share of the CPU time, or at
/// least so many bytes of memory. The default is 1 % and 1 MiB.
///
/// Applies where the report knows its CPU time ([`ProcessUse::cpu_ns`](crate::ProcessUse::cpu_ns))
/// and most of that is the program's: with every small function annotated it is memopt's, and then
/// the share of blocks, bytes or peak decides alone.
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

    /// The same where the CPU time tells nothing: of findings about memory alone.
    pub(super) fn is_enough_memory(&self, finding: &Finding) -> bool {
        let saving = &finding.saving;
        let about_calls = saving.allocs + saving.reallocs > 0 || finding.remedy.is_none();
        about_calls || saving.memory_bytes() >= self.bytes
    }
}

impl Default for Floor {
    fn default() -> Self {
        Self::new(limits::FLOOR_CPU, limits::FLOOR_BYTES)
    }
}
