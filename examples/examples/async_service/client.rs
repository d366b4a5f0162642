//! A client: sends the manifests of real packages and reads the answers.

use crate::protocol::{Answer, Request};
use memopt_examples::input::Package;
use std::net::SocketAddr;
use std::{fs, io};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// Every how many requests one asks for an audit.
const AUDIT_EVERY: u64 = 4;

/// What one client saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Manifests described.
    pub(crate) described: u64,
    /// Audits that ran out of time.
    pub(crate) timed_out: u64,
    /// Dependencies that audits found to be unknown.
    pub(crate) unknown: u64,
    /// What the service refused, and files that could not be read.
    pub(crate) problems: Vec<String>,
}

impl Outcome {
    /// Adds another client's.
    pub(crate) fn add(&mut self, other: Self) {
        self.described += other.described;
        self.timed_out += other.timed_out;
        self.unknown += other.unknown;
        self.problems.extend(other.problems);
    }
}

struct Client {
    writer: OwnedWriteHalf,
    answers: Lines<BufReader<OwnedReadHalf>>,
}

/// Sends each of `packages` once over one connection.
#[memopt::track_alloc]
pub(crate) async fn run(address: SocketAddr, packages: Vec<Package>) -> io::Result<Outcome> {
    let (reader, writer) = TcpStream::connect(address).await?.into_split();
    let mut client = Client { writer, answers: BufReader::new(reader).lines() };
    let mut outcome = Outcome::default();
    for (id, package) in (1..).zip(packages) {
        let path = package.folder.join("Cargo.toml");
        let manifest = match fs::read_to_string(&path) {
            Ok(manifest) => manifest,
            Err(error) => {
                outcome.problems.push(format!("{}: {error}", path.display()));
                continue;
            }
        };
        match client.ask(&Request { id, manifest, audit: id % AUDIT_EVERY == 0 }).await? {
            Answer::Summary { unknown, .. } => {
                outcome.described += 1;
                outcome.unknown += unknown.unwrap_or_default().len() as u64;
            }
            Answer::TimedOut { .. } => outcome.timed_out += 1,
            Answer::Refused { why } => outcome.problems.push(format!("{}: {why}", path.display())),
        }
    }
    Ok(outcome)
}

#[memopt::track_alloc]
impl Client {
    async fn ask(&mut self, request: &Request) -> io::Result<Answer> {
        let line = serde_json::to_string(request)? + "\n";
        self.writer.write_all(line.as_bytes()).await?;
        let line = self.answers.next_line().await?;
        let line =
            line.ok_or_else(|| io::Error::other("the service hung up before it answered"))?;
        Ok(serde_json::from_str(&line)?)
    }
}
