//! The sockets, and the thread that serves them.

mod local;
mod patient;
#[cfg(feature = "tls")]
mod tls;

use self::patient::Patient;
#[cfg(feature = "tls")]
use self::tls::Certificate;
use crate::app::Shared;
use crate::app::counters::count;
#[cfg(feature = "tls")]
use crate::front;
use crate::settings::{Settings, SettingsError};
use crate::{discovery, routes};
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use memopt_monitor::config::Listen;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};
#[cfg(feature = "tls")]
use tokio_rustls::server::TlsStream;

/// A socket that listens.
#[derive(Debug)]
pub(crate) enum Bound {
    Tcp(TcpListener),
    Local(local::Listener),
}

/// An address that is taken is tried again after so long.
const AGAIN: Duration = Duration::from_secs(5);
/// Requests that are being answered have so long when the server stops.
const GRACE: Duration = Duration::from_secs(1);

impl Bound {
    /// As people write it, with the port that was found.
    pub(crate) fn address(&self) -> String {
        match self {
            Self::Tcp(listener) => {
                listener.local_addr().map(|it| it.to_string()).unwrap_or_default()
            }
            Self::Local(listener) => format!("unix:{}", listener.path().display()),
        }
    }
}

/// Binds the first free port, or the socket.
pub(crate) fn bind(place: &Listen) -> Result<Bound, String> {
    match place {
        Listen::Tcp { ip, first, last } => {
            let mut fault = None;
            for port in *first..=*last {
                match TcpListener::bind(SocketAddr::new(*ip, port)) {
                    Ok(listener) => {
                        listener.set_nonblocking(true).map_err(|error| error.to_string())?;
                        return Ok(Bound::Tcp(listener));
                    }
                    Err(error) => fault = Some(error),
                }
            }
            let fault = fault.map_or_else(String::new, |error| error.to_string());
            let ports = if first == last { first.to_string() } else { format!("{first}-{last}") };
            Err(format!(
                "`{ip}:{ports}` cannot be listened on: {fault}; it is tried again every {} s",
                AGAIN.as_secs()
            ))
        }
        Listen::Unix(path) => local::Listener::bind(path).map(Bound::Local).map_err(|error| {
            format!(
                "`{}` cannot be listened on: {error}; it is tried again every {} s",
                path.display(),
                AGAIN.as_secs()
            )
        }),
    }
}

/// Without the feature no certificate is ever read.
#[cfg(not(feature = "tls"))]
#[derive(Debug)]
pub(crate) enum Certificate {}

/// Reads the certificate of the settings, before anything is bound.
#[cfg_attr(
    not(feature = "tls"),
    expect(clippy::unnecessary_wraps, reason = "with the feature files are read")
)]
pub(crate) fn certificate(settings: &Settings) -> Result<Option<Arc<Certificate>>, SettingsError> {
    #[cfg(feature = "tls")]
    return settings.tls.as_ref().map(Certificate::read).transpose().map(|it| it.map(Arc::new));
    #[cfg(not(feature = "tls"))]
    {
        let _ = settings;
        Ok(None)
    }
}

/// What the thread does until it is told to stop.
pub(crate) fn serve(
    app: &Shared,
    place: &Listen,
    certificate: Option<Arc<Certificate>>,
    bound: Result<Bound, String>,
    stopped: watch::Receiver<bool>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return app.fares(Err(format!("the server cannot run: {error}"))),
    };
    runtime.block_on(run(app, place, certificate, bound, stopped));
    runtime.shutdown_timeout(Duration::from_millis(100));
}

async fn run(
    app: &Shared,
    place: &Listen,
    certificate: Option<Arc<Certificate>>,
    mut bound: Result<Bound, String>,
    mut stopped: watch::Receiver<bool>,
) {
    let routes = routes::guarded(app);
    loop {
        match bound {
            Ok(socket) => {
                told(app, Ok(())).await;
                accept(app, socket, routes, certificate, stopped).await;
                return;
            }
            Err(why) => told(app, Err(why)).await,
        }
        tokio::select! {
            () = sleep(AGAIN) => {}
            _ = stopped.wait_for(|it| *it) => return,
        }
        bound = bind(place);
        note(app, &bound);
    }
}

/// Stores the address that the server listens on, or why it does not listen.
pub(crate) fn note(app: &Shared, bound: &Result<Bound, String>) {
    match bound {
        Ok(bound) => {
            let address = bound.address();
            if app.settings.discovery {
                discovery::write(app, &address);
            }
            app.set_address(Some(address));
        }
        Err(_) => app.set_address(None),
    }
}

/// Tells the monitor. It may be in the midst of a reading, so another thread waits.
async fn told(app: &Shared, outcome: Result<(), String>) {
    if let Err(why) = &outcome {
        tracing::warn!(target: "memopt", "{why}");
    }
    let own = app.clone();
    let _ = app.workers.ask(move || own.fares(outcome)).await;
}

