//! The layers of the crates: each room imports only from floors below it, and no two files import
//! each other. CONTRIBUTING.md says how to read what this test prints.
//!
//! It reads `use` and paths (`crate::a::b`, `super::b`, `child::b`) in what is compiled into the
//! crates, tests left out, and follows re-exports to the file that defines the name. It does not
//! see calls of methods, nor what a macro puts together.

mod edges;
mod extent;
mod lex;
mod parse;
mod planted;
mod rules;
mod tree;

use rules::Crate;
use std::path::Path;

/// The crates of the workspace and their rooms. A room is a file or a folder in `src`.
///
/// A row is a floor, the ground first. A room imports from rooms of lower floors only; rooms of one
/// floor do not know each other. A new room is given a place here.
const FLOORS: [Crate; 8] = [
    Crate {
        name: "memopt-units",
        floors: &[&["error", "methods", "near"], &["quantity", "reports"], &["duration", "size"]],
        facades: &[],
        below: &[],
        strict: true,
    },
    Crate {
        name: "memopt-report",
        floors: &[
            &["file", "label", "rank", "units", "untracked"],
            &["error"],
            &["model"],
            &["csv", "json", "text"],
            &["diff", "export"],
            &["detect"],
            &["schema"],
        ],
        facades: &[],
        below: &["memopt_report", "memopt_units"],
        strict: false,
    },
    Crate {
        name: "memopt-runtime",
        floors: &[
            &["address_space", "capacity", "machine", "process", "sync"],
            &["thread"],
            &["costs", "site"],
            &["record"],
            &["region"],
            &["heap", "tasks"],
            &["remedy"],
            &["scope"],
            &["hook"],
            &["concurrency", "dump"],
            &["optimizer"],
            &["process_report"],
            &["integrate", "spawn", "testing"],
            &["autostart"],
        ],
        // What the crate is with the feature `track` off.
        facades: &["off"],
        below: &["memopt_report", "memopt_runtime", "memopt_units"],
        strict: false,
    },
    Crate {
        name: "memopt-monitor",
        floors: &[
            &["clock", "json", "metric", "saved"],
            &["analysis", "schedule", "series"],
            &["config", "health", "source"],
            &["history", "profiles"],
            &["advice", "alerts"],
            &["rules"],
            &["governor"],
            &["program"],
            &["engine"],
            &["monitor"],
        ],
        facades: &[],
        below: &["memopt_monitor", "memopt_report", "memopt_runtime", "memopt_units"],
        strict: false,
    },
    Crate {
        name: "memopt-server",
        floors: &[
            &["hub", "role", "scrub", "uncounted"],
            &["problem"],
            &["answer", "guard", "work"],
            &["extract", "fleet", "operations"],
            &["settings"],
            &["app"],
            &["discovery", "page"],
            &["api"],
            &["events", "front", "push", "standard"],
            &["routes"],
            &["listen"],
            &["server"],
        ],
        facades: &[],
        below: &[
            "memopt_monitor",
            "memopt_report",
            "memopt_runtime",
            "memopt_server",
            "memopt_units",
        ],
        strict: false,
    },
    Crate {
        name: "cargo-memopt",
        floors: &[
            &["client", "configured", "console", "exit", "lock", "paint", "quantity", "selection"],
            &["error", "progress"],
            &["compare", "discover", "folder", "input", "insert", "instrument", "output", "page"],
            &["export", "gate", "linked", "sources", "top"],
            &["message", "session"],
            &["mcp", "proof"],
            &["commands"],
            &["cli"],
        ],
        facades: &[],
        below: &["memopt_report", "memopt_units"],
        strict: false,
    },
    Crate {
        name: "memopt-macros",
        floors: &[
            &["tokens", "manifest"],
            &["args"],
            &["model"],
            &["validate"],
            &["expand", "fallback"],
            &["attributes", "root"],
        ],
        facades: &[],
        // What they write names the facade, and of it only the part that is not for use by hand.
        below: &["memopt::__private", "memopt_units"],
        strict: true,
    },
    Crate {
        name: "memopt",
        floors: &[&["docs"]],
        facades: &[],
        below: &[
            "memopt",
            "memopt_macros",
            "memopt_monitor",
            "memopt_report",
            "memopt_runtime",
            "memopt_server",
            "memopt_units",
        ],
        strict: false,
    },
];

#[test]
fn imports_go_downward_and_in_no_circle() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a folder above");
    let violations: Vec<String> = FLOORS
        .iter()
        .flat_map(|krate| {
            let folder = root.join(krate.name);
            krate.violations(&|path| std::fs::read_to_string(folder.join(path)).ok())
        })
        .collect();
    assert!(violations.is_empty(), "{} broken:\n{}", violations.len(), violations.join("\n"));
}
