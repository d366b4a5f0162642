//! What `#[memopt::main]` says where memopt is built without tracking.
#![forbid(unsafe_code)]
#![deny(warnings)]

#[cfg(not(feature = "track"))]
const CHILD: &str = "MEMOPT_TESTS_CHILD";

/// With tracking there is nothing to see here.
#[cfg(feature = "track")]
fn main() {}

#[cfg(not(feature = "track"))]
#[memopt::main(report = "text")]
fn main() {
    if std::env::var_os(CHILD).is_some() {
        return;
    }
    let silent: [&[(&str, &str)]; 3] =
        [&[], &[("MEMOPT_REPORT", "off")], &[("MEMOPT_REPORT", "text"), ("MEMOPT_QUIET", "1")]];
    for variables in silent {
        assert_eq!(said(variables), "", "{variables:?}");
    }
    for (variables, start) in [
        (&[("MEMOPT_REPORT", "text")][..], "memopt: MEMOPT_REPORT is set, but memopt is built"),
        (&[("MEMOPT_REPORT", "nonsense")], "memopt: MEMOPT_REPORT is set, but memopt is built"),
        (
            &[("MEMOPT_HEAP", "exact")],
            "memopt: MEMOPT_HEAP is set, but memopt is built without its",
        ),
    ] {
        let said = said(variables);
        assert!(said.starts_with(start), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    println!("off_main: ok");
}

/// What this program says on the standard error stream with these variables.
#[cfg(not(feature = "track"))]
fn said(variables: &[(&str, &str)]) -> String {
    let mut program = std::process::Command::new(std::env::current_exe().unwrap());
    for name in ["MEMOPT_REPORT", "MEMOPT_HEAP", "MEMOPT_QUIET"] {
        program.env_remove(name);
    }
    let output = program.env(CHILD, "1").envs(variables.iter().copied()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}
