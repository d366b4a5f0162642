//! What the system says of the process.

#[cfg(feature = "json")]
use serde::{Deserialize, Serialize};

/// CPU time, memory and threads of the process, as the system counts them; each is absent if the
/// system does not report it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize), serde(default))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ProcessUse {
    /// CPU time of all threads over the time of the report, ns, without what memopt's own reports
    /// took.
    #[cfg_attr(feature = "json", serde(skip_serializing_if = "Option::is_none"))]
    pub cpu_ns: Option<u64>,
    /// Resident bytes when the report was made.
    #[cfg_attr(feature = "json", serde(skip_serializing_if = "Option::is_none"))]
    pub resident_bytes: Option<u64>,
    /// Most resident bytes since the process began.
    #[cfg_attr(feature = "json", serde(skip_serializing_if = "Option::is_none"))]
    pub peak_resident_bytes: Option<u64>,
    /// Threads when the report was made, those that never allocated included.
    #[cfg_attr(feature = "json", serde(skip_serializing_if = "Option::is_none"))]
    pub threads: Option<u64>,
    /// Time since the process was started, ns.
    #[cfg_attr(feature = "json", serde(skip_serializing_if = "Option::is_none"))]
    pub wall_ns: Option<u64>,
    /// When the program's file was written last, nanoseconds since 1970. Source that is newer is
    /// not what it was compiled from.
    #[cfg_attr(feature = "json", serde(skip_serializing_if = "Option::is_none"))]
    pub built_at_unix_ns: Option<u64>,
}

impl ProcessUse {
    /// These figures; `None` where one is not known.
    pub fn new(
        cpu_ns: Option<u64>,
        resident_bytes: Option<u64>,
        peak_resident_bytes: Option<u64>,
    ) -> Self {
        Self { cpu_ns, resident_bytes, peak_resident_bytes, ..Self::default() }
    }
}
