//! The server: how it is put together, its thread, and the handle that stops it.

use crate::app::{App, Shared};
use crate::fleet::FleetSource;
use crate::listen;
use crate::role::Role;
use crate::settings::{Settings, SettingsError, Tls};
use crate::uncounted::{self, Theirs, Uncounted};
use crate::{discovery, events, routes};
use axum::Router;
use axum::extract::Request;
use memopt_monitor::Handle;
use memopt_monitor::config::{Listen, Secret};
use memopt_monitor::program::{Program, ThisProcess};
use memopt_report::untracked;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::thread::{self, JoinHandle};
use tokio::sync::watch;
use tower::ServiceExt;

/// Starts a server beside this monitor, by the table `server` of the monitor's settings. By default
/// it listens on the first free port of loopback from 7700 to 7709.
///
/// # Errors
///
/// If the settings are not valid, or no thread can be started. A port that is taken is no error:
/// the server tries again, and reports it as a fault of the monitor.
///
/// # Examples
///
/// ```
/// # mod memopt { pub mod monitor { pub use {memopt_monitor::*, memopt_server as server}; } }
/// let monitor = memopt::monitor::start()?;
/// let server = memopt::monitor::server::start(&monitor)?;
/// // .. the program ..
/// drop(server);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Guide: [Serve](https://docs.rs/memopt/latest/memopt/docs/serve/).
pub fn start(monitor: &Handle) -> Result<Server, StartError> {
    builder(monitor).start()
}

/// A builder for a server. It begins with the table `server` of the monitor's settings, and what is
/// set here replaces them.
pub fn builder(monitor: &Handle) -> Builder {
    let table = &monitor.config_at_start().server;
    let version = monitor.config_at_start().monitoring.version.clone();
    let (settings, fault) = match untracked(|| Settings::of(table)) {
        Ok(settings) => (Settings { version, ..settings }, None),
        Err(fault) => (Settings::default(), Some(fault)),
    };
    let (monitor, enabled) = (monitor.clone(), table.enabled);
    Builder { monitor, enabled, settings, fault, program: None }
}

/// Puts a server together.
#[must_use = "a builder does nothing until `start` or `router`"]
#[derive(Debug)]
pub struct Builder {
    monitor: Handle,
    /// Whether the monitor's settings want one.
    enabled: bool,
    settings: Settings,
    /// Why the monitor's settings cannot be taken over.
    fault: Option<SettingsError>,
    program: Option<Box<dyn Program>>,
}

/// Why a server did not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The settings are not valid.
    Settings(SettingsError),
    /// No thread could be started.
    Thread(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(error) => error.fmt(f),
            Self::Thread(error) => write!(f, "no thread can be started for the server: {error}"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Settings(error) => Some(error),
            Self::Thread(error) => Some(error),
        }
    }
}

