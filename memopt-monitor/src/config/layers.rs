//! Defaults, file, environment and builder, laid over each other.

use super::check::check;
use super::fault::{ConfigError, Fault, Origin};
use super::listen::Listen;
use super::root::Config;
use super::section::{Reader, Section as _, SetError};
use super::value::Raw;
use memopt_units::did_you_mean;
use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What every environment variable of the monitor begins with.
const PREFIX: &str = "MEMOPT_MONITOR_";

/// The variable that names the file.
const FILE: &str = "MEMOPT_MONITOR_CONFIG";

/// The file that is read where none is named.
const DEFAULT_FILE: &str = "memopt.toml";

/// A larger file is no configuration.
const LONGEST: u64 = 1 << 20;

type Change = Arc<dyn Fn(&mut Config) + Send + Sync>;

/// Where a configuration comes from. It can be loaded again and again.
#[derive(Clone)]
pub struct Layers {
    /// As it was named: messages have this.
    file: Option<PathBuf>,
    /// Where it is.
    place: Option<PathBuf>,
    /// Where a relative path begins: a program that changes its folder later, as one in the
    /// background does, keeps its settings and its store.
    folder: PathBuf,
    /// Whether the file was named, and must be there.
    named: bool,
    environment: Vec<(String, String)>,
    set: Vec<(String, String)>,
    changes: Vec<Change>,
}

/// A configuration, and where each of its values was given.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// The origin of each value that is not the default.
    pub origins: BTreeMap<String, Origin>,
}

impl Default for Layers {
    fn default() -> Self {
        Self::new()
    }
}

impl Layers {
    /// The defaults alone. Relative paths, those in the settings too, begin in the current folder
    /// of now.
    pub fn new() -> Self {
        Self {
            file: None,
            place: None,
            // Where nobody can tell it, a path stays relative.
            folder: std::env::current_dir().unwrap_or_default(),
            named: false,
            environment: Vec::new(),
            set: Vec::new(),
            changes: Vec::new(),
        }
    }

    /// `memopt.toml` in the current folder if it is there, or the file that
    /// `MEMOPT_MONITOR_CONFIG` names, and the environment of the process.
    pub fn of_process() -> Self {
        // A variable of another encoding is none of these.
        let environment = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Self::new().read(DEFAULT_FILE.into()).environment(environment)
    }

    fn read(mut self, file: PathBuf) -> Self {
        self.place = Some(self.folder.join(&file));
        self.file = Some(file);
        self
    }

    /// Reads this file, which must be there.
    #[must_use]
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.named = true;
        self.read(path.into())
    }

    /// Takes variables whose names begin with `MEMOPT_MONITOR_`; others are left alone.
    #[must_use]
    pub fn environment(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        for (name, value) in variables {
            if name == FILE && !value.is_empty() {
                self = self.file(value);
            } else if name.starts_with(PREFIX) && name != FILE {
                self.environment.push((name, value));
            }
        }
        self.environment.sort();
        self
    }

    /// Sets one value as the environment does: `set("monitoring.interval", "250 ms")`.
    #[must_use]
    pub fn set(mut self, path: impl Into<String>, value: impl Into<String>) -> Self {
        self.set.push((path.into(), value.into()));
        self
    }

    /// Changes the configuration last, at each loading.
    #[must_use]
    pub fn with(mut self, change: impl Fn(&mut Config) + Send + Sync + 'static) -> Self {
        self.changes.push(Arc::new(change));
        self
    }

    /// The file that is read.
    pub fn path(&self) -> Option<&Path> {
        self.place.as_deref()
    }

    /// Loads all layers.
    ///
    /// # Errors
    ///
    /// Where anything is wrong: all of it, each with its place.
    pub fn load(&self) -> Result<Loaded, ConfigError> {
        let text = self.text()?;
        self.load_text(text.as_deref())
    }

    /// What stands in the file; none where it need not be there and is not.
    pub(super) fn text(&self) -> Result<Option<String>, ConfigError> {
        let (Some(path), Some(place)) = (&self.file, &self.place) else { return Ok(None) };
        let fault = |what: &dyn fmt::Display| {
            ConfigError::of(format!("`{}` cannot be read: {what}", path.display()))
        };
        let mut bytes = Vec::new();
        let read =
            File::open(place).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes));
        match read {
            Err(error) if error.kind() == ErrorKind::NotFound && !self.named => return Ok(None),
            Err(error) => return Err(fault(&error)),
            Ok(_) if bytes.len() as u64 > LONGEST => {
                return Err(fault(&"it is larger than 1 MiB, and a configuration is not"));
            }
            Ok(_) => {}
        }
        String::from_utf8(bytes).map(Some).map_err(|_| fault(&"it is not UTF-8"))
    }

    pub(super) fn load_text(&self, text: Option<&str>) -> Result<Loaded, ConfigError> {
        let mut config = Config::default();
        let known = Config::paths();
        let file = self.file.as_ref().map_or_else(String::new, |path| path.display().to_string());
        let mut reader = Reader::new(&file, text.unwrap_or_default(), &known);
        if let Some(text) = text {
            match toml_span::parse(text) {
                Ok(value) => {
                    if let Some(table) = value.as_table() {
                        config.read(&mut reader, "", table);
                    }
                }
                Err(error) => {
                    let origin = Some(reader.origin(error.span.start));
                    let message = format!("no TOML: {}", error.to_string().replace('\n', " "));
                    return Err(ConfigError::new(vec![Fault {
                        origin,
                        path: String::new(),
                        message,
                    }]));
                }
            }
        }
        let Reader { mut faults, mut origins, .. } = reader;
        // The tables are a map by name; people read from the top.
        faults.sort_by_key(|fault| match &fault.origin {
            Some(Origin::File { line, column, .. }) => (*line, *column),
            _ => (usize::MAX, 0),
        });
        for (name, value) in &self.environment {
            let of = |path: &&String| variable(path) == *name;
            let origin = Origin::Environment(name.clone());
            let Some(path) = known.iter().find(of) else {
                let names: Vec<String> = known.iter().map(|path| variable(path)).collect();
                let near = did_you_mean(name, names.iter().map(String::as_str));
                let message = format!("no setting has this name{near}");
                faults.push(Fault { origin: Some(origin), path: String::new(), message });
                continue;
            };
            set(&mut config, path, value, origin, &mut faults, &mut origins);
        }
        for (path, value) in &self.set {
            set(&mut config, path, value, Origin::Builder, &mut faults, &mut origins);
        }
        let before = config.clone();
        for change in &self.changes {
            change(&mut config);
        }
        if !self.changes.is_empty() {
            for path in before.differences(&config) {
                origins.insert(path, Origin::Builder);
            }
        }
        place(&mut config, &self.folder);
        for (path, message) in check(&config) {
            let origin = nearest_origin(&origins, &path);
            faults.push(Fault { origin, message: format!("`{path}`: {message}"), path });
        }
        if faults.is_empty() {
            Ok(Loaded { config, origins })
        } else {
            Err(ConfigError::new(faults))
        }
    }
}

