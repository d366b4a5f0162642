//! The options that `run`, `test`, `bench` and `fix` share.

use super::Task;
use crate::instrument::choice::Choice;
use std::path::Path;

/// What is instrumented and what is written.
#[derive(clap::Args, Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(next_help_heading = "What is measured")]
pub(crate) struct Options {
    /// Only functions that this names: `take`, `Pool::take`, `shop::pool`, `shop::*::new`.
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    only: Vec<String>,
    /// All but these functions.
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    skip: Vec<String>,
    /// Only functions in modules nested at most this deep; 0 is the crate's root.
    #[arg(long, value_name = "N")]
    depth: Option<usize>,
    /// Also functions that reach no allocation by what they call.
    #[arg(long)]
    every: bool,
    /// Also instrument these dependencies.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    crates: Vec<String>,
    /// Instrument no function: only the allocator, and samples of the heap with their stacks.
    #[arg(long, conflicts_with_all = ["only", "skip", "depth", "every", "crates"])]
    no_attributes: bool,
    /// Sample the heap with stacks: the mean bytes between two samples, or `exact`.
    #[arg(long, value_name = "RATE", num_args = 0..=1, require_equals = true,
          default_missing_value = "512KiB")]
    heap: Option<String>,
    /// Write a flamegraph, as SVG.
    #[arg(long)]
    flamegraph: bool,
    /// Let the optimizer try remedies while the program runs.
    #[arg(long)]
    optimize: bool,
    /// One table of the program and all processes that it starts.
    #[arg(long)]
    children: bool,
    /// Rows of the table, at most.
    #[arg(long, value_name = "N", default_value_t = 20)]
    sites: usize,
}

impl Options {
    /// No function is counted by itself.
    pub(crate) fn allocator_alone() -> Self {
        Self { no_attributes: true, ..Self::default() }
    }

    pub(super) fn choice(&self) -> Choice {
        Choice {
            only: self.only.clone(),
            skip: self.skip.clone(),
            depth: self.depth,
            every: self.every,
            none: self.no_attributes,
        }
    }

    pub(super) fn crates(&self) -> Vec<String> {
        self.crates.clone()
    }

    pub(super) fn has_children(&self) -> bool {
        self.children
    }

    pub(super) fn sites(&self) -> usize {
        self.sites
    }

    /// What the program is told.
    pub(super) fn environment(&self, results: &Path, task: Task) -> Vec<(&'static str, String)> {
        let file = |ending: &str| results.join(format!("{{pid}}{ending}")).display().to_string();
        let mut parts = vec![format!("json:{}", file(".json"))];
        if self.flamegraph {
            parts.push(format!("flamegraph:{}", file(".svg")));
        }
        let heap = match &self.heap {
            None => self.no_attributes.then(|| "512KiB".to_owned()),
            Some(rate) if rate == "exact" => Some("exact-stacks".to_owned()),
            Some(rate) => Some(rate.clone()),
        };
        let mut all = Vec::new();
        if let Some(rate) = heap {
            parts.push(format!("heap:{}", file(".pb.gz")));
            if self.flamegraph {
                parts.push(format!("heap:{}", file(".heap.svg")));
            }
            all.push(("MEMOPT_HEAP", rate));
        }
        all.push(("MEMOPT_REPORT", parts.join(",")));
        if task == Task::Run {
            all.push(("MEMOPT_SIGNALS", "1".to_owned()));
        }
        if self.optimize {
            all.push(("MEMOPT_OPTIMIZE", "1".to_owned()));
        }
        all
    }
}
