//! What the server shows, where, and to whom. `memopt-server` reads this table; the monitor only
//! checks it.

use crate::config::listen::Listen;
use crate::config::secret::{Address, Token};
use crate::config::section::section;
use crate::config::value::{Labels, Size};
use std::path::PathBuf;
use std::time::Duration;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

section! {
    /// The server, in programs with the feature `server`. Changes take effect at the next start.
    /// Tokens stand in files or in the environment, and not in this file.
    pub struct Server {
        /// Whether the server serves. Without it metrics and profiles are still pushed.
        enabled: one bool = true,
        /// Where it listens: `127.0.0.1:7700`, the first free one of some ports
        /// (`127.0.0.1:7700-7709`), any free port (`127.0.0.1:0`), or a socket
        /// (`unix:/run/shop.sock`). An address beyond loopback needs a token.
        address: one Listen = Listen::USUAL,
        /// Names by which clients may ask it (`Host`), besides the address and the names of
        /// loopback.
        hosts: one Vec<String> = Vec::new(),
        /// The certificate for https and its chain, in PEM. It needs the feature `tls`. Unset: the
        /// server speaks plain HTTP.
        tls_certificate_file: one Option<PathBuf> = None,
        /// The private key of the certificate, in PEM, without a password.
        tls_key_file: one Option<PathBuf> = None,
        /// A token that allows reading. Set by the environment alone.
        read_token: one Option<Token> = None,
        /// A file that holds such a token. It is read at the start.
        read_token_file: one Option<PathBuf> = None,
        /// A token that allows reading, and changes that can be taken back. Set by the environment
        /// alone.
        operate_token: one Option<Token> = None,
        /// A file that holds such a token.
        operate_token_file: one Option<PathBuf> = None,
        /// A token that allows everything. Set by the environment alone.
        administer_token: one Option<Token> = None,
        /// A file that holds such a token.
        administer_token_file: one Option<PathBuf> = None,
        /// Whether `/metrics` is served.
        metrics: one bool = true,
        /// A token that `/metrics` takes besides those above. Set by the environment alone.
        metrics_token: one Option<Token> = None,
        /// A file that holds such a token.
        metrics_token_file: one Option<PathBuf> = None,
        /// Whether `/debug/pprof` is served.
        pprof: one bool = true,
        /// A token that `/debug/pprof` takes besides those above. Set by the environment alone.
        pprof_token: one Option<Token> = None,
        /// A file that holds such a token.
        pprof_token_file: one Option<PathBuf> = None,
        /// Whether `cargo memopt` finds the server, by a file in the run-time folder.
        discovery: one bool = true,
        /// Addresses of Prometheus's HTTP API, for the page of the fleet:
        /// `["http://prometheus:9090"]`, without a password. `MEMOPT_FLEET` replaces them.
        fleet: one Vec<Address> = Vec::new(),
        /// A file with the token that is sent to all of these. It is read at the start.
        fleet_token_file: one Option<PathBuf> = None,
        /// Limits of connections and requests.
        limits: table ServerLimits = ServerLimits::default(),
        /// Metrics that are pushed by OTLP/HTTP as JSON, in programs with the feature `otlp`. The
        /// address is `http://host:4318/v1/metrics`; `labels` are attributes of the resource.
        otlp: table Push = Push::default(),
        /// Heap profiles that are pushed to Pyroscope, in programs with the feature `pyroscope`.
        /// The address is `http://host:4040`.
        pyroscope: table Push = Push::default(),
    }
}

section! {
    /// A receiver to which something is pushed in an interval.
    pub struct Push {
        /// The receiver: `http://host:port/path`. Unset: nothing is sent.
        url: one Option<Address> = None,
        /// The time between two pushes.
        interval: one Duration = seconds(15),
        /// Sent as `Authorization: Bearer`. Set by the environment alone.
        token: one Option<Token> = None,
        /// A file that holds such a token. It is read anew for each request.
        token_file: one Option<PathBuf> = None,
        /// A request that takes longer has failed.
        timeout: one Duration = seconds(10),
        /// Pushes that wait to be sent again, at most. Beyond it the oldest is dropped.
        queue: one u32 = 16,
        /// Labels that are sent too.
        labels: one Labels = Labels::new(),
    }
}

section! {
    /// Limits of connections and requests.
    pub struct ServerLimits {
        /// Connections at once. Further ones are closed.
        connections: one u32 = 512,
        /// Bytes of the body of a request.
        body: one Size = Size(1 << 20),
        /// Bytes of the head of a request, at least 8 KiB.
        head: one Size = Size(32 << 10),
        /// Time in which the head of a request must arrive. A connection without a request ends
        /// after it.
        head_time: one Duration = seconds(10),
        /// Time for one request, except the stream of events and exports.
        request_time: one Duration = seconds(30),
        /// Time in which a client must take some bytes of an answer.
        write_time: one Duration = seconds(20),
        /// Requests in a second, averaged over some seconds. TLS handshakes have the same limit.
        requests_per_second: one u32 = 1_000,
        /// Clients of the stream of events at once.
        event_clients: one u32 = 256,
    }
}

impl Server {
    /// The tokens of the environment, each with its key and that of its file.
    pub(crate) fn tokens(&self) -> [(&'static str, Option<&Token>, Option<&PathBuf>); 5] {
        [
            ("read_token", self.read_token.as_ref(), self.read_token_file.as_ref()),
            ("operate_token", self.operate_token.as_ref(), self.operate_token_file.as_ref()),
            (
                "administer_token",
                self.administer_token.as_ref(),
                self.administer_token_file.as_ref(),
            ),
            ("metrics_token", self.metrics_token.as_ref(), self.metrics_token_file.as_ref()),
            ("pprof_token", self.pprof_token.as_ref(), self.pprof_token_file.as_ref()),
        ]
    }
}
