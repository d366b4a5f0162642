//! A scratch workspace of four crates: a program, its library, one of the edition of 2015, and a
//! macro that does not bear attributes it does not know.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

const FILES: [(&str, &str); 11] = [
    (
        "Cargo.toml",
        "[workspace]\nresolver = \"2\"\nmembers = [\"till\", \"shop\", \"old\", \"strict\"]\n",
    ),
    (
        "till/Cargo.toml",
        "[package]\nname = \"till\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\n\
         shop = { path = \"../shop\" }\n",
    ),
    (
        "till/src/main.rs",
        r#"//! The program.
mod place;

#[cfg(target_os = "none")]
#[global_allocator]
static ALLOC: std::alloc::System = std::alloc::System;

fn main() {
    let word = std::env::args().nth(1).unwrap_or_default();
    if word == "wait" {
        println!("it waits");
    }
    while word == "wait" {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    if word == "parent" {
        let own = std::env::current_exe().unwrap();
        std::process::Command::new(own).arg("child").status().unwrap();
    }
    let items = shop::items(100);
    println!("{} {}", items.len(), old::total(&items));
    println!("{} {}", place::here(), env!("CARGO_MANIFEST_DIR").ends_with("till"));
    println!("{} {}", include_str!("../../notes.txt").trim(), include_str!("place.rs").len());
    let code = word.parse().unwrap_or(0);
    if code != 0 {
        std::process::exit(code);
    }
}

use shop::old;
"#,
    ),
    (
        "till/src/place.rs",
        r#"use std::fmt::Write;

/// Where this is.
pub fn here() -> String {
    let mut text = String::new();
    write!(text, "{}:{}:{}", file!(), line!(), column!()).unwrap();
    text
}
"#,
    ),
    (
        "shop/Cargo.toml",
        "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\n\
         old = { path = \"../old\" }\nstrict = { path = \"../strict\" }\n",
    ),
    (
        "shop/src/lib.rs",
        r#"#![forbid(unsafe_code)]
#![deny(warnings)]
pub use old;

pub fn items(n: usize) -> Vec<String> {
    (0..n).map(name).collect()
}

fn name(n: usize) -> String { format!("item {n}") }

pub struct Shelf(pub Vec<u8>);

#[strict::strict]
impl Shelf {
    pub fn new() -> Self {
        Shelf(Vec::with_capacity(10))
    }

    pub const fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn items_have_names() {
        assert_eq!(super::items(2), ["item 0", "item 1"]);
        assert_eq!(super::Shelf::new().len(), 0);
    }
}
"#,
    ),
    ("old/Cargo.toml", "[package]\nname = \"old\"\nversion = \"0.1.0\"\n"),
    (
        "old/src/lib.rs",
        "//! The edition of 2015: a root that syn cannot read, as a parameter has no name.\n\nmod \
         sums;\npub use sums::total;\n\npub trait Add {\n    fn add(&mut self, u64);\n}\n",
    ),
    ("old/src/sums.rs", "pub fn total(items: &[String]) -> usize {\n    items.concat().len()\n}\n"),
    (
        "strict/Cargo.toml",
        "[package]\nname = \"strict\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[lib]\n\
         proc-macro = true\n",
    ),
    (
        "strict/src/lib.rs",
        r#"use proc_macro::{TokenStream, TokenTree};

#[proc_macro_attribute]
pub fn strict(_: TokenStream, item: TokenStream) -> TokenStream {
    if let Some(at) = find(item.clone()) {
        let text = "compile_error!(\"an attribute that strict does not know\");";
        let error: TokenStream = text.parse().unwrap();
        return error.into_iter().map(|mut token| { token.set_span(at); token }).collect();
    }
    item
}

fn find(tokens: TokenStream) -> Option<proc_macro::Span> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(word) if word.to_string() == "track_alloc" => Some(word.span()),
        TokenTree::Group(group) => find(group.stream()),
        _ => None,
    })
}
"#,
    ),
];

