//! Proves that attributes which are switched off cost nothing: compiles `benches/off` to assembly
//! with the attributes and without, and fails unless both give the same instructions.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{ExitCode, Stdio};

use memopt_benches::asm::{Function, functions};
use memopt_benches::{Result, build};

fn main() -> ExitCode {
    memopt_benches::exit(compare)
}

fn compare() -> Result<bool> {
    let plain = functions(&std::fs::read_to_string(assembly(false)?)?);
    let annotated = functions(&std::fs::read_to_string(assembly(true)?)?);
    let mut differing = 0;
    for function in &plain {
        match annotated.iter().find(|other| other.name == function.name) {
            Some(other) if other.lines == function.lines => {}
            Some(other) => {
                differing += 1;
                report(function, other);
            }
            None => {
                differing += 1;
                println!("`{}` is missing with attributes", function.name);
            }
        }
    }
    for extra in
        annotated.iter().filter(|other| !plain.iter().any(|function| function.name == other.name))
    {
        differing += 1;
        println!("`{}` is only there with attributes", extra.name);
    }
    let lines: usize = plain.iter().map(|function| function.lines.len()).sum();
    println!("{} functions, {lines} lines of assembly, {differing} functions differ", plain.len());
    if plain.is_empty() {
        return Err("no function was found in the assembly".into());
    }
    Ok(differing == 0)
}

/// Compiles the crate and returns its assembly.
fn assembly(annotated: bool) -> Result<PathBuf> {
    let target = build::target()?;
    let (name, features): (_, &[&str]) = if annotated {
        ("off-annotated.s", &["--features", "annotated"])
    } else {
        ("off-plain.s", &[])
    };
    let file = target.join(name);
    let mut emit = OsString::from("asm=");
    emit.push(&file);
    let status = build::cargo()
        .args([
            "rustc",
            "--quiet",
            "--package",
            "memopt-off",
            "--lib",
            "--release",
            "--manifest-path",
        ])
        .arg(build::root().join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .args(features)
        // One unit, else which function lands in which decides what is inlined.
        .args(["--", "-C", "codegen-units=1", "--emit"])
        // A name of its own: cargo calls rustc only when something has changed, and the file of the
        // last time is then still right.
        .arg(emit)
        .stderr(Stdio::inherit())
        .status()?;
    if !status.success() {
        return Err(format!("cargo could not compile `memopt-off`: {status}").into());
    }
    Ok(file)
}

fn report(plain: &Function, annotated: &Function) {
    println!(
        "`{}` differs: {} lines without, {} with attributes",
        plain.name,
        plain.lines.len(),
        annotated.lines.len()
    );
    let pair = plain.lines.iter().zip(&annotated.lines).find(|(left, right)| left != right);
    if let Some((left, right)) = pair {
        println!("  without: {left}\n  with:    {right}");
    }
}
