//! A server of one answer on loopback, with certificates that were made for these tests by
//!
//! ```sh
//! ec="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc"
//! openssl req -x509 $ec -days 36500 -subj "/CN=memopt test authority" -keyout ca.key -out ca.crt
//! openssl req $ec -subj /CN=shop.example -keyout shop.key -out shop.csr
//! printf "subjectAltName=DNS:shop.example\nbasicConstraints=critical,CA:FALSE\n" >names
//! openssl x509 -req -in shop.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 36500 \
//!   -extfile names -out shop.crt
//! openssl req -x509 $ec -days 36500 -subj /CN=shop.example -keyout own.key -out own.crt \
//!   -addext subjectAltName=DNS:shop.example -addext basicConstraints=critical,CA:FALSE
//! ```

use crate::client::{Client, Trust};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls").join(name)
}

/// Where a server with this certificate listens. It answers each request with its `Host` and how
/// hands were shaken, and ends with the process.
fn server(certificate: &str) -> String {
    let chain = vec![CertificateDer::from_pem_file(file(&format!("{certificate}.crt"))).unwrap()];
    let key = PrivateKeyDer::from_pem_file(file(&format!("{certificate}.key"))).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = BufReader::new(StreamOwned::new(connection, stream.unwrap()));
            let mut host = String::new();
            loop {
                let mut line = String::new();
                // A client that does not trust the certificate ends the handshake.
                if stream.read_line(&mut line).is_err() || line.trim().is_empty() {
                    break;
                }
                if let Some(name) = line.strip_prefix("Host: ") {
                    name.trim().clone_into(&mut host);
                }
            }
            let kind = stream.get_ref().conn.handshake_kind();
            let body = format!("{{\"host\":\"{host}\",\"handshake\":\"{kind:?}\"}}");
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            let _ = stream.get_mut().write_all((head + &body).as_bytes());
        }
    });
    address
}

fn trust(ca: &str, server_name: Option<&str>) -> Trust {
    Trust { ca: Some(file(ca)), server_name: server_name.map(str::to_owned) }
}

fn fault(address: &str, trust: &Trust) -> String {
    let asked = Client::of(address, trust).and_then(|client| client.get::<Value>("status"));
    asked.unwrap_err().to_string()
}

#[test]
fn a_server_whose_certificate_is_trusted_is_asked_again_and_again() {
    let address = server("shop");
    let client = Client::of(&address, &trust("ca.crt", Some("shop.example"))).unwrap();
    let port = address.rsplit_once(':').unwrap().1;
    for handshake in ["Some(Full)", "Some(Resumed)", "Some(Resumed)"] {
        let answer: Value = client.get("status").unwrap();
        assert_eq!(answer["host"], format!("shop.example:{port}"));
        assert_eq!(answer["handshake"], handshake);
    }
    // One that signed itself is trusted as it is.
    let client = Client::of(&server("own"), &trust("own.crt", Some("shop.example"))).unwrap();
    assert!(client.get::<Value>("status").is_ok());
}

#[test]
fn a_certificate_that_does_not_fit_is_refused_with_the_remedy() {
    let address = server("shop");
    let told = fault(&address, &trust("ca.crt", None));
    let names = "the certificate is not for `127.0.0.1` but for shop.example; give such a name by \
                 --server-name";
    assert_eq!(told, names);
    // That of somebody else, who has the same name for it.
    let told = fault(&address, &Trust { server_name: Some("shop.example".to_owned()), ca: None });
    assert!(told.contains("by --ca"), "{told}");
    let told = fault(&server("ca"), &trust("ca.crt", Some("shop.example")));
    assert!(told.contains("is that of an authority") && told.contains("CA:FALSE"), "{told}");
}

#[test]
fn a_server_without_tls_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        // What the client says is read to its end: else the answer may be lost on the way.
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    });
    let told = fault(&address, &trust("ca.crt", None));
    assert_eq!(told, "`127.0.0.1` does not speak TLS; try `http://`");
}

#[test]
fn a_file_without_certificates_is_refused() {
    let told = |name: &str| fault("https://shop.example", &trust(name, None));
    assert!(told("ca.key").ends_with("ca.key` cannot be used: it holds none in PEM"));
    assert!(told("none.crt").contains("No such file"), "{}", told("none.crt"));
    let of = |address: &str| Client::of(address, &trust("ca.crt", None));
    assert!(of("https://[::1]:7700/a").is_ok() && of("HTTPS://Shop.example").is_ok());
    assert!(of("https://a_b..c").unwrap_err().to_string().contains("is no name"));
}
