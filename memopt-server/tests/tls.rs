//! The server speaks https: over real sockets, with certificates that were made for these tests by
//!
//! ```sh
//! openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 36500 \
//!   -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
//!   -addext basicConstraints=critical,CA:FALSE -keyout first.key -out first.crt
//! ```
#![forbid(unsafe_code)]

use memopt_monitor::Monitor;
use memopt_monitor::alerts::sink::Client;
use memopt_server::{Role, Server, builder, discover};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::thread::sleep;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// How long a test waits at most for what takes a moment.
const PATIENCE: Duration = Duration::from_secs(60);
const TOKEN: &str = "administer-token-0123456789";

/// A file of the tests.
fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls").join(name)
}

fn monitor() -> &'static Monitor {
    static MONITOR: OnceLock<Monitor> = OnceLock::new();
    MONITOR.get_or_init(|| {
        let monitor = Monitor::builder()
            .set("monitoring.interval", "200 ms")
            // None of these runs out by itself, however much the machine has to do.
            .set("server.limits.head_time", "10 min")
            .set("server.limits.request_time", "2 min")
            .set("server.limits.write_time", "10 min")
            .start()
            .unwrap();
        let began = Instant::now();
        while monitor.published().is_none() {
            assert!(began.elapsed() < PATIENCE, "nothing is read");
            sleep(Duration::from_millis(20));
        }
        monitor
    })
}

fn server(certificate: &Path, key: &Path) -> (Server, String) {
    let server = builder(monitor()).address("127.0.0.1:0").tls(certificate, key);
    let server = server.token(Role::Administer, TOKEN).start().unwrap();
    let at = server.address().expect("a free port is found");
    (server, at)
}

/// A client that trusts this certificate alone.
fn trusting(certificate: &str) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(file(certificate)).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

/// One request by https, and its answer.
fn asks(at: &str, client: &Arc<ClientConfig>, request: &str) -> std::io::Result<String> {
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::clone(client), name).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(at)?);
    stream.sock.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(request.as_bytes())?;
    let mut all = Vec::new();
    // The end of the connection is the end of the answer.
    match stream.read_to_end(&mut all) {
        Err(error) if all.is_empty() => Err(error),
        _ => Ok(String::from_utf8_lossy(&all).into_owned()),
    }
}

fn get(at: &str, path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nhost: {at}\r\nauthorization: Bearer {TOKEN}\r\n\
         connection: close\r\n\r\n"
    )
}

/// What plain HTTP is answered.
fn plainly(at: &str, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request).unwrap();
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all);
    String::from_utf8_lossy(&all).into_owned()
}

#[test]
fn it_answers_by_https_and_says_so() {
    let (server, at) = server(&file("first.crt"), &file("first.key"));
    let client = trusting("first.crt");
    let answer = asks(&at, &client, &get(&at, "/api/v1/health")).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // It would hold for all ports of the host.
    assert!(!answer.to_ascii_lowercase().contains("strict-transport-security"), "{answer}");
    let body = format!("{{\"token\":\"{TOKEN}\"}}");
    let login = format!(
        "POST /login HTTP/1.1\r\nhost: {at}\r\norigin: https://{at}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = asks(&at, &client, &login).unwrap();
    assert!(answer.contains("; HttpOnly; SameSite=Strict; Secure\r\n"), "{answer}");
    // Who does not trust the certificate does not get as far as a request.
    let error = asks(&at, &trusting("second.crt"), &get(&at, "/livez")).unwrap_err();
    assert!(error.to_string().contains("invalid peer certificate"), "{error}");
    assert_eq!(server.url(), Some(format!("https://{at}")));
}

#[test]
fn the_command_line_is_told_of_https() {
    // Other tests of this process have servers too: the file tells of the last, and goes with it.
    let found = (0..50).find_map(|_| {
        let (_server, _) = server(&file("first.crt"), &file("first.key"));
        discover().into_iter().find(|found| found.pid == std::process::id())
    });
    let own = found.expect("no file tells of it");
    assert!(own.addr.starts_with("https://127.0.0.1:"), "{own:?}");
}

#[test]
fn plain_http_is_told_where_it_went() {
    let (_server, at) = server(&file("first.crt"), &file("first.key"));
    let answer = plainly(&at, get(&at, "/api/v1/health").as_bytes());
    assert!(answer.starts_with("HTTP/1.1 400 Bad Request"), "{answer}");
    assert!(answer.contains("content-type: application/problem+json"), "{answer}");
    assert!(answer.contains("this port speaks https: begin the address with `https://`"));
    // What is neither is left, and so is who says nothing; others are served meanwhile.
    let silent = TcpStream::connect(&at).unwrap();
    let broken = plainly(&at, &[0x16, 3, 1, 0, 5, 9, 9, 9, 9, 9]);
    assert!(!broken.contains("HTTP/1.1"), "{broken}");
    let client = trusting("first.crt");
    let answer = asks(&at, &client, &get(&at, "/livez")).unwrap();
    assert!(answer.ends_with("ok\n"), "{answer}");
    let health = asks(&at, &client, &get(&at, "/api/v1/health")).unwrap();
    assert!(health.contains("\"handshakes_failed\":1,"), "{health}");
    drop(silent);
}

#[test]
fn too_many_handshakes_are_cut() {
    let builder = builder(monitor()).address("127.0.0.1:0").token(Role::Administer, TOKEN);
    let builder = builder.tls(file("first.crt"), file("first.key"));
    let server = builder.configure(|it| it.limits.requests_per_second = 1).start().unwrap();
    let at = server.address().unwrap();
    let client = trusting("first.crt");
    let shaken = |_: &u32| asks(&at, &client, &get(&at, "/livez")).is_ok();
    let began = Instant::now();
    let passed = (0..100).filter(shaken).count();
    // Four at once, and one more in each second that this took.
    let most = 4 + began.elapsed().as_secs() as usize + 1;
    assert!((4..=most).contains(&passed), "{passed} of 100");
}

#[test]
fn a_client_that_takes_nothing_is_left() {
    let builder = builder(monitor()).address("127.0.0.1:0").token(Role::Administer, TOKEN);
    let builder = builder.tls(file("first.crt"), file("first.key"));
    let short = Duration::from_millis(300);
    let server = builder.configure(|it| it.limits.write_time = short).start().unwrap();
    let at = server.address().unwrap();
    let client = trusting("first.crt");
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::clone(&client), name).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(&at).unwrap());
    // Answers that no buffer of a socket holds, 30 MB together.
    let request = format!("GET /openapi.json HTTP/1.1\r\nhost: {at}\r\n\r\n");
    stream.write_all(request.repeat(80).as_bytes()).unwrap();
    let began = Instant::now();
    while !asks(&at, &client, &get(&at, "/api/v1/health")).unwrap().contains("\"connections\":1,") {
        assert!(began.elapsed() < PATIENCE, "it is not left");
        sleep(Duration::from_millis(100));
    }
    drop(stream);
}

