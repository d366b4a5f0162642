//! Cargo's own flags: what is built, and how. They are read to be passed on.

use clap::{ArgAction, Args};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// What is built and how, in cargo's words.
#[derive(Args, Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of cargo")]
#[command(next_help_heading = "Cargo's own flags")]
pub(crate) struct Selection {
    /// The package.
    #[arg(short, long, value_name = "SPEC")]
    package: Vec<String>,
    /// All packages of the workspace.
    #[arg(long, alias = "all")]
    workspace: bool,
    /// All packages but these.
    #[arg(long, value_name = "SPEC", requires = "workspace")]
    exclude: Vec<String>,
    /// The library.
    #[arg(long)]
    lib: bool,
    /// The binary.
    #[arg(long, value_name = "NAME")]
    bin: Vec<String>,
    /// All binaries.
    #[arg(long)]
    bins: bool,
    /// The example.
    #[arg(long, value_name = "NAME")]
    example: Vec<String>,
    /// All examples.
    #[arg(long)]
    examples: bool,
    /// The test target.
    #[arg(long, value_name = "NAME")]
    test: Vec<String>,
    /// All test targets.
    #[arg(long)]
    tests: bool,
    /// The bench target.
    #[arg(long, value_name = "NAME")]
    bench: Vec<String>,
    /// All bench targets.
    #[arg(long)]
    benches: bool,
    /// All targets.
    #[arg(long)]
    all_targets: bool,
    /// Doctests; they are compiled as they are.
    #[arg(long)]
    doc: bool,
    /// Features, separated by commas or spaces.
    #[arg(short = 'F', long, value_name = "FEATURES")]
    features: Vec<String>,
    /// All features.
    #[arg(long)]
    all_features: bool,
    /// Without the feature `default`.
    #[arg(long)]
    no_default_features: bool,
    /// With the profile `release`.
    #[arg(short, long)]
    release: bool,
    /// The profile.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// The target triple.
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
    /// The folder of what is built; results are in its folder `memopt`.
    #[arg(long, value_name = "DIR")]
    target_dir: Option<PathBuf>,
    /// The `Cargo.toml`.
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
    /// Jobs at once.
    #[arg(short, long, value_name = "N")]
    jobs: Option<String>,
    /// Run all tests even if one fails.
    #[arg(long)]
    no_fail_fast: bool,
    /// Build and do not run.
    #[arg(long)]
    no_run: bool,
    /// Fail if `Cargo.lock` would change.
    #[arg(long)]
    locked: bool,
    /// Without the network.
    #[arg(long)]
    offline: bool,
    /// As `--locked` and `--offline`.
    #[arg(long)]
    frozen: bool,
    /// Packages too that ask for a later compiler.
    #[arg(long)]
    ignore_rust_version: bool,
    /// Say more of the build; twice, all of it.
    #[arg(short, long, action = ArgAction::Count)]
    verbose: u8,
    /// A flag of cargo that is not stable.
    #[arg(short = 'Z', value_name = "FLAG")]
    unstable: Vec<String>,
    /// A setting of cargo.
    #[arg(long, value_name = "KEY=VALUE|PATH")]
    config: Vec<String>,
}

impl Selection {
    /// The same for a copy of the package.
    pub(crate) fn elsewhere(&self, manifest: &Path, target: &Path) -> Self {
        Self {
            manifest_path: Some(manifest.to_owned()),
            target_dir: Some(target.to_owned()),
            ..self.clone()
        }
    }

    /// The `Cargo.toml` named.
    pub(crate) fn manifest(&self) -> Option<&Path> {
        self.manifest_path.as_deref()
    }

    /// The target folder named.
    pub(crate) fn target_dir(&self) -> Option<&Path> {
        self.target_dir.as_deref()
    }

    /// The target triple named.
    pub(crate) fn target(&self) -> Option<&str> {
        self.target.as_deref()
    }

