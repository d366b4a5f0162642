//! One call of rustc, as cargo makes it.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The arguments of a call, and what they say.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) args: Vec<OsString>,
    /// Where the root's path is among them.
    root: usize,
    pub(super) name: String,
    pub(super) is_test: bool,
    kinds: Vec<String>,
    pub(super) is_2015: bool,
    pub(super) target: Option<String>,
    /// `memopt` is among the crate's own dependencies.
    pub(super) has_memopt: bool,
    out_dir: Option<PathBuf>,
    extra: String,
    /// The package's folder and name.
    pub(super) package: PathBuf,
    pub(super) package_name: String,
}

impl Call {
    /// `None` where nothing is compiled: cargo asks for the version and the like.
    pub(super) fn read(args: &[OsString]) -> Option<Self> {
        let args = expanded(args);
        let text: Vec<_> = args.iter().map(|word| word.to_string_lossy()).collect();
        let value = |name: &str| {
            let next = |at: usize| text.get(at + 1).map(ToString::to_string);
            let joined = || text.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            text.iter()
                .position(|word| word == name)
                .and_then(next)
                .or_else(|| joined().map(str::to_owned))
        };
        let all = |name: &str| {
            let after = text.iter().zip(text.iter().skip(1));
            let after = after.filter(|(word, _)| *word == name).map(|(_, value)| value.to_string());
            after.collect::<Vec<_>>()
        };
        let root = text.iter().position(|word| word.ends_with(".rs") && !word.starts_with('-'))?;
        let extra = text.iter().find_map(|word| word.strip_prefix("extra-filename="));
        Some(Self {
            root,
            name: value("--crate-name")?,
            is_test: text.iter().any(|word| word == "--test"),
            kinds: all("--crate-type"),
            is_2015: value("--edition").is_none_or(|edition| edition == "2015"),
            target: value("--target"),
            has_memopt: all("--extern").iter().any(|found| found.starts_with("memopt=")),
            out_dir: value("--out-dir").map(PathBuf::from),
            extra: extra.unwrap_or_default().to_owned(),
            package: env::var_os("CARGO_MANIFEST_DIR")?.into(),
            package_name: env::var("CARGO_PKG_NAME").ok()?,
            args,
        })
    }

    /// The crate's root, as cargo names it.
    pub(super) fn root(&self) -> &Path {
        Path::new(&self.args[self.root])
    }

    /// The same call for another root.
    pub(super) fn with_root(&self, root: &Path) -> Vec<OsString> {
        let mut args = self.args.clone();
        root.as_os_str().clone_into(&mut args[self.root]);
        args
    }

    /// Something that runs inside the compiler, or before it.
    pub(super) fn is_for_the_build(&self) -> bool {
        self.name.starts_with("build_script_") || self.kinds.iter().any(|kind| kind == "proc-macro")
    }

    /// A program of its own.
    pub(super) fn is_executable(&self) -> bool {
        self.is_test || self.kinds.iter().any(|kind| kind == "bin")
    }

    /// The crate with its kind, for people.
    pub(super) fn unit(&self) -> String {
        let kind = match self.kinds.first() {
            _ if self.is_test => "test",
            Some(kind) => kind,
            None => "bin",
        };
        format!("{} ({kind})", self.name)
    }

    /// The file that tells cargo what was read.
    pub(super) fn dep_info(&self) -> Option<PathBuf> {
        Some(self.out_dir.as_ref()?.join(format!("{}{}.d", self.name, self.extra)))
    }
}

/// Arguments that cargo put in a file, since they are many, among the others.
fn expanded(args: &[OsString]) -> Vec<OsString> {
    let mut all = Vec::with_capacity(args.len());
    for word in args {
        let file = word.to_str().and_then(|word| word.strip_prefix('@'));
        match file.and_then(|file| fs::read_to_string(file).ok()) {
            Some(text) => all.extend(text.lines().map(|line| OsStr::new(line).to_owned())),
            None => all.push(word.clone()),
        }
    }
    all
}
