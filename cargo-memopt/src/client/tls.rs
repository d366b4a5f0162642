//! TLS below a connection. What is trusted is read once, when the address is.

use super::fault::Fault;
use super::trust::Trust;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::fs::File;
use std::io::{self, Read as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;

/// A file of certificates holds no more bytes. Those of a system have some 250 KiB.
const LONGEST: u64 = 4 << 20;

/// What a handshake needs. The configuration remembers sessions, so that each further connection
/// takes a part of the work.
#[derive(Clone, Debug)]
pub(super) struct Tls {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl Tls {
    /// For a server of this name: `shop.example` or `127.0.0.1`.
    pub(super) fn new(host: &str, trust: &Trust) -> Result<Self, Fault> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| Fault::new(format_args!("`{host}` is no name that a certificate has")))?;
        let roots = match &trust.ca {
            Some(path) => of_file(path)?,
            None => of_system()?,
        };
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(Fault::new)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { config: Arc::new(config), name })
    }

    /// Shakes hands. The server is the right one, or there is no connection.
    pub(super) fn shake(
        &self,
        mut stream: TcpStream,
    ) -> Result<StreamOwned<ClientConnection, TcpStream>, Fault> {
        let mut connection = ClientConnection::new(Arc::clone(&self.config), self.name.clone())
            .map_err(Fault::new)?;
        while connection.is_handshaking() {
            connection.complete_io(&mut stream).map_err(|error| self.fault(error))?;
        }
        Ok(StreamOwned::new(connection, stream))
    }

    fn fault(&self, error: io::Error) -> Fault {
        use rustls::Error::{InvalidCertificate, InvalidMessage};
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        let host = self.name.to_str();
        match inner {
            Some(InvalidCertificate(why)) => Fault::new(certificate(&host, why)),
            Some(InvalidMessage(_)) => {
                Fault::new(format_args!("`{host}` does not speak TLS; try `http://`"))
            }
            Some(other) => Fault::new(format_args!("no TLS with `{host}`: {other}")),
            None if error.kind() == io::ErrorKind::UnexpectedEof => {
                Fault::new(format_args!("`{host}` ended the TLS handshake"))
            }
            None => error.into(),
        }
    }
}

/// What is wrong with the certificate, and the remedy.
fn certificate(host: &str, why: &CertificateError) -> String {
    use CertificateError::{
        Expired, ExpiredContext, NotValidForName, NotValidForNameContext, UnknownIssuer,
    };
    match why {
        UnknownIssuer => format!(
            "nobody who is trusted signed the certificate of `{host}`; name the file of who did \
             by --ca"
        ),
        NotValidForNameContext { presented, .. } if !presented.is_empty() => format!(
            "the certificate is not for `{host}` but for {}; give such a name by --server-name",
            presented.iter().map(|name| bare(name)).collect::<Vec<_>>().join(", ")
        ),
        NotValidForName | NotValidForNameContext { .. } => format!(
            "the certificate is not for `{host}`; give the name that it is for by --server-name"
        ),
        Expired | ExpiredContext { .. } => {
            format!("the certificate of `{host}` has expired; renew it")
        }
        // No variant of its own says this.
        other if format!("{other:?}").contains("CaUsedAsEndEntity") => format!(
            "the certificate of `{host}` is that of an authority; make it anew with `CA:FALSE`, \
             as by `openssl req -x509 -addext basicConstraints=critical,CA:FALSE`"
        ),
        other => format!("the certificate of `{host}` cannot be used: {other}"),
    }
}

/// `shop.example` of `DnsName("shop.example")`.
fn bare(name: &str) -> String {
    let inside = name.split_once('(').map_or(name, |(_, rest)| rest.trim_end_matches(')'));
    memopt_report::label::clean(inside.trim_matches('"'))
}

fn of_file(path: &Path) -> Result<RootCertStore, Fault> {
    let fault = |why: &dyn std::fmt::Display| {
        Fault::new(format_args!("the certificates in `{}` cannot be used: {why}", path.display()))
    };
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LONGEST).read_to_end(&mut bytes))
        .map_err(|error| fault(&error))?;
    let mut roots = RootCertStore::empty();
    for one in CertificateDer::pem_slice_iter(&bytes) {
        let one = one.map_err(|error| fault(&error))?;
        roots.add(one).map_err(|error| fault(&error))?;
    }
    if roots.is_empty() {
        return Err(fault(&"it holds none in PEM"));
    }
    Ok(roots)
}

fn of_system() -> Result<RootCertStore, Fault> {
    let mut roots = RootCertStore::empty();
    let (usable, _) =
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if usable == 0 {
        return Err(Fault::new("the system trusts no certificates; name a file of them by --ca"));
    }
    Ok(roots)
}

#[cfg(test)]
mod tests;
