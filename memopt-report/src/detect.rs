//! Rules that read a report and state findings, one file a rule.
//!
//! A rule is a pure function from one site (a `subject`, beside the whole report) to a claim or
//! nothing; `judge` lists the rules and makes a `finding` of what they say, with its `evidence` and
//! its `edit`. To add one: a file with a `RULE`, a line in the list, cases where it must speak and
//! where it must not. Thresholds stand in `limits`.
//!
//! `fate` says where a site's blocks are freed, `source` what its function makes by its look,
//! `group` puts methods of one type together, `floor` is what is worth telling.
//!
//! `task_leak` and `leak` read what was seen over time. `findings` is the list that a reader gets,
//! `render` prints one of it with the line of `source`.

mod arena;
mod batch;
mod borrow;
mod bound;
mod dependency;
mod edit;
mod evidence;
mod fate;
mod finding;
mod findings;
mod floor;
mod grid;
mod group;
mod hoist;
mod hot;
mod inline;
mod json;
mod judge;
mod key;
mod large_variant;
mod lazy;
pub mod leak;
mod limits;
mod pool;
mod presize;
mod render;
mod reuse;
mod rule;
mod saving;
mod served;
mod share;
mod short;
mod shrink;
mod source;
mod stream;
mod subject;
mod task_leak;
#[cfg(test)]
mod tests;
mod values;

pub use self::evidence::Evidence;
pub use self::finding::{Finding, Severity};
pub use self::findings::{Findings, FindingsTable, LookedAt};
pub use self::floor::Floor;
pub use self::saving::{Quantity, Saving};
