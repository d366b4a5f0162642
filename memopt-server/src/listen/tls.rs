//! TLS in front of connections: the certificate, and how it is read anew when its files change.

use crate::app::Shared;
use crate::settings::{SettingsError, Tls};
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{InconsistentKeys, ServerConfig};
use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A file of a certificate or a key holds no more bytes.
const LONGEST: u64 = 1 << 20;
/// The files are looked at so often, at most, and only when somebody connects.
const LOOK: Duration = Duration::from_secs(1);

/// The certificate that is shown to those who connect.
#[derive(Debug)]
pub(crate) struct Certificate {
    files: Tls,
    /// Invariant: nobody holds it while files are read. The thread that serves takes it too, and a
    /// file system may not answer.
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    config: Arc<ServerConfig>,
    /// What the files looked like when they were read.
    stamp: Stamp,
    looked: Instant,
    /// Whether somebody looks at the files now.
    is_looking: bool,
    /// Why the files as they are now cannot be used.
    fault: Option<String>,
}

/// Length, file and time of change of both files; nothing where one cannot be looked at.
type Stamp = Option<[(u64, u64, Option<SystemTime>); 2]>;

impl Certificate {
    /// Reads the files.
    pub(crate) fn read(files: &Tls) -> Result<Self, SettingsError> {
        // Looked at before they are read: what changes meanwhile is read again.
        let stamp = stamp(files);
        let config = config(files).map_err(SettingsError)?;
        let state = State { config, stamp, looked: Instant::now(), is_looking: false, fault: None };
        Ok(Self { files: files.clone(), state: Mutex::new(state) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is time to look at the files. Only one who asks is told so, and none while
    /// somebody looks.
    fn is_due(&self) -> bool {
        let mut state = self.state();
        let is_due = !state.is_looking && state.looked.elapsed() >= LOOK;
        if is_due {
            state.looked = Instant::now();
        }
        is_due
    }

    /// Reads the files again where they changed. What to tell, where that changed. Files that
    /// cannot be used leave the certificate as it is, and are tried again.
    fn look(&self) -> Option<Result<(), String>> {
        self.look_with(config)
    }

    fn look_with(
        &self,
        read: impl FnOnce(&Tls) -> Result<Arc<ServerConfig>, String>,
    ) -> Option<Result<(), String>> {
        let before = {
            let mut state = self.state();
            if std::mem::replace(&mut state.is_looking, true) {
                return None;
            }
            state.stamp
        };
        // Looked at before they are read: what changes meanwhile is read again.
        let stamp = stamp(&self.files);
        let is_same = stamp.is_some() && stamp == before;
        let read = if is_same { None } else { Some(read(&self.files)) };
        let mut state = self.state();
        state.is_looking = false;
        let fault = match read {
            None => None,
            Some(Ok(config)) => {
                (state.config, state.stamp) = (config, stamp);
                None
            }
            Some(Err(fault)) => Some(format!("{fault}; the certificate from before is in use")),
        };
        let is_new = fault != state.fault;
        state.fault.clone_from(&fault);
        is_new.then(|| fault.map_or(Ok(()), Err))
    }

    fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.state().config))
    }
}

/// Shakes hands.
pub(super) async fn accept<S: AsyncRead + AsyncWrite + Unpin>(
    app: &Shared,
    certificate: &Arc<Certificate>,
    stream: S,
) -> io::Result<TlsStream<S>> {
    if certificate.is_due() {
        let (own, certificate) = (app.clone(), Arc::clone(certificate));
        let look = move || {
            if let Some(outcome) = certificate.look() {
                own.tell("tls", outcome);
            }
        };
        // A worker that is busy leaves the certificate as it is.
        let _ = app.workers.short(look).await;
    }
    certificate.acceptor().accept(stream).await
}

/// Whether the client speaks plain HTTP: a request begins with a letter, a handshake does not.
pub(super) async fn is_plain(stream: &TcpStream) -> bool {
    let mut first = [0];
    matches!(stream.peek(&mut first).await, Ok(1)) && first[0].is_ascii_alphabetic()
}

fn stamp(files: &Tls) -> Stamp {
    let one = |path: &Path| {
        let it = std::fs::metadata(path).ok()?;
        #[cfg(unix)]
        let file = std::os::unix::fs::MetadataExt::ino(&it);
        // A file in its place has another time too.
        #[cfg(not(unix))]
        let file = 0;
        Some((it.len(), file, it.modified().ok()))
    };
    Some([one(&files.certificate_file)?, one(&files.key_file)?])
}

/// What is needed for a handshake; else what is wrong with the files.
fn config(files: &Tls) -> Result<Arc<ServerConfig>, String> {
    let (certificate, key) = (&files.certificate_file, &files.key_file);
    let fault = |what: &str, path: &Path, why: &dyn Display| {
        format!("the {what} in `{}` cannot be used: {why}", path.display())
    };
    let of_chain = |why: &dyn Display| fault("certificate", certificate, why);
    let of_key = |why: &dyn Display| fault("key", key, why);
    let text = bytes(certificate).map_err(|error| of_chain(&error))?;
    let chain = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|error| of_chain(&error))?;
    if chain.is_empty() {
        return Err(of_chain(&"it holds none in PEM: give the server's own and its chain"));
    }
    let text = bytes(key).map_err(|error| of_key(&error))?;
    let private = PrivateKeyDer::from_pem_slice(&text).map_err(|error| match error {
        pem::Error::NoItemsFound => {
            of_key(&"it holds none in PEM without a password: give the certificate's")
        }
        error => of_key(&error),
    })?;
    let versions = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let config = versions.with_no_client_auth().with_single_cert(chain, private);
    let mut config = config.map_err(|error| match error {
        rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            of_key(&format!("it is not that of the certificate in `{}`", certificate.display()))
        }
        rustls::Error::InvalidCertificate(why) => of_chain(&format!("{why:?}")),
        error => of_key(&error),
    })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn files_that_take_long_hold_up_nobody() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls");
        let files = Tls::new(folder.join("first.crt"), folder.join("first.key"));
        let certificate = Certificate::read(&files).unwrap();
        certificate.state().stamp = None;
        let (begins, began) = channel();
        let (go, wait) = channel::<()>();
        std::thread::scope(|scope| {
            let slow = scope.spawn(|| {
                certificate.look_with(move |files| {
                    begins.send(()).unwrap();
                    wait.recv().unwrap();
                    config(files)
                })
            });
            began.recv().unwrap();
            assert!(certificate.state.try_lock().is_ok(), "who connects waits for the files");
            assert!(certificate.look().is_none());
            assert!(!certificate.is_due());
            go.send(()).unwrap();
            assert_eq!(slow.join().unwrap(), None);
        });
        assert!(certificate.state().stamp.is_some());
    }
}
