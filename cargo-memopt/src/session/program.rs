//! A program that is built and not run, and what cargo would run it with.

use super::{Session, no_cargo};
use crate::error::Error;
use crate::folder::metadata;
use crate::linked;
use cargo_metadata::Package;
use serde_json::Value;
use std::collections::BTreeSet;
use std::env;
use std::env::consts::DLL_SUFFIX;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// A program as cargo built it.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    package: Package,
    /// Where libraries lie that are loaded at its start.
    libraries: BTreeSet<PathBuf>,
}

impl Session<'_> {
    /// Builds, and says where the program is; what cargo says where it does not build.
    ///
    /// # Errors
    ///
    /// Where there are several programs, and none is the one that `cargo run` would run.
    pub(crate) fn program(&self) -> Result<Result<Program, String>, Error> {
        let prepared = self.prepare()?;
        let mut build = prepared.cargo(self).command("build");
        build.args(["--message-format", "json-render-diagnostics"]);
        let output = build.stdin(Stdio::null()).output().map_err(|error| no_cargo(&error))?;
        if !output.status.success() {
            return Ok(Err(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let messages: Vec<Value> =
            text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let packages = metadata(self.selection.manifest())?.packages;
        Program::of(&messages, &packages).map(Ok)
    }
}

impl Program {
    /// The one program that cargo's messages tell of, or that of `default-run`.
    fn of(messages: &[Value], packages: &[Package]) -> Result<Self, Error> {
        let package = |message: &Value| {
            let manifest = message["manifest_path"].as_str().unwrap_or_default();
            packages.iter().find(|package| package.manifest_path.as_str() == manifest)
        };
        let programs: Vec<&Value> =
            messages.iter().filter(|message| message["executable"].is_string()).collect();
        let is_default = |message: &&&Value| {
            let default = package(message).and_then(|package| package.default_run.as_deref());
            default.is_some() && default == message["target"]["name"].as_str()
        };
        let one = match programs.as_slice() {
            [one] => Some(one),
            many => many.iter().find(is_default),
        };
        let Some(one) = one else {
            let many =
                if programs.is_empty() { "is no program to run" } else { "are several programs" };
            return Err(Error::usage(format_args!("there {many}"), "name one with --bin"));
        };
        let path = PathBuf::from(one["executable"].as_str().unwrap_or_default());
        let package = package(one).cloned().ok_or_else(|| {
            Error::internal(format_args!("the package of `{}` is not known", path.display()))
        })?;
        Ok(Self { libraries: libraries(messages, &path), package, path })
    }

    /// The manifest of its package.
    pub(crate) fn manifest(&self) -> &Path {
        self.package.manifest_path.as_std_path()
    }

    /// The variables that `cargo run` sets, but those of `[env]` in its settings. `manifest` stands
    /// for that of a copy.
    pub(crate) fn environment(&self, manifest: &Path) -> Vec<(&'static str, OsString)> {
        let package = &self.package;
        let text = |value: &Option<String>| OsString::from(value.clone().unwrap_or_default());
        let path = |value: Option<&Path>| value.unwrap_or(Path::new("")).as_os_str().to_owned();
        let version = &package.version;
        let mut all: Vec<(&'static str, OsString)> = vec![
            ("CARGO", linked::cargo()),
            ("CARGO_MANIFEST_DIR", path(manifest.parent())),
            ("CARGO_MANIFEST_PATH", path(Some(manifest))),
            ("CARGO_PKG_NAME", package.name.to_string().into()),
            ("CARGO_PKG_VERSION", version.to_string().into()),
            ("CARGO_PKG_VERSION_MAJOR", version.major.to_string().into()),
            ("CARGO_PKG_VERSION_MINOR", version.minor.to_string().into()),
            ("CARGO_PKG_VERSION_PATCH", version.patch.to_string().into()),
            ("CARGO_PKG_VERSION_PRE", version.pre.to_string().into()),
            ("CARGO_PKG_AUTHORS", package.authors.join(":").into()),
            ("CARGO_PKG_DESCRIPTION", text(&package.description)),
            ("CARGO_PKG_HOMEPAGE", text(&package.homepage)),
            ("CARGO_PKG_REPOSITORY", text(&package.repository)),
            ("CARGO_PKG_LICENSE", text(&package.license)),
        ];
        let name = match env::consts::OS {
            "windows" => "PATH",
            "macos" => "DYLD_FALLBACK_LIBRARY_PATH",
            _ => "LD_LIBRARY_PATH",
        };
        let known = env::var_os(name).unwrap_or_default();
        let folders = self.libraries.iter().cloned().chain(env::split_paths(&known));
        // A folder whose name holds the sign between folders cannot be told.
        if let Ok(joined) = env::join_paths(folders) {
            all.push((name, joined));
        }
        all
    }
}

/// The folders of shared libraries that were built, and that build scripts named.
fn libraries(messages: &[Value], program: &Path) -> BTreeSet<PathBuf> {
    let texts = |value: &Value| -> Vec<String> {
        let all = value.as_array().into_iter().flatten();
        all.filter_map(|one| Some(one.as_str()?.to_owned())).collect()
    };
    let mut all: BTreeSet<PathBuf> = program.parent().map(Path::to_owned).into_iter().collect();
    for message in messages {
        let is_macro = texts(&message["target"]["kind"]).iter().any(|kind| kind == "proc-macro");
        let built = texts(&message["filenames"])
            .into_iter()
            .filter(|name| !is_macro && name.ends_with(DLL_SUFFIX));
        all.extend(built.filter_map(|name| Some(Path::new(&name).parent()?.to_owned())));
        // `native=/folder`.
        let named = texts(&message["linked_paths"]).into_iter();
        all.extend(named.map(|path| match path.split_once('=') {
            Some((_, path)) => path.into(),
            None => path.into(),
        }));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::Program;
    use serde_json::json;

    fn package(default_run: Option<&str>) -> cargo_metadata::Package {
        serde_json::from_value(json!({
            "name": "shop", "version": "1.2.3", "id": "shop", "dependencies": [], "targets": [],
            "features": {}, "manifest_path": "/w/Cargo.toml", "default_run": default_run,
        }))
        .unwrap()
    }

    #[test]
    fn the_program_that_cargo_would_run_is_found() {
        let program = |name: &str| {
            json!({"manifest_path": "/w/Cargo.toml", "executable": format!("/t/{name}"),
                   "target": {"name": name, "kind": ["bin"]}, "filenames": []})
        };
        let built = [program("till"), json!({"executable": null}), program("stock")];
        let found = Program::of(&built, &[package(Some("stock"))]).unwrap();
        assert_eq!(found.path.to_str(), Some("/t/stock"));
        let set = found.environment("/own/Cargo.toml".as_ref());
        let of = |name| set.iter().find(|(known, _)| *known == name).unwrap().1.to_str().unwrap();
        assert_eq!((of("CARGO_PKG_VERSION"), of("CARGO_MANIFEST_DIR")), ("1.2.3", "/own"));
        assert!(Program::of(&built, &[package(None)]).is_err());
        assert!(Program::of(&built[..1], &[package(None)]).is_ok());
        assert!(Program::of(&[], &[package(None)]).is_err());
    }
}
