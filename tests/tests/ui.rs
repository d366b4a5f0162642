//! One misuse a file: the compiler's whole answer is compared, so that a mistake stays one message
//! and that message stays good.
//!
//! To accept new answers: `TRYBUILD=overwrite cargo test -p memopt-tests --test ui`.

use std::process::Command;

/// The compiler whose words the files hold; others put some of them differently.
const COMPILER: &str = "rustc 1.95.";

#[test]
fn each_misuse_has_its_answer() {
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(compiler)
        .arg("--version")
        .output()
        .expect("rustc runs where cargo does")
        .stdout;
    let version = String::from_utf8_lossy(&version).into_owned();
    if !version.starts_with(COMPILER) {
        eprintln!(
            "NOTE: the compile-fail cases were NOT compared: their answers are those of {COMPILER}x, this is {version}"
        );
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
