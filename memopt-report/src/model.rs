//! The data of reports: plain values.
//!
//! A `report` has `totals`, `site`s with their `stat`istics, the scope `tree`, what remedies hold
//! (`reclaimable`), what the optimizer did (`action`, with an `edit`) and the `heap`; `concurrency`
//! has the threads and tasks alive; `served` says what did not come from the allocator; `costs` is
//! what allocator calls cost, `process` what the system says of the process; `since` takes an
//! earlier report out of a later one; `merge` adds that of another process; `estimate` says how
//! sure a sampled figure is; `find` looks a site up.

pub(crate) mod action;
pub(crate) mod concurrency;
pub(crate) mod costs;
pub(crate) mod edit;
pub(crate) mod estimate;
pub(crate) mod find;
pub(crate) mod heap;
pub(crate) mod merge;
pub(crate) mod process;
pub(crate) mod reclaimable;
pub(crate) mod report;
pub(crate) mod served;
pub(crate) mod since;
pub(crate) mod site;
pub(crate) mod site_id;
pub(crate) mod stat;
pub(crate) mod status;
pub(crate) mod totals;
pub(crate) mod tree;
