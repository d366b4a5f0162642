//! The table `server` of the monitor's settings, obeyed by a server that is told nothing else.
#![forbid(unsafe_code)]

use memopt_monitor::Monitor;
use memopt_server::builder;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const READ: &str = "read-token-0123456789";

/// The status.
fn get(at: &str, path: &str, host: &str, token: &str) -> u16 {
    ask(at, path, host, token).split(' ').nth(1).unwrap().parse().unwrap()
}

/// The answer as it came.
fn ask(at: &str, path: &str, host: &str, token: &str) -> String {
    let mut stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\
         connection: close\r\n\r\n"
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// One test: a process has one monitor at a time.
#[test]
fn the_file_says_where_and_to_whom() {
    let folder = std::env::temp_dir().join(format!("memopt-table-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (file, token) = (folder.join("memopt.toml"), folder.join("token"));
    let write = |text: &str| {
        let text = text.replace("TOKEN", &token.display().to_string());
        std::fs::write(&file, text).unwrap();
    };
    let monitor = || Monitor::builder().file(&file).start().unwrap();
    std::fs::write(&token, format!("{READ}\n")).unwrap();
    write(
        "[server]\naddress = \"127.0.0.1:0\"\nhosts = [\"shop.example\"]\n\
         read_token_file = \"TOKEN\"\npprof = false\n",
    );
    {
        let monitor = monitor();
        let server = memopt_server::start(&monitor).unwrap();
        let at = server.address().unwrap();
        assert!(at.starts_with("127.0.0.1:") && !at.ends_with(":7700"), "{at}");
        assert_eq!(get(&at, "/api/v1/session", "shop.example", READ), 200);
        assert_eq!(get(&at, "/api/v1/control", "shop.example", READ), 200);
        assert_eq!(get(&at, "/api/v1/control", "shop.example", "other-token-0123456789"), 401);
        assert_eq!(get(&at, "/api/v1/control", "shop.test", READ), 421);
        assert_eq!(get(&at, "/debug/pprof/heap", "localhost", READ), 404);
        // Who may only read is not told where files are.
        let config = ask(&at, "/api/v1/config", "localhost", READ);
        assert!(config.contains("../token") && !config.contains("memopt-table"), "{config}");
        assert!(config.contains("\"text\":null"), "the file is for who may change it: {config}");
        drop(server);
        // What the program says wins.
        let server = builder(&monitor).configure(|settings| settings.pprof = true).start().unwrap();
        assert_eq!(get(&server.address().unwrap(), "/debug/pprof/", "localhost", READ), 200);
    }
    write("[server]\naddress = \"0.0.0.0:0\"\n");
    {
        let error = memopt_server::start(&monitor()).unwrap_err().to_string();
        assert!(error.contains("can be reached from other machines, and there is no token"));
    }
    write("[server]\nread_token_file = \"TOKEN-that-is-none\"\n");
    {
        let error = memopt_server::start(&monitor()).unwrap_err().to_string();
        assert!(error.starts_with("the token in `") && error.contains("cannot be read"), "{error}");
    }
    write("[server]\nenabled = false\n");
    {
        let server = memopt_server::start(&monitor()).unwrap();
        assert_eq!(server.address(), None);
    }
    std::fs::remove_dir_all(folder).unwrap();
}