    /// The packages named.
    pub(crate) fn packages(&self) -> &[String] {
        &self.package
    }

    /// Whether all packages are meant.
    pub(crate) fn is_workspace(&self) -> bool {
        self.workspace
    }

    /// The programs and examples named.
    pub(crate) fn programs(&self) -> Vec<&str> {
        self.bin.iter().chain(&self.example).map(String::as_str).collect()
    }

    /// The flags for tests of the whole workspace: with what features, from where.
    pub(crate) fn test_args(&self) -> Vec<OsString> {
        let mut args = Words::default();
        args.each("--features", &self.features).flag("--all-features", self.all_features);
        args.flag("--no-default-features", self.no_default_features);
        args.each("--jobs", &self.jobs).flag("--locked", self.locked);
        args.flag("--offline", self.offline).flag("--frozen", self.frozen);
        args.flag("--ignore-rust-version", self.ignore_rust_version);
        args.each("-Z", &self.unstable).each("--config", &self.config);
        args.0
    }

    /// The flags by which cargo says more.
    pub(crate) fn verbosity(&self) -> impl Iterator<Item = &'static str> {
        std::iter::repeat_n("--verbose", usize::from(self.verbose))
    }

    /// Whether nothing is to be run.
    pub(crate) fn is_build_only(&self) -> bool {
        self.no_run
    }

    /// The flags as cargo takes them, but `--target-dir`.
    pub(crate) fn cargo_args(&self) -> Vec<OsString> {
        let mut args = Words::default();
        args.each("--package", &self.package).flag("--workspace", self.workspace);
        args.each("--exclude", &self.exclude).flag("--lib", self.lib);
        args.each("--bin", &self.bin).flag("--bins", self.bins);
        args.each("--example", &self.example).flag("--examples", self.examples);
        args.each("--test", &self.test).flag("--tests", self.tests);
        args.each("--bench", &self.bench).flag("--benches", self.benches);
        args.flag("--all-targets", self.all_targets).flag("--doc", self.doc);
        args.each("--features", &self.features).flag("--all-features", self.all_features);
        args.flag("--no-default-features", self.no_default_features);
        args.flag("--release", self.release).each("--profile", &self.profile);
        args.each("--target", &self.target).each("--manifest-path", &self.manifest_path);
        args.each("--jobs", &self.jobs).flag("--no-fail-fast", self.no_fail_fast);
        args.flag("--locked", self.locked);
        args.flag("--offline", self.offline).flag("--frozen", self.frozen);
        args.flag("--ignore-rust-version", self.ignore_rust_version);
        args.each("-Z", &self.unstable).each("--config", &self.config);
        args.0
    }
}

#[derive(Default)]
struct Words(Vec<OsString>);

impl Words {
    fn flag(&mut self, name: &str, is_set: bool) -> &mut Self {
        self.0.extend(is_set.then(|| name.into()));
        self
    }

    fn each<V: AsRef<OsStr>>(
        &mut self,
        name: &str,
        values: impl IntoIterator<Item = V>,
    ) -> &mut Self {
        for value in values {
            self.0.extend([name.into(), value.as_ref().to_owned()]);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::Selection;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        selection: Selection,
    }

    #[test]
    fn flags_come_back_as_cargo_takes_them() {
        let line = Line::parse_from(["run", "-p", "shop", "--bin=till", "-F", "a b", "-r", "-j2"]);
        assert_eq!(
            line.selection.cargo_args(),
            ["--package", "shop", "--bin", "till", "--features", "a b", "--release", "--jobs", "2"]
        );
        let line = Line::parse_from(["test", "--all", "-vv", "-Z", "build-std"]);
        assert_eq!(line.selection.cargo_args(), ["--workspace", "-Z", "build-std"]);
        assert_eq!(line.selection.verbosity().collect::<Vec<_>>(), ["--verbose", "--verbose"]);
    }
}