#[test]
fn files_that_cannot_be_used_are_told_before_anything_is_bound() {
    let folder = std::env::temp_dir().join(format!("memopt-tls-bad-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let text = folder.join("text");
    std::fs::write(&text, "no certificate\n").unwrap();
    let torn = folder.join("torn");
    std::fs::write(&torn, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        .unwrap();
    let fault = |certificate: &Path, key: &Path, wanted: &str| {
        let builder = builder(monitor()).address("127.0.0.1:0").tls(certificate, key);
        let error = builder.start().unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}\nwanted {wanted}");
    };
    let (certificate, key) = (file("first.crt"), file("first.key"));
    fault(&folder.join("none"), &key, "none` cannot be used: No such file");
    fault(&text, &key, "text` cannot be used: it holds none in PEM: give the server's own");
    fault(&torn, &key, "the certificate in `");
    fault(&certificate, &text, "text` cannot be used: it holds none in PEM without a password");
    fault(&certificate, &certificate, "the key in `");
    fault(&certificate, &file("second.key"), "it is not that of the certificate in `");
    let unix = format!("unix:{}", folder.join("socket").display());
    let error = builder(monitor()).address(unix).tls(certificate, key).start().unwrap_err();
    assert!(error.to_string().contains("speaks no TLS: leave the certificate out"), "{error}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn files_that_change_are_read_again() {
    let folder = std::env::temp_dir().join(format!("memopt-tls-new-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (certificate, key) = (folder.join("crt"), folder.join("key"));
    let put = |name: &str| {
        std::fs::copy(file(&format!("{name}.crt")), &certificate).unwrap();
        std::fs::copy(file(&format!("{name}.key")), &key).unwrap();
    };
    put("first");
    let (_server, at) = server(&certificate, &key);
    let (first, second) = (trusting("first.crt"), trusting("second.crt"));
    let health = |client| asks(&at, client, &get(&at, "/api/v1/health"));
    assert!(!health(&first).unwrap().contains("is in use"));
    // A key without its certificate: the one from before stays, and the fault is told.
    std::fs::copy(file("second.key"), &key).unwrap();
    let began = Instant::now();
    while !health(&first).unwrap().contains("the certificate from before is in use") {
        assert!(began.elapsed() < PATIENCE, "no fault is told");
        sleep(Duration::from_millis(200));
    }
    put("second");
    let began = Instant::now();
    while health(&second).is_err() {
        assert!(began.elapsed() < PATIENCE, "the certificate is the old one");
        sleep(Duration::from_millis(200));
    }
    assert!(health(&first).is_err());
    while health(&second).unwrap().contains("is in use") {
        assert!(began.elapsed() < PATIENCE, "the fault stays");
        sleep(Duration::from_millis(200));
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// Tells the child where the server is.
const AT: &str = "MEMOPT_TLS_AT";

#[test]
fn the_monitor_tells_by_https() {
    let body = format!("{{\"token\":\"{TOKEN}\"}}");
    let send = |at: &str| {
        let client = Client::new(&format!("https://{at}/login"), PATIENCE, None);
        client.send("application/json", body.as_bytes())
    };
    if let Ok(at) = std::env::var(AT) {
        // The child, which trusts the certificate.
        send(&at).unwrap();
        return;
    }
    let (_server, at) = server(&file("first.crt"), &file("first.key"));
    // The system does not know it.
    let error = send(&at).unwrap_err().to_string();
    assert!(error.contains("certificate"), "{error}");
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_monitor_tells_by_https"])
        .env(AT, &at)
        .env("SSL_CERT_FILE", file("first.crt"))
        .output()
        .unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
}
