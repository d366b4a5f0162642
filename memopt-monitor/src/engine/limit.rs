//! How much memory may be used, and how urgently it is needed.

use super::Engine;
use crate::alerts::{Limit, Unknown};
use crate::metric::Metric;
use crate::series::Key;
use crate::source::{cgroup, host, process};
use memopt_runtime::remedy::Pressure;

impl Engine {
    /// How urgently memory is needed: by the share of the limit that is in use.
    pub(super) fn pressure(&self) -> Pressure {
        let thresholds = &self.settings.config().thresholds;
        let used = self
            .limit()
            .ok()
            .and_then(|limit| Some(self.frame.get(&limit.used)? / limit.bytes.max(1) as f64));
        match used {
            Some(used) if used >= thresholds.pressure_critical.0 => Pressure::Critical,
            Some(used) if used >= thresholds.pressure_medium.0 => Pressure::Medium,
            Some(used) if used >= thresholds.pressure_low.0 => Pressure::Low,
            _ => Pressure::None,
        }
    }

    /// The memory limit in force: the one that was set, else the one of the control groups that is
    /// reached first, else the memory of the machine, which no group can exceed.
    pub(super) fn limit(&self) -> Result<Limit, Unknown> {
        let bytes = |metric: Metric| self.frame.get(&Key::new(metric.name));
        let limit = |bytes: f64, name: &str, used: Key| Limit {
            bytes: bytes as u64,
            name: name.to_owned(),
            used,
        };
        let resident = Key::new(process::RESIDENT.name);
        if let Some(set) = self.config().thresholds.memory_limit {
            return Ok(limit(set.0 as f64, "thresholds.memory_limit", resident));
        }
        let memory = bytes(host::MEMORY);
        let is_reached = |bytes: &f64| memory.is_none_or(|memory| *bytes < memory);
        if let Some(first) = bytes(cgroup::LIMIT).filter(is_reached) {
            let by_group = |metric: Metric| {
                let mut readings = self.frame.readings().iter().map(|(key, _)| key);
                readings.find(|key| *key.metric == *metric.name)
            };
            let group = by_group(cgroup::LIMIT_OF).and_then(|key| key.label.as_ref());
            let name = group.map(|(_, group)| format!("cgroup {group}"));
            let used = by_group(cgroup::LIMIT_USED).cloned();
            let used = used.unwrap_or_else(|| Key::new(cgroup::WORKING_SET.name));
            return Ok(limit(first, name.as_deref().unwrap_or("cgroup"), used));
        }
        let memory = memory
            .ok_or_else(|| Unknown::because("neither a limit nor the machine's memory is known"))?;
        Ok(limit(memory, "memory of the machine", resident))
    }
}