/// The workspace, in a folder of its own, with a target folder of its own: cargo takes copies of a
/// workspace for one. They share the memopt that is linked, so that it is compiled once.
pub(crate) struct Workspace {
    folder: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// The four crates.
    pub(crate) fn new(name: &str) -> Self {
        let files = FILES.iter().chain(&[("notes.txt", "a note\n")]);
        Self::of(name, files.map(|(file, text)| (*file, (*text).to_owned())))
    }

    /// Other files.
    pub(crate) fn of(name: &str, files: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let tmp = Path::new(env!("CARGO_TARGET_TMPDIR")).join("instrument");
        // Tests of two checkouts may share a target folder: each run has its own.
        let own = format!("{name}-{}", std::process::id());
        forget_ended(&tmp);
        let (folder, target) = (tmp.join(&own), tmp.join(format!("{own}-target")));
        // A process that ended may have had the same number.
        for path in [&folder, &target] {
            let _ = fs::remove_dir_all(path);
        }
        for (file, text) in files {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        fs::create_dir_all(target.join("memopt")).unwrap();
        #[cfg(unix)]
        {
            let linked = tmp.join("linked");
            fs::create_dir_all(&linked).unwrap();
            std::os::unix::fs::symlink(linked, target.join("memopt/linked")).unwrap();
        }
        let workspace = Self { folder, target };
        assert!(workspace.cargo(&["generate-lockfile", "--offline"]).status.success());
        workspace
    }

    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }

    /// A file of the results.
    pub(crate) fn result(&self, name: &str) -> String {
        fs::read_to_string(self.target.join("memopt").join(name)).unwrap()
    }

    /// Where a file of the results is.
    pub(crate) fn place(&self, name: &str) -> String {
        self.target.join("memopt").join(name).display().to_string()
    }

    pub(crate) fn memopt(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    pub(crate) fn cargo(&self, args: &[&str]) -> Output {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        self.called(Command::new(cargo).args(args))
    }

    /// Git, as somebody.
    pub(crate) fn git(&self, args: &[&str]) -> Output {
        let who = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.com"];
        // No setting of whoever runs the tests: a commit may have to be signed there.
        let mut git = Command::new("git");
        git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        // A hook of git that runs these tests names its own repository.
        for named in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX"] {
            git.env_remove(named);
        }
        let output = self.called(git.args(who).args(args));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output
    }

    /// The command with these arguments, not yet started.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-memopt"));
        command.arg("memopt").args(args);
        self.here(&mut command);
        command
    }

    fn here(&self, command: &mut Command) {
        command.current_dir(&self.folder).env("CARGO_TARGET_DIR", &self.target);
        command.env("CARGO_NET_OFFLINE", "true");
        // No setting of whoever runs the tests: each would build or print otherwise.
        for named in [
            "RUSTFLAGS",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_BUILD_TARGET",
            "CARGO_TERM_COLOR",
            "NO_COLOR",
            "RUSTC_WRAPPER",
            "RUSTC_WORKSPACE_WRAPPER",
        ] {
            command.env_remove(named);
        }
    }

    fn called(&self, command: &mut Command) -> Output {
        self.here(command);
        command.output().unwrap()
    }

    /// All files with their content.
    pub(crate) fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut all = BTreeMap::new();
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.ends_with(".git") {
                    continue;
                }
                if path.is_dir() {
                    folders.push(path);
                } else {
                    all.insert(path.clone(), fs::read(path).unwrap());
                }
            }
        }
        all
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        // What failed is there to be looked at, until the next run.
        if !std::thread::panicking() {
            for path in [&self.folder, &self.target] {
                let _ = fs::remove_dir_all(path);
            }
        }
    }
}

/// Removes what earlier runs left that have ended: the number of the process is in the name.
fn forget_ended(tmp: &Path) {
    for entry in fs::read_dir(tmp).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let pid = name.trim_end_matches("-target").rsplit('-').next().unwrap_or_default();
        let Ok(pid) = pid.parse::<u32>() else { continue };
        // The shell has a `kill` of its own, where there is no such program.
        let lives = Command::new("sh").args(["-c", &format!("kill -0 {pid}")]).output();
        // Where that cannot be asked nothing is removed.
        if pid != std::process::id() && lives.is_ok_and(|said| !said.status.success()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
