//! Shows what memopt's monitor knows: a REST API, metrics for Prometheus, profiles in pprof's
//! format and pages.
//!
//! Use it through the `memopt` crate, feature `server`, as `memopt::monitor::server`.
//!
//! ```no_run
//! # mod memopt { pub mod monitor { pub use {memopt_monitor::*, memopt_server as server}; } }
//! let monitor = memopt::monitor::start()?;
//! let server = memopt::monitor::server::start(&monitor)?;
//! println!("look at {}", server.url().unwrap_or_default());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// docs/architecture/server.md has the rooms, the contract and the way of one request.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::float_cmp, reason = "tests compare what is exact"))]

mod answer;
mod api;
mod app;
mod discovery;
mod events;
mod extract;
mod fleet;
mod front;
mod guard;
mod hub;
mod listen;
mod operations;
mod page;
mod problem;
#[cfg(any(feature = "otlp", feature = "pyroscope"))]
mod push;
mod role;
mod routes;
mod scrub;
mod server;
mod settings;
mod standard;
mod uncounted;
mod work;

pub use self::discovery::{Found, discover};
pub use self::fleet::FleetSource;
pub use self::role::Role;
pub use self::server::{Builder, Server, StartError, builder, start};
pub use self::settings::{Limits, Push, Settings, SettingsError, Tls};

/// The description of the API, `OpenAPI` 3.1 as JSON.
pub fn openapi() -> String {
    api::description()
}