/// Lets each relative path of a file begin in this folder.
fn place(config: &mut Config, folder: &Path) {
    let server = &mut config.server;
    let own = [
        &mut config.storage.path,
        &mut server.tls_certificate_file,
        &mut server.tls_key_file,
        &mut server.read_token_file,
        &mut server.operate_token_file,
        &mut server.administer_token_file,
        &mut server.metrics_token_file,
        &mut server.pprof_token_file,
        &mut server.fleet_token_file,
        &mut server.otlp.token_file,
        &mut server.pyroscope.token_file,
    ];
    let of_sinks = config.alerts.sinks.iter_mut().map(|sink| &mut sink.token_file);
    let socket = match &mut server.address {
        Listen::Unix(path) => Some(path),
        Listen::Tcp { .. } => None,
    };
    for path in own.into_iter().chain(of_sinks).flatten().chain(socket) {
        *path = folder.join(&*path);
    }
}

/// Sets one value from a text.
fn set(
    config: &mut Config,
    path: &str,
    value: &str,
    origin: Origin,
    faults: &mut Vec<Fault>,
    origins: &mut BTreeMap<String, Origin>,
) {
    let message = match config.set(path, &Raw::Word(value)) {
        Ok(()) => {
            origins.insert(path.to_owned(), origin);
            return;
        }
        Err(SetError::Value(message)) => format!("`{path}`: {message}"),
        Err(SetError::Unknown) => {
            let paths = Config::paths();
            let near = did_you_mean(path, paths.iter().map(String::as_str));
            format!("no setting has the name `{path}`{near}")
        }
    };
    faults.push(Fault { origin: Some(origin), path: path.to_owned(), message });
}

/// The variable that sets a path: `MEMOPT_MONITOR_STORAGE_PATH`.
pub(super) fn variable(path: &str) -> String {
    format!("{PREFIX}{}", path.replace('.', "_").to_uppercase())
}

/// Where a value was given, or else the table around it.
fn nearest_origin(origins: &BTreeMap<String, Origin>, path: &str) -> Option<Origin> {
    let mut path = path;
    loop {
        if let Some(origin) = origins.get(path) {
            return Some(origin.clone());
        }
        path = path.rsplit_once('.')?.0;
    }
}

impl fmt::Debug for Layers {
    /// Without values: some are secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.environment.iter().map(|(name, _)| name.as_str()).collect();
        let set: Vec<&str> = self.set.iter().map(|(path, _)| path.as_str()).collect();
        f.debug_struct("Layers")
            .field("file", &self.file)
            .field("environment", &names)
            .field("set", &set)
            .field("changes", &self.changes.len())
            .finish_non_exhaustive()
    }
}
