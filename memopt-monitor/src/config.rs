//! The configuration: one schema, from which reading, template, JSON schema and the names of the
//! environment variables are made.
//!
//! Defaults are replaced by the file `memopt.toml`, that by the environment, and that by the
//! builder. All mistakes are reported at once, with file, line and column. This room knows what can
//! be set, and nothing of what is done with it.

mod amount;
mod check;
mod duration;
mod fault;
mod json_schema;
mod layers;
mod listen;
mod masked;
mod matcher;
mod root;
mod scalar;
mod secret;
mod section;
mod sections;
mod template;
mod value;
mod watched;

pub(crate) use self::check::references;

pub use self::amount::{Amount, AmountUnit, format_value};
pub use self::duration::format_duration;
pub use self::fault::{ConfigError, Fault, Origin};
pub use self::json_schema::json_schema;
pub use self::layers::{Layers, Loaded};
pub use self::listen::Listen;
#[doc(hidden)]
pub use self::masked::{masked, unmasked};
pub use self::matcher::{Matcher, glob, is_label};
pub use self::root::Config;
pub use self::secret::{Address, Secret, Token};
pub use self::sections::alerts::{
    AlertRule, Alerts, Inhibition, Severity, SinkConfig, SinkKind, Watch,
};
pub use self::sections::collect::{HeapSampling, Monitoring, Profiling};
pub use self::sections::judge::{Analysis, Optimization, Optimize, Thresholds};
pub use self::sections::keep::{Retention, Storage};
pub use self::sections::rules::{ActionConfig, ActionKind, CollectionRule, Mode, Rules};
pub use self::sections::server::{Push, Server, ServerLimits};
pub use self::template::{markdown, template};
pub use self::value::{Labels, Ratio, Size};
pub use self::watched::{Reloaded, Watched};

#[cfg(test)]
mod tests;