async fn accept(
    app: &Shared,
    bound: Bound,
    routes: Router,
    certificate: Option<Arc<Certificate>>,
    stopped: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(app.settings.limits.connections));
    let mut stop = stopped.clone();
    // A socket of a file removes it when it is dropped, so it is kept and copied.
    let socket = match &bound {
        Bound::Tcp(listener) => {
            listener.try_clone().and_then(tokio::net::TcpListener::from_std).map(Socket::Tcp)
        }
        Bound::Local(listener) => listener.accepting().map(Socket::Local),
    };
    let socket = match socket {
        Ok(socket) => socket,
        Err(error) => return told(app, Err(format!("the socket cannot be used: {error}"))).await,
    };
    let owner = local::owner();
    loop {
        let accepted = tokio::select! {
            accepted = socket.accept() => accepted,
            _ = stop.wait_for(|it| *it) => break,
        };
        app.counters.note_cpu();
        let Ok(stream) = accepted else {
            // Too many descriptors are open, most likely: it gets better by itself.
            sleep(Duration::from_millis(50)).await;
            continue;
        };
        if !stream.is_of(owner) {
            count(&app.counters.connections_refused);
            continue;
        }
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            count(&app.counters.connections_refused);
            continue;
        };
        let (app, routes, stopped) = (app.clone(), routes.clone(), stopped.clone());
        let certificate = certificate.clone();
        tokio::spawn(async move {
            count(&app.counters.connections);
            match stream {
                Stream::Tcp(stream) => {
                    let _ = stream.set_nodelay(true);
                    match certificate {
                        #[cfg(feature = "tls")]
                        Some(it) => secured(&app, &it, stream, routes, stopped).await,
                        #[cfg(not(feature = "tls"))]
                        Some(it) => match *it {},
                        None => connection(&app, patient(&app, stream), routes, stopped).await,
                    }
                }
                Stream::Local(stream) => {
                    connection(&app, patient(&app, stream), routes, stopped).await;
                }
            }
            app.counters.connections.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
            app.counters.note_cpu();
            drop(place);
        });
    }
    drop((socket, bound));
    // All places are free when all connections have ended.
    let all = u32::try_from(app.settings.limits.connections).unwrap_or(u32::MAX);
    let _ = timeout(GRACE, places.acquire_many(all)).await;
}

enum Socket {
    Tcp(tokio::net::TcpListener),
    Local(local::Accepting),
}

enum Stream {
    Tcp(tokio::net::TcpStream),
    Local(local::Stream),
}

impl Stream {
    /// Whether the other side may connect. Of a port anybody may, and is asked for a token.
    fn is_of(&self, owner: Option<u32>) -> bool {
        let Self::Local(stream) = self else { return true };
        local::is_of(stream, owner)
    }
}

impl Socket {
    async fn accept(&self) -> io::Result<Stream> {
        match self {
            Self::Tcp(listener) => listener.accept().await.map(|(stream, _)| Stream::Tcp(stream)),
            Self::Local(listener) => listener.accept().await.map(Stream::Local),
        }
    }
}

/// A stream to a client that must take some bytes of an answer in the time of the settings.
fn patient<S>(app: &Shared, stream: S) -> Pin<Box<Patient<S>>> {
    Patient::new(stream, app.settings.limits.write_time)
}

/// One connection to a port that speaks https. A client that does not finish the handshake within
/// `head_time` is disconnected. A client that speaks plain HTTP gets a 400.
///
/// Handshakes have a bucket of their own, as large as that of requests: who sends too many requests
/// leaves room for the handshakes of others.
#[cfg(feature = "tls")]
async fn secured(
    app: &Shared,
    certificate: &Arc<Certificate>,
    stream: tokio::net::TcpStream,
    routes: Router,
    stopped: watch::Receiver<bool>,
) {
    let mut stop = stopped.clone();
    let shaken = async {
        if tls::is_plain(&stream).await {
            return Shaken::Plain(stream);
        }
        if app.handshakes.check().is_err() {
            return Shaken::TooMany;
        }
        // Below TLS, which buffers bytes that the client did not take.
        match tls::accept(app, certificate, patient(app, stream)).await {
            Ok(stream) => Shaken::Done(Box::new(stream)),
            Err(_) => Shaken::Failed,
        }
    };
    let shaken = tokio::select! {
        shaken = timeout(app.settings.limits.head_time, shaken) => shaken,
        _ = stop.wait_for(|it| *it) => return,
    };
    match shaken {
        Ok(Shaken::Done(stream)) => connection(app, stream, routes, stopped).await,
        Ok(Shaken::Plain(plain)) => {
            connection(app, patient(app, plain), front::speaks_https(app), stopped).await;
        }
        Ok(Shaken::TooMany) => count(&app.counters.connections_refused),
        // The client's fault, or it took too long.
        Ok(Shaken::Failed) | Err(_) => count(&app.counters.handshakes_failed),
    }
}

/// What came of a connection to a port that speaks https.
#[cfg(feature = "tls")]
enum Shaken {
    Done(Box<TlsStream<Pin<Box<Patient<tokio::net::TcpStream>>>>>),
    Plain(tokio::net::TcpStream),
    TooMany,
    Failed,
}

/// One connection until its end.
async fn connection(
    app: &Shared,
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    routes: Router,
    mut stopped: watch::Receiver<bool>,
) {
    let limits = &app.settings.limits;
    let stream = TokioIo::new(stream);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        // The least that hyper takes is 8 KiB.
        .max_buf_size(limits.head_bytes.max(8 << 10))
        .serve_connection(stream, TowerToHyperService::new(routes));
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // What went wrong is the client's: it has gone, or speaks no HTTP.
        _ = connection.as_mut() => return,
        _ = stopped.wait_for(|it| *it) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(GRACE, connection).await;
}
