//! How a server that speaks https is known to be the right one.

use std::path::PathBuf;

/// What is trusted. Without a file these are the certificates that the system trusts, or those of
/// `SSL_CERT_FILE`.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Servers with https")]
pub(crate) struct Trust {
    /// Trust the certificates in this PEM file, and no others.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// The name that the certificate is for, where it is not that of the address.
    #[arg(long, value_name = "NAME")]
    pub(crate) server_name: Option<String>,
}

impl Trust {
    /// Whether the command line says nothing of https.
    pub(super) fn is_default(&self) -> bool {
        self.ca.is_none() && self.server_name.is_none()
    }
}
