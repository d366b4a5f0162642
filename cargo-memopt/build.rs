//! Leaves line tables out of the command as it is installed: they are three quarters of its size.
//!
//! `strip` belongs to a profile, and the profile to the workspace, whose programs print the lines
//! of their stacks. Names stay, so a panic still says where.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is_set = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    let links_elf = ["linux", "android", "freebsd", "netbsd", "openbsd", "dragonfly"]
        .iter()
        .any(|os| is_set("CARGO_CFG_TARGET_OS", os));
    if is_set("PROFILE", "release") && links_elf {
        println!("cargo::rustc-link-arg-bins=-Wl,--strip-debug");
    }
}
