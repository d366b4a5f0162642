//! `target/memopt`: where everything that the command writes is.

use crate::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// What says that a folder can be made anew: <https://bford.info/cachedir/>.
const TAG: &str = "Signature: 8a477f597d28d172789f06886806bc55\n";

/// The folder `memopt` in the target folder of a workspace.
#[derive(Clone, Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// That of a target folder, made where it is missing.
    pub(crate) fn of_target(target: &Path) -> Result<Self, Error> {
        let path = target.join("memopt");
        fs::create_dir_all(&path).map_err(|error| Error::file("create", &path, &error))?;
        let tag = path.join("CACHEDIR.TAG");
        if !tag.exists() {
            // Back-ups and our own copies leave such folders out.
            fs::write(&tag, TAG).map_err(|error| Error::file("write", &tag, &error))?;
        }
        Ok(Self(path))
    }

    /// That of the workspace in the current folder, or of the package that `manifest` belongs to.
    pub(crate) fn find(manifest: Option<&Path>, target: Option<&Path>) -> Result<Self, Error> {
        if let Some(target) = target {
            return Self::of_target(target);
        }
        Self::of_target(metadata(manifest)?.target_directory.as_std_path())
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// A folder in it, made where it is missing.
    pub(crate) fn sub(&self, name: &str) -> Result<PathBuf, Error> {
        let path = self.0.join(name);
        fs::create_dir_all(&path).map_err(|error| Error::file("create", &path, &error))?;
        Ok(path)
    }
}

/// What cargo says of the workspace in the current folder, without its dependencies.
pub(crate) fn metadata(manifest: Option<&Path>) -> Result<cargo_metadata::Metadata, Error> {
    let mut command = cargo_metadata::MetadataCommand::new();
    command.no_deps();
    if let Some(manifest) = manifest {
        command.manifest_path(manifest);
    }
    command.exec().map_err(|error| {
        let text = error.to_string();
        let text = text.trim().trim_start_matches("`cargo metadata` exited with an error: ");
        Error::usage(
            text.trim_start_matches("error: "),
            "run it in the folder of a package, or name one with --manifest-path",
        )
    })
}