impl Builder {
    /// Changes settings.
    pub fn configure(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// Sets where the server listens: see [`Settings::address`].
    pub fn address(self, address: impl Into<String>) -> Self {
        let address = address.into();
        self.configure(|settings| settings.address = address)
    }

    /// Adds a name by which clients may ask the server.
    pub fn host(self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.configure(|settings| settings.hosts.push(name))
    }

    /// Adds a token, with the role that it allows.
    pub fn token(self, role: Role, token: impl Into<String>) -> Self {
        let token = Secret::new(token);
        self.configure(|settings| settings.tokens.push((role, token)))
    }

    /// Serves https with the certificate and the key of these files, in PEM. It needs the feature
    /// `tls`.
    pub fn tls(self, certificate_file: impl Into<PathBuf>, key_file: impl Into<PathBuf>) -> Self {
        let tls = Tls::new(certificate_file, key_file);
        self.configure(|settings| settings.tls = Some(tls))
    }

    /// Adds a Prometheus for the page of the fleet, beside those of `MEMOPT_FLEET` or the settings:
    /// see [`Settings::fleet`].
    pub fn fleet(self, source: FleetSource) -> Self {
        self.configure(|settings| settings.fleet.push(source))
    }

    /// Asks this in place of the process, for tests.
    #[doc(hidden)]
    pub fn program(mut self, program: Box<dyn Program>) -> Self {
        self.program = Some(program);
        self
    }

    fn app(&mut self, place: Option<&Listen>) -> Result<Shared, StartError> {
        let program = self.program.take().unwrap_or_else(|| Box::new(ThisProcess));
        let bound = match place {
            Some(Listen::Tcp { ip, .. }) => Some(*ip),
            _ => None,
        };
        let (monitor, settings) = (self.monitor.clone(), self.settings.clone());
        let app = App::new(monitor, settings, program, bound).map_err(StartError::Thread)?;
        events::start(&app).map_err(StartError::Thread)?;
        #[cfg(any(feature = "otlp", feature = "pyroscope"))]
        crate::push::start(&app).map_err(StartError::Thread)?;
        Ok(app)
    }

    /// The routes, for mounting into an axum service of the program below any path:
    /// `Router::new().nest_service("/memopt", router)`. (`nest` does not know `/memopt/`, which the
    /// addresses of the page are relative to.)
    ///
    /// The routes check hosts and tokens, so name the hosts of the service. The service decides who
    /// reaches them, so no token has to be set. Tokens that are set are asked for.
    ///
    /// # Errors
    ///
    /// If the settings are not valid, or no thread can be started.
    pub fn router(mut self) -> Result<Router, StartError> {
        untracked(|| {
            self.taken_over()?;
            // Who mounts them answers by its own certificate, or a proxy's.
            self.settings.tls = None;
            self.settings.check_mounted().map_err(StartError::Settings)?;
            let app = self.app(None)?;
            let routes = routes::guarded(&app);
            let answer = move |request: Request| {
                let routes = routes.clone();
                let theirs = Theirs::new();
                let request = uncounted::taken(request, &theirs);
                let answer = Uncounted::new(theirs, || routes.oneshot(request));
                async move { answer.await.map(uncounted::given) }
            };
            Ok(Router::new().fallback(answer))
        })
    }

    /// What is left of a server that serves nothing.
    fn start_pushes(mut self) -> Result<Server, StartError> {
        if self.settings.otlp.is_none() && self.settings.pyroscope.is_none() {
            return Ok(Server { parts: None, thread: None });
        }
        self.taken_over()?;
        self.settings.check_mounted().map_err(StartError::Settings)?;
        let (app, (stop, _)) = (self.app(None)?, watch::channel(false));
        Ok(Server { parts: Some(Parts { app, stop }), thread: None })
    }

    /// Whether the monitor's settings could be taken over.
    fn taken_over(&mut self) -> Result<(), StartError> {
        self.fault.take().map_or(Ok(()), |fault| Err(StartError::Settings(fault)))
    }

    /// Starts the server. With `server.enabled = false` in the settings it serves nothing, and only
    /// pushes metrics and profiles.
    ///
    /// # Errors
    ///
    /// As [`start`].
    pub fn start(mut self) -> Result<Server, StartError> {
        untracked(|| {
            if !self.enabled {
                return self.start_pushes();
            }
            self.taken_over()?;
            let place = self.settings.check().map_err(StartError::Settings)?;
            let certificate = listen::certificate(&self.settings).map_err(StartError::Settings)?;
            let app = self.app(Some(&place))?;
            let (stop, stopped) = watch::channel(false);
            // A first attempt at once, so that the address is known when this returns.
            let bound = listen::bind(&place);
            listen::note(&app, &bound);
            let own = app.clone();
            let work =
                move || untracked(move || listen::serve(&own, &place, certificate, bound, stopped));
            let thread = thread::Builder::new().name("memopt-server".to_owned()).spawn(work);
            let thread = Some(thread.map_err(StartError::Thread)?);
            Ok(Server { parts: Some(Parts { app, stop }), thread })
        })
    }
}

/// A running server. Dropping it stops it: active requests have one second to end, and the newest
/// push is sent once more, within two seconds.
///
/// In a forked child it does nothing.
#[must_use = "the server stops when this is dropped: bind it with `let _server = ..`"]
#[derive(Debug)]
pub struct Server {
    /// There until it is dropped.
    parts: Option<Parts>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Parts {
    app: Shared,
    stop: watch::Sender<bool>,
}

impl Parts {
    /// Removes the file that tells the command line of this address.
    fn forget(&self, address: Option<&str>) {
        if let Some(address) = address {
            discovery::remove(&self.app, address);
        }
    }
}

impl Server {
    /// The address on which it listens, `127.0.0.1:7700`. `None` while another program has the
    /// address, or if the settings switch the server off.
    pub fn address(&self) -> Option<String> {
        let address = self.parts.as_ref()?.app.address();
        let copy = address.clone();
        untracked(|| drop(address));
        copy
    }

    /// The address to open in a browser, `http://127.0.0.1:7700`, or `https://..` with a
    /// certificate. `None` if there is no address, and for a Unix socket.
    pub fn url(&self) -> Option<String> {
        let address = self.address().filter(|address| !address.starts_with("unix:"))?;
        let is_tls = self.parts.as_ref()?.app.settings.tls.is_some();
        let scheme = if is_tls { "https" } else { "http" };
        Some(format!("{scheme}://{address}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let Some(parts) = self.parts.take() else { return };
        if std::process::id() != parts.app.identity.pid {
            // The threads are the parent's, and so is the file that tells of it.
            std::mem::forget((self.thread.take(), parts));
            return;
        }
        let address = untracked(|| {
            let address = parts.app.address();
            // While the port is taken still: afterwards the file may be that of a successor there.
            parts.forget(address.as_deref());
            address
        });
        // The thread may have ended by itself.
        let _ = parts.stop.send(true);
        if let Some(thread) = self.thread.take() {
            let _ = untracked(|| thread.join());
        }
        untracked(|| {
            // It may have found its port just before it was told to stop.
            let last = parts.app.address();
            if last != address {
                parts.forget(last.as_deref());
            }
            drop((address, last));
            #[cfg(any(feature = "otlp", feature = "pyroscope"))]
            crate::push::end(&parts.app);
            drop(parts);
        });
    }
}
