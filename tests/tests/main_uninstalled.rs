//! `#[memopt::main]` in a program without `memopt::Alloc`: what cannot be written says why, and not
//! that a variable is to be set which is set.

use std::path::PathBuf;
use std::process::Command;

const CHILD: &str = "MEMOPT_TESTS_CHILD";

#[memopt::main]
fn main() {
    if std::env::var_os(CHILD).is_some() {
        return;
    }
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("main_uninstalled.txt");
    let cannot = format!("memopt: cannot write {}: ", path.display());
    let asked = [
        (
            Some("exact"),
            "what MEMOPT_HEAP asks for did not start: no block can be sampled: `memopt",
        ),
        (Some("off"), "no block was sampled: memopt::Alloc is not the global allocator"),
        (None, "no block was sampled: memopt::Alloc is not the global allocator"),
    ];
    for (heap, why) in asked {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.env_remove("MEMOPT_HEAP").envs(heap.map(|heap| ("MEMOPT_HEAP", heap)));
        command.env(CHILD, "1").env("MEMOPT_REPORT", format!("heap:{}", path.display()));
        let output = command.output().expect("runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        let told = said.lines().find_map(|line| line.strip_prefix(&cannot)).expect(&said);
        assert!(told.starts_with(why), "{told}");
        assert_eq!(told.contains("set MEMOPT_HEAP="), heap != Some("exact"), "{told}");
        assert!(!path.exists());
    }
    println!("main_uninstalled: ok");
}
