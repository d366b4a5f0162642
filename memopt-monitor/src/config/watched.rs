//! A configuration that is taken up again when its file changes.

use super::fault::ConfigError;
use super::layers::{Layers, Loaded};
use super::root::Config;
use std::path::Path;

/// A file that is looked at again and again.
///
/// Its content is compared, not its time: an editor that renames, and a folder of Kubernetes whose
/// links are exchanged, are seen like a plain write. A content counts once it was seen twice, so
/// that a half-written file does not.
#[derive(Debug)]
pub struct Watched {
    layers: Layers,
    loaded: Loaded,
    /// The content that was loaded, or refused, last.
    judged: Seen,
    /// The content that was seen last.
    seen: Seen,
    fault: Option<ConfigError>,
}

type Seen = Result<Option<String>, ConfigError>;

/// What has become of a change.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Reloaded {
    /// The new configuration is in force.
    Taken {
        /// The settings that changed.
        changed: Vec<String>,
        /// Those of them that the next start takes up.
        at_start: Vec<String>,
    },
    /// Something is wrong with the file: the configuration from before stays in force.
    Refused(ConfigError),
}

impl Watched {
    /// Loads a configuration, and watches its file.
    ///
    /// # Errors
    ///
    /// As [`Layers::load`].
    pub fn new(layers: Layers) -> Result<Self, ConfigError> {
        let text = layers.text()?;
        let loaded = layers.load_text(text.as_deref())?;
        Ok(Self { layers, loaded, judged: Ok(text.clone()), seen: Ok(text), fault: None })
    }

    /// The configuration in force.
    pub fn config(&self) -> &Config {
        &self.loaded.config
    }

    /// The configuration in force, with the origin of each value.
    pub fn loaded(&self) -> &Loaded {
        &self.loaded
    }

    /// The file that is looked at.
    pub fn path(&self) -> Option<&Path> {
        self.layers.path()
    }

    /// What stands in the file, as it was loaded or refused last.
    pub fn text(&self) -> Option<&str> {
        self.judged.as_ref().ok()?.as_deref()
    }

    /// What would come of this text in the place of the file's, with all other layers.
    ///
    /// # Errors
    ///
    /// As [`Layers::load`].
    pub fn check(&self, text: &str) -> Result<Loaded, ConfigError> {
        self.layers.load_text(Some(text))
    }

    /// What is wrong with the file as it is now. The configuration from before is in force.
    pub fn fault(&self) -> Option<&ConfigError> {
        self.fault.as_ref()
    }

    /// Checks the file for changes. `None`: nothing new to report.
    pub fn poll(&mut self) -> Option<Reloaded> {
        let now = self.layers.text();
        let settled = now == self.seen;
        self.seen = now;
        if !settled || self.seen == self.judged {
            return None;
        }
        self.judged = self.seen.clone();
        let loaded = self.seen.clone().and_then(|text| self.layers.load_text(text.as_deref()));
        match loaded {
            Ok(loaded) => {
                let mended = self.fault.take().is_some();
                let changed = self.loaded.config.differences(&loaded.config);
                let at_start =
                    changed.iter().filter(|path| Config::is_at_start(path)).cloned().collect();
                self.loaded = loaded;
                // A change of the comments is none.
                (mended || !changed.is_empty()).then_some(Reloaded::Taken { changed, at_start })
            }
            Err(error) => {
                self.fault = Some(error.clone());
                Some(Reloaded::Refused(error))
            }
        }
    }
}
